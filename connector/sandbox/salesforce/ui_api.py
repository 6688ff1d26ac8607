"""`/ui-api/object-info`: an object as screens need it, and its picklists by record type.

In: Calls. Out: JSON with the keys of User Interface API Developer Guide, "Object Info", "Picklist Values",
"Picklist Values Collection". Objects with records of their own are supported, activities are not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import orjson
from starlette.responses import Response

from connector.sandbox.salesforce.describe import MASTER_RECORD_TYPE
from connector.sandbox.salesforce.errors import ApiError, no_such_resource
from connector.sandbox.salesforce.http import Call, answer
from connector.sandbox.salesforce.ids import to_18
from connector.sandbox.salesforce.picklist_values import Picklist
from connector.sandbox.salesforce.schema import Field, ObjectType
from connector.sandbox.salesforce.soql.rows import Json

UNSUPPORTED = frozenset({"Task", "Event", "CampaignMember", "OpportunityContactRole"})
TYPES = {
    **{"string": "String", "textarea": "TextArea", "email": "Email", "phone": "Phone", "url": "Url"},
    **{"picklist": "Picklist", "multipicklist": "MultiPicklist", "boolean": "Boolean", "int": "Int"},
    **{"double": "Double", "currency": "Currency", "percent": "Percent", "date": "Date", "id": "String"},
    **{"datetime": "DateTime", "reference": "Reference", "address": "Address", "combobox": "ComboBox"},
}
PICKLISTS = ("picklist", "multipicklist")


def object_info(call: Call) -> Response:
    """GET /ui-api/object-info/X"""
    kind = _kind(call)
    infos = _record_types(call, kind)
    body: Json = {
        "apiName": kind.name,
        "childRelationships": [],
        "createable": kind.create,
        "custom": False,
        "defaultRecordTypeId": next(key for key, each in infos.items() if each["defaultRecordTypeMapping"]),
        "deletable": kind.delete,
        "dependentFields": {},
        "feedEnabled": False,
        "fields": {field.name: _field(call, kind, field) for field in kind.fields},
        "keyPrefix": kind.prefix,
        "label": kind.label,
        "labelPlural": kind.plural,
        "layoutable": True,
        "mruEnabled": True,
        "nameFields": [name for name in ("Name", "FirstName", "LastName") if kind.find(name)],
        "queryable": True,
        "recordTypeInfos": infos,
        "searchable": True,
        "themeInfo": None,
        "updateable": kind.update,
    }
    return answer({**body, "eTag": _tag(body)})


def picklists(call: Call) -> Response:
    """GET /ui-api/object-info/X/picklist-values/RECORDTYPE"""
    kind = _kind(call)
    found = {field.name: _values(call, kind, field) for field in kind.fields if _has_values(field)}
    return answer({"eTag": _tag(found), "picklistFieldValues": found})


def picklist(call: Call) -> Response:
    """GET /ui-api/object-info/X/picklist-values/RECORDTYPE/FIELD"""
    kind = _kind(call)
    field = kind.find(call.parts["field"])
    if field is None or not _has_values(field):
        text = f"No picklist field named {call.parts['field']} on {kind.name}"
        raise ApiError(400, "INVALID_FIELD", text)
    return answer(_values(call, kind, field))


def _values(call: Call, kind: ObjectType, field: Field) -> Json:
    record_type = _record_type(call)
    url = f"{call.base}/ui-api/object-info/{kind.name}/picklist-values/{record_type}/{field.name}"
    body = Picklist(call.store, kind, field).values(record_type, url)
    return {**body, "eTag": _tag(body)}


def _record_type(call: Call) -> str:
    """The id in the path, if it is one of this object; the master's id is the same in every org."""
    given = to_18(call.parts["record_type"])
    if given == MASTER_RECORD_TYPE:
        return given
    row = call.store.db.read(call.store.kind("RecordType"), given or "")
    if row is None or str(row["SobjectType"]).lower() != call.parts["type"].lower():
        raise no_such_resource()
    return str(row["Id"])


def _kind(call: Call) -> ObjectType:
    kind = call.view.find(call.parts["type"])
    if kind is None or not (kind.soft_delete and kind.create) or kind.name in UNSUPPORTED:
        raise ApiError(400, "INVALID_TYPE", f"Object {call.parts['type']} is not supported in UI API")
    return kind


def _has_values(field: Field) -> bool:
    return field.type in PICKLISTS


def _tag(body: Mapping[str, object]) -> str:
    return hashlib.md5(orjson.dumps(body), usedforsecurity=False).hexdigest()


# the object


def _record_types(call: Call, kind: ObjectType) -> dict[str, Json]:
    """By id; the master comes last, and is the default where there is no other."""
    where = '"SobjectType" = ? AND "IsActive" = 1'
    rows = list(call.store.db.find(call.store.kind("RecordType"), where, kind.name))
    named = [*((str(row["Id"]), row["Name"]) for row in rows), (MASTER_RECORD_TYPE, "Master")]
    return {
        key: {
            "available": True,
            "defaultRecordTypeMapping": place == 0,
            "master": key == MASTER_RECORD_TYPE,
            "name": name,
            "recordTypeId": key,
        }
        for place, (key, name) in enumerate(named)
    }


def _field(call: Call, kind: ObjectType, field: Field) -> Json:
    frozen = (kind.name.lower(), field.name.lower()) in call.view.frozen
    controlling = Picklist(call.store, kind, field).controlling if _has_values(field) else None
    return {
        "apiName": field.name,
        "calculated": field.calculated,
        "compound": field.is_compound,
        "controllerName": controlling,
        "controllingFields": [controlling] if controlling else [],
        "createable": field.create and not frozen,
        "custom": field.custom,
        "dataType": TYPES.get(field.type, "String"),
        "filterable": field.filterable,
        "inlineHelpText": field.help_text,
        "label": field.label,
        "length": field.length,
        "nameField": field.name == "Name",
        "polymorphicForeignKey": len(field.refers_to) > 1,
        "precision": field.precision,
        "reference": field.type == "reference",
        "referenceToInfos": [{"apiName": each, "nameFields": ["Name"]} for each in field.refers_to],
        "relationshipName": field.relationship,
        "required": field.required,
        "scale": field.scale,
        "sortable": field.filterable,
        "unique": field.unique,
        "updateable": field.update and not frozen,
    }
