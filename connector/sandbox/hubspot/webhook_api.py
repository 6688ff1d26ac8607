"""Routes of the webhooks API (v3): the address of an app, and what it subscribes to.

What enters: a `Call` with a developer key (`hapikey`) in place of a token. What leaves: settings and
subscriptions, which survive a restart. The key is `sandbox`, the app has the id 1, and only http addresses on
this machine are accepted.
Source: HubSpot developers, "Webhooks API" guide. Assumption: the statuses for what is not there.
"""

from __future__ import annotations

from typing import Any

from connector.sandbox.hubspot.calls import Call, Reply
from connector.sandbox.hubspot.errors import ApiError, invalid, not_found, unauthorized
from connector.sandbox.hubspot.oauth import APP_ID
from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.hubspot.tokens import CLIENT_SECRET
from connector.sandbox.hubspot.values import iso
from connector.sandbox.hubspot.webhooks import MAX_SUBSCRIPTIONS, Target, subscription_of, target_from

DEVELOPER_KEY = "sandbox"
_SETTINGS, _SUBSCRIPTION = "webhook settings", "webhook subscription"
MOST_CONCURRENT = 10


def _store(call: Call) -> HubSpotStore:
    """The account, for somebody with the developer key. Raises ApiError 401 or 404."""
    if call.first("hapikey") != DEVELOPER_KEY:
        raise unauthorized()
    if call.path["app_id"] != str(APP_ID):
        raise not_found(f"App {call.path['app_id']} does not exist")
    return call.store


def restore(store: HubSpotStore) -> None:
    """Goes on with what an earlier run of this account was told. To be called once, at the start."""
    if store.db.take(_SETTINGS, str(APP_ID)) is not None:
        _apply(store)


def _apply(store: HubSpotStore) -> None:
    """Tells the sender what now holds: without an address nothing is sent."""
    settings = store.db.take(_SETTINGS, str(APP_ID))
    store.webhooks.change(None if settings is None else _target(store, settings["targetUrl"]))


def _target(store: HubSpotStore, url: str) -> Target:
    rows = store.db.documents(_SUBSCRIPTION).values()
    active = {subscription_of(_wanted(row)): int(row["id"]) for row in rows if row["active"]}
    return Target(url, CLIENT_SECRET, APP_ID, active)


def _wanted(row: dict[str, Any]) -> dict[str, Any]:
    name = row.get("propertyName")
    return {"subscriptionType": row.get("eventType")} | ({"propertyName": name} if name else {})


# The address


def get_settings(call: Call) -> Reply:
    """GET settings: 200, or 404 before they are made."""
    found = _store(call).db.take(_SETTINGS, call.path["app_id"])
    if found is None:
        raise not_found("No settings exist for this app")
    return Reply(200, found)


def put_settings(call: Call) -> Reply:
    """PUT settings {targetUrl, throttling: {maxConcurrentRequests}}: 200."""
    store, body = _store(call), call.body()
    throttling = body.get("throttling")
    most = throttling.get("maxConcurrentRequests") if isinstance(throttling, dict) else None
    if not isinstance(most, int) or isinstance(most, bool) or not 1 <= most <= MOST_CONCURRENT:
        text = f"maxConcurrentRequests must be between 1 and {MOST_CONCURRENT}"
        raise invalid(text, name="throttling")
    try:
        url = target_from({"url": body.get("targetUrl"), "secret": CLIENT_SECRET, "subscriptions": []}).url
    except ValueError as error:
        raise invalid(str(error), name="targetUrl") from None
    now = iso(store.now_ms())
    before = store.db.take(_SETTINGS, call.path["app_id"]) or {"createdAt": now}
    fresh = {"targetUrl": url, "throttling": {"maxConcurrentRequests": most}, "updatedAt": now}
    with store.db.transaction():
        store.db.put(_SETTINGS, call.path["app_id"], before | fresh)
    _apply(store)
    return Reply(200, before | fresh)


def delete_settings(call: Call) -> Reply:
    """DELETE settings: 204; nothing is sent any more."""
    store = _store(call)
    with store.db.transaction():
        store.db.drop(_SETTINGS, call.path["app_id"])
    _apply(store)
    return Reply(204)


# Subscriptions


def get_subscriptions(call: Call) -> Reply:
    """GET subscriptions."""
    return Reply(200, {"results": list(_store(call).db.documents(_SUBSCRIPTION).values())})


def get_subscription(call: Call) -> Reply:
    """GET one subscription."""
    return Reply(200, _found(_store(call), call.path["subscription_id"]))


def _found(store: HubSpotStore, subscription_id: str) -> dict[str, Any]:
    found: dict[str, Any] | None = store.db.take(_SUBSCRIPTION, subscription_id)
    if found is None:
        raise not_found(f"Subscription {subscription_id} does not exist")
    return found


def create_subscription(call: Call) -> Reply:
    """POST {eventType, propertyName?, active?}: 201; 409 for one that there is."""
    store, body = _store(call), call.body()
    try:
        wanted = subscription_of(_wanted(body))
    except ValueError as error:
        raise invalid(str(error), name="eventType") from None
    known = store.db.documents(_SUBSCRIPTION).values()
    if len(known) >= MAX_SUBSCRIPTIONS:
        raise invalid(f"An app has at most {MAX_SUBSCRIPTIONS} subscriptions")
    if wanted in [subscription_of(_wanted(row)) for row in known]:
        raise ApiError(409, "CONFLICT", f"There is a subscription to {wanted[0]} already")
    with store.db.transaction():
        row: dict[str, Any] = {
            "id": str(store.records.next_id("subscription") + 1_000),
            "eventType": wanted[0],
            **({"propertyName": wanted[1]} if wanted[1] else {}),
            "active": body.get("active") is True,
            "createdAt": iso(store.now_ms()),
        }
        store.db.put(_SUBSCRIPTION, row["id"], row)
    _apply(store)
    return Reply(201, row)


def change_subscription(call: Call) -> Reply:
    """PATCH {active}: 200; nothing else can be changed."""
    store = _store(call)
    row = _switched(store, call.path["subscription_id"], call.body().get("active"))
    _apply(store)
    return Reply(200, row)


def _switched(store: HubSpotStore, subscription_id: str, active: Any) -> dict[str, Any]:
    if not isinstance(active, bool):
        raise invalid("active must be true or false", name="active")
    row = _found(store, subscription_id) | {"active": active, "updatedAt": iso(store.now_ms())}
    with store.db.transaction():
        store.db.put(_SUBSCRIPTION, subscription_id, row)
    return row


def batch_update(call: Call) -> Reply:
    """POST batch/update {inputs: [{id, active}]}: 200."""
    store, started = _store(call), iso(call.store.now_ms())
    with store.db.transaction():
        rows = [
            _switched(store, str(row.get("id")), row.get("active")) for row in call.inputs(MAX_SUBSCRIPTIONS)
        ]
    _apply(store)
    done = iso(store.now_ms())
    return Reply(200, {"status": "COMPLETE", "results": rows, "startedAt": started, "completedAt": done})


def delete_subscription(call: Call) -> Reply:
    """DELETE: 204."""
    store = _store(call)
    with store.db.transaction():
        store.db.drop(_SUBSCRIPTION, _found(store, call.path["subscription_id"])["id"])
    _apply(store)
    return Reply(204)
