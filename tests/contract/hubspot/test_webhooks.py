"""Webhooks: signed events at a receiver of our own, with all that makes them hard to trust."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hubspot import HubSpot
from hubspot.exceptions import InvalidSignatureTimestampError
from hubspot.utils.signature import Signature
from hubspot_webhooks import SECRET, Receiver, subscribe

from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.world import World


def test_an_edit_arrives_signed(http: Any, store: HubSpotStore, receiver: Receiver, world: World) -> None:
    """HubSpot's own client accepts the signature, and refuses it for another body."""
    world.clock.set(datetime.now(UTC))
    contact = store.user_create("contacts", {"email": "jan@firma.nl"})
    subscribe(http, receiver, "contact.propertyChange city")
    store.user_edit("contacts", contact, {"city": "Gent", "phone": "09 123"})
    headers, body = receiver.arrived.get(timeout=10)
    (event,) = orjson.loads(body)
    assert (event["objectId"], event["propertyName"], event["propertyValue"]) == (
        int(contact),
        "city",
        "Gent",
    )
    assert (event["subscriptionType"], event["changeSource"], event["attemptNumber"]) == (
        "contact.propertyChange",
        "CRM_UI",
        0,
    )

    def valid(text: str) -> bool:
        return bool(
            Signature.is_valid(
                signature=headers["X-HubSpot-Signature-v3"],
                client_secret=SECRET,
                request_body=text,
                http_uri=receiver.url,
                signature_version="v3",
                timestamp=headers["X-HubSpot-Request-Timestamp"],
            )
        )

    assert valid(body.decode())
    assert not valid(body.decode() + " ")


def test_an_encoded_address_is_signed_as_it_reads_decoded(
    http: Any, store: HubSpotStore, receiver: Receiver, world: World
) -> None:
    """Who checks a signature must decode first: HubSpot's own client does not."""
    world.clock.set(datetime.now(UTC))
    receiver.url = receiver.url.replace("?x=1", "/a%3Ab?x=%2fc%20d")
    subscribe(http, receiver, "contact.creation")
    store.user_create("contacts", {"email": "jan@firma.nl"})
    headers, body = receiver.arrived.get(timeout=10)

    def valid(url: str) -> bool:
        return bool(
            Signature.is_valid(
                signature=headers["X-HubSpot-Signature-v3"],
                client_secret=SECRET,
                request_body=body.decode(),
                http_uri=url,
                signature_version="v3",
                timestamp=headers["X-HubSpot-Request-Timestamp"],
            )
        )

    assert not valid(receiver.url)
    assert valid(receiver.url.replace("%3A", ":").replace("%2f", "/"))


def test_an_old_request_is_not_to_be_believed(
    http: Any, store: HubSpotStore, receiver: Receiver, world: World
) -> None:
    """The time of sending is signed too: after five minutes HubSpot's client refuses."""
    world.clock.set(datetime.now(UTC) - timedelta(minutes=6))
    subscribe(http, receiver, "contact.creation")
    store.user_create("contacts", {"email": "jan@firma.nl"})
    headers, body = receiver.arrived.get(timeout=10)
    with pytest.raises(InvalidSignatureTimestampError):
        Signature.is_valid(
            signature=headers["X-HubSpot-Signature-v3"],
            client_secret=SECRET,
            request_body=body.decode(),
            http_uri=receiver.url,
            signature_version="v3",
            timestamp=headers["X-HubSpot-Request-Timestamp"],
        )


def test_the_source_tells_our_own_writes_apart(http: Any, store: HubSpotStore, receiver: Receiver) -> None:
    contact = store.user_create("contacts", {"email": "jan@firma.nl"})
    subscribe(http, receiver, "contact.propertyChange city")
    http("PATCH", f"/crm/v3/objects/contacts/{contact}", {"properties": {"city": "Gent"}})
    assert receiver.next()[0]["changeSource"] == "INTEGRATION"


