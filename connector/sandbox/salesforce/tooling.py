"""The Tooling API, as far as custom fields need it.

In: `{"FullName": "Lead.Score__c", "Metadata": {...}}`. Out: a field that nobody sees yet. Source: Tooling API
Reference, "CustomField"; Metadata API Developer Guide, "CustomField".
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import orjson
from starlette.responses import Response

from connector.sandbox.salesforce.errors import ApiError, no_such_resource
from connector.sandbox.salesforce.http import Call, answer, nothing
from connector.sandbox.salesforce.ids import to_18
from connector.sandbox.salesforce.metadata import field_from_metadata
from connector.sandbox.salesforce.schema import Field, Row

MOST_EXTERNAL_IDS = 25
CUSTOMIZABLE = frozenset(
    {"Lead", "Contact", "Account", "Opportunity", "Task", "User", "Campaign", "CampaignMember"}
)
_NAME = re.compile(r"[A-Za-z](?!\w*__\w*__c)\w{0,39}__c")


def create_field(call: Call) -> Response:
    """POST /tooling/sobjects/CustomField"""
    body = call.body()
    full_name, metadata = body.get("FullName"), body.get("Metadata")
    if not isinstance(full_name, str) or not isinstance(metadata, dict):
        raise ApiError(400, "REQUIRED_FIELD_MISSING", "Required fields are missing: [FullName, Metadata]")
    type_name, _, name = full_name.partition(".")
    _check_name(call, type_name, name)
    type_name = call.store.kind(type_name).name
    field = field_from_metadata(name, metadata)
    _check_external_ids(call, type_name, field)
    call.store.catalog.add_field(type_name, field)
    made = _note(call, type_name, field, metadata)
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
    type_name, name = str(row["TableEnumOrId"]), f"{row['DeveloperName']}__c"
    field = field_from_metadata(name, metadata)
    before = next(f for f in call.store.catalog.custom_fields(type_name) if f.name == name)
    if field.type != before.type:
        raise ApiError(400, "FIELD_INTEGRITY_EXCEPTION", "Cannot change field type through this call")
    call.store.catalog.replace_field(type_name, field)
    changes: Row = {"Metadata": orjson.dumps(metadata).decode(), "LastModifiedDate": call.store.stamp()}
    call.store.db.update("CustomField", str(row["Id"]), changes)
    return nothing()


def delete_field(call: Call) -> Response:
    """DELETE /tooling/sobjects/CustomField/ID: the field goes with its values and its permissions."""
    row = _known(call)
    type_name, name = str(row["TableEnumOrId"]), f"{row['DeveloperName']}__c"
    call.store.db.run('DELETE FROM "FieldPermissions" WHERE "Field" = ?', (f"{type_name}.{name}",))
    call.store.catalog.drop_field(type_name, name)
    call.store.db.remove("CustomField", str(row["Id"]))
    return nothing()


def _check_name(call: Call, type_name: str, name: str) -> None:
    kind = call.view.find(type_name)
    if kind is None or kind.name not in CUSTOMIZABLE:
        raise ApiError(400, "INVALID_TYPE", f"Entity '{type_name}' does not exist or takes no custom fields")
    if not _NAME.fullmatch(name):
        text = (
            "The Field Name can only contain underscores and alphanumeric characters, must begin with a "
            f"letter, have at most 40 characters and end with __c: {name}"
        )
        raise ApiError(400, "INVALID_FULL_NAME", text, ["FullName"])
    if any(field.name.lower() == name.lower() for field in call.store.kind(kind.name).fields):
        text = f"There is already a field named {name.removesuffix('__c')} on {kind.name}."
        raise ApiError(400, "DUPLICATE_DEVELOPER_NAME", text, ["FullName"])


def _check_external_ids(call: Call, type_name: str, field: Field) -> None:
    count = sum(1 for each in call.store.catalog.custom_fields(type_name) if each.external_id)
    if field.external_id and count >= MOST_EXTERNAL_IDS:
        text = f"You have reached the maximum number of {MOST_EXTERNAL_IDS} external id fields on {type_name}"
        raise ApiError(400, "LIMIT_EXCEEDED", text)


def _note(call: Call, type_name: str, field: Field, metadata: Mapping[str, object]) -> str:
    kind = call.store.kind("CustomField")
    now = call.store.stamp()
    row: Row = {
        "Id": call.store.db.next_id(kind),
        "DeveloperName": field.name.removesuffix("__c"),
        "TableEnumOrId": type_name,
        "FullName": f"{type_name}.{field.name}",
        "ManageableState": "unmanaged",
        "InlineHelpText": field.help_text,
        "Description": str(metadata["description"]) if metadata.get("description") else None,
        "Metadata": orjson.dumps(metadata).decode(),
        **dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), now),
        **dict.fromkeys(("CreatedById", "LastModifiedById"), call.store.user),
    }
    call.store.db.insert(kind, [row])
    return str(row["Id"])


def _known(call: Call) -> Row:
    row = call.store.db.read(call.store.kind("CustomField"), to_18(call.parts["id"]) or "")
    if row is None:
        raise no_such_resource()
    return row
