"""Rules that admins set in HubSpot and that API writes obey from version 2026-09 on.

What enters: what was configured, and a change. What leaves: nothing, or an `ApiError` 400. Older versions
and people in the user interface of this simulation are not asked.
Source: HubSpot changelog, "CRM API write validation enforcement". Assumptions: the words of the refusal; a
conditional rule is looked at when a write touches one of its properties.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connector.sandbox.hubspot.catalog import OBJECT_TYPES
from connector.sandbox.hubspot.errors import ApiError, Problem, invalid_values
from connector.sandbox.hubspot.lifecycle import Changes
from connector.sandbox.hubspot.records import Row
from connector.sandbox.hubspot.sources import Source

_SHAPE = (
    'validation must be null or {"required": {type: [names]}, '
    '"conditional": [{"type", "property", "value", "required": [names]}]}'
)


@dataclass(frozen=True, slots=True)
class Conditional:
    """When `property` of a record has `value`, the `required` ones must be filled."""

    type: str
    property: str
    value: str
    required: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """`required` names by object type what a create form requires."""

    required: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    conditional: tuple[Conditional, ...] = ()

    def check(self, row: Row, changes: Changes, is_new: bool) -> None:
        """Raises ApiError 400 that names every property that is missing."""
        after = {**row.props, **changes}
        wanted = list(self.required.get(row.type, ())) if is_new else []
        for rule in self.conditional:
            touched = {rule.property, *rule.required} & changes.keys()
            if rule.type == row.type and touched and after.get(rule.property) == rule.value:
                wanted += rule.required
        missing = [name for name in dict.fromkeys(wanted) if not after.get(name)]
        if missing:
            raise invalid_values(
                Problem(name, "REQUIRED_FIELD", f'Property "{name}" is required') for name in missing
            )


def check_may_associate(allowed: bool, source: Source) -> None:
    """Raises ApiError 403 when the user behind a token of the newest version may not edit associations.

    Source: the same changelog entry. Assumption: status, category and wording.
    """
    if source.obeys_rules and not allowed:
        raise ApiError(403, "MISSING_PERMISSIONS", "The user does not have permission to edit associations")


def rules_from(raw: Any) -> Rules | None:
    """Rules of the control interface's JSON; None switches them off. Raises ValueError."""
    if raw is None:
        return None
    try:
        required = {_type(name): _names(names) for name, names in raw.get("required", {}).items()}
        conditional = tuple(
            Conditional(
                _type(each["type"]), str(each["property"]), str(each["value"]), _names(each["required"])
            )
            for each in raw.get("conditional", [])
        )
    except (AttributeError, KeyError, TypeError):
        raise ValueError(_SHAPE) from None
    return Rules(required, conditional)


def rules_json(rules: Rules | None) -> dict[str, Any] | None:
    """The other way round."""
    if rules is None:
        return None
    rows = [
        {"type": each.type, "property": each.property, "value": each.value, "required": list(each.required)}
        for each in rules.conditional
    ]
    return {"required": {name: list(each) for name, each in rules.required.items()}, "conditional": rows}


def _type(name: Any) -> str:
    if name not in OBJECT_TYPES:
        raise ValueError(f"no object type {name!r}; there are {', '.join(OBJECT_TYPES)}")
    return str(name)


def _names(raw: Any) -> tuple[str, ...]:
    if not isinstance(raw, list) or not all(isinstance(each, str) for each in raw):
        raise ValueError(_SHAPE)
    return tuple(raw)
