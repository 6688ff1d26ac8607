"""What a property, an option and a group are, and how they look in HubSpot's JSON.

What enters: a row of the catalog or the body of a create request. What leaves: frozen values. Never I/O.
Source: HubSpot developers, "Properties" guide and reference.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

FIELD_TYPES: dict[str, frozenset[str]] = {
    "enumeration": frozenset({"booleancheckbox", "checkbox", "radio", "select"}),
    "bool": frozenset({"booleancheckbox", "radio", "select"}),
    "date": frozenset({"date"}),
    "datetime": frozenset({"date"}),
    "string": frozenset({"file", "text", "textarea", "html", "phonenumber"}),
    "number": frozenset({"number"}),
    "phone_number": frozenset({"phonenumber"}),
}
MAX_UNIQUE_PROPERTIES = 10


@dataclass(frozen=True, slots=True)
class Option:
    """A choice of an enumeration. `value` is the internal name, compared exactly."""

    label: str
    value: str
    display_order: int = 0
    hidden: bool = False
    description: str = ""

    def to_json(self) -> dict[str, Any]:
        """As HubSpot shows it."""
        return {
            "label": self.label,
            "value": self.value,
            "description": self.description,
            "displayOrder": self.display_order,
            "hidden": self.hidden,
        }


@dataclass(frozen=True, slots=True)
class Property:
    """A property definition. Times are ISO texts in UTC with milliseconds, or None for HubSpot's own."""

    name: str
    label: str
    type: str
    field_type: str
    group: str
    options: tuple[Option, ...] = ()
    description: str = ""
    display_order: int = -1
    unique: bool = False
    hidden: bool = False
    form_field: bool = False
    calculated: bool = False
    calculation_formula: str | None = None
    external_options: bool = False
    hubspot_defined: bool = False
    read_only: bool = False
    on_request_only: bool = False
    created_at: str | None = None
    updated_at: str | None = None
    archived_at: str | None = None

    @property
    def option_values(self) -> tuple[str, ...]:
        """Internal values in display order."""
        return tuple(option.value for option in self.options)

    @property
    def writable(self) -> bool:
        """False for read-only and calculated properties: a write of one fails the whole record."""
        return not (self.read_only or self.calculated)

    @property
    def multiple(self) -> bool:
        """True for a multi-select, whose value is a list joined by semicolons."""
        return self.type == "enumeration" and self.field_type == "checkbox"

    def to_json(self) -> dict[str, Any]:
        """As HubSpot shows it."""
        out: dict[str, Any] = {
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "fieldType": self.field_type,
            "description": self.description,
            "groupName": self.group,
            "options": [option.to_json() for option in self.options],
            "displayOrder": self.display_order,
            "calculated": self.calculated,
            "externalOptions": self.external_options,
            "archived": self.archived_at is not None,
            "hasUniqueValue": self.unique,
            "hidden": self.hidden,
            "modificationMetadata": self._modification(),
            "formField": self.form_field,
        }
        return {**out, **self._sometimes()}

    def _modification(self) -> dict[str, bool]:
        own = not self.hubspot_defined
        return {
            "archivable": own,
            "readOnlyDefinition": not own,
            "readOnlyOptions": not own and self.type != "enumeration",
            "readOnlyValue": not self.writable,
        }

    def _sometimes(self) -> dict[str, Any]:
        out: dict[str, Any] = {
            "hubspotDefined": True if self.hubspot_defined else None,
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
            "archivedAt": self.archived_at,
            "calculationFormula": self.calculation_formula,
        }
        return {key: value for key, value in out.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Group:
    """A property group."""

    name: str
    label: str
    display_order: int = -1

    def to_json(self) -> dict[str, Any]:
        """As HubSpot shows it."""
        order = self.display_order
        return {"name": self.name, "label": self.label, "displayOrder": order, "archived": False}


def options_from(rows: Any) -> tuple[Option, ...]:
    """Options of a create or update body; displayOrder defaults to the position.

    Raises KeyError or TypeError when a row lacks label or value.
    """
    return tuple(
        Option(
            label=str(row["label"]),
            value=str(row["value"]),
            display_order=int(row.get("displayOrder", position)),
            hidden=bool(row.get("hidden", False)),
            description=str(row.get("description") or ""),
        )
        for position, row in enumerate(rows)
    )


def with_changes(definition: Property, **changes: Any) -> Property:
    """A copy with some attributes replaced."""
    return replace(definition, **changes)
