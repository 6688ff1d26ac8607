"""What a switch of the simulated org is: how it reads, what may stand in it, how it is set.

In: JSON values. Out: checked values, or a ValueError that says what may stand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connector.sandbox.salesforce.ids import to_18
from connector.sandbox.salesforce.schema import Value
from connector.sandbox.salesforce.store import SalesforceStore
from connector.sandbox.switch_checks import Check


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


def record_id(value: Any, name: str) -> str:
    """An id in either spelling, with 18 characters."""
    found = to_18(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f'"{name}" must hold ids of 15 or 18 characters, not {value!r}')
    return found
