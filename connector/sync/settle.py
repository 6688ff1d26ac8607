"""Settle: results -> what the state must remember.

Enters: what was asked of a CRM and what it answered. Leaves: links, audit rows, ledger values, held items for
one transaction. Never: I/O; never the plan: a base only moves to a value that was read back.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connector.crm.base import ASSOCIATION_LIMIT
from connector.model import (
    CONNECTOR,
    OWN_MOVES,
    Action,
    Change,
    Delta,
    Held,
    Link,
    LinkState,
    Op,
    Raw,
    Record,
    Ref,
    Result,
    Review,
    Side,
    Verdict,
    Why,
)
from connector.state.rows import Audit, Role, Secret
from connector.sync.outcome import UNDONE, Digest
from connector.sync.sets import apart_marks, merged_bases, undone_base
from connector.sync.twins import is_ours, question

FIRST_WAIT = timedelta(minutes=5)
APART = "@apart"
"""``diverged`` mark of a record that a person chose to keep apart from its look-alikes; of a tombstone: it is
never taken up again by itself."""
STANDS_IN = "stands in for a blank value"
"""``diverged`` mark of a value that the mapping's ``fallback`` gave a new record: it stays meant to differ,
also when what it was made of changes."""

LONGEST_WAIT = timedelta(hours=24)
AT_ONCE = 5
"""So many failures in a row before something that was not answered waits longer than to the next run."""
GONE = "gone"
"""Pending mark of a pair of which a record was seen to be deleted once. A second look, when this time has
passed, makes sure of it."""
AT = "at "
"""Beginning of the pending mark of a person whose next step needs time alone (a grace ends, an episode may
begin); the time follows."""
WAITS = {
    GONE: timedelta(minutes=10),
    "guard": timedelta(hours=1),
    "held": timedelta(hours=1),
    "waiting": timedelta(hours=24),
}
"""How long a link waits for approval, a correction, or the partner of another record before it is looked at
again unasked."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One record that was sent. ``action``: with the changes that really were sent; ``written``: column ->
    raw value sent.

    ``fresh``: the target as re-read just before (None for a create). ``moved``: something else on the target
    changed since reconciliation saw it: the link must be looked at again. ``rival``: of a create that was
    refused, the record that the CRM says is in the way, as it is now.
    """

    action: Action
    link: Link
    written: Mapping[str, Raw | Delta]
    fresh: Record | None
    moved: bool = False
    rival: Record | None = None

    def then(self, change: Change) -> Raw:
        """What the field of a change holds once it is written."""
        sent = self.written[change.column]
        if not isinstance(sent, Delta):
            return sent
        held = self.fresh.values.get(change.column) if self.fresh else ()
        return tuple(sorted((set(held if isinstance(held, tuple) else ()) | sent.add) - sent.remove))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one attempt leaves behind."""

    link: Link
    audit: tuple[Audit, ...] = ()
    held: tuple[Held, ...] = ()
    reviews: tuple[Review, ...] = ()


