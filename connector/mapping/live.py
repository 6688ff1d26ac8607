"""The third level of checking: the mapping against the fields that both CRMs really have.

Enters: the mapping and both schemas, as read. Leaves: problems at the lines concerned. Never: I/O.
"""
# ruff: noqa: ARG001 - the checks of a field have one signature, whether or not they need every argument

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from connector.mapping.convert import Converter
from connector.mapping.converters.choices import Choice, Lenient, Multi
from connector.mapping.converters.moments import Date
from connector.mapping.converters.stages import Stage as StageConverter
from connector.mapping.live_stages import Place, check_history, check_stages
from connector.mapping.objects import STAGE, is_ours, partner_column
from connector.mapping.problem import Problem, Severity, in_order
from connector.mapping.rules import CURRENCY_COLUMNS, FieldRule, ObjectMap, Where
from connector.mapping.rules import Mapping as Rules
from connector.mapping.words import quoted, suggestion
from connector.model import Kind, Side
from connector.schema import FieldInfo, FieldType, Schema

Schemas = Mapping[Side, Mapping[str, Schema]]
PSEUDO = "@"
PLAIN_TYPES = {
    "number": FieldType.NUMBER,
    "money": FieldType.NUMBER,
    "boolean": FieldType.BOOLEAN,
    "date": FieldType.DATE,
    "datetime": FieldType.DATETIME,
}
ANYTHING = frozenset({FieldType.TEXT, FieldType.OTHER})
NOT_TEXT = frozenset({FieldType.NUMBER, FieldType.BOOLEAN, FieldType.DATE, FieldType.DATETIME})
TEXTUAL = frozenset({"text", "email", "domain", "phone", "country"})
CRM = {Side.HUBSPOT: "HubSpot", Side.SALESFORCE: "Salesforce"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of one object type of one side, as the mapping uses it. ``info`` is None where the CRM has
    no such field."""

    rule: FieldRule
    side: Side
    type: str
    column: str
    info: FieldInfo | None

    @property
    def name(self) -> str:
        return f"{CRM[self.side]} {self.type}.{self.column}"


def check_live(mapping: Rules, schemas: Schemas, untracked: Collection[Place] = ()) -> list[Problem]:
    """All problems, sorted. Object types missing from ``schemas`` are reported as unreadable. ``untracked``:
    stages of people (side, type, column) of which the CRM says that it keeps no history."""
    found: list[Problem] = []
    for obj in mapping.objects.values():
        found += _unreadable(obj, schemas)
        found += _not_installed(mapping, obj, schemas)
        found += _required(obj, schemas)
        found += _lengths(obj, schemas)
        found += _currency(obj, schemas)
        found += _person_accounts(obj, schemas)
        for cell in _cells(obj, schemas):
            found += [problem for check in CELL_CHECKS for problem in check(mapping, cell, schemas)]
    found += _record_types(mapping, schemas)
    return in_order([*found, *check_stages(mapping, schemas), *check_history(mapping, untracked)])


def _cells(obj: ObjectMap, schemas: Schemas) -> Iterator[Cell]:
    for rule in obj.fields:
        for side, by_type in rule.columns.items():
            for type, column in by_type.items():
                schema = schemas.get(side, {}).get(type)
                if schema is not None and not column.startswith(PSEUDO):
                    yield Cell(rule, side, type, column, schema.fields.get(column))


# ---------------------------------------------------------------- objects


def _unreadable(obj: ObjectMap, schemas: Schemas) -> Iterator[Problem]:
    for side, types in obj.types.items():
        for type in types:
            if type not in schemas.get(side, {}):
                message = f"{CRM[side]} shows no object {type} to this user; grant read access"
                yield Problem(obj.where, message, "unreadable-object")


def _not_installed(mapping: Rules, obj: ObjectMap, schemas: Schemas) -> Iterator[Problem]:
    """Our own fields, told as one: `install` adds them all. The link id must be unique, or retries could
    not find what they wrote."""
    for side, types in obj.types.items():
        for type in types:
            if (schema := schemas.get(side, {}).get(type)) is None:
                continue
            partner = partner_column(mapping.prefix, side)
            wanted = [f.column for f in mapping.own_fields if (f.side, f.type) == (side, type)]
            wanted += [obj.link_column[side], *([partner] if partner in obj.partner_columns[side] else [])]
            missing = [column for column in dict.fromkeys(wanted) if column not in schema.fields]
            if missing:
                message = f"{CRM[side]} {type} lacks {quoted(missing)}; run `smarketing install`"
                yield Problem(obj.where, message, "not-installed")
            link = schema.fields.get(obj.link_column[side])
            if link is not None and not link.unique:
                message = (
                    f"{CRM[side]} {type}.{link.name} is not unique; delete it and run `smarketing install`"
                )
                yield Problem(obj.where, message, "link-field")


def _required(obj: ObjectMap, schemas: Schemas) -> Iterator[Problem]:
    """What a CRM demands of a new record has a source in the mapping."""
    for side, type in obj.create.items():
        schema = schemas.get(side, {}).get(type or "")
        if type is None or schema is None:
            continue
        given = {rule.column(side, type) for rule in obj.fields if rule.writes(side)}
        for info in schema.fields.values():
            if (
                info.required
                and info.creatable
                and info.name not in given
                and info.name != obj.link_column[side]
            ):
                message = (
                    f"{CRM[side]} wants {info.name} of every new {type}, and nothing here writes it; "
                    f"map it, or set create: {{{side.value}: never}}"
                )
                yield Problem(obj.where, message, "required-field")


def _lengths(obj: ObjectMap, schemas: Schemas) -> Iterator[Problem]:
    """Texts that fit on one side and not on the other: said once per side."""
    for side in Side:
        short: dict[str, int] = {}
        for rule in obj.fields:
            if rule.convert.name not in TEXTUAL or not rule.writes(side):
                continue
            own, other = _shortest(rule, side, schemas), _longest(rule, side.other, schemas)
            known = bool(_infos(rule, side.other, schemas))
            if known and own is not None and (other is None or other > own):
                short[rule.name] = own
        if short:
            listed = quoted((f"{name} ({length})" for name, length in short.items()), limit=30)
            message = (
                f"{CRM[side]} keeps shorter texts than {CRM[side.other]}: {listed}; a longer text is held"
            )
            yield Problem(obj.where, message, "length", Severity.WARNING)


def _record_types(mapping: Rules, schemas: Schemas) -> Iterator[Problem]:
    """Record types that steps of deals name exist in the org."""
    deals = mapping.objects.get(Kind.DEAL)
    for type in deals.types[Side.SALESFORCE] if deals is not None else ():
        schema = schemas.get(Side.SALESFORCE, {}).get(type)
        known = sorted(schema.record_types.values()) if schema is not None else []
        for step in mapping.pipeline.deals if schema is not None else ():
            for name in step.record_types:
                if name not in known:
                    message = f'Salesforce {type} has no record type "{name}"{suggestion(name, known)}'
                    yield Problem(step.where, message, "record-type")


def _person_accounts(obj: ObjectMap, schemas: Schemas) -> Iterator[Problem]:
    """The org has person accounts: they are not synced, which is said once per kind of record."""
    for side, column in obj.person_marks.items():
        if any(
            column in schema.fields for type in obj.types[side] if (schema := schemas.get(side, {}).get(type))
        ):
            message = f"{CRM[side]} has person accounts: they are held, and nothing is written to them"
            yield Problem(obj.where, message, "person-account", Severity.WARNING)


def _currency(obj: ObjectMap, schemas: Schemas) -> Iterator[Problem]:
    """Amounts of several currencies need theirs beside them on the other side, and the other side needs
    every currency."""
    if not obj.amounts:
        return
    options = {side: _currencies(obj, side, schemas) for side in Side}
    if obj.currency is None and _has_column(obj, Side.SALESFORCE, schemas):
        message = (
            "Salesforce keeps several currencies and this file carries none: amounts are held; "
            "add the field with hubspot: deal_currency_code and salesforce: CurrencyIsoCode"
        )
        yield Problem(obj.amounts[0].where, message, "currency")
    for side in Side:
        lacking = options[side.other] - options[side]
        if obj.currency is not None and obj.currency.writes(side) and options[side] and lacking:
            message = f"{CRM[side]} lacks the currencies {quoted(sorted(lacking))}; amounts in these are held"
            yield Problem(obj.currency.where, message, "currency", Severity.WARNING)


def _has_column(obj: ObjectMap, side: Side, schemas: Schemas) -> bool:
    found = (schemas.get(side, {}).get(type, Schema(type, {})).fields for type in obj.types[side])
    return any(CURRENCY_COLUMNS.intersection(fields) for fields in found)


def _currencies(obj: ObjectMap, side: Side, schemas: Schemas) -> frozenset[str]:
    """The active currencies of a side, empty where it has but one."""
    fields = [schemas.get(side, {}).get(type, Schema(type, {})).fields for type in obj.types[side]]
    infos = [info for each in fields for name, info in each.items() if name in CURRENCY_COLUMNS]
    return frozenset(option.value for info in infos for option in info.options if option.active)


def _infos(rule: FieldRule, side: Side, schemas: Schemas) -> list[FieldInfo]:
    columns = rule.columns.get(side, {}).items()
    found = (schemas.get(side, {}).get(type, Schema(type, {})).fields.get(column) for type, column in columns)
    return [info for info in found if info is not None]


def _shortest(rule: FieldRule, side: Side, schemas: Schemas) -> int | None:
    return min((i.length for i in _infos(rule, side, schemas) if i.length is not None), default=None)


def _longest(rule: FieldRule, side: Side, schemas: Schemas) -> int | None:
    lengths = [info.length for info in _infos(rule, side, schemas)]
    known = [length for length in lengths if length is not None]
    return max(known) if known and len(known) == len(lengths) else None


# ---------------------------------------------------------------- single fields


def _unknown(mapping: Rules, cell: Cell, schemas: Schemas) -> Iterator[Problem]:
    if cell.info is None and not is_ours(mapping.prefix, cell.column, cell.side):
        hint = suggestion(cell.column, schemas[cell.side][cell.type].fields)
        yield Problem(
            cell.rule.where, f"{cell.name} does not exist, or this user may not see it{hint}", "unknown-field"
        )


def _read_only(mapping: Rules, cell: Cell, schemas: Schemas) -> Iterator[Problem]:
    info = cell.info
    if info is None or not cell.rule.writes(cell.side) or (info.updatable and not info.calculated):
        return
    why = "is calculated" if info.calculated else "cannot be written by this user"
    other = cell.side.other.value
    fix = f"let {cell.side.value} own it, or add `write: {other}`"
    yield Problem(
        cell.rule.where, f"{cell.name} {why}, and {cell.rule.rule} writes it; {fix}", "read-only-field"
    )


def _wrong_type(mapping: Rules, cell: Cell, schemas: Schemas) -> Iterator[Problem]:
    if cell.info is None:
        return
    converter, type = _bare(cell.rule.convert), cell.info.type
    wanted = PLAIN_TYPES.get(converter.name)
    if isinstance(converter, Date) and converter.with_time is cell.side:
        wanted = FieldType.DATETIME
    if wanted is not None and type is not wanted and type not in ANYTHING:
        message = f"{cell.name} holds {type.value}, `convert: {converter.name}` expects {wanted.value} there"
        yield Problem(cell.rule.where, message, "field-type")
    if converter.name in TEXTUAL and type in NOT_TEXT and cell.rule.writes(cell.side):
        message = f"{cell.name} holds {type.value}; add `convert: {type.value}`"
        yield Problem(cell.rule.where, message, "field-type")


def _options(mapping: Rules, cell: Cell, schemas: Schemas) -> Iterator[Problem]:
    """Values the mapping writes or reads must be among the picklist's."""
    if cell.info is None or not cell.info.options:
        return
    active = [option.value for option in cell.info.options if option.active]
    written, read = _values(cell)
    writes = cell.rule.writes(cell.side)
    for value in dict.fromkeys((*written, *read)):
        if value in active:
            continue
        wrong = writes and value in written and cell.info.closed
        message = f'{cell.name} has no value "{value}"{suggestion(value, active)}'
        severity = Severity.ERROR if wrong else Severity.WARNING
        yield Problem(_line(mapping, cell, value), message, "picklist-value", severity)


def _values(cell: Cell) -> tuple[list[str], list[str]]:
    """Raw values that the converter may write there, and those it can read."""
    converter, side = _bare(cell.rule.convert), cell.side
    default = cell.rule.default.get(side)
    defaults = [str(default)] if default is not None else []
    if isinstance(converter, StageConverter):
        written, read = (
            table.get(side, {}).get(cell.type, {}) for table in (converter.writes, converter.reads)
        )
        typed = [value for by_value in converter.typed.values() for value in by_value]
        return list(written.values()), [*read, *(typed if cell.side is Side.SALESFORCE else ())]
    if isinstance(converter, Choice | Multi) and converter.values is not None:
        return [*converter.values.writes[side].values(), *defaults], list(converter.values.reads[side])
    return defaults, []


def _line(mapping: Rules, cell: Cell, value: str) -> Where:
    """Stages stand in lines of their own."""
    if cell.rule.name == STAGE and cell.rule.kind is Kind.CONTACT:
        place = f"{cell.type}.{cell.column}"
        return next(
            (s.where for s in mapping.pipeline.stages if value in s.reads[cell.side].get(place, ())),
            cell.rule.where,
        )
    if cell.rule.name == STAGE:
        steps = mapping.pipeline.deals
        return next(
            (s.where for s in steps if value == s.hubspot[1] or value in s.salesforce), cell.rule.where
        )
    return cell.rule.where


def _bare(converter: Converter) -> Converter:
    return converter.inner if isinstance(converter, Lenient) else converter


CellCheck = Callable[[Rules, Cell, Schemas], Iterator[Problem]]
CELL_CHECKS: tuple[CellCheck, ...] = (_unknown, _read_only, _wrong_type, _options)
