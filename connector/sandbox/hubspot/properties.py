"""Routes of the properties API: definitions.

What enters: a `Call`. What leaves: property JSON.
Source: HubSpot developers, "Properties" guide and reference.
"""

from __future__ import annotations

import re
from typing import Any

from connector.sandbox.hubspot.calls import Call, Reply
from connector.sandbox.hubspot.definitions import (
    FIELD_TYPES,
    MAX_UNIQUE_PROPERTIES,
    Option,
    Property,
    options_from,
    with_changes,
)
from connector.sandbox.hubspot.errors import ApiError, invalid, malformed, not_found
from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.hubspot.values import iso

NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
_REQUIRED = ("groupName", "name", "label", "type", "fieldType")
_CHANGEABLE = {"label": "label", "description": "description", "groupName": "group"}
MAX_CUSTOM, MAX_INPUTS = 1_000, 100


def list_properties(call: Call) -> Reply:
    """GET: all definitions; those that HubSpot gives only by name are left out."""
    archived = call.flag("archived")
    object_type, schema = call.object_type(), call.store.schema
    shown = [
        each
        for each in schema.properties[object_type].values()
        if (each.archived_at is not None) is archived
        and not each.on_request_only
        and (object_type, each.name) not in schema.withheld
    ]
    return Reply(200, {"results": [each.to_json() for each in shown]})


def get_property(call: Call) -> Reply:
    """GET by name."""
    return Reply(200, _find(call, call.path["name"], call.flag("archived")).to_json())


def _find(call: Call, name: str, archived: bool = False) -> Property:
    object_type, schema = call.object_type(), call.store.schema
    found = schema.properties[object_type].get(name) if archived else schema.shown(object_type, name)
    if found is None or (found.archived_at is not None) is not archived:
        raise not_found(f"Property {name} does not exist")
    return found


def create_property(call: Call) -> Reply:
    """POST: 201, or 409 for a name in use."""
    with call.store.db.transaction():
        return Reply(201, _create(call.store, call.object_type(), call.body()).to_json())


def _create(store: HubSpotStore, object_type: str, body: dict[str, Any]) -> Property:
    definition = _checked(store, object_type, body)
    existing = store.schema.properties[object_type].get(definition.name)
    if existing is not None and existing.archived_at is None:
        message = f'A property named "{definition.name}" already exists on this object type'
        raise ApiError(409, "OBJECT_ALREADY_EXISTS", message)
    _check_room(store, object_type, definition)
    store.schema.put_property(object_type, definition)
    return definition


def _checked(store: HubSpotStore, object_type: str, body: dict[str, Any]) -> Property:
    missing = [name for name in _REQUIRED if not isinstance(body.get(name), str) or not body[name]]
    if missing:
        raise invalid(f"Some required fields were not set: [{', '.join(missing)}]", name=missing[0])
    _check_words(store, object_type, body)
    now = iso(store.tick_ms())
    return Property(
        name=body["name"],
        label=body["label"],
        type=body["type"],
        field_type=body["fieldType"],
        group=body["groupName"],
        options=_options(body),
        description=str(body.get("description") or ""),
        display_order=order_of(body),
        unique=body.get("hasUniqueValue") is True,
        hidden=body.get("hidden") is True,
        form_field=body.get("formField") is True,
        calculated=body["fieldType"] == "calculation_equation",
        calculation_formula=body.get("calculationFormula"),
        external_options=body.get("externalOptions") is True,
        created_at=now,
        updated_at=now,
    )


def _check_words(store: HubSpotStore, object_type: str, body: dict[str, Any]) -> None:
    """Name, type, field type and group. Raises ApiError 400."""
    if not NAME.fullmatch(body["name"]):
        raise invalid(
            f"{body['name']} is not a valid property name: lower-case letters, digits and _", name="name"
        )
    allowed = FIELD_TYPES.get(body["type"])
    if allowed is None:
        raise invalid(f"{body['type']} is not a valid type", name="type")
    if body["fieldType"] not in allowed and body["fieldType"] != "calculation_equation":
        raise invalid(f"fieldType {body['fieldType']} does not go with type {body['type']}", name="fieldType")
    if body["groupName"] not in store.schema.groups[object_type]:
        raise invalid(f"Property group {body['groupName']} does not exist", name="groupName")


def _options(body: dict[str, Any]) -> tuple[Option, ...]:
    raw = body.get("options") or []
    try:
        options = options_from(raw)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise malformed("options need label and value") from None
    values = [option.value for option in options]
    if len(set(values)) < len(values):
        raise invalid("Property options must have unique values", name="options")
    if len({option.label for option in options}) < len(options):
        raise invalid("Property options must have unique labels", name="options")
    if body.get("type") == "bool" and set(values) != {"true", "false"}:
        return (Option("Yes", "true", 0), Option("No", "false", 1)) if not values else _refuse_bool()
    return options


def _refuse_bool() -> tuple[Option, ...]:
    raise invalid("Boolean properties must have the options true and false", name="options")


