"""What the Tooling API tells about the org's set-up: objects, fields, rules and classes, as rows to query."""

from __future__ import annotations

from connector.sandbox.salesforce.schema import (
    Field,
    ObjectType,
    area,
    flag,
    number,
    read_only,
    record_id,
    text,
)


def _entity() -> Field:
    """A reference by durable id, which is a name and no record id."""
    return Field(
        "EntityDefinitionId",
        "string",
        "Entity Definition ID",
        length=255,
        refers_to=("EntityDefinition",),
        relationship="EntityDefinition",
    )


def _told(name: str, label: str, prefix: str, *fields: Field) -> ObjectType:
    declared = (record_id(f"{label} ID"), *(read_only(field) for field in fields))
    return ObjectType(
        name,
        label,
        f"{label}s",
        prefix,
        declared,
        create=False,
        update=False,
        delete=False,
        soft_delete=False,
        tooling=True,
    )


ENTITY = _told(
    "EntityDefinition",
    "Entity Definition",
    "4ie",
    text("DurableId", "Durable ID", 255),
    text("QualifiedApiName", "Qualified API Name", 255),
    text("DeveloperName", "Developer Name", 255),
    text("Label", "Label", 255),
    text("PluralLabel", "Plural Label", 255),
    text("KeyPrefix", "Key Prefix", 3),
    text("NamespacePrefix", "Namespace Prefix", 15),
    flag("IsCustomizable", "Is Customizable"),
    flag("IsQueryable", "Is Queryable"),
    flag("IsTriggerable", "Is Triggerable"),
)

FIELD = _told(
    "FieldDefinition",
    "Field Definition",
    "4fe",
    text("DurableId", "Durable ID", 255),
    text("QualifiedApiName", "Qualified API Name", 255),
    text("DeveloperName", "Developer Name", 255),
    text("Label", "Label", 255),
    text("DataType", "Data Type", 255),
    text("ValueTypeId", "Value Type ID", 255),
    text("NamespacePrefix", "Namespace Prefix", 15),
    _entity(),
    number("Length", "Length", "int", 9),
    number("Precision", "Precision", "int", 9),
    number("Scale", "Scale", "int", 9),
    flag("IsCalculated", "Is Calculated"),
    flag("IsCompound", "Is Compound"),
    flag("IsIndexed", "Is Indexed"),
    flag("IsNillable", "Is Nillable"),
    flag("IsFieldHistoryTracked", "Is Field History Tracked"),
)

VALIDATION = _told(
    "ValidationRule",
    "Validation Rule",
    "03d",
    text("ValidationName", "Validation Name", 80),
    _entity(),
    flag("Active", "Active"),
    area("Description", "Description", 255),
    text("ErrorDisplayField", "Error Display Field", 255),
    area("ErrorMessage", "Error Message", 255),
)

CLASS = _told(
    "ApexClass",
    "Apex Class",
    "01p",
    text("Name", "Name", 255),
    text("NamespacePrefix", "Namespace Prefix", 15),
    number("ApiVersion", "Api Version", "double", 18, 1),
    text("Status", "Status", 40),
)

SETUP_TYPES = (ENTITY, FIELD, VALIDATION, CLASS)
