"""Consent: who opted out of email in either CRM is opted out in both, whatever happened in which order.

Enters: looks at both sides of a ``strictest`` field, the outcomes of a pair. Leaves: outcomes. Never: a way
to opt anybody in but HubSpot's own evidence of a new opt-in.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from connector.crm.base import Crm
from connector.domain.consent import YES, opted_in_again
from connector.mapping.rules import FieldRule, ObjectMap, Rule
from connector.model import OPT_OUT, Change, Delta, Link, Record, Ref, Side, Value, Why
from connector.sync.facts import NO_FACTS, Facts
from connector.sync.outcome import Digest, Look, Outcome
from connector.sync.table import Furthest, decide

EMAIL = "email"
"""HubSpot's property of the address, to which an opt-out belongs."""
OWED = "the stricter value is on its way to the other CRM"
"""``diverged`` mark of a ``strictest`` field that is to be written: should it be taken back in one CRM before
the other has got it, it still counts. Only a guard's hold is time to take it back."""
NO_ADDRESS = "there is no address to opt out"
BOUND = "consent"
"""``Change.bound`` of a new address and its opt-out."""


def strictest(
    rule: FieldRule, looks: Mapping[Side, Look], *, owed: bool, opted_in: bool, furthest: Furthest
) -> Outcome:
    """The outcome of a ``strictest`` field: it needs no base, and nobody's choice makes it laxer."""
    said = any(look.value for look in looks.values())
    if opted_in and looks[Side.SALESFORCE].value and not looks[Side.HUBSPOT].value:
        return Outcome(writes={Side.SALESFORCE: False}, why=Why.OPT_IN)
    if owed and not said:
        return Outcome(writes=dict.fromkeys(Side, True), why=Why.PUT_BACK)
    return decide(rule, looks, furthest=furthest)


def with_address(
    objects: ObjectMap,
    outcomes: Mapping[str, Outcome],
    records: Mapping[Side, Record],
    shared: Mapping[Side, Mapping[str, Value]],
) -> dict[str, Outcome]:
    """The outcomes of a pair, with HubSpot's opt-out bound to the address that the contact is going to have:
    a new address is opted out like the old one; where there is none, nothing is asked for."""
    made = dict(outcomes)
    place = opt_out_place(objects)
    if place is None or place[0].name not in made or not place[0].writes(place[1]):
        return made
    rule, side = place
    email = next((r for r in objects.fields if r.column(side, records[side].ref.type) == EMAIL), None)
    outcome = made[rule.name]
    moved = made[email.name].writes.get(side) if email is not None and email.name in made else None
    if not moved and not records[side].values.get(EMAIL):
        rest: dict[Side, Value | Delta] = {s: value for s, value in outcome.writes.items() if s is not side}
        if len(rest) < len(outcome.writes):
            made[rule.name] = replace(outcome, writes=rest, diverged="" if rest else NO_ADDRESS)
    elif moved and outcome.why is not Why.OPT_IN and any(v.get(rule.name) for v in shared.values()):
        made[rule.name] = replace(outcome, writes={**outcome.writes, side: True}, agreed=False)
    return made


def bound_to_address(changes: Iterable[Change], target: Ref) -> list[Change]:
    """The changes of one record; an opt-out and the new address that it is for are written together or not at
    all. A new record without an address is made without its opt-out: there is nothing to opt out."""
    made = list(changes)
    if not target.id and EMAIL not in {change.column for change in made}:
        return [change for change in made if change.column != OPT_OUT]
    if not {OPT_OUT, EMAIL} <= {change.column for change in made}:
        return made
    return [replace(c, bound=BOUND) if c.column in (OPT_OUT, EMAIL) else c for c in made]


def opt_out_place(objects: ObjectMap) -> tuple[FieldRule, Side] | None:
    """The field that carries HubSpot's opt-out, and the side that keeps it; None where it is not mapped as
    consent."""
    return next(
        (
            (rule, side)
            for rule in objects.fields
            for side, columns in rule.columns.items()
            if OPT_OUT in columns.values() and rule.rule is Rule.STRICTEST
        ),
        None,
    )


@dataclass(slots=True)
class OptIns:
    """The source of ``Facts.opted_in``: asks HubSpot's history of those who were opted out in both CRMs and
    are not any more in HubSpot alone."""

    objects: ObjectMap
    crms: Mapping[Side, Crm]
    digest: Digest

    def add(
        self,
        links: Sequence[Link],
        records: Mapping[str, Mapping[Side, Record]],
        facts: Mapping[str, Facts],
    ) -> Mapping[str, Facts]:
        """See ``Source.add``. Two requests for 50 of them, none where there are none."""
        place = opt_out_place(self.objects)
        if place is None:
            return facts
        rule, _ = place
        asked = {
            records[link.id][Side.HUBSPOT].ref.id: link.id
            for link in links
            if self._came_off(rule, link, records[link.id])
        }
        if not asked:
            return facts
        crm = self.crms[Side.HUBSPOT]
        opt_outs = crm.versions("contacts", list(asked), OPT_OUT)
        addresses = crm.versions("contacts", list(asked), EMAIL)
        again = [
            link for id, link in asked.items() if opted_in_again(opt_outs.get(id, ()), addresses.get(id, ()))
        ]
        return {**facts, **{link: replace(facts.get(link, NO_FACTS), opted_in=True) for link in again}}

    def _came_off(self, rule: FieldRule, link: Link, records: Mapping[Side, Record]) -> bool:
        """Whether both showed the opt-out when they agreed last, and Salesforce still does, untouched."""
        if len(records) < len(Side):
            return False
        raw = {
            side: record.values.get(rule.column(side, record.ref.type) or "")
            for side, record in records.items()
        }
        bases = {side: link.bases.get(side, {}).get(rule.name) for side in Side}
        return (
            raw[Side.SALESFORCE] is True
            and raw[Side.HUBSPOT] not in YES
            and bases[Side.SALESFORCE] == self.digest(True)
            and bases[Side.HUBSPOT] == self.digest("true")
        )