def order_of(body: dict[str, Any]) -> int:
    """The place that is asked for. Raises ApiError 400."""
    order = body.get("displayOrder", -1)
    if not isinstance(order, int) or isinstance(order, bool):
        raise malformed("displayOrder must be a whole number")
    return order


def _check_room(store: HubSpotStore, object_type: str, definition: Property) -> None:
    own = [each for each in store.schema.properties[object_type].values() if not each.hubspot_defined]
    live = [each for each in own if each.archived_at is None]
    if len(live) >= MAX_CUSTOM:
        raise invalid(f"The limit of {MAX_CUSTOM} custom properties is reached")
    if definition.unique and sum(each.unique for each in live) >= MAX_UNIQUE_PROPERTIES:
        raise invalid(f"The limit of {MAX_UNIQUE_PROPERTIES} unique value properties is reached")


def patch_property(call: Call) -> Reply:
    """PATCH: label, description, group, options, display, field type; never the name or the uniqueness."""
    definition, body = _find(call, call.path["name"]), call.body()
    object_type, store = call.object_type(), call.store
    if definition.hubspot_defined and (body.keys() - {"options"}):
        raise invalid(f"Property {definition.name} is defined by HubSpot and cannot be changed this way")
    _check_texts(body)
    changes: dict[str, Any] = {ours: body[theirs] for theirs, ours in _CHANGEABLE.items() if theirs in body}
    changes |= {"display_order": order_of(body)} if "displayOrder" in body else {}
    if changes.get("group", definition.group) not in store.schema.groups[object_type]:
        raise invalid(f"Property group {changes['group']} does not exist", name="groupName")
    if "options" in body:
        changes["options"] = _options({"options": body["options"], "type": definition.type})
    changes |= _retyped(definition, body)
    with store.db.transaction():
        changed = with_changes(definition, **changes, updated_at=iso(store.tick_ms()))
        store.schema.put_property(object_type, changed)
    return Reply(200, changed.to_json())


def _check_texts(body: dict[str, Any]) -> None:
    for name in (*_CHANGEABLE, "type", "fieldType"):
        if not isinstance(body.get(name, ""), str):
            raise malformed(f"{name} must be a string")


def _retyped(definition: Property, body: dict[str, Any]) -> dict[str, Any]:
    type_ = body.get("type", definition.type)
    field_type = body.get("fieldType", definition.field_type)
    if field_type not in FIELD_TYPES.get(type_, ()) and field_type != "calculation_equation":
        raise invalid(f"fieldType {field_type} does not go with type {type_}", name="fieldType")
    flags = {"hidden": "hidden", "formField": "form_field"}
    changes: dict[str, Any] = {ours: bool(body[theirs]) for theirs, ours in flags.items() if theirs in body}
    return {**changes, "type": type_, "field_type": field_type}


def delete_property(call: Call) -> Reply:
    """DELETE: 204; the definition is archived. HubSpot's own cannot be."""
    with call.store.db.transaction():
        _archive(call, call.path["name"])
    return Reply(204)


def _archive(call: Call, name: str) -> None:
    definition, store = _find(call, name), call.store
    if definition.hubspot_defined:
        raise invalid(f"Property {name} is defined by HubSpot and cannot be archived")
    archived = with_changes(definition, archived_at=iso(store.tick_ms()))
    store.schema.put_property(call.object_type(), archived)


def batch_read(call: Call) -> Reply:
    """POST batch/read {inputs: [{name}], archived}: 207 when some do not exist."""
    archived = call.body().get("archived") is True
    return _batch(call, lambda name: _find(call, name, archived), 200)


def _batch(call: Call, find: Any, status: int) -> Reply:
    started, results, errors = call.store.now_ms(), [], []
    for row in call.inputs(MAX_INPUTS):
        try:
            results.append(find(str(row.get("name"))).to_json())
        except ApiError as error:
            errors.append(error.as_row_error({"name": [str(row.get("name"))]}))
    return _answer(call, started, results, errors, status)


def _answer(call: Call, started: int, results: list[Any], errors: list[Any], status: int) -> Reply:
    out: dict[str, Any] = {"status": "COMPLETE", "results": results}
    if errors:
        out |= {"numErrors": len(errors), "errors": errors}
    out |= {"startedAt": iso(started), "completedAt": iso(call.store.now_ms())}
    return Reply(207 if errors else status, out)


def batch_create(call: Call) -> Reply:
    """POST batch/create: 201; 207 when some were refused (assumption: the others are kept)."""
    object_type, store = call.object_type(), call.store
    started, results, errors = store.now_ms(), [], []
    with store.db.transaction():
        for row in call.inputs(MAX_INPUTS):
            try:
                results.append(_create(store, object_type, row).to_json())
            except ApiError as error:
                errors.append(error.as_row_error({"name": [str(row.get("name"))]}))
    return _answer(call, started, results, errors, 201)


def batch_archive(call: Call) -> Reply:
    """POST batch/archive: 204; unknown names change nothing."""
    with call.store.db.transaction():
        for row in call.inputs(MAX_INPUTS):
            name = str(row.get("name"))
            if call.store.schema.find(call.object_type(), name) is not None:
                _archive(call, name)
    return Reply(204)
