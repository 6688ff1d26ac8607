"""What the API tells about the org: object types, fields, versions, resources.

In: object types as the running user sees them. Out: JSON with the keys of Salesforce's describe results.
"""

from __future__ import annotations

from starlette.responses import Response

from connector.sandbox.salesforce.http import Call, answer
from connector.sandbox.salesforce.schema import Field, ObjectType
from connector.sandbox.salesforce.soql.children import RELATIONSHIPS
from connector.sandbox.salesforce.soql.rows import Json
from connector.sandbox.salesforce.versions import NEWEST, OLDEST
from connector.sandbox.salesforce.writes import AUDIT

MASTER_RECORD_TYPE = "012000000000000AAA"
SOAP_TYPES = {"id": "tns:ID", "reference": "tns:ID", "boolean": "xsd:boolean", "int": "xsd:int"} | {
    **dict.fromkeys(("double", "currency", "percent"), "xsd:double"),
    "anyType": "xsd:anyType",
    **{"date": "xsd:date", "datetime": "xsd:dateTime", "address": "urn:address"},
}
RESOURCES = (
    *("tooling", "query", "queryAll", "sobjects", "composite", "jobs", "limits"),
    *("actions", "metadata", "ui-api"),
)
NEVER: Json = {
    **dict.fromkeys(("aiPredictionField", "cascadeDelete", "dependentPicklist", "encrypted"), False),
    **dict.fromkeys(("displayLocationInDecimal", "formulaTreatNullNumberAsZero", "highScaleNumber"), False),
    **dict.fromkeys(("htmlFormatted", "queryByDistance", "restrictedDelete"), False),
    **dict.fromkeys(("searchPrefilterable", "writeRequiresMasterRead"), False),
    **dict.fromkeys(("controllerName", "extraTypeInfo", "filteredLookupInfo", "mask", "maskType"), None),
    **dict.fromkeys(("referenceTargetField", "relationshipOrder"), None),
}
"""What no field of this org has: keys that clients expect all the same."""


def versions() -> list[Json]:
    """What `GET /services/data/` lists."""
    seasons = ("Winter", "Spring", "Summer")
    listed: list[Json] = []
    for number in range(OLDEST, NEWEST + 1):
        season, year = seasons[(number + 1) % 3], 26 + (number - 65) // 3
        listed.append(
            {"label": f"{season} '{year}", "url": f"/services/data/v{number}.0", "version": f"{number}.0"}
        )
    return listed


def resources(call: Call) -> Response:
    """GET /services/data/vXX.X"""
    named = {name: f"{call.base}/{name}" for name in RESOURCES}
    return answer({**named, "identity": f"/id/{call.store.id}/{call.store.user}"})


