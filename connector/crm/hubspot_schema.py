"""HubSpot's properties as our fields, and our new fields as HubSpot's properties. Pure.

Enters: answers of the properties and pipelines calls, or ``NewField``. Leaves: ``FieldInfo`` or request
bodies. Source: HubSpot's "Properties" and "Pipelines" pages.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from connector.crm.base import NewField
from connector.model import OPT_OUT
from connector.schema import FieldInfo, FieldType, Option

GROUP = "smarketing"
MAX_TEXT = 65536

_SCALARS = {
    "string": FieldType.TEXT,
    "phone_number": FieldType.TEXT,
    "number": FieldType.NUMBER,
    "bool": FieldType.BOOLEAN,
    "date": FieldType.DATE,
    "datetime": FieldType.DATETIME,
}
_YES_NO = (Option("true", "Yes"), Option("false", "No"))
_NEW: dict[FieldType, tuple[str, str]] = {
    FieldType.TEXT: ("string", "text"),
    FieldType.NUMBER: ("number", "number"),
    FieldType.BOOLEAN: ("enumeration", "booleancheckbox"),
    FieldType.DATE: ("date", "date"),
    FieldType.DATETIME: ("datetime", "date"),
    FieldType.CHOICE: ("enumeration", "select"),
    FieldType.MULTI: ("enumeration", "checkbox"),
}


def field_info(type: str, prop: Mapping[str, Any]) -> FieldInfo:
    """One property. A hidden option is not offered to people any more: it counts as inactive."""
    kind = field_type(prop)
    fixed = (prop.get("modificationMetadata") or {}).get("readOnlyValue") or prop.get("calculated")
    writable = not fixed or (type, prop["name"]) == ("contacts", OPT_OUT)  # by communication preferences
    options = sorted(prop.get("options") or (), key=lambda o: o.get("displayOrder") or 0)
    own_options = not prop.get("externalOptions")
    return FieldInfo(
        name=prop["name"],
        label=prop.get("label") or prop["name"],
        type=kind,
        length=MAX_TEXT if kind is FieldType.TEXT else None,
        options=tuple(_option(o) for o in options),
        closed=kind in (FieldType.CHOICE, FieldType.MULTI) and own_options,
        creatable=writable,
        updatable=writable,
        unique=bool(prop.get("hasUniqueValue")) or (type, prop["name"]) == ("contacts", "email"),
        calculated=bool(prop.get("calculated")),
    )


def _option(option: Mapping[str, Any]) -> Option:
    return Option(option["value"], option.get("label") or option["value"], not option.get("hidden"))


def field_type(prop: Mapping[str, Any]) -> FieldType:
    """What a property holds, in our words."""
    if prop["type"] != "enumeration":
        return _SCALARS.get(prop["type"], FieldType.OTHER)
    if prop.get("referencedObjectType"):
        return FieldType.REFERENCE
    if prop.get("fieldType") == "booleancheckbox":
        return FieldType.BOOLEAN
    return FieldType.MULTI if prop.get("fieldType") == "checkbox" else FieldType.CHOICE


def stage_options(pipelines: Iterable[Mapping[str, Any]]) -> dict[str, tuple[Option, ...]]:
    """Options of ``pipeline`` and ``dealstage``: the properties call leaves them empty ("externalOptions").

    Stages are listed pipeline by pipeline; where there are several pipelines the label names the stage's.
    """
    lines = sorted(pipelines, key=lambda p: p.get("displayOrder") or 0)
    several = len(lines) > 1
    stages = [option for line in lines for option in _stages(line, several)]
    return {
        "pipeline": tuple(Option(p["id"], p["label"], not p.get("archived")) for p in lines),
        "dealstage": tuple(stages),
    }


def _stages(line: Mapping[str, Any], several: bool) -> list[Option]:
    stages = sorted(line["stages"], key=lambda s: s.get("displayOrder") or 0)
    suffix = f" ({line['label']})" if several else ""
    alive = not line.get("archived")
    return [Option(s["id"], s["label"] + suffix, alive and not s.get("archived")) for s in stages]


def same_type(prop: Mapping[str, Any], new: NewField) -> bool:
    """Whether an existing property can serve as the new field."""
    wanted = _NEW[new.type]
    same = field_type(prop) is new.type or (prop["type"], prop.get("fieldType")) == wanted
    return same and (bool(prop.get("hasUniqueValue")) or not new.unique)


def property_body(new: NewField) -> dict[str, Any]:
    """The body that creates the field. Texts longer than a line get a text area."""
    type, field_type = _NEW[new.type]
    if new.type is FieldType.TEXT and new.length > 255:
        field_type = "textarea"
    body: dict[str, Any] = {
        "name": new.name,
        "label": new.label,
        "description": new.help,
        "groupName": GROUP,
        "type": type,
        "fieldType": field_type,
        "options": _options(new),
        "formField": False,
    }
    if new.unique:
        body["hasUniqueValue"] = True
    return body


def _options(new: NewField) -> list[dict[str, Any]]:
    options: Sequence[Option] = _YES_NO if new.type is FieldType.BOOLEAN else new.options
    return [
        {"label": o.label, "value": o.value, "displayOrder": place, "hidden": not o.active}
        for place, o in enumerate(options)
    ]
