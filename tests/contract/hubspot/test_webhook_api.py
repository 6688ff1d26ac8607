"""An app sets its webhooks up by itself, with the developer's key and HubSpot's own client."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hubspot import HubSpot
from hubspot.webhooks.exceptions import ApiException
from hubspot_webhooks import Receiver

from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.serve import start
from connector.sandbox.world import World

APP = 1
ONE_AT_A_TIME = {"maxConcurrentRequests": 1}


@pytest.fixture
def developer(base_url: str) -> HubSpot:
    """HubSpot's client with a developer key."""
    return HubSpot(api_key="sandbox", host=base_url, retry=False)


def subscribed(developer: HubSpot, kind: str, name: str | None = None) -> str:
    """Subscribes; returns the id."""
    body = {"eventType": kind, "active": True, **({"propertyName": name} if name else {})}
    return str(developer.webhooks.subscriptions_api.create(APP, body).id)


def test_an_app_gets_what_it_subscribes_to(
    developer: HubSpot, store: HubSpotStore, receiver: Receiver
) -> None:
    settings = developer.webhooks.settings_api
    with pytest.raises(ApiException, match="404"):
        settings.get_all(APP)
    settings.configure(APP, {"targetUrl": receiver.url, "throttling": ONE_AT_A_TIME})
    assert settings.get_all(APP).target_url == receiver.url
    first = subscribed(developer, "contact.creation")
    contact = store.user_create("contacts", {"email": "jan@firma.nl"})
    (event,) = receiver.next()
    assert (event["subscriptionId"], event["appId"], event["objectId"]) == (int(first), APP, int(contact))


def test_subscriptions_are_paused_listed_and_ended(
    developer: HubSpot, store: HubSpotStore, receiver: Receiver
) -> None:
    api = developer.webhooks.subscriptions_api
    developer.webhooks.settings_api.configure(APP, {"targetUrl": receiver.url, "throttling": ONE_AT_A_TIME})
    city, phone = (subscribed(developer, "contact.propertyChange", name) for name in ("city", "phone"))
    contact = store.user_create("contacts", {"email": "jan@firma.nl"})
    api.update(city, APP, {"active": False})
    store.user_edit("contacts", contact, {"city": "Gent", "phone": "1"})
    assert [event["propertyName"] for event in receiver.next()] == ["phone"]
    api.update_batch(APP, {"inputs": [{"id": city, "active": True}, {"id": phone, "active": False}]})
    store.user_edit("contacts", contact, {"city": "Brugge", "phone": "2"})
    assert [event["propertyName"] for event in receiver.next()] == ["city"]
    assert [(row.id, row.active) for row in api.get_all(APP).results] == [(city, True), (phone, False)]
    assert api.get_by_id(phone, APP).property_name == "phone"
    api.archive(city, APP)
    with pytest.raises(ApiException, match="404"):
        api.get_by_id(city, APP)


def test_without_an_address_nothing_is_sent(
    developer: HubSpot, store: HubSpotStore, receiver: Receiver
) -> None:
    settings = developer.webhooks.settings_api
    subscribed(developer, "contact.creation")
    store.user_create("contacts", {"email": "jan@firma.nl"})
    settings.configure(APP, {"targetUrl": receiver.url, "throttling": ONE_AT_A_TIME})
    second = store.user_create("contacts", {"email": "els@firma.nl"})
    assert [event["objectId"] for event in receiver.next()] == [int(second)]
    settings.clear(APP)
    assert store.webhooks.target is None


def test_a_restarted_account_goes_on_sending(receiver: Receiver, tmp_path: Path) -> None:
    world = World(tmp_path)
    with start(world) as running:
        developer = HubSpot(api_key="sandbox", host=running.hubspot_url, retry=False)
        developer.webhooks.settings_api.configure(
            APP, {"targetUrl": receiver.url, "throttling": ONE_AT_A_TIME}
        )
        subscribed(developer, "contact.creation")
    world.close()
    again = World(tmp_path)
    with start(again):
        contact = again.hubspot.user_create("contacts", {"email": "jan@firma.nl"})
        assert [event["objectId"] for event in receiver.next()] == [int(contact)]
    again.close()


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/webhooks/v3/1/settings", None, 401),
        ("GET", "/webhooks/v3/7/settings?hapikey=sandbox", None, 404),
        ("PUT", "/webhooks/v3/1/settings?hapikey=sandbox", {"targetUrl": "https://example.com"}, 400),
        (
            "PUT",
            "/webhooks/v3/1/settings?hapikey=sandbox",
            {"targetUrl": "https://example.com", "throttling": ONE_AT_A_TIME},
            400,
        ),
        ("POST", "/webhooks/v3/1/subscriptions?hapikey=sandbox", {"eventType": "unicorn.creation"}, 400),
        (
            "POST",
            "/webhooks/v3/1/subscriptions?hapikey=sandbox",
            {"eventType": "contact.propertyChange"},
            400,
        ),
        (
            "POST",
            "/webhooks/v3/1/subscriptions?hapikey=sandbox",
            {"eventType": "contact.propertyChange", "propertyName": "lastmodifieddate"},
            400,
        ),
        ("PATCH", "/webhooks/v3/1/subscriptions/5?hapikey=sandbox", {"active": True}, 404),
        ("PATCH", "/webhooks/v3/1/subscriptions/5?hapikey=sandbox", {"active": "yes"}, 400),
    ],
)
def test_what_is_refused_to_an_app(http: Any, method: str, path: str, body: Any, status: int) -> None:
    assert http(method, path, body, token=None).status == status


def test_a_second_subscription_to_the_same_is_a_conflict(developer: HubSpot) -> None:
    subscribed(developer, "contact.creation")
    with pytest.raises(ApiException, match="409"):
        subscribed(developer, "contact.creation")


def test_an_app_has_at_most_a_thousand_subscriptions(developer: HubSpot, store: HubSpotStore) -> None:
    with store.db.transaction():
        for n in range(1000):
            row = {
                "id": str(n),
                "eventType": "contact.propertyChange",
                "propertyName": f"p{n}",
                "active": False,
            }
            store.db.put("webhook subscription", str(n), row)
    with pytest.raises(ApiException, match="at most 1000"):
        subscribed(developer, "contact.creation")
