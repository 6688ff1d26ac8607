"""Undo: what a run wrote -> what to put back, and what is left alone and why.

Enters: the audit of one run, the old values that the ledger still keeps, the records as they are now. Leaves:
changes like those of any plan, and what cannot or must not be put back. Never: I/O. A value is put back only
where the record still holds exactly what the run wrote; of a set only the members that the run added or took.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from connector.mapping.rules import Rule
from connector.model import CONNECTOR, WHOLE_RECORD, Change, Delta, Op, Raw, Record, Ref, Why
from connector.state.rows import Audit, Role, Secret
from connector.sync.outcome import Digest


class Reason(StrEnum):
    """Why something that a run wrote is left as it is."""

    CHANGED = "changed"
    EXPIRED = "expired"
    GONE = "gone"
    NOT_READ = "not read"
    CREATED = "created"
    ARCHIVED = "archived"
    CONSENT = "consent"


@dataclass(frozen=True, slots=True)
class Left:
    """Something that is not put back. ``field``: blank for a whole record."""

    reason: Reason
    target: Ref
    field: str = ""


@dataclass(frozen=True, slots=True)
class Wrote:
    """What one run made of one field of one record. ``before`` and ``after``: keyed hashes of what stood
    there first and last; ``old``: the first value, when ``kept``; ``own``: no line of the mapping asked for
    it; ``made``: of a set the last one, None when that is not known; ``consent``: its rule is
    `strictest`."""

    target: Ref
    link: str
    op: Op
    field: str
    column: str
    before: bytes
    after: bytes
    old: Raw = None
    kept: bool = False
    own: bool = False
    made: tuple[str, ...] | None = None
    consent: bool = False


Members = Callable[[Wrote, Iterable[str]], tuple[str, ...]]
"""The link ids of some records (their ids) of a set."""


def written_fields(rows: Iterable[Audit], kept: Iterable[Secret], digest: Digest) -> dict[Ref, list[Wrote]]:
    """The fields that a run wrote, by record. ``rows``: its audit, oldest first; a field that it wrote twice
    counts once."""
    found: dict[tuple[Ref, str], Wrote] = {}
    for row in rows:
        first = found.get((row.target, row.column))
        if first is None:
            first = Wrote(row.target, row.link, row.op, row.field, row.column, row.before, row.after)
            consent = row.rule.partition(" ")[0] == Rule.STRICTEST
            first = replace(first, own=row.rule == CONNECTOR, consent=consent)
        found[row.target, row.column] = replace(first, after=row.after)
    secrets = list(kept)
    values = {_place(secret, digest): secret.value for secret in secrets if secret.role is not Role.AFTER}
    made = {_place(secret, digest): secret.value for secret in secrets if secret.role is Role.AFTER}
    by_record: dict[Ref, list[Wrote]] = {}
    for wrote in found.values():
        last = made.get((wrote.target, wrote.field, wrote.after))
        known = replace(_with_old(wrote, values, digest), made=last if isinstance(last, tuple) else None)
        by_record.setdefault(wrote.target, []).append(known)
    return by_record


Place = tuple[Ref, str, bytes]


def _place(secret: Secret, digest: Digest) -> Place:
    return secret.target, secret.field, digest(secret.value)


def _with_old(wrote: Wrote, values: Mapping[Place, Raw], digest: Digest) -> Wrote:
    """What was blank before is known without the ledger."""
    key = (wrote.target, wrote.field, wrote.before)
    kept = wrote.before == digest(None) or key in values
    return replace(wrote, old=values.get(key), kept=kept)


def put_back(
    fields: Sequence[Wrote],
    record: Record | None,
    rule: str,
    digest: Digest,
    members: Members,
    is_ours: Callable[[Wrote], bool],
) -> tuple[list[Change], list[Left]]:
    """What to put back of a record that the run updated. ``rule``: what the audit is to say."""
    changes: list[Change] = []
    left: list[Left] = []
    for wrote in fields:
        same = wrote.before == wrote.after and wrote.op is not Op.ARCHIVE
        if same or wrote.own:
            continue  # who belongs to whom is not undone, nor what the connector works out by itself
        reason = _obstacle(wrote, record, digest)
        if reason is not None:
            left.append(Left(reason, wrote.target, "" if wrote.op is Op.ARCHIVE else wrote.field))
        elif record is not None:
            present = record.values[wrote.column]
            change = Change(
                wrote.field, wrote.column, present, wrote.old, Why.UNDO, rule, wrote.old, is_ours(wrote)
            )
            if isinstance(present, tuple) and wrote.column.startswith("@"):
                changes += _our_part(wrote, present, change, members)
            elif digest(present) == wrote.after:
                changes.append(change)
    return changes, left


def _obstacle(wrote: Wrote, record: Record | None, digest: Digest) -> Reason | None:
    """Why a field cannot be put back; None also where the old value stands there already."""
    if wrote.op is Op.ARCHIVE:
        return Reason.ARCHIVED
    if wrote.consent:
        return Reason.CONSENT
    if record is None or record.gone is not None or record.ref != wrote.target:
        return Reason.GONE
    if wrote.column not in record.values:
        return Reason.NOT_READ
    present = digest(record.values[wrote.column])
    if present == wrote.before:
        return None
    if present != wrote.after and wrote.made is None:
        return Reason.CHANGED
    return None if wrote.kept else Reason.EXPIRED


def _our_part(wrote: Wrote, present: tuple[str, ...], change: Change, members: Members) -> Iterator[Change]:
    """Of a set: what the run took is put back, and what it added is taken away; others' members stay."""
    old = frozenset(wrote.old if isinstance(wrote.old, tuple) else ())
    made = frozenset(present if wrote.made is None else wrote.made)
    put, taken = old - made - {*present}, (made - old) & {*present}
    marks = (*members(wrote, put), *(f"-{link}" for link in members(wrote, taken)))
    if put or taken:
        yield replace(change, after=Delta(add=put, remove=taken), given=marks)


def take_away(
    fields: Sequence[Wrote], record: Record | None, rule: str, digest: Digest, *, untouched: bool
) -> Change | Left:
    """The archive of a record that the run created, if it still is as we made it. ``untouched``: the CRM's
    stamp says that nobody has written to it since."""
    target = fields[0].target
    if record is None or record.gone is not None or record.ref != target:
        return Left(Reason.GONE, target)
    same = all(w.column in record.values and digest(record.values[w.column]) == w.after for w in fields)
    if not same or not untouched:
        return Left(Reason.CHANGED, target)
    return Change(WHOLE_RECORD, WHOLE_RECORD, None, None, Why.UNDO, rule, record.stamp.isoformat())
