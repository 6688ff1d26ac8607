"""Communication preferences: subscriptions of an address, and the opt-out from all email.

What enters: a `Call`. What leaves: statuses. They belong to the address, not to the contact: whoever has the
address, now or later, has them.
Source: HubSpot developers, "Subscriptions" guides (v3, v4 and 2026-03). An opt-out from all cannot be taken
back through the API. Assumption: with which status and words that is refused; answers without `verbose`.
"""

from __future__ import annotations

from typing import Any

from connector.sandbox.hubspot.calls import Call, Reply
from connector.sandbox.hubspot.errors import ApiError, invalid, malformed
from connector.sandbox.hubspot.sources import SYSTEM
from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.hubspot.values import RefusedError, email, iso

SUBSCRIPTIONS = {"800000001": "Marketing Information", "800000002": "One to One"}
_CREATED = "2024-01-01T00:00:00.000Z"


def definitions(call: Call) -> Reply:
    """GET definitions: the account's subscription types (v3: subscriptionDefinitions, later: results)."""
    rows = [
        {
            "id": key,
            "name": name,
            "description": name,
            "purpose": "Marketing" if key.endswith("1") else "Sales",
            "communicationMethod": "Email",
            "isActive": True,
            "isDefault": True,
            "isInternal": key.endswith("2"),
            "createdAt": _CREATED,
            "updatedAt": _CREATED,
        }
        for key, name in SUBSCRIPTIONS.items()
    ]
    if "/v3/" in call.url_path:
        return Reply(200, {"subscriptionDefinitions": rows})
    now = iso(call.store.now_ms())
    return Reply(200, {"status": "COMPLETE", "results": rows, "startedAt": now, "completedAt": now})


def _address(text: Any) -> str:
    """Raises ApiError 400."""
    try:
        return email(str(text or ""))
    except RefusedError as refusal:
        raise invalid(refusal.problem.message, name="emailAddress") from None


def _opted_out(store: HubSpotStore, address: str) -> bool:
    return store.db.take("optout", address) is not None


def _choices(store: HubSpotStore, address: str) -> dict[str, Any]:
    return store.db.take("subscriptions", address) or {}


def _subscription(raw: Any) -> str:
    if str(raw) not in SUBSCRIPTIONS:
        raise invalid(f"Subscription {raw} does not exist", name="subscriptionId")
    return str(raw)


def _choose(store: HubSpotStore, address: str, subscription: str, status: str) -> None:
    """Raises ApiError 400 when somebody who wants no email at all would be subscribed."""
    if status == "SUBSCRIBED" and _opted_out(store, address):
        text = f"{address} has unsubscribed from all email and cannot be subscribed through the API"
        raise ApiError(400, "VALIDATION_ERROR", text)
    chosen = _choices(store, address) | {subscription: [status, iso(store.tick_ms())]}
    store.db.put("subscriptions", address, chosen)


def _opt_out(store: HubSpotStore, address: str) -> None:
    store.db.put("optout", address, iso(store.tick_ms()))
    holder = store.records.holder("contacts", "email", address)
    row = store.records.get("contacts", holder) if holder is not None else None
    if row is not None and row.props.get("email") == address:
        store.writer.update(row, {"hs_email_optout": "true"}, SYSTEM, store.now_ms())


# v4 and date-based


def statuses(call: Call) -> Reply:
    """GET statuses/{email}?channel=EMAIL."""
    address = _asked(call)
    return Reply(200, _envelope(call.store, _rows(call.store, address)))


def set_status(call: Call) -> Reply:
    """POST statuses/{email} {subscriptionId, statusState, channel}."""
    address, body = _address(call.path["address"]), call.body()
    status = body.get("statusState")
    if body.get("channel") != "EMAIL" or status not in ("SUBSCRIBED", "UNSUBSCRIBED", "NOT_SPECIFIED"):
        raise malformed("channel and statusState are required")
    subscription = _subscription(body.get("subscriptionId"))
    with call.store.db.transaction():
        _choose(call.store, address, subscription, status)
    rows = [row for row in _rows(call.store, address) if row["subscriptionId"] == int(subscription)]
    return Reply(200, _envelope(call.store, rows))


