"""The switches of the simulated org, read and changed by request (`/_sandbox/settings`).

What enters: a JSON object of switches. What leaves: all of them as they now stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from connector.sandbox.salesforce import change_events
from connector.sandbox.salesforce.feature_switches import FEATURE_SWITCHES
from connector.sandbox.salesforce.limits import Rolling, edition_of
from connector.sandbox.salesforce.org import PERMISSIONS
from connector.sandbox.salesforce.rule_switches import RULE_SWITCHES
from connector.sandbox.salesforce.store import SalesforceStore
from connector.sandbox.salesforce.switches import Switch, attribute, of_limits, of_organization, record_id
from connector.sandbox.switch_checks import (
    Check,
    by_key,
    checked,
    each,
    fields_of,
    flag,
    or_null,
    positive,
    seconds,
    text,
    up_to,
    whole,
)

MOST_REQUESTS, MOST_DAYS = 10_000, 36_500


def read(store: SalesforceStore) -> dict[str, Any]:
    """All switches by name."""
    return {name: switch.read(store) for name, switch in SWITCHES.items()}


def change(store: SalesforceStore, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Sets the switches named, all or none, and returns all. Raises ValueError, which says what may stand."""
    found = checked(wanted, {name: switch.check for name, switch in SWITCHES.items()})
    for name, value in found.items():
        SWITCHES[name].suits(store, value)
    for name, value in found.items():
        SWITCHES[name].put(store, value)
    return read(store)


def _edition(value: Any, _name: str) -> str:
    edition_of(str(value))
    return str(value)


def _long_requests(value: Any, name: str) -> tuple[int, float | None]:
    """A number, or a number for some time."""
    running = up_to(MOST_REQUESTS)
    if not isinstance(value, dict):
        return running(value, name), None
    given = fields_of(value, name, {"running": True, "for_s": True})
    return running(given["running"], f"{name}.running"), seconds(given["for_s"], f"{name}.for_s")


def _keep_in_bin(store: SalesforceStore, days: int) -> None:
    """Another time in the recycle bin, at once."""
    store.bin_days, store.kept_up_to = days, None


def _change_types(value: Any, name: str) -> list[str]:
    wanted = each(text)(value, name)
    if set(wanted) - change_events.TYPES or len(set(wanted)) > change_events.MOST_TYPES:
        known = ", ".join(sorted(change_events.TYPES))
        raise ValueError(f'"{name}" must be at most {change_events.MOST_TYPES} out of {known}')
    return list(wanted)


def _permission(value: Any, name: str) -> str:
    if value not in PERMISSIONS:
        raise ValueError(f'"{name}" must be a list out of {", ".join(PERMISSIONS)}')
    return str(value)


def _public_key(value: Any, name: str) -> str:
    from cryptography.exceptions import UnsupportedAlgorithm  # loaded by who registers a key
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        load_pem_public_key(text(value, name).encode())
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError(f'"{name}" must be a public key in PEM') from None
    return str(value)


def _lock(store: SalesforceStore, wanted: Mapping[str, float | None]) -> None:
    """Others hold these records, with the parents that writing them takes, and no others."""
    store.locks.release()
    for key, left in wanted.items():
        kind = store.catalog.everything.by_prefix(key)
        if kind is not None and store.get(kind.name, key) is not None:
            store.lock(kind.name, key, left)


def _of_jobs(name: str, check: Check) -> Switch:
    """A switch that is an attribute of the bulk jobs."""
    return Switch(
        lambda store: getattr(store.jobs, name),
        check,
        lambda store, value: setattr(store.jobs, name, value),
    )


def _counted(name: str) -> Switch:
    """What was used of an allowance in the last 24 hours."""

    def put(store: SalesforceStore, value: int) -> None:
        counted: Rolling = getattr(store.limits, name)
        counted.add(value - counted.used())

    return Switch(lambda store: getattr(store.limits, name).used(), whole, put)


def _length(path: str, name: str) -> Switch:
    """A length of time in seconds: `path` is where it stands, the org or a part of it."""

    def owner(store: SalesforceStore) -> Any:
        return store if path == "org" else getattr(store, path)

    return Switch(
        lambda store: getattr(owner(store), name).total_seconds(),
        seconds,
        lambda store, value: setattr(owner(store), name, timedelta(seconds=value)),
    )


SWITCHES: dict[str, Switch] = {
    "organization_type": of_organization("OrganizationType", text),
    "is_sandbox": of_organization("IsSandbox", flag),
    "edition": of_limits("edition", or_null(_edition)),
    "licences": of_limits("licences", whole),
    "used_today": Switch(
        lambda store: store.limits.used(),
        whole,
        lambda store, value: store.limits.others.add(value - store.limits.used()),
    ),
    "app_allowance": of_limits("app_allowance", or_null(whole)),
    "usage_lag_s": _length("limits", "lag"),
    "long_requests": Switch(
        lambda store: store.limits.long_requests(),
        _long_requests,
        lambda store, value: store.limits.occupy(*value),
    ),
    "apex_convert": attribute("apex_convert", flag),
    "storage_mb": attribute("storage_mb", or_null(whole)),
    "permissions": Switch(
        lambda store: sorted(store.permissions),
        each(_permission),
        lambda store, value: setattr(store, "permissions", set(value)),
    ),
    "hidden_rows": Switch(
        lambda store: sorted(store.view.hidden_rows),
        each(record_id),
        lambda store, value: store.share(hidden=value),
    ),
    "read_only_rows": Switch(
        lambda store: sorted(store.view.read_only_rows),
        each(record_id),
        lambda store, value: store.share(read_only=value),
    ),
    "locks": Switch(lambda store: store.locks.held(), by_key(record_id, or_null(seconds)), _lock),
    "late_commit_s": _length("org", "late_commit"),
    "replication_lag_s": _length("org", "replication_lag"),
    "bulk_contention": _of_jobs("contention", flag),
    "bulk_fails_at": _of_jobs("fails_at", or_null(whole)),
    "bulk_batch_rows": _of_jobs("batch_rows", positive),
    "bulk_most_bytes": _of_jobs("most_bytes", whole),
    "bulk_batches_used": _counted("bulk_batches"),
    "query_jobs_used": _counted("query_jobs"),
    "page_rows": attribute("page_rows", or_null(positive)),
    "locators_live_s": _length("cursors", "lifetime"),
    "change_events": Switch(change_events.chosen, _change_types, change_events.choose),
    "change_gaps": Switch(
        lambda store: store.db.changes.now.gap,
        flag,
        lambda store, value: setattr(store.db.changes.now, "gap", value),
    ),
    "jwt_key": Switch(
        lambda store: store.trusted_key("sandbox"),
        _public_key,
        lambda store, value: store.trust_key(value),
    ),
    "bin_days": Switch(lambda store: store.bin_days, up_to(MOST_DAYS), _keep_in_bin),
    **RULE_SWITCHES,
    **FEATURE_SWITCHES,
}
