"""Webhooks: signed events at a receiver of our own, with all that makes them hard to trust."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from typing import Any

import orjson
import pytest
from hubspot.utils.signature import Signature

from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.world import World

SECRET = "geheim"


class Receiver:
    """What arrived, and how it is answered."""

    def __init__(self) -> None:
        self.arrived: Queue[tuple[dict[str, str], bytes]] = Queue()
        self.status = 200
        receiver = self

        class Answer(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # noqa: N802
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(receiver.status)
                self.end_headers()
                receiver.arrived.put((dict(self.headers), body))

            def log_message(self, *_: Any) -> None:
                """Silent."""

        self.server = HTTPServer(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hubspot?x=1"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def next(self) -> list[dict[str, Any]]:
        """The events of the next request."""
        events: list[dict[str, Any]] = orjson.loads(self.arrived.get(timeout=10)[1])
        return events


@pytest.fixture
def receiver(world: World) -> Iterator[Receiver]:
    """A receiver on a free port; webhooks are off again afterwards."""
    receiver = Receiver()
    yield receiver
    world.hubspot.webhooks.configure(None)
    receiver.server.shutdown()
    receiver.server.server_close()
    receiver.thread.join()


def subscribe(http: Any, receiver: Receiver, *kinds: str, **more: Any) -> None:
    """Subscribes to "contact.creation", or to "contact.propertyChange city"."""
    rows = []
    for kind in kinds:
        event, _, name = kind.partition(" ")
        rows.append({"subscriptionType": event} | ({"propertyName": name} if name else {}))
    body = {"url": receiver.url, "secret": SECRET, "subscriptions": rows, **more}
    assert http("POST", "/_sandbox/webhooks", body).status == 200


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


def test_the_source_tells_our_own_writes_apart(http: Any, store: HubSpotStore, receiver: Receiver) -> None:
    contact = store.user_create("contacts", {"email": "jan@firma.nl"})
    subscribe(http, receiver, "contact.propertyChange city")
    http("PATCH", f"/crm/v3/objects/contacts/{contact}", {"properties": {"city": "Gent"}})
    assert receiver.next()[0]["changeSource"] == "INTEGRATION"


def test_a_write_that_failed_tells_nothing(http: Any, store: HubSpotStore, receiver: Receiver) -> None:
    """The good row of a batch that was refused as a whole is not told of."""
    subscribe(http, receiver, "contact.creation", "contact.deletion")
    rows = [{"properties": {"email": "a@firma.nl"}}, {"properties": {"unicorn": "1"}}]
    assert http("POST", "/crm/v3/objects/contacts/batch/create", {"inputs": rows}).status == 400
    contact = store.user_create("contacts", {"email": "jan@firma.nl"})
    assert [event["objectId"] for event in receiver.next()] == [int(contact)]


def test_a_merge_names_the_old_and_the_new_id(http: Any, store: HubSpotStore, receiver: Receiver) -> None:
    first, second = (store.user_create("contacts", {"email": f"p{n}@firma.nl"}) for n in range(2))
    subscribe(http, receiver, "contact.merge", "contact.propertyChange email")
    survivor = store.merge("contacts", first, second)
    (event,) = receiver.next()
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
