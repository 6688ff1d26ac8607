"""Routes of the limits-tracking API, as far as associations go: which records are near or at their limit.

What enters: a `Call`. What leaves: object types, or records, that use 80 % of a limit or more; and the order
for the report of them, which HubSpot sends by email (here it goes nowhere).
Source: HubSpot developers, "Limits tracking" guide, "Associations v4" guide (high usage report). Assumption:
the fields of a single record.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connector.sandbox.hubspot.calls import Call, Reply
from connector.sandbox.hubspot.catalog import OBJECT_TYPES, SINGULAR
from connector.sandbox.hubspot.edges import Pair
from connector.sandbox.hubspot.errors import not_found
from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.hubspot.values import iso

NEAR = 0.8


def _full(store: HubSpotStore, pair: Pair, most: int) -> list[tuple[int, int]]:
    """(record, how many it has) of those near the limit, the fullest first."""
    return [row for row in store.edges.fullest(pair) if row[1] >= NEAR * most]


def _pairs(call: Call) -> Iterator[tuple[Pair, int, list[tuple[int, int]]]]:
    for pair, most in call.store.switches.association_limits.items():
        yield pair, most, _full(call.store, pair, most)


def _type_row(name: str, most: int, found: list[tuple[int, int]]) -> dict[str, Any]:
    return {
        "objectTypeId": OBJECT_TYPES[name],
        "singularLabel": SINGULAR[name].capitalize(),
        "pluralLabel": name.capitalize(),
        "hasRecordsNearLimit": any(count < most for _, count in found),
        "hasRecordsAtLimit": any(count >= most for _, count in found),
    }


def from_types(call: Call) -> Reply:
    """GET limits/associations/records/from: types that have such records."""
    rows = [_type_row(pair[0], most, found) for pair, most, found in _pairs(call) if found]
    return Reply(200, {"results": rows})


def to_types(call: Call) -> Reply:
    """GET limits/associations/records/{from}/to: types to which records of one type have too many."""
    name = call.object_type()
    rows = [
        _type_row(pair[1], most, found) for pair, most, found in _pairs(call) if found and pair[0] == name
    ]
    return Reply(200, {"results": rows})


def records(call: Call) -> Reply:
    """GET limits/associations/records/{from}/{to}: the records themselves."""
    wanted = (call.object_type(), call.object_type("to_type"))
    rows = [
        {"objectId": str(record_id), "usage": count, "limit": most, "percentage": 100 * count / max(most, 1)}
        for pair, most, found in _pairs(call)
        if pair == wanted
        for record_id, count in found
    ]
    return Reply(200, {"results": rows})


def order_report(call: Call) -> Reply:
    """POST associations/usage/high-usage-report/{userId}: 200 with when it was ordered, and for whom."""
    user_id = call.path["user_id"]
    for owner in call.store.schema.owners.values():
        if str(owner["userIdIncludingInactive"]) == user_id:
            body = {
                "userId": int(user_id),
                "userEmail": owner["email"],
                "enqueueTime": iso(call.store.now_ms()),
            }
            return Reply(200, body)
    raise not_found(f"User {user_id} does not exist")
