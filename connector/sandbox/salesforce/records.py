"""`/sobjects/X/…`: one record by id or by external id.

In: Calls. Out: responses as REST API Developer Guide, "sObject Rows" and "sObject Rows by External ID"
describe.
"""

from __future__ import annotations

from starlette.responses import Response

from connector.sandbox.salesforce import writes
from connector.sandbox.salesforce.conditions import check_unmodified, entity_tag, is_unchanged
from connector.sandbox.salesforce.errors import ApiError, no_such_resource, refuse
from connector.sandbox.salesforce.http import Call, answer, nothing
from connector.sandbox.salesforce.ids import to_18
from connector.sandbox.salesforce.links import linked
from connector.sandbox.salesforce.schema import Field, ObjectType, Row
from connector.sandbox.salesforce.sharing import and_seen
from connector.sandbox.salesforce.show import record, wanted_fields
from connector.sandbox.salesforce.values import parse_row, parse_value

CREATED_FLAG_SINCE = 46  # the version from which an upsert says whether it created


def create(call: Call) -> Response:
    """POST /sobjects/X"""
    kind = call.kind()
    given = parse_row(kind, _body(call, kind, "Id"))
    made = writes.create(call.store, call.writing, kind_for_writing(call, kind), given)
    return answer({"id": made, "success": True, "errors": []}, 201)


def read(call: Call) -> Response:
    """GET /sobjects/X/ID?fields="""
    kind = call.kind()
    return _shown(call, kind, _row(call, kind))


def update(call: Call) -> Response:
    """PATCH /sobjects/X/ID"""
    kind = call.kind()
    row = _row(call, kind)
    check_unmodified(call, kind, row)
    given = parse_row(kind, _body(call, kind, "Id"))
    writes.update(call.store, call.writing, kind_for_writing(call, kind), str(row["Id"]), given)
    return nothing()


def delete(call: Call) -> Response:
    """DELETE /sobjects/X/ID. Conditional headers do not count here (REST API Developer Guide)."""
    kind = call.kind()
    row = _row(call, kind)
    writes.delete(call.store, call.writing, kind, str(row["Id"]))
    return nothing()


def read_by_key(call: Call) -> Response:
    """GET /sobjects/X/Field/value"""
    kind, field = key_field(call)
    found = matches(call, kind, field, call.parts["value"])
    if not found:
        raise no_such_resource()
    return _several(call, kind, found) or _shown(call, kind, found[0])


def upsert(call: Call) -> Response:
    """PATCH /sobjects/X/Field/value"""
    kind, field = key_field(call)
    found = matches(call, kind, field, call.parts["value"])
    given = parse_row(kind, _body(call, kind, "Id", field.name))
    full = kind_for_writing(call, kind)
    if not found:
        key = {} if field.type == "id" else {field.name: parse_value(field, call.parts["value"])}
        if field.type == "id":
            raise no_such_resource()
        made = writes.create(call.store, call.writing, full, {**given, **key})
        return answer(_upserted(call, made, created=True), 201)
    several = _several(call, kind, found)
    if several is not None:
        return several
    check_unmodified(call, kind, found[0])
    writes.update(call.store, call.writing, full, str(found[0]["Id"]), given)
    if call.version < CREATED_FLAG_SINCE:
        return nothing()
    return answer(_upserted(call, str(found[0]["Id"]), created=False))


def delete_by_key(call: Call) -> Response:
    """DELETE /sobjects/X/Field/value"""
    kind, field = key_field(call)
    found = matches(call, kind, field, call.parts["value"])
    if not found:
        raise no_such_resource()
    several = _several(call, kind, found)
    if several is None:
        writes.delete(call.store, call.writing, kind, str(found[0]["Id"]))
    return several or nothing()


def kind_for_writing(call: Call, kind: ObjectType) -> ObjectType:
    """The same type with the fields that the user does not see: defaults and rules reach those too."""
    return call.store.kind(kind.name)


def key_field(call: Call) -> tuple[ObjectType, Field]:
    """The type and the external id field named in the path; 404 for a field that is none."""
    kind = call.kind()
    field = kind.find(call.parts["field"])
    if field is None or not (field.external_id or field.id_lookup):
        raise no_external_id(call.parts["field"])
    return kind, field


def no_external_id(name: str) -> ApiError:
    return no_such_resource(f"Provided external ID field does not exist or is not accessible: {name}")


def matches(call: Call, kind: ObjectType, field: Field, value: str) -> list[Row]:
    """The records that hold this key, recycle bin left out."""
    alive = ' AND "IsDeleted" = 0' if kind.soft_delete else ""
    key = parse_value(field, value)
    if key is None:
        return []
    seen = and_seen(call.view)
    return list(call.store.db.find(call.store.kind(kind.name), f'"{field.name}" = ?{alive}{seen}', key))


def _body(call: Call, kind: ObjectType, *keys: str) -> dict[str, object]:
    """The fields to write. What the URL says already must not be said again."""
    body = linked(call, kind, call.body())
    for key in keys:
        if any(name.lower() == key.lower() for name in body):
            text = f"The {key} field should not be specified in the sobject data."
            raise ApiError(400, "INVALID_FIELD", text, [key])
    return body


def _row(call: Call, kind: ObjectType) -> Row:
    record_id = to_18(call.parts["id"])
    if record_id is None or record_id[:3] != kind.prefix:
        raise no_external_id(call.parts["id"])
    row = call.store.db.read(call.store.kind(kind.name), record_id)
    if row is None or record_id in call.view.hidden_rows:
        raise no_such_resource()
    if row.get("IsDeleted"):
        raise refuse("ENTITY_IS_DELETED", "entity is deleted")
    return row


def _shown(call: Call, kind: ObjectType, row: Row) -> Response:
    if is_unchanged(call, kind, row):
        return nothing(304)
    check_unmodified(call, kind, row)
    names = call.query.get("fields")
    fields = wanted_fields(kind, names.split(",")) if names else kind.fields
    shown = answer(record(kind, row, fields, call.base))
    tag = entity_tag(kind, row)
    if tag is not None:
        shown.headers["ETag"] = tag
    return shown


def _several(call: Call, kind: ObjectType, found: list[Row]) -> Response | None:
    if len(found) < 2:
        return None
    return answer([f"{call.base}/sobjects/{kind.name}/{row['Id']}" for row in found], 300)


def _upserted(call: Call, record_id: str, created: bool) -> dict[str, object]:
    body: dict[str, object] = {"id": record_id, "success": True, "errors": []}
    return {**body, "created": created} if call.version >= CREATED_FLAG_SINCE else body
