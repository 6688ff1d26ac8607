"""Routes of the properties API: groups.

What enters: a `Call`. What leaves: group JSON.
Source: HubSpot developers, "Properties" guide and reference.
"""

from __future__ import annotations

from connector.sandbox.hubspot.calls import Call, Reply
from connector.sandbox.hubspot.definitions import Group
from connector.sandbox.hubspot.errors import ApiError, invalid, not_found
from connector.sandbox.hubspot.properties import NAME, order_of


def list_groups(call: Call) -> Reply:
    """GET groups."""
    groups = call.store.schema.groups[call.object_type()].values()
    return Reply(200, {"results": [group.to_json() for group in groups]})


def get_group(call: Call) -> Reply:
    """GET groups/{name}."""
    return Reply(200, _group(call).to_json())


def _group(call: Call) -> Group:
    found = call.store.schema.groups[call.object_type()].get(call.path["name"])
    if found is None:
        raise not_found(f"Property group {call.path['name']} does not exist")
    return found


def create_group(call: Call) -> Reply:
    """POST groups {name, label, displayOrder?}: 201, or 409 for a name in use."""
    body, object_type, schema = call.body(), call.object_type(), call.store.schema
    name, label = body.get("name"), body.get("label")
    if not isinstance(name, str) or not isinstance(label, str) or not NAME.fullmatch(name) or not label:
        raise invalid("Some required fields were not set: [name, label]", name="name")
    if name in schema.groups[object_type]:
        raise ApiError(409, "OBJECT_ALREADY_EXISTS", f'A property group named "{name}" already exists')
    group = Group(name, label, order_of(body))
    with call.store.db.transaction():
        schema.put_group(object_type, group)
    return Reply(201, group.to_json())


def patch_group(call: Call) -> Reply:
    """PATCH groups/{name}: label and order."""
    group, body = _group(call), call.body()
    changed = Group(
        group.name,
        str(body.get("label") or group.label),
        order_of({"displayOrder": group.display_order} | body),
    )
    with call.store.db.transaction():
        call.store.schema.put_group(call.object_type(), changed)
    return Reply(200, changed.to_json())


def delete_group(call: Call) -> Reply:
    """DELETE groups/{name}: 204; a group with properties is refused (assumption)."""
    group, object_type, schema = _group(call), call.object_type(), call.store.schema
    used = [each for each in schema.properties[object_type].values() if each.group == group.name]
    if any(each.archived_at is None for each in used):
        raise invalid(f"Property group {group.name} still has properties")
    with call.store.db.transaction():
        schema.drop_group(object_type, group.name)
    return Reply(204)
