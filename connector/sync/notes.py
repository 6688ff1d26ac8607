"""Notes of what is about to be written, and what they tell of an interrupted write.

Enters: an attempt before it is sent; later its target as it is now. Leaves: the note (hashes only); and of a
write that did happen its link and its audit. Never: I/O, or a value.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from connector.mapping.rules import ObjectMap
from connector.model import (
    CONNECTOR,
    OWN_MOVES,
    WHOLE_RECORD,
    Change,
    Delta,
    Link,
    Op,
    Record,
    Side,
    Why,
)
from connector.state.rows import Audit, Intent
from connector.sync.outcome import UNDONE, Digest
from connector.sync.reconcile import UNSURE
from connector.sync.sets import undone_base, without_set
from connector.sync.settle import Attempt, changed_when_written, undone_members

NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Note:
    """One field that is about to be written. ``wanted``, ``given``, ``before``: keyed hashes in hex of the
    value that the record then holds, of what caused it, and of what is replaced. ``members``: of a
    set, the hashes of the link ids that an undo puts back (each after a plus) and takes (after a minus)."""

    field: str
    column: str
    wanted: str
    given: str
    why: str
    before: str = ""
    rule: str = ""
    members: str = ""
    is_set: str = ""


def pack_intent(attempt: Attempt, digest: Digest) -> bytes:
    """The notes of one record, by which recovery can tell our own write from an edit."""
    return "\n".join("\t".join(_fields(_note(attempt, c, digest))) for c in attempt.action.changes).encode()


def _fields(note: Note) -> tuple[str, ...]:
    return tuple(getattr(note, name) for name in Note.__slots__)


def _note(attempt: Attempt, change: Change, digest: Digest) -> Note:
    is_set = isinstance(change.after, Delta)
    put, taken = undone_members(change, digest) if is_set and change.why is Why.UNDO else (set(), set())
    return Note(
        change.field,
        change.column,
        digest(attempt.then(change)).hex(),
        digest(change.given).hex(),
        change.why,
        digest(change.before).hex(),
        change.rule,
        ",".join([*sorted(f"+{m.hex()}" for m in put), *sorted(f"-{m.hex()}" for m in taken)]),
        "set" if is_set else "",
    )


def _unpack(packed: bytes) -> Iterator[Note]:
    """The notes that can be understood; another version of the program may have left some that cannot."""
    for line in packed.split(b"\n"):
        try:
            note = Note(*line.decode().split("\t"))
            Why(note.why)
            for text in (note.wanted, note.given, note.before):
                bytes.fromhex(text)
            _members(note)
        except (TypeError, ValueError):
            continue
        yield note


def in_doubt(link: Link, intent: Intent, target: Record, objects: ObjectMap) -> Link:
    """The link after an interrupted write whose note cannot be understood, or only in part: of these fields
    nobody can tell our write from an edit. Where both sides are equal they agree; else a person decides."""
    told = {note.column for note in _unpack(intent.after)}
    side = target.ref.side
    bases = {s: dict(link.bases.get(s, {})) for s in Side}
    diverged = dict(link.diverged)
    for rule in objects.fields:
        column = rule.column(side, target.ref.type)
        if column is None or column in told or (intent.columns and column not in intent.columns):
            continue
        bases = {s: without_set(base, rule.name) for s, base in bases.items()}
        diverged[rule.name] = UNSURE
    return replace(link, bases=bases, diverged=diverged)


def unlike(intent: Intent, target: Record, digest: Digest) -> frozenset[str]:
    """Columns that hold neither what was sent nor what stood there before: somebody's edit, or what an
    automation made of our write."""
    return frozenset(
        note.column
        for note in _unpack(intent.after)
        if _compared(note, target)
        and not _holds(target, note, digest)
        and not _as_before(intent, note, target, digest)
    )


def recovered(
    link: Link, intent: Intent, target: Record, digest: Digest, ours: frozenset[str] = NONE
) -> Link:
    """The link after an interrupted write: fields that hold what we meant to write are ours, and so are those
    that ``ours`` names (an automation made something else of it); their bases move. Others are left."""
    bases = {side: dict(link.bases.get(side, {})) for side in Side}
    diverged = dict(link.diverged)
    side = target.ref.side
    for note in _unpack(intent.after):
        if note.rule == CONNECTOR or not _is_ours(target, note, ours, digest):
            continue
        if note.why == Why.UNDO:
            bases[side] = _base_after_undo(bases[side], note, target, digest)
            diverged[note.field] = UNDONE
        elif not note.is_set:
            bases[side][note.field] = digest(target.values[note.column])
            if note.why not in OWN_MOVES:
                bases[side.other][note.field] = bytes.fromhex(note.given)
            if note.column in ours:
                diverged[note.field] = changed_when_written(side)
    return replace(link, bases=bases, diverged=diverged, pending="recovered", retry_at=None)


def _compared(note: Note, target: Record) -> bool:
    return not note.is_set and note.rule != CONNECTOR and note.column in target.values


def _as_before(intent: Intent, note: Note, target: Record, digest: Digest) -> bool:
    held = digest(target.values[note.column]).hex()
    return intent.op is not Op.CREATE and note.before in ("", held)


def _is_ours(target: Record, note: Note, ours: frozenset[str], digest: Digest) -> bool:
    return _holds(target, note, digest) or note.column in ours


def _base_after_undo(base: dict[str, bytes], note: Note, target: Record, digest: Digest) -> dict[str, bytes]:
    if not note.is_set:
        return {**base, note.field: digest(target.values[note.column])}
    put, taken = _members(note)
    return undone_base(base, note.field, put, taken, digest)


def _members(note: Note) -> tuple[list[bytes], list[bytes]]:
    """What an undo puts back into a set, and what it takes from it. Raises ValueError."""
    marks = [mark for mark in note.members.split(",") if mark]
    if any(mark[0] not in "+-" for mark in marks):
        raise ValueError("another version's")
    put, taken = ([bytes.fromhex(m[1:]) for m in marks if m[0] == sign] for sign in "+-")
    return put, taken


def _holds(target: Record, note: Note, digest: Digest) -> bool:
    return note.column in target.values and digest(target.values[note.column]).hex() == note.wanted


def witnessed(
    intent: Intent, target: Record, audit: Audit, digest: Digest, ours: frozenset[str] = NONE
) -> list[Audit]:
    """The audit of an interrupted write that did happen. ``audit``: a row with all that is not the field's;
    ``ours``: columns of which an automation made something else. Of a new record everything that was sent
    counts, whatever became of it since."""
    found: list[Audit] = []
    for note in _unpack(intent.after):
        whole = intent.op is Op.ARCHIVE and note.column == WHOLE_RECORD and target.gone is not None
        created = intent.op is Op.CREATE and note.column in target.values
        if not note.before or not (whole or created or _is_ours(target, note, ours, digest)):
            continue
        after = bytes.fromhex(note.wanted) if whole else digest(target.values[note.column])
        row = replace(audit, field=note.field, column=note.column, why=Why(note.why), rule=note.rule)
        found.append(replace(row, before=bytes.fromhex(note.before), after=after))
    return found
