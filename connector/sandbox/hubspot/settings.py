"""The switches of the simulated account, as the control interface reads and sets them.

What enters: a JSON object of switches. What leaves: all of them as they now stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.sandbox.hubspot.limits import edition_of
from connector.sandbox.hubspot.store import HubSpotStore

_FLAGS = ("auto_lifecycle", "merge_keeps_primary_id")


def read(store: HubSpotStore) -> dict[str, Any]:
    """All switches by name."""
    flags = {name: getattr(store, name) for name in _FLAGS}
    flags["company_stage_to_contacts"] = store.writer.company_stage_to_contacts
    flags["retry_after"] = store.limits.retry_after
    flags["used_today"] = store.limits.used_today()
    return {"edition": store.edition, "index_lag_s": store.index_lag_s, **flags}


def change(store: HubSpotStore, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Sets the switches named, all or none, and returns all. Raises ValueError, which says what may stand."""
    present = read(store)
    for name, value in wanted.items():
        if name not in present:
            raise ValueError(f"no switch {name!r}; there are {', '.join(present)}")
        _check(name, value)
    for name, value in wanted.items():
        owner: Any = store
        if name == "used_today":
            store.limits.spend(int(value) - store.limits.used_today())
            continue
        if name == "company_stage_to_contacts":
            owner = store.writer
        elif name == "retry_after":
            owner = store.limits
        setattr(owner, name, value)
    return read(store)


def _check(name: str, value: Any) -> None:
    if name == "edition":
        if value is not None:
            edition_of(str(value))
    elif name in ("index_lag_s", "used_today"):
        if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
            raise ValueError(f'"{name}" must be a number, 0 or more')
    elif not isinstance(value, bool):
        raise ValueError(f'"{name}" must be true or false')
