"""Differences: where the two CRMs disagree, found by comparing freshly read records alone.

Enters: the records of one kind from both sides, the mapping, a ``Context`` that knows which records are
paired. Leaves: the pairs (told by our link id on both records) and one ``Finding`` per field that differs and
per record in scope without a partner. Never: I/O, or a look into the state, so that a wrong state cannot hide
a wrong record.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from connector.mapping.convert import Context, Unmappable
from connector.mapping.rules import Blank, FieldRule, ObjectMap, Rule
from connector.model import Kind, Record, Ref, Side, Value


class Code(StrEnum):
    """What was found, as shown to people."""

    DIFFERS = "the two values differ"
    ONE_BLANK = "one side is blank"
    NOT_READ = "could not be read"
    UNREADABLE = "a value has no counterpart in the mapping"
    EDGE = "points to different records"
    NO_PARTNER = "in scope, without a partner"
    DOUBLE = "two records carry the same link id"


@dataclass(frozen=True, slots=True)
class Finding:
    """One disagreement. ``refs``: the records concerned, one or two. ``field``: shared name, "" for a whole
    record. ``allowed``: why the mapping itself means it to be so, "" when it does not."""

    kind: Kind
    code: Code
    refs: tuple[Ref, ...]
    link: str = ""
    field: str = ""
    allowed: str = ""


@dataclass(frozen=True, slots=True)
class Unread:
    """Stands where a shared value could not be had. ``code``: as of ``Unmappable``, or ``not_read``."""

    code: str


Cell = Value | Unread

FILLS = (Rule.FILL_HUBSPOT, Rule.FILL_SALESFORCE)
OWNS = (Rule.HUBSPOT_OWNS, Rule.SALESFORCE_OWNS)


@dataclass(frozen=True, slots=True)
class Row:
    """What is kept of one record: the shared values of the mapped fields that its type has, nothing else."""

    ref: Ref
    link: str
    cells: Mapping[str, Cell]


@dataclass(slots=True)
class Matched:
    """What pairing one kind gives: ``pairs`` link id -> the record on each side; ``rest``: records without a
    partner."""

    pairs: dict[str, dict[Side, Ref]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    unlinked: int = 0


def row_of(record: Record, objects: ObjectMap, ctx: Context) -> Row:
    """Convert one record. Values that cannot be read or have no counterpart are kept as ``Unread``."""
    side, type = record.ref.side, record.ref.type
    cells: dict[str, Cell] = {}
    for rule in objects.fields:
        column = rule.column(side, type)
        if column is not None:
            cells[rule.name] = _cell(rule, record, column, ctx)
    link = record.values.get(objects.link_column[side])
    return Row(record.ref, link if isinstance(link, str) else "", cells)


def _cell(rule: FieldRule, record: Record, column: str, ctx: Context) -> Cell:
    if column not in record.values:
        return Unread("not_read")
    try:
        return rule.convert.read(record.values[column], record.ref.side, record.ref.type, ctx)
    except Unmappable as problem:
        return Unread(problem.code)


def match_rows(objects: ObjectMap, rows: Mapping[Side, Iterable[Row]], ctx: Context) -> Matched:
    """Compare all rows of one kind. HubSpot's rows are kept until their partner comes by; Salesforce's stream
    past.

    Rows come with the types in the mapping's order, the one that counts first: where a person is a Contact
    and a Lead with the same link id, the Contact is compared.
    """
    found = Matched()
    waiting: dict[str, Row] = {}
    for row in rows[Side.HUBSPOT]:
        if not row.link:
            _single(found, objects, row)
        elif row.link in waiting:
            found.findings.append(_double(objects, row, waiting[row.link]))
        else:
            waiting[row.link] = row
    for row in rows[Side.SALESFORCE]:
        _meet(found, objects, row, waiting, ctx)
    for row in waiting.values():
        _single(found, objects, row)
    return found


def _meet(found: Matched, objects: ObjectMap, row: Row, waiting: dict[str, Row], ctx: Context) -> None:
    """One Salesforce row comes by: its partner waits, or was met already, or there is none."""
    earlier = found.pairs.get(row.link)
    if earlier is not None:
        if earlier[row.ref.side].type == row.ref.type:
            found.findings.append(_double(objects, row, Row(earlier[row.ref.side], row.link, {})))
        return
    partner = waiting.pop(row.link, None) if row.link else None
    if partner is None:
        _single(found, objects, row)
        return
    found.pairs[row.link] = {partner.ref.side: partner.ref, row.ref.side: row.ref}
    found.findings += compare_rows(objects, partner, row, ctx)


def _double(objects: ObjectMap, row: Row, earlier: Row) -> Finding:
    return Finding(objects.kind, Code.DOUBLE, (earlier.ref, row.ref), row.link)


def _single(found: Matched, objects: ObjectMap, row: Row) -> None:
    """A record without a partner counts when the mapping wants it shared."""
    values = {name: cell for name, cell in row.cells.items() if not isinstance(cell, Unread)}
    blank = {rule.name: None for rule in objects.fields if rule.column(row.ref.side, row.ref.type) is None}
    if not objects.include[row.ref.side].holds(values | blank):
        return
    found.unlinked += 1
    allowed = "" if objects.create.get(row.ref.side.other) else f"no creation in {row.ref.side.other}"
    found.findings.append(Finding(objects.kind, Code.NO_PARTNER, (row.ref,), row.link, "", allowed))


def compare_rows(objects: ObjectMap, one: Row, other: Row, ctx: Context) -> Iterator[Finding]:
    """The fields of a pair in which the two records disagree, in the mapping's order."""
    for rule in objects.fields:
        if rule.name not in one.cells or rule.name not in other.cells:
            continue
        rows = {row.ref.side: row for row in (one, other)}
        code = compare_cells(rule, {side: row.cells[rule.name] for side, row in rows.items()})
        if code is not None:
            refs = tuple(sorted((one.ref, other.ref)))
            yield Finding(objects.kind, code, refs, one.link, rule.name, _allowed(rule, rows, ctx))


