"""Deals and their people: what a look at a deal tells of who has a part in it, and what people's parts are.

Enters: the records of a deal as they stand after its decision; links of people. Leaves: ``DealPart`` rows,
and ``Facts.deals``. Never: a decision about a stage (that is ``domain.deals`` and the table of stages).

A person has a part in a deal as long as either CRM shows them on it, and they are linked.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from connector.domain.deals import BEFORE, renewed
from connector.domain.pipeline import STAGE
from connector.mapping.convert import Context
from connector.mapping.rules import ObjectMap, Pipeline
from connector.model import (
    COMPANY_REF,
    CONTACTS_REF,
    ROLES_REF,
    DealPart,
    DealState,
    Link,
    LinkState,
    Record,
    Ref,
    Side,
    Value,
    Via,
)
from connector.sync.facts import NO_FACTS, Facts
from connector.sync.outcome import Outcome

Parts = Callable[[Iterable[str]], Mapping[str, Sequence[DealPart]]]
Shared = Mapping[Side, Mapping[str, Value]]


@dataclass(frozen=True, slots=True)
class Seen:
    """A deal as it was looked at. ``link``: as it was before the look; ``shared``: its values per side;
    ``outcomes``: what was decided, empty for a deal in one CRM only."""

    link: Link
    records: Mapping[Side, Record]
    shared: Shared
    outcomes: Mapping[str, Outcome]


def parts_in(
    seen: Seen,
    known: Sequence[DealPart],
    objects: ObjectMap,
    pipeline: Pipeline,
    ctx: Context,
    now: datetime,
    *,
    first: bool,
) -> tuple[DealPart, ...] | None:
    """Who has a part in this deal from now on; None where its step cannot be told, and all stays as it was.

    ``known``: the parts in it so far; ``first``: everything is looked at for the first time, so that what
    stands there is nobody's doing of today.
    """
    state = _state(seen, pipeline)
    if state is None:
        return None
    since = now if known or not (first or seen.link.rows) else BEFORE
    roles = _roles(seen.records, objects, ctx)
    found = [DealPart(seen.link.id, seen.link.id, Via.DEAL, state, False, (), since)]
    for link in sorted(_members(seen.shared, objects, CONTACTS_REF)):
        mine = roles.get(link, set())
        names = tuple(sorted({name for _, name in mine if name}))
        primary = any(is_primary for is_primary, _ in mine)
        found.append(DealPart(seen.link.id, link, Via.CONTACT_ROLE, state, primary, names, since))
    for link in sorted(_members(seen.shared, objects, COMPANY_REF)):
        found.append(DealPart(seen.link.id, link, Via.ACCOUNT, state, False, (), since))
    return renewed(known, found)


def _state(seen: Seen, pipeline: Pipeline) -> DealState | None:
    """How the deal stands once what was decided is written; None while the two CRMs disagree."""
    outcome = seen.outcomes.get(STAGE)
    writes = outcome.writes if outcome is not None else {}
    steps = {str(writes.get(side, values.get(STAGE))) for side, values in seen.shared.items()}
    return pipeline.deal_state(steps.pop()) if len(steps) == 1 else None


def _members(shared: Shared, objects: ObjectMap, pseudo: str) -> set[str]:
    """The links that either record points at."""
    names = [
        r.name for r in objects.fields if pseudo in {c for by in r.columns.values() for c in by.values()}
    ]
    found: set[str] = set()
    for values in shared.values():
        for value in (values.get(name) for name in names):
            found |= value if isinstance(value, frozenset) else {value} if isinstance(value, str) else set()
    return found


def _roles(
    records: Mapping[Side, Record], objects: ObjectMap, ctx: Context
) -> dict[str, set[tuple[bool, str]]]:
    """By link, the contact roles of a person: whether it is the primary one, and its name."""
    found: dict[str, set[tuple[bool, str]]] = {}
    for side, record in records.items():
        if ROLES_REF not in objects.evidence.get(side, ()):
            continue
        told = record.values.get(ROLES_REF)
        for text in told if isinstance(told, tuple) else ():
            id, primary, name = text.split("|", 2)
            for ref in (Ref(side, type, id) for type in ("Contact", "contacts")):
                if ref in ctx.links:
                    found.setdefault(ctx.links[ref], set()).add((primary == "1", name))
    return found


def news(parts: Iterable[DealPart], known: Iterable[DealPart]) -> set[str]:
    """Links whose part in a deal is new, or not as it was, and may move them."""
    before = set(known)
    return {p.link for p in parts if p not in before and p.since != BEFORE and p.via is not Via.DEAL}


@dataclass(frozen=True, slots=True)
class DealFacts:
    """The source of ``Facts.deals``. ``parts_of``: what the state holds of people and companies; ``links``:
    the links of records; ``companies``: per side the type of a company where its deals count for all its
    people, empty where they do not."""

    parts_of: Parts
    links: Callable[[Iterable[Ref]], Mapping[Ref, Link]]
    companies: Mapping[Side, str]

    def add(
        self,
        links: Sequence[Link],
        records: Mapping[str, Mapping[Side, Record]],
        facts: Mapping[str, Facts],
    ) -> Mapping[str, Facts]:
        """See ``facts.Source``. No request is sent."""
        company = self._companies(records)
        found = self.parts_of({*(link.id for link in links), *company.values()})
        made = dict(facts)
        for link in links:
            parts = (*found.get(link.id, ()), *found.get(company.get(link.id, ""), ()))
            if parts:
                made[link.id] = replace(facts.get(link.id, NO_FACTS), deals=parts)
        return made

    def _companies(self, records: Mapping[str, Mapping[Side, Record]]) -> dict[str, str]:
        """By link of a person, the link of their company."""
        refs = {
            id: Ref(side, self.companies[side], value)
            for id, sides in records.items()
            for side, record in sides.items()
            if side in self.companies and isinstance(value := record.values.get(COMPANY_REF), str)
        }
        known = self.links(refs.values()) if refs else {}
        return {
            id: known[ref].id
            for id, ref in refs.items()
            if ref in known and known[ref].state is LinkState.LINKED
        }
