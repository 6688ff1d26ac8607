"""Excuses: what the state knows about a difference that the mapping alone does not allow.

Enters: findings, the records they are about, the state. Leaves: a reason in plain words, "" for none. It is
asked last, and by name only: a wrong state can give a wrong reason, and cannot make a difference vanish.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from connector.mapping.rules import ObjectMap
from connector.model import Held, Kind, Link, LinkState, Raw, Record, Ref, Review, Side
from connector.report.differences import Code, Finding
from connector.state.rows import RunRow
from connector.sync.settle import APART

SINCE = "lag: edited since the last sync"
WITHIN = "lag: edited within the overlap, not seen yet"


class OpenReview(Protocol):
    @property
    def review(self) -> Review: ...


class Explanations(Protocol):
    """The part of the state store that is asked why."""

    def links_by_ref(self, refs: Iterable[Ref]) -> Mapping[Ref, Link]: ...

    def open_reviews(self, kind: Kind | None = None) -> Sequence[OpenReview]: ...

    def held_items(self, link: str | None = None) -> Sequence[Held]: ...

    def last_runs(self, n: int, kind: str | None = None) -> Sequence[RunRow]: ...

    def get_cursor(self, side: Side, type: str) -> datetime | None: ...


class Excuses:
    """What the state says about findings. ``digest``: the keyed hash by which bases are kept."""

    def __init__(self, store: Explanations, digest: Callable[[Raw], bytes]) -> None:
        self.store, self.digest = store, digest
        self.held: set[tuple[str | Ref, str]] = set()
        self.reviewed: set[tuple[str | Ref, str]] = set()
        for held in store.held_items():
            self.held |= {(held.link, held.field), (held.subject, held.field)}
        for item in store.open_reviews():
            names = (item.review.subject, item.review.link or item.review.subject, *item.review.candidates)
            self.reviewed |= {(name, item.review.field) for name in names}
        runs = store.last_runs(1, "sync")
        self.last = runs[0].finished_at if runs else None
        self.cursors: dict[tuple[Side, str], datetime | None] = {}

    def reasons(
        self, findings: Sequence[Finding], objects: ObjectMap, records: Mapping[Ref, Record]
    ) -> list[str]:
        """Why each finding is as it is, "" where neither the mapping nor the state knows. ``records``: as
        they were read just now."""
        refs = {ref for each in findings if not each.allowed for ref in each.refs}
        known = self.store.links_by_ref(refs) if refs else {}
        return [each.allowed or self._reason(each, known, objects, records) for each in findings]

    def _reason(
        self,
        finding: Finding,
        known: Mapping[Ref, Link],
        objects: ObjectMap,
        records: Mapping[Ref, Record],
    ) -> str:
        links = [known[ref] for ref in finding.refs if ref in known]
        names: list[str | Ref] = [*finding.refs, *(link.id for link in links)]
        read = [record for ref in finding.refs if (record := records.get(ref)) is not None]
        if finding.field:
            told = self._of_field(finding, links, names)
            if told or self._is_as_before(finding, links, objects, read):
                return told
            return self._lag(read, links)
        if any((name, "") in self.reviewed for name in names):
            return "review"
        if finding.code not in (Code.NO_PARTNER, Code.DANGLING):
            return ""
        return self._of_single(finding.refs[0], links, names) or self._lag(read, links)

    def _of_field(self, finding: Finding, links: Sequence[Link], names: Sequence[str | Ref]) -> str:
        if any((name, finding.field) in self.reviewed for name in names):
            return "review"
        if any((name, field) in self.held for name in names for field in (finding.field, "")):
            return "held"
        if any(finding.field in link.diverged for link in links):
            return "meant to differ"
        return "waits for approval" if any(map(_waits_for_approval, links)) else ""

    def _of_single(self, ref: Ref, links: Sequence[Link], names: Collection[str | Ref]) -> str:
        if any(name == held for name in names for held, _ in self.held):
            return "held"
        if any(ref in link.aliases for link in links):
            return "another record of the same person is linked"
        if any(APART in link.diverged for link in links):
            return "kept apart"
        if any(link.state is LinkState.TOMBSTONE for link in links):
            return "its partner is gone"
        return "waits for approval" if any(map(_waits_for_approval, links)) else ""

    def _lag(self, read: Sequence[Record], links: Sequence[Link]) -> str:
        """Whether a record was edited so lately that no sync can have seen it."""
        if self.last is None:
            return ""
        if any(record.stamp > self.last for record in read):
            return SINCE
        known = {ref: link.stamps.get(ref.side) for link in links for ref in link.refs.values()}
        for record in read:
            cursor = self._cursor(record.ref)
            if cursor is not None and record.stamp >= cursor and known.get(record.ref) != record.stamp:
                return WITHIN
        return ""

    def _cursor(self, ref: Ref) -> datetime | None:
        place = (ref.side, ref.type)
        if place not in self.cursors:
            self.cursors[place] = self.store.get_cursor(*place)
        return self.cursors[place]

    def _is_as_before(
        self, finding: Finding, links: Sequence[Link], objects: ObjectMap, read: Sequence[Record]
    ) -> bool:
        """Whether both values are the ones that the base remembers: then no late edit explains anything."""
        rule = objects.field(finding.field)
        for record in read:
            column = rule.column(record.ref.side, record.ref.type)
            bases = [link.bases.get(record.ref.side, {}).get(finding.field) for link in links[:1]]
            if column is None or bases != [self.digest(record.values.get(column))]:
                return False
        return bool(read)


def _waits_for_approval(link: Link) -> bool:
    """A guard holds part of it; what else is still to be written may stand before that in the mark."""
    return link.pending.rpartition(">")[2] == "guard"
