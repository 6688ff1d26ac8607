"""Custom fields as the Metadata API describes them.

In: a `Metadata` object. Out: a Field. Raises ApiError for what Salesforce would not accept; assumption: its
texts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from connector.sandbox.salesforce.errors import ApiError
from connector.sandbox.salesforce.schema import Choice, Field

Metadata = Mapping[str, object]


def field_from_metadata(name: str, metadata: Metadata) -> Field:
    """The field that this metadata describes."""
    kind = metadata.get("type")
    if metadata.get("formula"):
        raise _wrong("Formula fields are not simulated", "formula")
    maker = _MAKERS.get(kind) if isinstance(kind, str) else None
    if maker is None:
        raise _wrong(f"Unknown or missing field type: {kind}", "type")
    if not isinstance(metadata.get("label"), str) or not metadata["label"]:
        raise _wrong("Required field is missing: label", "label")
    return maker(name, metadata)


def _wrong(message: str, field: str) -> ApiError:
    return ApiError(400, "FIELD_INTEGRITY_EXCEPTION", message, [field])


def _made(name: str, type: str, metadata: Metadata, **more: object) -> Field:
    external, unique = metadata.get("externalId") is True, metadata.get("unique") is True
    help_text = metadata.get("inlineHelpText")
    common: dict[str, object] = {
        "label": metadata["label"],
        "custom": True,
        "external_id": external,
        "unique": unique,
        "case_sensitive": metadata.get("caseSensitive") is True,
        "required": metadata.get("required") is True,
        "help_text": help_text if isinstance(help_text, str) else None,
    }
    return Field(name=name, type=type, **{**common, **more})  # type: ignore[arg-type]


def _int(metadata: Metadata, key: str, low: int, high: int) -> int:
    value = metadata.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise _wrong(f"{key} must be a whole number from {low} to {high}, not {value}", key)
    return value


def _text(name: str, metadata: Metadata) -> Field:
    return _made(name, "string", metadata, length=_int(metadata, "length", 1, 255))


def _area(name: str, metadata: Metadata) -> Field:
    return _made(name, "textarea", metadata, length=255)


def _long_area(name: str, metadata: Metadata) -> Field:
    _int(metadata, "visibleLines", 2, 50)
    return _made(name, "textarea", metadata, length=_int(metadata, "length", 256, 131_072), filterable=False)


def _numeric(type: str) -> Callable[[str, Metadata], Field]:
    def make(name: str, metadata: Metadata) -> Field:
        precision, scale = _int(metadata, "precision", 1, 18), _int(metadata, "scale", 0, 17)
        if scale > precision:
            raise _wrong("scale may not be larger than precision", "scale")
        return _made(name, type, metadata, precision=precision, scale=scale)

    return make


def _plain(type: str, length: int = 0) -> Callable[[str, Metadata], Field]:
    return lambda name, metadata: _made(name, type, metadata, length=length)


def _checkbox(name: str, metadata: Metadata) -> Field:
    default = metadata.get("defaultValue")
    if default not in (True, False, "true", "false"):
        raise _wrong("Must specify a default value for a field of type Checkbox", "defaultValue")
    return _made(name, "boolean", metadata, default=default in (True, "true"))


def _picklist(type: str) -> Callable[[str, Metadata], Field]:
    def make(name: str, metadata: Metadata) -> Field:
        values = metadata.get("valueSet")
        definition = values.get("valueSetDefinition") if isinstance(values, dict) else None
        listed = definition.get("value") if isinstance(definition, dict) else None
        if not isinstance(values, dict) or not isinstance(listed, list) or not listed:
            raise _wrong("A picklist needs a valueSet with at least one value", "valueSet")
        choices = tuple(_choice(each) for each in listed)
        if len({choice.value.lower() for choice in choices}) < len(choices):
            raise _wrong("Duplicate value in the valueSet", "valueSet")
        restricted = values.get("restricted") is True
        return _made(
            name,
            type,
            metadata,
            length=255 if type == "picklist" else 4099,
            choices=choices,
            restricted=restricted,
        )

    return make


def _choice(described: object) -> Choice:
    value = described.get("fullName") or described.get("valueName") if isinstance(described, dict) else None
    if not isinstance(described, dict) or not isinstance(value, str):
        raise _wrong("Every value needs a fullName", "valueSet")
    active = described.get("isActive") is not False
    return Choice(value, str(described.get("label") or value), described.get("default") is True, active)


_MAKERS: Mapping[str, Callable[[str, Metadata], Field]] = {
    "Text": _text,
    "TextArea": _area,
    "LongTextArea": _long_area,
    "Number": _numeric("double"),
    "Currency": _numeric("currency"),
    "Percent": _numeric("percent"),
    "Checkbox": _checkbox,
    "Date": _plain("date"),
    "DateTime": _plain("datetime"),
    "Email": _plain("email", 80),
    "Phone": _plain("phone", 40),
    "Url": _plain("url", 255),
    "Picklist": _picklist("picklist"),
    "MultiselectPicklist": _picklist("multipicklist"),
}