@dataclass(frozen=True, slots=True)
class Settler:
    """What settling needs besides the result."""

    run: int
    fence: int
    now: datetime
    keep: timedelta
    digest: Digest
    row: Callable[[Record], bytes]

    def outcome(self, attempt: Attempt, result: Result) -> Outcome:
        """The link and its history after one attempt."""
        action = attempt.action
        if result.verdict is Verdict.DONE and action.op is Op.UPDATE and result.id != action.target.id:
            return self._elsewhere(attempt, result)
        if result.verdict is Verdict.DONE:
            return self._done(attempt, result)
        if result.id and _only_references(result.fields):
            return self._partly(attempt, result)
        if attempt.rival is not None and is_ours(action, attempt.rival):
            return self._adopted(attempt, attempt.rival)
        if asked := self._question(attempt, result):
            return Outcome(replace(attempt.link, pending="", retry_at=None, fails=0), reviews=(asked,))
        if result.verdict is Verdict.REFUSED:
            return self._refused(attempt, result)
        return self._later_again(attempt, result)

    def _question(self, attempt: Attempt, result: Result) -> Review | None:
        """Whether the record that is in the way is the same one; unless a person has said already that it is
        not."""
        if attempt.rival is None or APART in attempt.link.diverged:
            return None
        return question(attempt.action, result, attempt.rival)

    def _later_again(self, attempt: Attempt, result: Result) -> Outcome:
        """Not applied for certain, or nobody knows: tried again, at once at first."""
        unknown = result.verdict is Verdict.UNKNOWN
        code = "unanswered" if unknown else "retry"
        fails = attempt.link.fails + 1
        where = f"{attempt.action.side} {attempt.action.target.type}"
        what = "the answer to a write is unknown" if unknown else "not written yet"
        message = f"{where}: {what} ({result.code})"
        held = Held(code, attempt.link.id, _subject(attempt.action), message, refusal=result.code)
        pending = "unknown" if unknown else "retry"
        link = replace(attempt.link, pending=pending, fails=fails, retry_at=retry_at(self.now, fails))
        return Outcome(link, held=(held,))

    def _done(self, attempt: Attempt, result: Result) -> Outcome:
        action, side = attempt.action, attempt.action.side
        if action.op is Op.ARCHIVE:
            return Outcome(archived(attempt.link), self._audits(attempt, result, action.target))
        target = Ref(side, action.target.type, result.id or action.target.id)
        refs = {**attempt.link.refs, side: target}
        link = replace(
            self._bases(attempt, result),
            refs=refs,
            state=LinkState.LINKED
            if action.op is Op.CREATE and len(refs) == len(Side)
            else attempt.link.state,
            fails=0,
            pending=done_on(attempt.link.pending, side),
        )
        link = replace(link, retry_at=next_look(link.pending, self.now))
        link = self._rows(link, attempt, result)
        if not link.pending and any(change.why is Why.UNDO for change in action.changes):
            link = replace(link, pending="look again")  # the next sync sees whether the two agree again
        return Outcome(link, self._audits(attempt, result, target))

    def kept(self, attempt: Attempt) -> tuple[Secret, ...]:
        """The values that an attempt may replace; of a set also what it makes of it, so that an undo can tell
        our part from others'. They are stored before it is sent, so that no crash loses them."""
        action = attempt.action
        kept = [
            self._secret(action, change)
            for change in action.changes
            if change.rule != CONNECTOR and change.before is not None
        ]
        sets = [c for c in action.changes if isinstance(c.after, Delta) and attempt.fresh is not None]
        kept += [
            replace(self._secret(action, change), role=Role.AFTER, value=attempt.then(change))
            for change in sets
        ]
        return tuple(kept)

    def _audits(self, attempt: Attempt, result: Result, target: Ref) -> tuple[Audit, ...]:
        return tuple(
            self._audit(attempt.action, change, target, attempt, result) for change in attempt.action.changes
        )

    def _elsewhere(self, attempt: Attempt, result: Result) -> Outcome:
        """The record was merged in the moment of the write: the survivor was written. No base moves; the next
        look follows the merge."""
        action = attempt.action
        target = Ref(action.side, action.target.type, result.id or "")
        audit = tuple(self._audit(action, change, target, attempt, result) for change in action.changes)
        return Outcome(replace(attempt.link, pending="look again", retry_at=None), audit)

    def _partly(self, attempt: Attempt, result: Result) -> Outcome:
        """The record was written, its associations were not: the record counts, the rest is tried again
        later; where the other record has no room for more, once a day."""
        action = attempt.action
        written = replace(action, changes=tuple(c for c in action.changes if not c.column.startswith("@")))
        done = self._done(replace(attempt, action=written, moved=True), result)
        fails = attempt.link.fails + 1
        subject = done.link.refs[action.side]
        message = f"{action.side} {action.target.type}: not associated yet ({result.code})"
        full = result.code == ASSOCIATION_LIMIT
        told = (done.link.id, subject, message, ", ".join(result.fields), result.code)
        held = Held("association_limit", *told) if full else Held("refused", *told)
        again = self.now + LONGEST_WAIT if full else later(self.now, fails)
        link = replace(done.link, pending="refused", fails=fails, retry_at=again)
        return replace(done, link=link, held=(held,))

    def _adopted(self, attempt: Attempt, found: Record) -> Outcome:
        """An earlier create had arrived after all: the record carries our link id."""
        refs = {**attempt.link.refs, found.ref.side: found.ref}
        link = replace(attempt.link, refs=refs, state=LinkState.LINKED, pending="recovered", retry_at=None)
        return Outcome(link, self._audits(attempt, Result("", Verdict.DONE, found.ref.id), found.ref))

    def _bases(self, attempt: Attempt, result: Result) -> Link:
        """Bases of written fields move, on the target to what was read back, on the source to what was
        carried over. What was marked for a written field (a person's decision, a difference that was meant)
        is settled."""
        side = attempt.action.side
        bases = {s: dict(attempt.link.bases.get(s, {})) for s in Side}
        diverged = dict(attempt.link.diverged)
        for change in attempt.action.changes:
            diverged.pop(change.field, None)
            if change.rule == CONNECTOR:
                continue  # our ids and own values are not compared
            if change.why is Why.UNDO:
                self._undone(attempt, change, result, bases)
                diverged[change.field] = UNDONE
                continue
            if isinstance(change.after, Delta):
                if self._set_base(attempt, change, bases):
                    diverged[change.field] = UNDONE
                continue
            back = result.values.get(change.column, attempt.written[change.column])
            assert not isinstance(back, Delta)
            if _was_changed(attempt.written[change.column], back):
                diverged[change.field] = changed_when_written(side)
            elif change.why is Why.CREATE and change.given is None:
                diverged[change.field] = STANDS_IN
            bases[side][change.field] = self.digest(back)
            if change.why not in OWN_MOVES:
                bases[side.other][change.field] = self.digest(change.given)
        return replace(attempt.link, bases=bases, diverged=diverged)

    def _undone(
        self, attempt: Attempt, change: Change, result: Result, bases: dict[Side, dict[str, bytes]]
    ) -> None:
        """After an undo only the target's base moves: an edit of the other side that was not carried over yet
        still counts as one."""
        side = attempt.action.side
        if isinstance(change.after, Delta):
            put, taken = undone_members(change, self.digest)
            bases[side] = undone_base(bases[side], change.field, put, taken, self.digest)
        else:
            back = result.values.get(change.column, attempt.written[change.column])
            bases[side][change.field] = self.digest(_flat(back))

    def _set_base(self, attempt: Attempt, change: Change, bases: dict[Side, dict[str, bytes]]) -> bool:
        """A set has a base when the last side that lacked something has got it, all members included. Whether
        some of it was left apart by an undo."""
        sent, side = attempt.written[change.column], attempt.action.side
        assert isinstance(change.after, Delta)
        assert isinstance(sent, Delta)
        whole = len(sent.add) == len(change.after.add) and len(sent.remove) == len(change.after.remove)
        if whole and isinstance(change.given, tuple) and is_last(attempt.link.pending, side):
            bases.update(merged_bases(bases, change.field, change.given, self.digest, change.after.remove))
        return any(apart_marks(bases, change.field).values())

    def _rows(self, link: Link, attempt: Attempt, result: Result) -> Link:
        """Remember the target's row and stamp, so that our own write is not looked at again; not if anything
        else moved on it."""
        side = attempt.action.side
        rows, stamps = dict(link.rows), dict(link.stamps)
        fresh = attempt.fresh
        known = fresh is not None and rows.get(side) == self.row(fresh) and not attempt.moved
        known = known and not self._touched_elsewhere(attempt, result)
        if known and fresh is not None and result.stamp is not None:
            after = {k: v for k, v in attempt.written.items() if not isinstance(v, Delta)}
            values = {**fresh.values, **after, **result.values}
            rows[side] = self.row(
                replace(fresh, values={k: v for k, v in values.items() if k in fresh.values})
            )
            stamps[side] = result.stamp
        else:
            rows.pop(side, None)
            stamps.pop(side, None)
        if attempt.moved and not link.pending:
            return replace(link, rows=rows, stamps=stamps, pending="look again")
        return replace(link, rows=rows, stamps=stamps)

    def _touched_elsewhere(self, attempt: Attempt, result: Result) -> bool:
        """Whether a trigger or flow changed more than what was written, in the same moment."""
        assert attempt.fresh is not None
        before = attempt.fresh.values
        return any(
            value != before[column]
            for column, value in result.values.items()
            if column in before and column not in attempt.written
        )

    def _refused(self, attempt: Attempt, result: Result) -> Outcome:
        fails = attempt.link.fails + 1
        fields = ", ".join(result.fields)
        where = f"{attempt.action.side} {attempt.action.target.type}"
        message = f"{where} refused the record: {result.code}" + (f" ({fields})" if fields else "")
        held = Held("refused", attempt.link.id, _subject(attempt.action), message, fields, result.code)
        link = replace(attempt.link, fails=fails, pending="refused", retry_at=later(self.now, fails))
        return Outcome(link, held=(held,))

    def _audit(self, action: Action, change: Change, target: Ref, attempt: Attempt, result: Result) -> Audit:
        after = result.values.get(change.column, attempt.written[change.column])
        mark = self.digest(_flat(after))
        return Audit(
            run=self.run,
            at=self.now,
            link=action.link,
            target=target,
            op=action.op,
            field=change.field,
            column=change.column,
            why=change.why,
            rule=change.rule,
            before=self.digest(change.before),
            after=mark,
            fence=self.fence,
        )

    def _secret(self, action: Action, change: Change) -> Secret:
        role = Role.LOST if change.why is Why.CLASH else Role.BEFORE
        return Secret(
            self.run,
            self.now,
            action.link,
            action.target,
            change.field,
            role,
            change.before,
            self.now + self.keep,
        )


