"""The rows that the Tooling API shows of the org's set-up, made afresh for each query.

In: an org. Out: rows of EntityDefinition, FieldDefinition, ValidationRule and ApexClass. FieldDefinition has
the fields that nobody may see, too: an installer finds there what field-level security still hides. Source:
Tooling API Reference, the pages of these objects.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from connector.sandbox.salesforce.custom_fields import CUSTOMIZABLE, known
from connector.sandbox.salesforce.errors import ApiError
from connector.sandbox.salesforce.ids import new_id
from connector.sandbox.salesforce.mdapi import shelf
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.schema import Field, ObjectType, Row

DATA_TYPES = {
    **{"string": "Text", "textarea": "Text Area", "email": "Email", "phone": "Phone", "url": "URL"},
    **{"picklist": "Picklist", "multipicklist": "Picklist (Multi-Select)", "boolean": "Checkbox"},
    **{"double": "Number", "int": "Number", "currency": "Currency", "percent": "Percent", "date": "Date"},
    **{"datetime": "Date/Time", "reference": "Lookup", "id": "ID", "address": "Address"},
}
_FROM = re.compile(r"\bfrom\s+(\w+)", re.IGNORECASE)
_REIFIED = re.compile(r"\bwhere\b.*\b(EntityDefinition\w*|DurableId)\b", re.IGNORECASE | re.DOTALL)


def refresh(org: Org, soql: str) -> None:
    """Fills the tables that a query is about to read. Raises ApiError for one that asks for every field."""
    named = {name.lower() for name in _FROM.findall(soql)}
    if "fielddefinition" in named and not _REIFIED.search(soql):
        text = "FieldDefinition: a filter on a reified column is required [EntityDefinitionId,DurableId]"
        raise ApiError(400, "MALFORMED_QUERY", text)
    if "fielddefinition" in named or "validationrule" in named:
        named.add("entitydefinition")
    for type_name, rows in _ROWS.items():
        if type_name.lower() in named:
            _fill(org, org.kind(type_name), rows(org))


def _fill(org: Org, kind: ObjectType, rows: Iterator[Row]) -> None:
    off = dict.fromkeys(kind.booleans, False)
    with org.db.transaction():
        org.db.run(f'DELETE FROM "{kind.name}"')
        org.db.insert(kind, [{**off, **row} for row in rows])


def _objects(org: Org) -> Iterator[ObjectType]:
    return (kind for kind in org.catalog.everything.types.values() if not kind.tooling)


def _entities(org: Org) -> Iterator[Row]:
    for kind in _objects(org):
        yield {
            **dict.fromkeys(("Id", "DurableId", "QualifiedApiName", "DeveloperName"), kind.name),
            "Label": kind.label,
            "PluralLabel": kind.plural,
            "KeyPrefix": kind.prefix,
            "IsCustomizable": kind.name in CUSTOMIZABLE,
            "IsQueryable": True,
            "IsTriggerable": kind.soft_delete,
        }


def _fields(org: Org) -> Iterator[Row]:
    return (_field(org, kind, field) for kind in _objects(org) for field in kind.fields)


def _field(org: Org, kind: ObjectType, field: Field) -> Row:
    durable = f"{kind.name}.{field.name}"
    row = known(org, durable) if field.custom else None
    if row is not None:
        durable = f"{kind.name}.{str(row['Id'])[:15]}"
    return {
        "Id": durable,
        "DurableId": durable,
        "QualifiedApiName": field.name,
        "DeveloperName": field.name.removesuffix("__c"),
        "Label": field.label,
        "DataType": _data_type(field),
        "ValueTypeId": field.type,
        "EntityDefinitionId": kind.name,
        "Length": field.length,
        "Precision": field.precision,
        "Scale": field.scale,
        "IsCalculated": field.calculated,
        "IsCompound": field.is_compound,
        "IsIndexed": field.unique or field.external_id or field.is_id,
        "IsNillable": not field.required and field.type not in ("boolean", "id"),
        "IsFieldHistoryTracked": field.name in org.catalog.tracked(kind.name),
    }


def _data_type(field: Field) -> str:
    """As the set-up pages spell it: with lengths."""
    name = DATA_TYPES.get(field.type, field.type)
    if field.type == "string":
        marks = [str(field.length)]
        if field.external_id:
            marks.append("External ID")
        if field.unique:
            marks.append("Unique Case Sensitive" if field.case_sensitive else "Unique Case Insensitive")
        return f"{name}({') ('.join(marks)})"
    if field.is_number and field.type != "int":
        return f"{name}({field.precision - field.scale}, {field.scale})"
    return f"{name}({','.join(field.refers_to)})" if field.refers_to else name


def _validations(org: Org) -> Iterator[Row]:
    """The rules that count, and those that were deployed and are only kept."""
    for place, rule in enumerate(org.validations, start=1):
        yield {
            "Id": new_id("03d", 10_000 + place),
            "ValidationName": f"Rule_{place}",
            "EntityDefinitionId": rule.type,
            "Active": True,
            "ErrorDisplayField": rule.field,
            "ErrorMessage": rule.message,
        }
    for stored in shelf.every(org, "ValidationRule"):
        type_name, _, name = stored.full_name.partition(".")
        told = shelf.texts(stored)
        yield {
            "Id": stored.id,
            "ValidationName": name,
            "EntityDefinitionId": type_name,
            "Active": told.get("active") == "true",
            "Description": told.get("description"),
            "ErrorDisplayField": told.get("errorDisplayField"),
            "ErrorMessage": told.get("errorMessage"),
        }


def _classes(org: Org) -> Iterator[Row]:
    for stored in shelf.every(org, "ApexClass"):
        told = shelf.texts(stored)
        version = told.get("apiVersion", "")
        yield {
            "Id": stored.id,
            "Name": stored.full_name,
            "ApiVersion": float(version) if re.fullmatch(r"\d{1,3}(\.\d)?", version) else None,
            "Status": told.get("status"),
        }


_ROWS: Mapping[str, Callable[[Org], Iterator[Row]]] = {
    "EntityDefinition": _entities,
    "FieldDefinition": _fields,
    "ValidationRule": _validations,
    "ApexClass": _classes,
}