def test_the_app_that_wrote_is_named(http: Any, store: HubSpotStore, receiver: Receiver) -> None:
    """Own echoes can be told from the writes of other integrations, and from those of people."""
    store.allow("other")
    contact = store.user_create("contacts", {"email": "jan@firma.nl"})
    subscribe(http, receiver, "contact.propertyChange city", "contact.deletion")
    path = f"/crm/v3/objects/contacts/{contact}"
    for token, city in (("sandbox", "Gent"), ("other", "Brugge")):
        http("PATCH", path, {"properties": {"city": city}}, token=token)
    told = [*receiver.next()]
    while len(told) < 2:
        told += receiver.next()
    assert [(event["changeSource"], event["sourceId"]) for event in told] == [
        ("INTEGRATION", "sandbox"),
        ("INTEGRATION", "other"),
    ]
    store.user_archive("contacts", contact)
    assert receiver.next()[0]["changeSource"] == "CRM_UI"


def test_clearing_a_stage_and_setting_it_are_two_events(
    http: Any, store: HubSpotStore, receiver: Receiver
) -> None:
    contact = store.user_create("contacts", {"email": "jan@firma.nl", "lifecyclestage": "customer"})
    subscribe(http, receiver, "contact.propertyChange lifecyclestage")
    path = f"/crm/v3/objects/contacts/{contact}"
    told = []
    for stage in ("", "lead"):
        http("PATCH", path, {"properties": {"lifecyclestage": stage}})
        told += receiver.next()
    assert [event["propertyValue"] for event in told] == ["", "lead"]


def test_associations_are_told_from_both_ends_and_only_to_who_asks(
    http: Any, client: HubSpot, store: HubSpotStore, receiver: Receiver
) -> None:
    """A change of the record itself is not told: lists of associations must be read afresh."""
    contact = store.user_create("contacts", {"email": "jan@firma.nl"})
    company = store.user_create("companies", {"name": "Firma"})
    kinds = ("contact.associationChange", "company.associationChange", "company.propertyChange name")
    subscribe(http, receiver, *kinds)
    api = client.crm.associations.v4.basic_api
    api.create_default("contacts", contact, "companies", company)
    first, second = receiver.next()
    assert {name: first[name] for name in ("associationType", "fromObjectId", "toObjectId")} == {
        "associationType": "CONTACT_TO_COMPANY",
        "fromObjectId": int(contact),
        "toObjectId": int(company),
    }
    assert (first["associationRemoved"], first["isPrimaryAssociation"]) == (False, True)
    assert (second["associationType"], second["fromObjectId"]) == ("COMPANY_TO_CONTACT", int(company))
    api.create_default("contacts", contact, "companies", company)
    api.archive("contacts", contact, "companies", company)
    assert [event["associationRemoved"] for event in receiver.next()] == [True, True]
    api.archive("contacts", contact, "companies", company)
    api.create_default("contacts", contact, "companies", company)
    assert [event["associationRemoved"] for event in receiver.next()] == [False, False]


def test_at_most_a_hundred_events_come_in_one_request(
    http: Any, store: HubSpotStore, receiver: Receiver
) -> None:
    subscribe(http, receiver, "contact.creation")
    with store.db.transaction():
        for n in range(150):
            store.user_create("contacts", {"email": f"p{n}@firma.nl"})
    sizes: list[int] = []
    while sum(sizes) < 150:
        sizes.append(len(receiver.next()))
    assert max(sizes) <= 100


def test_a_write_that_failed_tells_nothing(http: Any, store: HubSpotStore, receiver: Receiver) -> None:
    """The good row of a batch that was refused as a whole is not told of."""
    subscribe(http, receiver, "contact.creation", "contact.deletion")
    rows = [{"properties": {"email": "a@firma.nl"}}, {"properties": {"unicorn": "1"}}]
    assert http("POST", "/crm/v3/objects/contacts/batch/create", {"inputs": rows}).status == 400
    contact = store.user_create("contacts", {"email": "jan@firma.nl"})
    assert [event["objectId"] for event in receiver.next()] == [int(contact)]


