"""Salesforce's describe as our fields, and our new fields as CustomField metadata. Pure.

Enters: the answer of a describe, or ``NewField``. Leaves: ``FieldInfo`` or request bodies. Source: "sObject
Describe" in the REST API guide; "CustomField" in the Metadata API guide.
"""

from collections.abc import Mapping
from typing import Any

from connector.crm.base import NewField
from connector.salesforce_ids import to_18
from connector.schema import FieldInfo, FieldType, Option

_TYPES = {
    **dict.fromkeys(("string", "textarea", "phone", "url", "email", "id", "encryptedstring"), FieldType.TEXT),
    **dict.fromkeys(("int", "long", "double", "currency", "percent"), FieldType.NUMBER),
    **dict.fromkeys(("picklist", "combobox"), FieldType.CHOICE),
    "multipicklist": FieldType.MULTI,
    "boolean": FieldType.BOOLEAN,
    "date": FieldType.DATE,
    "datetime": FieldType.DATETIME,
    "reference": FieldType.REFERENCE,
}
_PRECISION = 18


def field_info(field: Mapping[str, Any]) -> FieldInfo:
    """One described field. ``required``: a create without it is refused."""
    kind = _TYPES.get(field["type"], FieldType.OTHER)
    creatable = bool(field.get("createable"))
    return FieldInfo(
        name=field["name"],
        label=field.get("label") or field["name"],
        type=kind,
        length=field.get("length") or None,
        options=tuple(_option(o) for o in field.get("picklistValues") or ()),
        closed=bool(field.get("restrictedPicklist")),
        creatable=creatable,
        updatable=bool(field.get("updateable")),
        required=creatable and not field.get("nillable") and not field.get("defaultedOnCreate"),
        unique=bool(field.get("unique")),
        calculated=bool(field.get("calculated") or field.get("autoNumber")),
    )


def record_types_of(described: Mapping[str, Any]) -> dict[str, str]:
    """Id -> developer name of an object's record types, without the one that stands for none."""
    found = described.get("recordTypeInfos") or ()
    return {to_18(each["recordTypeId"]): each["developerName"] for each in found if not each.get("master")}


def _option(option: Mapping[str, Any]) -> Option:
    return Option(option["value"], option.get("label") or option["value"], bool(option.get("active", True)))


def same_type(there: FieldInfo, new: NewField) -> bool:
    """Whether an existing field can serve as the new one."""
    long_enough = new.type is not FieldType.TEXT or (there.length or 0) >= new.length
    return there.type is new.type and long_enough and (there.unique or not new.unique)


def custom_field(type: str, new: NewField) -> dict[str, Any]:
    """The body that creates the field through the Tooling API."""
    metadata = {"label": new.label, "inlineHelpText": new.help, "required": False, **_shape(new)}
    return {"FullName": f"{type}.{new.name}", "Metadata": metadata}


def _shape(new: NewField) -> dict[str, Any]:
    if new.type is FieldType.TEXT:
        return _text(new)
    if new.type is FieldType.NUMBER:
        return {"type": "Number", "precision": _PRECISION, "scale": new.scale}
    if new.type is FieldType.BOOLEAN:
        return {"type": "Checkbox", "defaultValue": "false"}
    if new.type is FieldType.CHOICE:
        return {"type": "Picklist", "valueSet": _value_set(new)}
    if new.type is FieldType.MULTI:
        return {"type": "MultiselectPicklist", "visibleLines": 4, "valueSet": _value_set(new)}
    return {"type": "DateTime" if new.type is FieldType.DATETIME else "Date"}


def _text(new: NewField) -> dict[str, Any]:
    """A unique text is an external id too, so that a write can name the record by it."""
    if new.length > 255:
        return {"type": "LongTextArea", "length": new.length, "visibleLines": 4}
    shape: dict[str, Any] = {"type": "Text", "length": new.length}
    if new.unique:
        shape |= {"unique": True, "externalId": True, "caseSensitive": False}
    return shape


def _value_set(new: NewField) -> dict[str, Any]:
    values = [
        {"fullName": o.value, "label": o.label, "default": False, "isActive": o.active} for o in new.options
    ]
    return {"restricted": True, "valueSetDefinition": {"sorted": False, "value": values}}
