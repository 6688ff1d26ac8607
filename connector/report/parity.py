"""Parity: are the two CRMs aligned, and where they are not, does something explain it?

Enters: both CRMs, read afresh and in full, and the mapping. Leaves: counts and every difference that nothing
explains. The state is asked only afterwards, for explanations: review items, holds, values that are meant to
differ. Never: writes.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from connector.crm.base import Crm
from connector.mapping.convert import Context
from connector.mapping.local import local_contexts
from connector.mapping.rules import Mapping as Rules
from connector.mapping.rules import ObjectMap
from connector.model import Held, Kind, Link, LinkState, Ref, Review, Side
from connector.report.differences import Code, Finding, Row, match_rows, row_of


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that differs and that nothing explains. ``refs``: one record or the two of a pair. ``field``:
    shared name, "" for a whole record. ``why``: plain words, without values."""

    kind: Kind
    refs: tuple[Ref, ...]
    field: str
    why: str


@dataclass(frozen=True, slots=True)
class Parity:
    """``linked``: pairs. ``unlinked``: records in scope without a partner, explained or not. ``differences``:
    how many findings nothing explains; ``items`` are these. ``explained``: how many findings each explanation
    covers."""

    linked: int
    unlinked: int
    differences: int
    explained: Mapping[str, int]
    items: tuple[Difference, ...]


class OpenReview(Protocol):
    @property
    def review(self) -> Review: ...


class Explanations(Protocol):
    """The part of the state store that is asked why."""

    def links_by_ref(self, refs: Iterable[Ref]) -> Mapping[Ref, Link]: ...

    def open_reviews(self) -> Sequence[OpenReview]: ...

    def held_items(self) -> Sequence[Held]: ...


class Readable(Protocol):
    """What comparing needs of an environment."""

    @property
    def crms(self) -> Mapping[Side, Crm]: ...

    @property
    def rules(self) -> Rules: ...

    @property
    def store(self) -> Explanations: ...


def compare(env: Readable, ctx: Context) -> Parity:
    """Read both CRMs and compare. One request per page of each object type and side.

    ``ctx``: zones, owners and region as a sync uses them; its links are not used: which records are paired is
    read from the records. Raises Retry or Stop as the adapters do.
    """
    paired: dict[Ref, str] = {}
    fresh = replace(ctx, links=paired)
    findings: list[Finding] = []
    linked = unlinked = 0
    for kind in Kind:
        if kind not in env.rules.objects:
            continue
        objects = env.rules.objects[kind]
        found = match_rows(objects, {side: _rows(env.crms[side], objects, fresh) for side in Side}, fresh)
        paired.update((ref, link) for link, refs in found.pairs.items() for ref in refs.values())
        findings += found.findings
        linked += len(found.pairs)
        unlinked += found.unlinked
    return judge(findings, linked, unlinked, env.store)


def _rows(crm: Crm, objects: ObjectMap, ctx: Context) -> Iterator[Row]:
    """Every live record of one kind on one side, the object type that counts first. Fields that this user may
    not see are not asked for."""
    local = local_contexts(ctx, objects)
    for type in objects.types[crm.side]:
        seen = crm.schema(type).fields
        columns = [name for name in objects.columns(crm.side, type) if name.startswith("@") or name in seen]
        for page in crm.scan(type, columns):
            for record in page.records:
                if record.gone is None:
                    yield row_of(record, objects, local(record))


def judge(findings: Sequence[Finding], linked: int, unlinked: int, store: Explanations) -> Parity:
    """Set aside what the mapping allows or the state explains; the rest are differences."""
    explained: Counter[str] = Counter()
    items: list[Difference] = []
    excuses = _Excuses(store, [each for each in findings if not each.allowed])
    for each in findings:
        reason = each.allowed or excuses.reason(each)
        if reason:
            explained[reason] += 1
        else:
            items.append(Difference(each.kind, each.refs, each.field, each.code.value))
    return Parity(linked, unlinked, len(items), dict(explained), tuple(items))


class _Excuses:
    """What the state says about findings that the mapping alone does not allow."""

    def __init__(self, store: Explanations, findings: Sequence[Finding]) -> None:
        self.links = store.links_by_ref({ref for each in findings for ref in each.refs}) if findings else {}
        self.held: set[tuple[str | Ref, str]] = set()
        self.reviewed: set[tuple[str | Ref, str]] = set()
        for held in store.held_items() if findings else ():
            self.held |= {(held.link, held.field), (held.subject, held.field)}
        for item in store.open_reviews() if findings else ():
            names = (item.review.subject, item.review.link or item.review.subject, *item.review.candidates)
            self.reviewed |= {(name, item.review.field) for name in names}

    def reason(self, finding: Finding) -> str:
        """Why the finding is as it is, "" when the state knows nothing of it."""
        links = [self.links[ref] for ref in finding.refs if ref in self.links]
        names: list[str | Ref] = [*finding.refs, *(link.id for link in links)]
        if finding.field:
            return self._of_field(finding, links, names)
        if any((name, "") in self.reviewed for name in names):
            return "review"
        if finding.code is not Code.NO_PARTNER:
            return ""
        return self._of_single(finding.refs[0], links, names)

    def _of_field(self, finding: Finding, links: Sequence[Link], names: Sequence[str | Ref]) -> str:
        if any((name, finding.field) in self.reviewed for name in names):
            return "review"
        if any((name, field) in self.held for name in names for field in (finding.field, "")):
            return "held"
        if any(finding.field in link.diverged for link in links):
            return "meant to differ"
        return "waits for approval" if any(map(_waits_for_approval, links)) else ""

    def _of_single(self, ref: Ref, links: Sequence[Link], names: Sequence[str | Ref]) -> str:
        if any(name == held for name in names for held, _ in self.held):
            return "held"
        if any(ref in link.aliases for link in links):
            return "another record of the same person is linked"
        if any(link.state is LinkState.TOMBSTONE for link in links):
            return "its partner is gone"
        return "waits for approval" if any(map(_waits_for_approval, links)) else ""


def _waits_for_approval(link: Link) -> bool:
    """A guard holds part of it; what else is still to be written may stand before that in the mark."""
    return link.pending.rpartition(">")[2] == "guard"
