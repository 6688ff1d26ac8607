"""The switches of the simulated account, as the control interface reads and sets them.

What enters: a JSON object of switches. What leaves: all of them as they now stand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any
from zoneinfo import available_timezones

from connector.sandbox.hubspot.account import ACCOUNT_TYPES
from connector.sandbox.hubspot.edges import DEFAULT_TYPE, Pair
from connector.sandbox.hubspot.limits import edition_of
from connector.sandbox.hubspot.rules import rules_from, rules_json
from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.hubspot.switches import Switches
from connector.sandbox.switch_checks import checked, flag, one_of, or_null, seconds, whole


def read(store: HubSpotStore) -> dict[str, Any]:
    """All switches by name."""
    switches = store.switches
    own = {each.name: getattr(switches, each.name) for each in fields(switches)}
    return {
        "edition": store.edition,
        "used_today": store.limits.used_today(),
        "index_lag_s": store.index_lag_s,
        **own,
        "validation": rules_json(switches.validation),
        "association_limits": {":".join(pair): most for pair, most in switches.association_limits.items()},
    }


def change(store: HubSpotStore, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Sets the switches named, all or none, and returns all. Raises ValueError, which says what may stand."""
    for name, value in checked(wanted, _READERS).items():
        if name == "used_today":
            store.limits.spend(value - store.limits.used_today())
        else:
            setattr(store if name in ("edition", "index_lag_s") else store.switches, name, value)
    return read(store)


def _scopes(value: Any, name: str) -> list[str] | None:
    if value is not None and not (isinstance(value, list) and all(isinstance(each, str) for each in value)):
        raise ValueError(f'"{name}" must be null or a list of scopes such as crm.objects.contacts.read')
    return value


def _zone(value: Any, name: str) -> str:
    if not isinstance(value, str) or value not in available_timezones():
        raise ValueError(f'"{name}" must be a time zone such as Europe/Amsterdam')
    return value


def _edition(value: Any, _name: str) -> str:
    edition_of(str(value))
    return str(value)


def _limits(value: Any, name: str) -> dict[Pair, int]:
    if not isinstance(value, dict):
        raise ValueError(f'"{name}" must be an object such as {{"companies:contacts": 50000}}')
    out: dict[Pair, int] = {}
    for key, most in value.items():
        first, _, second = key.partition(":")
        if (first, second) not in DEFAULT_TYPE:
            raise ValueError(f"{key!r} is no pair of object types such as companies:contacts")
        out[first, second] = whole(most, key)
    return out


_FLAGS = [each.name for each in fields(Switches) if each.type == "bool"]
_READERS: dict[str, Callable[[Any, str], Any]] = {
    "account_type": one_of(*ACCOUNT_TYPES),
    "time_zone": _zone,
    "edition": or_null(_edition),
    "used_today": whole,
    "index_lag_s": seconds,
    "index_jitter_s": seconds,
    "company_lock": or_null(whole),
    "scopes": _scopes,
    **dict.fromkeys(_FLAGS, flag),
    "validation": lambda value, _name: rules_from(value),
    "association_limits": _limits,
}
