"""The switches of the simulated account, as the control interface reads and sets them.

What enters: a JSON object of switches. What leaves: all of them as they now stand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connector.sandbox.hubspot.account import ACCOUNT_TYPES
from connector.sandbox.hubspot.edges import DEFAULT_TYPE, Pair
from connector.sandbox.hubspot.limits import edition_of
from connector.sandbox.hubspot.rules import rules_from, rules_json
from connector.sandbox.hubspot.store import HubSpotStore


def read(store: HubSpotStore) -> dict[str, Any]:
    """All switches by name."""
    return {
        "account_type": store.account_type,
        "edition": store.edition,
        "used_today": store.limits.used_today(),
        "retry_after": store.limits.retry_after,
        "index_lag_s": store.index_lag_s,
        "auto_lifecycle": store.auto_lifecycle,
        "company_stage_to_contacts": store.writer.company_stage_to_contacts,
        "merge_keeps_primary_id": store.merge_keeps_primary_id,
        "validation": rules_json(store.writer.rules),
        "association_limits": {":".join(pair): most for pair, most in store.association_limits.items()},
    }


def change(store: HubSpotStore, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Sets the switches named, all or none, and returns all. Raises ValueError, which says what may stand."""
    for name in wanted:
        if name not in _READERS:
            raise ValueError(f"no switch {name!r}; there are {', '.join(_READERS)}")
    checked = {name: _READERS[name](value, name) for name, value in wanted.items()}
    for name, value in checked.items():
        if name == "used_today":
            store.limits.spend(value - store.limits.used_today())
        else:
            owner, attribute = _PLACES.get(name, (lambda each: each, name))
            setattr(owner(store), attribute, value)
    return read(store)


_PLACES: dict[str, tuple[Callable[[HubSpotStore], Any], str]] = {
    "retry_after": (lambda store: store.limits, "retry_after"),
    "company_stage_to_contacts": (lambda store: store.writer, "company_stage_to_contacts"),
    "validation": (lambda store: store.writer, "rules"),
}


def _flag(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f'"{name}" must be true or false')
    return value


def _account_type(value: Any, name: str) -> str:
    if value not in ACCOUNT_TYPES:
        raise ValueError(f'"{name}" must be one of {", ".join(ACCOUNT_TYPES)}')
    return str(value)


def _whole(value: Any, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f'"{name}" must be a whole number, 0 or more')
    return value


def _seconds(value: Any, name: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
        raise ValueError(f'"{name}" must be a number, 0 or more')
    return float(value)


def _edition(value: Any, name: str) -> str | None:  # noqa: ARG001
    if value is not None:
        edition_of(str(value))
    return value if value is None else str(value)


def _limits(value: Any, name: str) -> dict[Pair, int]:
    if not isinstance(value, dict):
        raise ValueError(f'"{name}" must be an object such as {{"companies:contacts": 50000}}')
    out: dict[Pair, int] = {}
    for key, most in value.items():
        first, _, second = key.partition(":")
        if (first, second) not in DEFAULT_TYPE:
            raise ValueError(f"{key!r} is no pair of object types such as companies:contacts")
        out[first, second] = _whole(most, key)
    return out


_READERS: dict[str, Callable[[Any, str], Any]] = {
    "account_type": _account_type,
    "edition": _edition,
    "used_today": _whole,
    "retry_after": _flag,
    "index_lag_s": _seconds,
    "auto_lifecycle": _flag,
    "company_stage_to_contacts": _flag,
    "merge_keeps_primary_id": _flag,
    "validation": lambda value, _name: rules_from(value),
    "association_limits": _limits,
}