def test_a_merge_names_the_old_and_the_new_id(http: Any, store: HubSpotStore, receiver: Receiver) -> None:
    """Both old records are told as deleted; the survivor's values are not told at all."""
    first, second = (store.user_create("contacts", {"email": f"p{n}@firma.nl"}) for n in range(2))
    kinds = ("contact.merge", "contact.deletion", "contact.creation", "contact.propertyChange email")
    subscribe(http, receiver, *kinds)
    survivor = store.merge("contacts", first, second)
    *gone, event = receiver.next()
    assert [(each["subscriptionType"], each["objectId"]) for each in gone] == [
        ("contact.deletion", int(first)),
        ("contact.deletion", int(second)),
    ]
    assert event["numberOfPropertiesMoved"] == 2  # email and its domain
    assert (event["primaryObjectId"], event["mergedObjectIds"], event["newObjectId"]) == (
        int(first),
        [int(second)],
        int(survivor),
    )


def test_a_refused_event_comes_again_later(
    http: Any, store: HubSpotStore, receiver: Receiver, world: World
) -> None:
    subscribe(http, receiver, "contact.creation")
    receiver.status = 500
    store.user_create("contacts", {"email": "jan@firma.nl"})
    assert receiver.next()[0]["attemptNumber"] == 0
    receiver.status = 200
    world.clock.advance(61)
    assert receiver.next()[0]["attemptNumber"] == 1


def test_after_ten_retries_in_a_day_an_event_is_given_up(
    http: Any, store: HubSpotStore, receiver: Receiver, world: World
) -> None:
    subscribe(http, receiver, "contact.creation")
    receiver.status = 404
    store.user_create("contacts", {"email": "jan@firma.nl"})
    attempts = [receiver.next()[0]["attemptNumber"]]
    for _ in range(10):
        world.clock.advance(24 * 3600 / 4)
        attempts.append(receiver.next()[0]["attemptNumber"])
    assert attempts == list(range(11))
    receiver.status = 200
    world.clock.advance(24 * 3600)
    second = store.user_create("contacts", {"email": "els@firma.nl"})
    assert [event["objectId"] for event in receiver.next()] == [int(second)]
    assert http("GET", "/_sandbox/webhooks").body["refused"] == 1


def test_events_come_twice_and_in_reverse(http: Any, store: HubSpotStore, receiver: Receiver) -> None:
    subscribe(http, receiver, "contact.creation", duplicates=True, reverse=True)
    with store.db.transaction():
        ids = [int(store.user_create("contacts", {"email": f"p{n}@firma.nl"})) for n in range(3)]
    first, second = receiver.next(), receiver.next()
    assert [event["objectId"] for event in first] == ids[::-1]
    assert second == first


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://example.com/hook"},
        {"url": "https://127.0.0.1/hook"},
        {"url": "http://127.0.0.1:99999/hook"},
        {"url": None},
        {"app_id": "one"},
        {"secret": 1},
        {"subscriptions": [{"subscriptionType": "unicorn.creation"}]},
        {"subscriptions": [{"subscriptionType": "contact.propertyChange"}]},
        {"subscriptions": [{"subscriptionType": "contact.creation", "propertyName": "city"}]},
        {
            "subscriptions": [
                {"subscriptionType": "company.propertyChange", "propertyName": "hs_lastmodifieddate"}
            ]
        },
    ],
)
def test_a_subscription_that_makes_no_sense_is_refused(http: Any, wrong: dict[str, Any]) -> None:
    usual = {"url": "http://127.0.0.1:9/x", "secret": "x", "subscriptions": []}
    assert http("POST", "/_sandbox/webhooks", usual | wrong).status == 400
    assert http("GET", "/_sandbox/webhooks").body["url"] is None
