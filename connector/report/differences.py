"""Differences: where the two CRMs disagree, found by comparing freshly read records alone.

Enters: the records of one kind from both sides, the mapping, a ``Context`` that knows which records are
paired. Leaves: the pairs (told by our link id on both records) and one ``Finding`` per field that differs,
per record in scope without a partner, and per link id that leads nowhere or to several records. Never: I/O,
or a look into the state, so that a wrong state cannot hide a wrong record.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from connector.mapping.convert import Context, Unmappable
from connector.mapping.rules import Blank, FieldRule, ObjectMap, OnExit, Rule
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
    DANGLING = "its link id is carried by no record of the other CRM"
    PARTNER = "names another partner than the record with its link id"


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
    """What is kept of one record: the shared values of the mapped fields that its type has. ``partner``: the
    other CRM's id that the connector wrote to it, "" for none."""

    ref: Ref
    link: str
    cells: Mapping[str, Cell]
    partner: str = ""


def row_of(record: Record, objects: ObjectMap, ctx: Context) -> Row:
    """Convert one record. Values that cannot be read or have no counterpart are kept as ``Unread``."""
    side, type = record.ref.side, record.ref.type
    cells: dict[str, Cell] = {}
    for rule in objects.fields:
        column = rule.column(side, type)
        if column is not None:
            cells[rule.name] = _cell(rule, record, column, ctx)
    own = objects.own_partner(side)
    partner = record.values.get(own) if own is not None else None
    return Row(record.ref, link_of(record, objects), cells, partner if isinstance(partner, str) else "")


def link_of(record: Record, objects: ObjectMap) -> str:
    """The link id that a record carries, "" for none."""
    link = record.values.get(objects.link_column[record.ref.side])
    return link if isinstance(link, str) else ""


def _cell(rule: FieldRule, record: Record, column: str, ctx: Context) -> Cell:
    if column not in record.values:
        return Unread("not_read")
    try:
        return rule.convert.read(record.values[column], record.ref.side, record.ref.type, ctx)
    except Unmappable as problem:
        return Unread(problem.code)


def compare_group(
    objects: ObjectMap, rows: Mapping[Side, Sequence[Row]], ctx: Context
) -> tuple[dict[Side, Row], list[Finding]]:
    """Records that carry one link id: the pair that they make (empty if they make none) and what is wrong
    with it.

    Of each side the object type counts that the mapping names first: where a person is a Contact and a Lead
    with the same link id, the Contact is compared.
    """
    best = {side: _best(objects.types[side], rows.get(side, ())) for side in Side}
    found = [
        Finding(objects.kind, Code.DOUBLE, (first.ref, row.ref), row.link)
        for first, *more in (each for each in best.values() if each)
        for row in more
    ]
    pair = {side: each[0] for side, each in best.items() if each}
    if len(pair) < len(Side):
        return {}, [*found, *(_dangling(objects, row) for row in pair.values())]
    found += _misled(objects, pair)
    return pair, [*found, *compare_rows(objects, pair[Side.HUBSPOT], pair[Side.SALESFORCE], ctx)]


def _best(types: Sequence[str], rows: Sequence[Row]) -> list[Row]:
    ranked = sorted(rows, key=lambda row: (types.index(row.ref.type), row.ref))
    return [row for row in ranked if row.ref.type == ranked[0].ref.type]


def _misled(objects: ObjectMap, pair: Mapping[Side, Row]) -> Iterator[Finding]:
    """A record that names another partner than the one that carries its link id."""
    refs = tuple(sorted(row.ref for row in pair.values()))
    for side, row in pair.items():
        if row.partner and row.partner != pair[side.other].ref.id:
            yield Finding(objects.kind, Code.PARTNER, refs, row.link)


def _dangling(objects: ObjectMap, row: Row) -> Finding:
    return Finding(objects.kind, Code.DANGLING, (row.ref,), row.link)


def compare_single(objects: ObjectMap, row: Row) -> Finding | None:
    """A record without a link id counts when the mapping wants it shared."""
    if not in_scope(objects, row):
        return None
    allowed = "" if objects.create.get(row.ref.side.other) else f"no creation in {row.ref.side.other}"
    return Finding(objects.kind, Code.NO_PARTNER, (row.ref,), row.link, "", allowed)


def in_scope(objects: ObjectMap, row: Row) -> bool | None:
    """Whether the mapping includes the record; None when that cannot be told."""
    values = {name: cell for name, cell in row.cells.items() if not isinstance(cell, Unread)}
    blank = {rule.name: None for rule in objects.fields if rule.column(row.ref.side, row.ref.type) is None}
    return objects.include[row.ref.side].holds(values | blank)


def compare_rows(objects: ObjectMap, one: Row, other: Row, ctx: Context) -> Iterator[Finding]:
    """The fields of a pair in which the two records disagree, in the mapping's order."""
    left = objects.on_exit is OnExit.STOP and in_scope(objects, one) is in_scope(objects, other) is False
    excluded = "excluded: left the scope" if left else ""
    for rule in objects.fields:
        if rule.name not in one.cells or rule.name not in other.cells:
            continue
        rows = {row.ref.side: row for row in (one, other)}
        code = compare_cells(rule, {side: row.cells[rule.name] for side, row in rows.items()})
        if code is not None:
            refs = tuple(sorted((one.ref, other.ref)))
            yield Finding(
                objects.kind, code, refs, one.link, rule.name, excluded or _allowed(rule, rows, ctx)
            )


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