def all_types(call: Call) -> Response:
    """GET /sobjects"""
    types = [summary(call, kind) for kind in call.view.types.values() if not kind.tooling]
    return answer({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": types})


def one_type(call: Call) -> Response:
    """GET /sobjects/X"""
    return answer({"objectDescribe": summary(call, call.kind()), "recentItems": []})


def full(call: Call) -> Response:
    """GET /sobjects/X/describe"""
    return whole(call, call.kind())


def whole(call: Call, kind: ObjectType) -> Response:
    """Everything about an object type, as its describe resource tells it."""
    return answer(
        {
            **summary(call, kind),
            "childRelationships": _children(kind),
            "fields": [_field(kind, field, call) for field in kind.fields],
            "recordTypeInfos": _record_types(call, kind),
            "supportedScopes": [{"label": f"All {kind.plural}", "name": "everything"}],
        }
    )


def summary(call: Call, kind: ObjectType) -> Json:
    path = f"{call.base}/{'tooling/' if kind.tooling else ''}sobjects/{kind.name}"
    return {
        "activateable": False,
        "createable": kind.create,
        "custom": False,
        "customSetting": False,
        "deletable": kind.delete,
        "deprecatedAndHidden": False,
        "feedEnabled": False,
        "hasSubtypes": False,
        "keyPrefix": kind.prefix,
        "label": kind.label,
        "labelPlural": kind.plural,
        "layoutable": kind.soft_delete,
        "mergeable": kind.name in ("Lead", "Contact", "Account"),
        "mruEnabled": kind.soft_delete,
        "name": kind.name,
        "queryable": True,
        "replicateable": kind.replicated,
        "retrieveable": True,
        "searchable": kind.soft_delete,
        "triggerable": kind.soft_delete,
        "undeletable": kind.soft_delete,
        "updateable": kind.update,
        "urls": {"sobject": path, "describe": f"{path}/describe", "rowTemplate": path + "/{ID}"},
    }


def _children(kind: ObjectType) -> list[Json]:
    return [
        {"childSObject": child, "field": field, "relationshipName": name, "cascadeDelete": False}
        for (parent, _), (name, child, field) in RELATIONSHIPS.items()
        if parent == kind.name
    ]


def _record_types(call: Call, kind: ObjectType) -> list[Json]:
    table = call.store.kind("RecordType")
    made = [
        (str(r["Id"]), r["Name"], r["DeveloperName"], r["IsActive"])
        for r in call.store.db.find(table, '"SobjectType" = ?', kind.name)
    ]
    listed = [*made, (MASTER_RECORD_TYPE, "Master", "Master", True)]
    return [
        {
            "active": active,
            "available": True,
            "defaultRecordTypeMapping": place == 0,
            "developerName": developer_name,
            "master": record_type_id == MASTER_RECORD_TYPE,
            "name": name,
            "recordTypeId": record_type_id,
            "urls": {"layout": f"{call.base}/sobjects/{kind.name}/describe/layouts/{record_type_id}"},
        }
        for place, (record_type_id, name, developer_name, active) in enumerate(listed)
    ]


def _field(kind: ObjectType, field: Field, call: Call) -> Json:
    frozen = (kind.name.lower(), field.name.lower()) in call.view.frozen
    return {
        **_nature(field),
        "compoundFieldName": _compound_of(kind, field),
        **NEVER,
        "aggregatable": field.filterable and not field.is_compound,
        "calculated": field.calculated,
        "calculatedFormula": None,
        "createable": (field.create or _audited(field, call)) and kind.create and not frozen,
        "custom": field.custom,
        "defaultValue": field.default,
        "defaultValueFormula": None,
        "defaultedOnCreate": _defaulted(field),
        "deprecatedAndHidden": False,
        "filterable": field.filterable,
        "groupable": field.groupable,
        "inlineHelpText": field.help_text,
        "label": field.label,
        "name": field.name,
        "nillable": not field.required and field.type not in ("boolean", "id") and not _always_set(field),
        "permissionable": field.update and not field.required,
        "sortable": field.filterable and field.type != "multipicklist",
        "updateable": field.update and kind.update and not frozen,
    }


def _audited(field: Field, call: Call) -> bool:
    return field.name in AUDIT and "CreateAuditFields" in call.store.permissions


def _nature(field: Field) -> Json:
    return {
        "autoNumber": False,
        "byteLength": field.length * 3 if field.is_text else field.length,
        "caseSensitive": field.case_sensitive,
        "digits": field.precision if field.type == "int" else 0,
        "externalId": field.external_id,
        "idLookup": field.id_lookup or field.external_id,
        "length": field.length,
        "nameField": field.name == "Name",
        "picklistValues": [
            {
                "active": c.active,
                "defaultValue": c.default,
                "label": c.label,
                "validFor": None,
                "value": c.value,
            }
            for c in field.choices
        ],
        "namePointing": len(field.refers_to) > 1,
        "polymorphicForeignKey": len(field.refers_to) > 1,
        "precision": 0 if field.type == "int" else field.precision,
        "referenceTo": list(field.refers_to),
        "relationshipName": field.relationship,
        "restrictedPicklist": field.restricted,
        "scale": field.scale,
        "soapType": SOAP_TYPES.get(field.type, "xsd:string"),
        "type": field.type,
        "unique": field.unique,
    }


def _compound_of(kind: ObjectType, field: Field) -> str | None:
    """The compound that a part of an address or of a person's name belongs to."""
    if field.name in ("FirstName", "LastName", "Salutation") and kind.find("Name"):
        return "Name"
    return next((each.name for each in kind.fields if each.is_compound and field.name in each.parts), None)


def _always_set(field: Field) -> bool:
    return field.name in (
        "OwnerId",
        "CreatedDate",
        "CreatedById",
        "LastModifiedDate",
        "LastModifiedById",
        "SystemModstamp",
    )


def _defaulted(field: Field) -> bool:
    return (
        field.type in ("boolean", "id")
        or _always_set(field)
        or any(choice.default for choice in field.choices)
    )