def changed_when_written(side: Side) -> str:
    """``diverged`` mark of a field of which a trigger or flow there made something else as it was written."""
    return f"{side} changed it when it was written"


def undone_members(change: Change, digest: Digest) -> tuple[set[bytes], set[bytes]]:
    """Hashes of the link ids that an undo puts back into a set, and of those that it takes from it (``-``
    before the id)."""
    marks = change.given if isinstance(change.given, tuple) else ()
    put = {digest(mark) for mark in marks if not mark.startswith("-")}
    return put, {digest(mark[1:]) for mark in marks if mark.startswith("-")}


def archived(link: Link) -> Link:
    """The link after one of its records was put into the recycle bin: never created again."""
    return replace(link, state=LinkState.TOMBSTONE, pending="", rows={}, stamps={}, retry_at=None, fails=0)


def later(now: datetime, fails: int) -> datetime:
    """When to try again what failed so often: each time twice as long, a day at most."""
    doubled: timedelta = FIRST_WAIT * (1 << min(fails, 10))
    return now + min(LONGEST_WAIT, doubled)


def retry_at(now: datetime, fails: int) -> datetime | None:
    """The same for what the CRM did not refuse: the first times at the next run."""
    return None if fails < AT_ONCE else later(now, fails)


def _subject(action: Action) -> Ref:
    """The record that a failed action is about: of a create the one that it was to be made from."""
    return action.source if action.op is Op.CREATE and action.source else action.target


