"""Gone: what is decided when a record was deleted, merged away, or does not answer.

Enters: a link, its records as read just now, who holds them. Leaves: a decision that carries nothing over.
Never: I/O, or a belief in a deletion that was seen once only.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from connector.mapping.rules import ObjectMap, OnDelete
from connector.model import Decision, Held, Link, LinkState, Record, Ref, Review, Side
from connector.sync.settle import APART, GONE


@dataclass(frozen=True, slots=True)
class Missing:
    """A link of which a record is not there as it was. ``taken``: who holds records that more than one link
    names."""

    objects: ObjectMap
    link: Link
    records: Mapping[Side, Record]
    taken: Mapping[Ref, Link]
    now: datetime

    def _is_there(self, side: Side) -> bool:
        """Whether nothing says that the record is gone; one that does not answer is not."""
        record = self.records.get(side)
        return record is None or record.gone is None

    def _everything(self) -> tuple[str, ...]:
        return ("", *(rule.name for rule in self.objects.fields))

    def unreadable(self) -> Decision | None:
        """A record did not answer and there is no evidence that it is gone: leave everything, look again
        later. A tombstone's record may be gone for good by now."""
        if self.link.state is LinkState.TOMBSTONE:
            return self._still_gone()
        present = {record.ref for record in self.records.values()}
        missing = next(ref for ref in self.link.refs.values() if ref not in present)
        message = f"{missing.type} could not be read: left alone until it can be"
        held = Held("unreadable", self.link.id, missing, message)
        return Decision(replace(self.link, pending="held"), held=(held,))

    def merged_away(self, holder: Link) -> Decision:
        """Another link holds one of the records. Who had no partner brings none; a partner that is left over
        is for a person to merge, and is neither linked nor created again meanwhile."""
        own = {
            side: ref
            for side, ref in self.link.refs.items()
            if self.taken.get(ref, self.link).id == self.link.id
        }
        marks = {**self.link.diverged, APART: "its partner was merged into another record"}
        left = replace(
            self.link, refs=own, state=LinkState.TOMBSTONE, pending="", rows={}, stamps={}, diverged=marks
        )
        orphans = [(side, ref) for side, ref in own.items() if self._is_there(side)]
        if self.link.state is not LinkState.LINKED or not orphans:
            return Decision(left, judged=self._everything())
        side, orphan = orphans[0]
        twin = holder.ref(side)
        message = "its partner was merged into a record that is linked already: merge these two as well"
        candidates = (twin,) if twin is not None else ()
        review = Review("merged", self.link.kind, orphan, message, candidates=candidates, link=self.link.id)
        return Decision(left, reviews=(review,))

    def gone(self) -> Decision | None:
        """A record was archived or deleted: nothing is carried over. Seen twice, it is believed; a tombstone
        then keeps the record from being created again."""
        if self.link.state is LinkState.TOMBSTONE:
            return self._still_gone()
        if self.link.state is LinkState.LINKED and not self._seen_before():
            return self._seen_once()
        left = replace(self.link, state=LinkState.TOMBSTONE, pending="", retry_at=None)
        return Decision(left, reviews=tuple(self._survivors()), judged=self._everything())

    def _seen_before(self) -> bool:
        at = self.link.retry_at
        return self.link.pending == GONE and at is not None and self.now >= at

    def _seen_once(self) -> Decision | None:
        """The first look leaves everything as it is; looks before the second one is due change nothing."""
        if self.link.pending == GONE:
            return None
        record = next(r for r in self.records.values() if r.gone is not None)
        message = f"deleted in {record.ref.side}: unlinked if it still is at the next look"
        held = Held(GONE, self.link.id, record.ref, message)
        return Decision(replace(self.link, pending=GONE), held=(held,))

    def _still_gone(self) -> Decision | None:
        """A tombstone stays one; when nobody is left over, nobody is asked any more."""
        if not any(record.gone is None for record in self.records.values()):
            return Decision(replace(self.link, pending=""), judged=self._everything())
        return Decision(replace(self.link, pending="")) if self.link.pending else None

    def _survivors(self) -> Iterator[Review]:
        """The question about a record whose partner was deleted, unless the mapping wants none."""
        if self.link.state is not LinkState.LINKED:
            return
        for side, record in self.records.items():
            partner = self.records.get(side.other)
            if record.gone is not None or partner is None:
                continue
            if self.objects.on_delete[side.other] is OnDelete.UNLINK:
                message = f"its partner in {side.other} was deleted: leave it alone, or start anew with it"
                yield Review("deleted", self.link.kind, record.ref, message, link=self.link.id)
