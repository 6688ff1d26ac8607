"""Adds what an InstallPlan lists, and pins which portal and org this installation belongs to.

Enters: an InstallPlan and the two CRMs. Leaves: fields in the CRMs, pins in the state. It adds only, and
changes or removes nothing that is there.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from connector.crm.base import Crm, NewField
from connector.errors import Stop
from connector.install.plan import InstallPlan, Item, State, make_plan, object_types
from connector.mapping.rules import OwnField
from connector.model import Side
from connector.schema import Identity, Schema


def read_schemas(crms: Mapping[Side, Crm], fields: Iterable[OwnField]) -> dict[tuple[Side, str], Schema]:
    """The live schemas of all object types that get a field."""
    return {(side, type): crms[side].schema(type) for side, type in object_types(fields)}


def plan_install(crms: Mapping[Side, Crm], fields: tuple[OwnField, ...]) -> InstallPlan:
    """Reads the live schemas and compares. Raises what the adapters raise."""
    return make_plan(fields, read_schemas(crms, fields))


def apply(plan: InstallPlan, crms: Mapping[Side, Crm]) -> InstallPlan:
    """Adds the missing fields and reads the schemas back; returns the plan as it stands then.

    Raises Stop when there are conflicts (nothing is added then), or when an added field cannot be seen
    afterwards.
    """
    conflicts = plan.in_state(State.CONFLICT)
    if conflicts:
        names = ", ".join(_name(item) for item in conflicts)
        raise Stop(
            f"fields are in conflict: {names}", fix="Change or rename them in the CRM, then install again."
        )
    for (side, type), fields in _by_type(plan.in_state(State.ADD)).items():
        crms[side].add_fields(type, [_new(field) for field in fields])
    after = plan_install(crms, tuple(item.field for item in plan.items))
    missing = [_name(item) for item in after.items if item.state is not State.THERE]
    if missing:
        fix = "Let the connector's user see and edit them (field-level security), then install again."
        raise Stop(f"added, but not usable by this user: {', '.join(missing)}", fix=fix)
    return after


def _name(item: Item) -> str:
    return f"{item.field.side} {item.field.type}.{item.field.column}"


def _by_type(items: Iterable[Item]) -> dict[tuple[Side, str], list[OwnField]]:
    grouped: dict[tuple[Side, str], list[OwnField]] = defaultdict(list)
    for item in items:
        grouped[item.field.side, item.field.type].append(item.field)
    return grouped


def _new(field: OwnField) -> NewField:
    return NewField(
        name=field.column,
        label=field.label,
        help=field.help,
        type=field.field_type,
        length=field.length,
        scale=field.scale,
        options=field.options,
        unique=field.unique,
    )


def identities(crms: Mapping[Side, Crm]) -> dict[Side, Identity]:
    """Who answers on each side."""
    return {side: crm.identity() for side, crm in crms.items()}