def _only_references(fields: tuple[str, ...]) -> bool:
    return bool(fields) and all(field.startswith("@") for field in fields)


def _was_changed(sent: Raw | Delta, back: Raw) -> bool:
    """Whether the CRM (a trigger, a flow) made another text of what was written."""
    return (
        isinstance(sent, str) and isinstance(back, str) and sent.strip().casefold() != back.strip().casefold()
    )


def _flat(value: Raw | Delta) -> Raw:
    if isinstance(value, Delta):
        return (*sorted(value.add), *(f"-{m}" for m in sorted(value.remove)))
    return value


# ---------------------------------------------------------------- pending


def look_at(time: datetime) -> str:
    """Pending mark of a link that is looked at again at this time (aware), whatever happens."""
    return f"{AT}{time.isoformat()}"


def next_look(pending: str, now: datetime) -> datetime | None:
    """When a link with this pending mark is looked at again unasked; None: by the next run."""
    if pending.startswith(AT):
        return datetime.fromisoformat(pending.removeprefix(AT))
    return now + WAITS[pending] if pending in WAITS else None


def to_write(sides: set[Side], rest: str) -> str:
    """Pending mark of a link whose writes to ``sides`` are planned; ``rest``: what remains when they are
    done."""
    return f"write:{'+'.join(sorted(sides))}>{rest}" if sides else rest


def is_last(pending: str, side: Side) -> bool:
    """Whether the write to ``side`` is the only one that is still to be done."""
    return pending.startswith(f"write:{side}>")


def done_on(pending: str, side: Side) -> str:
    """Pending mark after the write to ``side`` is done."""
    if not pending.startswith("write:"):
        return pending
    sides, _, rest = pending.removeprefix("write:").partition(">")
    left = {Side(s) for s in sides.split("+") if s and s != side}
    return to_write(left, rest)
