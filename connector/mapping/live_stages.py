"""The pipeline against both CRMs as they are: stages in one order, a meaning for every value, criteria that
can come true.

Enters: the mapping and both schemas, as read. Leaves: problems at the lines concerned. Never: I/O.
"""

from collections.abc import Collection, Iterator, Mapping

from connector.mapping.celtree import Compared, leaves, tree
from connector.mapping.converters.stages import Stage as StageConverter
from connector.mapping.criteria import Criterion
from connector.mapping.objects import STAGE
from connector.mapping.problem import Problem, Severity
from connector.mapping.rules import FieldRule, ObjectMap, Where
from connector.mapping.rules import Mapping as Rules
from connector.mapping.words import quoted, suggestion
from connector.model import Kind, Side
from connector.schema import FieldInfo, FieldType, Schema

Schemas = Mapping[Side, Mapping[str, Schema]]
CRM = {Side.HUBSPOT: "HubSpot", Side.SALESFORCE: "Salesforce"}
Place = tuple[Side, str, str]
LIFECYCLE = "lifecyclestage"


def check_stages(mapping: Rules, schemas: Schemas) -> Iterator[Problem]:
    """Everything that only the live CRMs can tell of the pipeline."""
    for kind in (Kind.CONTACT, Kind.DEAL):
        if (obj := mapping.objects.get(kind)) is not None:
            yield from _total(mapping, obj, schemas)
    yield from _stage_order(mapping, schemas)
    for obj in mapping.objects.values():
        for where, place, criterion in _criteria(mapping, obj):
            yield from _judged(obj, where, place, criterion, schemas)


def check_history(mapping: Rules, untracked: Collection[Place]) -> Iterator[Problem]:
    """A stage whose history is not kept: said once for each object."""
    for side, type, column in untracked:
        message = (
            f"{CRM[side]} keeps no history of {type}.{column}: a move there is told with the time at which "
            "the record was last changed, and nobody's name; switch on history tracking for the field"
        )
        where = mapping.objects[Kind.CONTACT].field(STAGE).where
        yield Problem(where, message, "untracked-stage", Severity.WARNING)


def _total(mapping: Rules, obj: ObjectMap, schemas: Schemas) -> Iterator[Problem]:
    """Every value that people can choose for a stage means one, or is held on purpose."""
    rule = obj.field(STAGE)
    converter = rule.convert
    if not isinstance(converter, StageConverter):
        return
    for side, by_type in rule.columns.items():
        held = mapping.pipeline.ignored[side] if obj.kind is Kind.CONTACT else ()
        for type, column in by_type.items():
            info = _info(schemas, side, type, column)
            known = {*converter.reads.get(side, {}).get(type, {})}
            if side is Side.SALESFORCE:
                known.update(value for by_value in converter.typed.values() for value in by_value)
            options = info.options if info is not None else ()
            left = [o for o in options if o.active and o.value not in known and o.value not in held]
            if left:
                names = quoted(f"{o.value} ({o.label})" if o.label != o.value else o.value for o in left)
                fix = ", or list it under `hold`" if obj.kind is Kind.CONTACT else ""
                message = (
                    f"{CRM[side]} {type}.{column} has values that mean no stage here: {names}; what carries "
                    f"one is held: add it to a stage{fix}"
                )
                yield Problem(rule.where, message, "unmapped-stage", Severity.WARNING)


def _info(schemas: Schemas, side: Side, type: str, column: str) -> FieldInfo | None:
    schema = schemas.get(side, {}).get(type)
    return schema.fields.get(column) if schema is not None else None


def _stage_order(mapping: Rules, schemas: Schemas) -> Iterator[Problem]:
    """HubSpot moves people forward only, in its own order; ours must be the same. Source: HubSpot knowledge
    base, "Use lifecycle stages"."""
    rule = mapping.objects[Kind.CONTACT].field(STAGE)
    for type, column in rule.columns[Side.HUBSPOT].items():
        if column != LIFECYCLE:
            continue  # other picklists have no order that HubSpot keeps
        info = schemas.get(Side.HUBSPOT, {}).get(type, Schema(type, {})).fields.get(column)
        order = [option.value for option in info.options] if info else []
        reached = ("", -1)
        for stage in mapping.pipeline.stages:
            value = stage.reads[Side.HUBSPOT][f"{type}.{column}"][0]
            if value not in order:
                continue
            if order.index(value) < reached[1]:
                message = (
                    f'HubSpot has "{value}" before "{reached[0]}", here it comes after; HubSpot would ignore '
                    "such moves. Put the stages in the same order"
                )
                yield Problem(stage.where, message, "stage-order")
            reached = max(reached, (value, order.index(value)), key=lambda pair: pair[1])


# ---------------------------------------------------------------- criteria


def _criteria(mapping: Rules, obj: ObjectMap) -> Iterator[tuple[Where, str, Criterion]]:
    for side in Side:
        yield obj.where, f"include.{side}", obj.include[side]
    if obj.kind is Kind.CONTACT:
        for stage in mapping.pipeline.stages:
            if stage.enter_when is not None:
                yield stage.where, f"enter_when of {stage.key}", stage.enter_when


def _judged(
    obj: ObjectMap, where: Where, place: str, criterion: Criterion, schemas: Schemas
) -> Iterator[Problem]:
    for each in leaves(tree(criterion.text)):
        name, other = each.left, each.right
        if name.kind != "field":
            name, other = other, name
        rule = next((rule for rule in obj.fields if rule.name == name.text), None)
        if name.kind == "field" and rule is not None and rule.name != STAGE:
            yield from _fits(rule, where, place, each, other.kind, other.text, schemas)


def _fits(
    rule: FieldRule,
    where: Where,
    place: str,
    compared: Compared,
    kind: str,
    value: str,
    schemas: Schemas,
) -> Iterator[Problem]:
    """The live field holds the kind of value that the criterion compares with, and a picklist has the
    value."""
    for side, type, column, info in _cells(rule, schemas):
        name = f"{CRM[side]} {type}.{column}"
        if kind == "number" and info.type not in (FieldType.NUMBER, FieldType.OTHER):
            message = f"{place} compares {rule.name} with a number, but {name} holds {info.type.value}"
            yield Problem(where, message, "criterion-field", Severity.WARNING)
        chosen = info.type in (FieldType.CHOICE, FieldType.MULTI) and rule.convert.name in ("text", "same")
        if kind == "text" and value and chosen and compared.sign in ("==", "!=") and info.options:
            active = [option.value for option in info.options if option.active]
            if value not in active:
                message = f'{place}: {name} has no value "{value}"{suggestion(value, active)}'
                yield Problem(where, message, "criterion-field", Severity.WARNING)


def _cells(rule: FieldRule, schemas: Schemas) -> Iterator[tuple[Side, str, str, FieldInfo]]:
    for side, by_type in rule.columns.items():
        for type, column in by_type.items():
            if (info := _info(schemas, side, type, column)) is not None:
                yield side, type, column, info
