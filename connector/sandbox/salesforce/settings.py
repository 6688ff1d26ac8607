"""The switches of the simulated org, read and changed by request (`/_sandbox/settings`).

What enters: JSON. What leaves: JSON with every switch, or a ValueError that says what may stand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connector.sandbox.salesforce.schema import Row
from connector.sandbox.salesforce.store import SalesforceStore


def read(store: SalesforceStore) -> dict[str, Any]:
    """All switches by name."""
    organization = store.get("Organization", store.id) or {}
    return {name: organization[field] for name, (field, _) in _OF_ORGANIZATION.items()}


def change(store: SalesforceStore, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Sets the switches named, all or none, and returns all. Raises ValueError, which says what may stand."""
    for name in wanted:
        if name not in _OF_ORGANIZATION:
            raise ValueError(f"no switch {name!r}; there are {', '.join(_OF_ORGANIZATION)}")
    checks = {name: _OF_ORGANIZATION[name] for name in wanted}
    changes: Row = {field: check(wanted[name], name) for name, (field, check) in checks.items()}
    if changes:
        with store.db.transaction():
            store.db.update("Organization", store.id, changes)
    return read(store)


def _flag(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f'"{name}" must be true or false')
    return value


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f'"{name}" must be a text such as "Developer Edition"')
    return value


_OF_ORGANIZATION: dict[str, tuple[str, Callable[[Any, str], bool | str]]] = {
    "organization_type": ("OrganizationType", _text),
    "is_sandbox": ("IsSandbox", _flag),
}
"""What the org says of itself: the switch, the field of Organization, the check."""
