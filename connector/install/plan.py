"""What the connector adds to each CRM, compared with what is there.

Enters: the mapping's own fields and the live schemas. Leaves: an InstallPlan that can be shown before
anything is added. Pure: no I/O.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from connector.mapping.rules import OwnField
from connector.model import Side
from connector.schema import FieldInfo, FieldType, Schema


class State(StrEnum):
    """add: is missing and will be added. there: is there and fits. conflict: is there and doesn't fit; a
    person must decide."""

    ADD = "add"
    THERE = "there"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Item:
    """One field that the mapping needs. ``reason``: why it conflicts, in plain words."""

    field: OwnField
    state: State
    reason: str = ""


@dataclass(frozen=True, slots=True)
class InstallPlan:
    """Every field that the mapping needs, in the order of the mapping."""

    items: tuple[Item, ...]

    def in_state(self, state: State) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.state is state)


def object_types(fields: Iterable[OwnField]) -> tuple[tuple[Side, str], ...]:
    """The object types whose schemas a plan needs, each once."""
    return tuple(dict.fromkeys((field.side, field.type) for field in fields))


def make_plan(fields: Iterable[OwnField], schemas: Mapping[tuple[Side, str], Schema]) -> InstallPlan:
    """Compares each field with the live schema of its object type. Raises KeyError when a schema was not
    given."""
    return InstallPlan(tuple(_item(field, schemas[field.side, field.type]) for field in fields))


def _item(field: OwnField, schema: Schema) -> Item:
    found = schema.fields.get(field.column)
    if found is None:
        return Item(field, State.ADD)
    reason = _misfit(field, found)
    return Item(field, State.CONFLICT if reason else State.THERE, reason)


def _misfit(field: OwnField, found: FieldInfo) -> str:
    """Why an existing field cannot be used as it is; blank when it can."""
    if found.type is not field.field_type:
        return f"it is a {found.type} field, needed is {field.field_type}"
    if field.unique and not found.unique:
        return "its values are not unique"
    if not (found.creatable and found.updatable):
        return "this user may not write it"
    if _is_text(field) and found.length is not None and found.length < field.length:
        return f"it holds {found.length} characters, needed are {field.length}"
    return _missing_options(field, found)


def _is_text(field: OwnField) -> bool:
    return field.field_type is FieldType.TEXT


def _missing_options(field: OwnField, found: FieldInfo) -> str:
    active = {option.value for option in found.options if option.active}
    missing = [option.value for option in field.options if option.value not in active]
    if not missing or not found.closed:
        return ""
    return f"its picklist lacks {', '.join(missing)}"
