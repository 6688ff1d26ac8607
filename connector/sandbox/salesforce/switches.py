"""What a switch is, and what may stand in one.

In: JSON values. Out: checked values, or a ValueError that says what may stand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from connector.sandbox.salesforce.ids import to_18
from connector.sandbox.salesforce.schema import Value
from connector.sandbox.salesforce.store import SalesforceStore

Check = Callable[[Any, str], Any]
"""(value, name of the switch) -> the value as it is set."""


@dataclass(frozen=True, slots=True)
class Switch:
    """One switch: how it reads, how a wish is checked, how it is set."""

    read: Callable[[SalesforceStore], Any]
    check: Check
    put: Callable[[SalesforceStore, Any], None]
    suits: Callable[[SalesforceStore, Any], None] = lambda _store, _value: None
    """Raises ValueError when a checked wish means nothing in this org."""


def attribute(name: str, check: Check) -> Switch:
    """A switch that is an attribute of the org."""
    return Switch(lambda store: getattr(store, name), check, lambda store, value: setattr(store, name, value))


def of_limits(name: str, check: Check) -> Switch:
    """A switch that is an attribute of the limits."""
    return Switch(
        lambda store: getattr(store.limits, name),
        check,
        lambda store, value: setattr(store.limits, name, value),
    )


def of_organization(field: str, check: Callable[[Any, str], Value]) -> Switch:
    """What the org says of itself in its Organization record."""

    def put(store: SalesforceStore, value: Value) -> None:
        with store.db.transaction():
            store.db.update("Organization", store.id, {field: value})

    return Switch(lambda store: (store.get("Organization", store.id) or {})[field], check, put)


def flag(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f'"{name}" must be true or false')
    return value


def text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f'"{name}" must be a text')
    return value


def whole(value: Any, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f'"{name}" must be a whole number, 0 or more')
    return value


def positive(value: Any, name: str) -> int:
    if whole(value, name) == 0:
        raise ValueError(f'"{name}" must be a whole number, 1 or more')
    return int(value)


def seconds(value: Any, name: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
        raise ValueError(f'"{name}" must be a number, 0 or more')
    return float(value)


def one_of(*allowed: str) -> Check:
    """One of these words."""

    def chosen(value: Any, name: str) -> str:
        if value not in allowed:
            raise ValueError(f'"{name}" must be one of {", ".join(allowed)}')
        return str(value)

    return chosen


def or_null(check: Check) -> Check:
    """The same check, with null allowed."""
    return lambda value, name: None if value is None else check(value, name)


def record_id(value: Any, name: str) -> str:
    """An id in either spelling, with 18 characters."""
    found = to_18(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f'"{name}" must hold ids of 15 or 18 characters, not {value!r}')
    return found


def each(check: Check) -> Check:
    """A list whose members pass a check."""

    def listed(value: Any, name: str) -> list[Any]:
        if not isinstance(value, list):
            raise ValueError(f'"{name}" must be a list')
        return [check(member, name) for member in value]

    return listed


def by_key(check_key: Check, check: Check) -> Check:
    """An object whose keys and values pass their checks."""

    def mapped(value: Any, name: str) -> dict[Any, Any]:
        if not isinstance(value, dict):
            raise ValueError(f'"{name}" must be an object')
        return {check_key(key, name): check(member, f"{name}.{key}") for key, member in value.items()}

    return mapped


def fields_of(value: Any, name: str, known: Mapping[str, bool]) -> dict[str, Any]:
    """An object with these keys and no others; those that are True must be there."""
    if not isinstance(value, dict) or set(value) - set(known) or {k for k in known if known[k]} - set(value):
        listed = ", ".join(key if needed else f"{key} (may be left out)" for key, needed in known.items())
        raise ValueError(f'"{name}" must be an object with {listed}')
    return value