def _allowed(rule: FieldRule, rows: Mapping[Side, Row], ctx: Context) -> str:
    """Why the mapping means two values to differ, "" when it does not."""
    return (
        allowed_by_rule(rule, {side: row.cells[rule.name] for side, row in rows.items()})
        or stands_in(rule, rows)
        or unknown_owner(rule, rows, ctx)
    )


def compare_cells(rule: FieldRule, cells: Mapping[Side, Cell]) -> Code | None:
    """How one field disagrees, None when it agrees. A blank and an unticked box are the same under
    ``strictest``."""
    left, right = cells[Side.HUBSPOT], cells[Side.SALESFORCE]
    for cell in (left, right):
        if isinstance(cell, Unread):
            return Code.NOT_READ if cell.code == "not_read" else Code.UNREADABLE
    if left == right or (rule.rule is Rule.STRICTEST and not left and not right):
        return None
    if rule.convert.name in ("reference", "references"):
        return Code.EDGE
    return Code.ONE_BLANK if left is None or right is None else Code.DIFFERS


def allowed_by_rule(rule: FieldRule, cells: Mapping[Side, Cell]) -> str:
    """Why the rule lets two values differ for good, "" when it does not.

    Only what holds whatever happened before: a filled target is never overwritten by a fill rule, nor is a
    source ever touched; an owner that is blank writes nothing; a side that the mapping never writes stays as
    it is; a reference to a record without a partner waits for it. That a cleared value is kept on the other
    side depends on who cleared it, which only the state can tell.
    """
    unread = next((cell for cell in cells.values() if isinstance(cell, Unread)), None)
    if unread is not None:
        return _allowed_unread(rule, unread)
    named = rule.rule.side
    if named is not None and rule.rule in FILLS and cells[named] is not None:
        return f"{rule.rule}: filled before"
    if named is not None and rule.rule in OWNS and cells[named] is None:
        return "" if rule.blank is Blank.CLEAR else f"{rule.rule}: its owner is blank"
    targets = _targets(rule, cells)
    if not any(rule.writes(side) for side in targets):
        return f"never written in {' and '.join(targets)}"
    return ""


def stands_in(rule: FieldRule, rows: Mapping[Side, Row]) -> str:
    """Whether a value beside a blank is what the mapping's ``fallback`` put there when the record was
    made."""
    for side, row in rows.items():
        given = rows[side.other].cells[rule.name]
        if row.cells[rule.name] is None and isinstance(given, str):
            sources = [cell for name in rule.fallback if isinstance(cell := row.cells.get(name), str)]
            texts = {part.casefold() for text in sources for part in (text, *text.split("@"))}
            return "stands in for a blank value" if given.casefold() in texts else ""
    return ""


def unknown_owner(rule: FieldRule, rows: Mapping[Side, Row], ctx: Context) -> str:
    """Whether the owner who would have to be set is nobody on that side, or has left: then nothing is set."""
    if rule.convert.name != "owner":
        return ""
    for side in _targets(rule, {side: row.cells[rule.name] for side, row in rows.items()}):
        wanted = rows[side.other].cells[rule.name]
        try:
            if not isinstance(wanted, Unread):
                rule.convert.write(wanted, side, rows[side].ref.type, ctx)
                return ""
        except Unmappable:
            continue
    return "an owner without a counterpart"


def _allowed_unread(rule: FieldRule, unread: Unread) -> str:
    if unread.code == "unlinked":
        return "its record has no partner"
    return (
        "an owner without a counterpart" if rule.convert.name == "owner" and unread.code == "unmapped" else ""
    )


def _targets(rule: FieldRule, cells: Mapping[Side, Cell]) -> tuple[Side, ...]:
    """The sides of which one would have to be written to end the difference."""
    named = rule.rule.side
    if rule.rule is Rule.STRICTEST:
        return tuple(side for side in Side if not cells[side])
    if named is not None and rule.rule in FILLS:
        return (named,)
    if named is not None and rule.rule in OWNS:
        return (named.other,)
    return tuple(Side)
