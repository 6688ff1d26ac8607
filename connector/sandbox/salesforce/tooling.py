"""The Tooling API, as far as custom fields need it.

In: `{"FullName": "Lead.Score__c", "Metadata": {...}}`. Out: a field that nobody sees yet. Source: Tooling API
Reference, "CustomField".
"""

from __future__ import annotations

import orjson
from starlette.responses import Response

from connector.sandbox.salesforce import custom_fields, describe
from connector.sandbox.salesforce.errors import ApiError, no_such_resource
from connector.sandbox.salesforce.http import Call, answer, nothing
from connector.sandbox.salesforce.ids import to_18
from connector.sandbox.salesforce.schema import Row


def types(call: Call) -> Response:
    """GET /tooling/sobjects: the types that only this API has."""
    found = [describe.summary(call, kind) for kind in call.view.types.values() if kind.tooling]
    return answer({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": found})


def described(call: Call) -> Response:
    """GET /tooling/sobjects/X/describe"""
    kind = call.view.find(call.parts["type"], tooling=True)
    if kind is None:
        raise no_such_resource()
    return describe.whole(call, kind)


def create_field(call: Call) -> Response:
    """POST /tooling/sobjects/CustomField"""
    body = call.body()
    full_name, metadata = body.get("FullName"), body.get("Metadata")
    if not isinstance(full_name, str) or not isinstance(metadata, dict):
        raise ApiError(400, "REQUIRED_FIELD_MISSING", "Required fields are missing: [FullName, Metadata]")
    made = custom_fields.create(call.store, full_name, metadata)
    return answer({"id": made, "success": True, "errors": [], "warnings": [], "infos": []}, 201)


def read_field(call: Call) -> Response:
    """GET /tooling/sobjects/CustomField/ID"""
    row = _known(call)
    attributes = {"type": "CustomField", "url": f"{call.base}/tooling/sobjects/CustomField/{row['Id']}"}
    return answer({"attributes": attributes, **row, "Metadata": orjson.loads(str(row["Metadata"]))})


def update_field(call: Call) -> Response:
    """PATCH /tooling/sobjects/CustomField/ID: labels, help texts, picklist values; never another type."""
    row = _known(call)
    metadata = call.body().get("Metadata")
    if not isinstance(metadata, dict):
        raise ApiError(400, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Metadata]", ["Metadata"])
    custom_fields.change(call.store, row, metadata)
    return nothing()


def delete_field(call: Call) -> Response:
    """DELETE /tooling/sobjects/CustomField/ID: the field goes with its values and its permissions."""
    custom_fields.remove(call.store, _known(call))
    return nothing()


def _known(call: Call) -> Row:
    row = call.store.db.read(call.store.kind("CustomField"), to_18(call.parts["id"]) or "")
    if row is None:
        raise no_such_resource()
    return row
