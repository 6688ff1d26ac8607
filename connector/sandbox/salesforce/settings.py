"""The switches of the simulated org, as the control interface reads and sets them.

What enters: a JSON object of switches. What leaves: all of them as they now stand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from connector.sandbox.salesforce.limits import edition_of
from connector.sandbox.salesforce.org import PERMISSIONS
from connector.sandbox.salesforce.schema import Value
from connector.sandbox.salesforce.store import SalesforceStore


@dataclass(frozen=True, slots=True)
class Switch:
    """One switch: how it reads, how a wish is checked (ValueError says what may stand), how it is set."""

    read: Callable[[SalesforceStore], Any]
    check: Callable[[Any, str], Any]
    put: Callable[[SalesforceStore, Any], None]


def read(store: SalesforceStore) -> dict[str, Any]:
    """All switches by name."""
    return {name: switch.read(store) for name, switch in SWITCHES.items()}


def change(store: SalesforceStore, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Sets the switches named, all or none, and returns all. Raises ValueError, which says what may stand."""
    for name in wanted:
        if name not in SWITCHES:
            raise ValueError(f"no switch {name!r}; there are {', '.join(SWITCHES)}")
    checked = {name: SWITCHES[name].check(value, name) for name, value in wanted.items()}
    for name, value in checked.items():
        SWITCHES[name].put(store, value)
    return read(store)


def _whole(value: Any, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f'"{name}" must be a whole number, 0 or more')
    return value


def _whole_or_null(value: Any, name: str) -> int | None:
    return None if value is None else _whole(value, name)


def _seconds(value: Any, name: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
        raise ValueError(f'"{name}" must be a number, 0 or more')
    return float(value)


def _edition(value: Any, name: str) -> str | None:  # noqa: ARG001
    if value is not None:
        edition_of(str(value))
    return value if value is None else str(value)


def _long_requests(value: Any, name: str) -> tuple[int, float | None]:
    """A number, or a number for some time."""
    if not isinstance(value, dict):
        return _whole(value, name), None
    if set(value) != {"running", "for_s"}:
        raise ValueError(f'"{name}" must be a whole number, or {{"running": 25, "for_s": 60}}')
    return _whole(value["running"], f"{name}.running"), _seconds(value["for_s"], f"{name}.for_s")


def _permissions(value: Any, name: str) -> set[str]:
    if not isinstance(value, list) or not set(map(str, value)) <= set(PERMISSIONS):
        raise ValueError(f'"{name}" must be a list out of {", ".join(PERMISSIONS)}')
    return set(value)


def _flag(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f'"{name}" must be true or false')
    return value


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f'"{name}" must be a text such as "Developer Edition"')
    return value


def _of_organization(field: str, check: Callable[[Any, str], Value]) -> Switch:
    """What the org says of itself in its Organization record."""

    def put(store: SalesforceStore, value: Value) -> None:
        with store.db.transaction():
            store.db.update("Organization", store.id, {field: value})

    return Switch(lambda store: (store.get("Organization", store.id) or {})[field], check, put)


def _limit(name: str, check: Callable[[Any, str], Any]) -> Switch:
    """A switch that is an attribute of the limits."""
    return Switch(
        lambda store: getattr(store.limits, name),
        check,
        lambda store, value: setattr(store.limits, name, value),
    )


SWITCHES: dict[str, Switch] = {
    "organization_type": _of_organization("OrganizationType", _text),
    "is_sandbox": _of_organization("IsSandbox", _flag),
    "edition": _limit("edition", _edition),
    "licences": _limit("licences", _whole),
    "used_today": Switch(
        lambda store: store.limits.used(),
        _whole,
        lambda store, value: store.limits.others.add(value - store.limits.used()),
    ),
    "app_allowance": _limit("app_allowance", _whole_or_null),
    "usage_lag_s": Switch(
        lambda store: store.limits.lag.total_seconds(),
        _seconds,
        lambda store, value: setattr(store.limits, "lag", timedelta(seconds=value)),
    ),
    "long_requests": Switch(
        lambda store: store.limits.long_requests(),
        _long_requests,
        lambda store, value: store.limits.occupy(*value),
    ),
    "permissions": Switch(
        lambda store: sorted(store.permissions),
        _permissions,
        lambda store, value: setattr(store, "permissions", value),
    ),
}