def opt_out_status(call: Call) -> Reply:
    """GET statuses/{email}/unsubscribe-all?channel=EMAIL."""
    address = _asked(call)
    row: dict[str, Any] = {
        "wideStatusType": "PORTAL_WIDE",
        "subscriberIdString": address,
        "channel": "EMAIL",
        "businessUnitId": 0,
        "status": "UNSUBSCRIBED" if _opted_out(call.store, address) else "SUBSCRIBED",
        "timestamp": call.store.db.take("optout", address) or _CREATED,
    }
    return Reply(200, _envelope(call.store, [row]))


def opt_out(call: Call) -> Reply:
    """POST statuses/{email}/unsubscribe-all?channel=EMAIL: the contact's hs_email_optout becomes true."""
    address, verbose = _asked(call), call.flag("verbose")
    with call.store.db.transaction():
        _opt_out(call.store, address)
    return Reply(200, _envelope(call.store, _rows(call.store, address) if verbose else []))


def _asked(call: Call) -> str:
    if call.first("channel") != "EMAIL":
        raise invalid("channel must be EMAIL", name="channel")
    return _address(call.path["address"])


def _rows(store: HubSpotStore, address: str) -> list[dict[str, Any]]:
    chosen, out = _choices(store, address), _opted_out(store, address)
    return [
        {
            "channel": "EMAIL",
            "source": "API",
            "status": "UNSUBSCRIBED" if out else chosen.get(key, ["NOT_SPECIFIED"])[0],
            "subscriberIdString": address,
            "subscriptionId": int(key),
            "subscriptionName": name,
            "timestamp": chosen.get(key, ["", _CREATED])[1],
            "businessUnitId": 0,
        }
        for key, name in SUBSCRIPTIONS.items()
    ]


def _envelope(store: HubSpotStore, results: list[dict[str, Any]]) -> dict[str, Any]:
    now = iso(store.now_ms())
    return {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now}


# v3


def legacy_statuses(call: Call) -> Reply:
    """GET v3 status/email/{email}."""
    address = _address(call.path["address"])
    rows = [_legacy(call.store, address, key) for key in SUBSCRIPTIONS]
    return Reply(200, {"recipient": address, "subscriptionStatuses": rows})


def _legacy(store: HubSpotStore, address: str, key: str) -> dict[str, Any]:
    """Assumption: who has not chosen is shown as subscribed, as in an account without privacy settings."""
    out = _opted_out(store, address)
    status = _choices(store, address).get(key, ["SUBSCRIBED"])[0]
    return {
        "id": key,
        "name": SUBSCRIPTIONS[key],
        "description": SUBSCRIPTIONS[key],
        "status": "NOT_SUBSCRIBED" if out or status == "UNSUBSCRIBED" else "SUBSCRIBED",
        "sourceOfStatus": "PORTAL_WIDE_STATUS" if out else "SUBSCRIPTION_STATUS",
    }


def legacy_subscribe(call: Call) -> Reply:
    """POST v3 subscribe {emailAddress, subscriptionId}; refused after an opt-out from all."""
    return _legacy_change(call, "SUBSCRIBED")


def legacy_unsubscribe(call: Call) -> Reply:
    """POST v3 unsubscribe {emailAddress, subscriptionId}."""
    return _legacy_change(call, "UNSUBSCRIBED")


def _legacy_change(call: Call, status: str) -> Reply:
    body = call.body()
    address, key = _address(body.get("emailAddress")), _subscription(body.get("subscriptionId"))
    with call.store.db.transaction():
        _choose(call.store, address, key, status)
    return Reply(200, _legacy(call.store, address, key))
