"""HubSpot's own client as an app has it: consent, tokens that end, scopes, webhooks and their signatures."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
import requests
from ground.base import Ground
from ground.hubspot import HubSpotGround
from ground.simulated import Simulated
from ground.tag import Tag
from hubspot import HubSpot
from hubspot.crm.contacts.exceptions import ForbiddenException, UnauthorizedException
from hubspot.oauth import ApiException
from hubspot.utils.oauth import get_auth_url
from hubspot.utils.signature import Signature
from hubspot.webhooks import ApiException as WebhooksException
from hubspot.webhooks import SettingsChangeRequest, SubscriptionCreateRequest, ThrottlingSettings

APP = {"client_id": "sandbox", "client_secret": "sandbox"}
APP_ID = 1
BACK = "http://127.0.0.1:9/back"
READER = ("oauth", "crm.objects.contacts.read")
pytestmark = pytest.mark.simulated_only("needs an app of its own, and somebody who consents in a browser")


@pytest.fixture
def simulated(ground: Ground) -> Simulated:
    assert ground.simulated is not None
    return ground.simulated


def consent(hubspot: HubSpotGround, *scopes: str) -> str:
    """The code with which the browser comes back from the address that the client makes."""
    page = get_auth_url(client_id=APP["client_id"], redirect_uri=BACK, scope=scopes, state="x y")
    address = hubspot.url + page.removeprefix("https://app.hubspot.com")
    answer = hubspot.traffic.send(
        "GET", "/oauth/authorize", lambda: requests.get(address, allow_redirects=False, timeout=20)
    )
    back = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert back["state"] == ["x y"]
    return back["code"][0]


@pytest.fixture
def tokens(hubspot: HubSpotGround) -> Any:
    """An access and a refresh token that may read contacts."""
    code = consent(hubspot, *READER)
    return hubspot.api.oauth.tokens_api.create(
        grant_type="authorization_code", code=code, redirect_uri=BACK, **APP
    )


def reader(hubspot: HubSpotGround, token: str) -> Any:
    return HubSpotGround(hubspot.url, token, hubspot.traffic).api.crm.contacts.basic_api


def test_a_consent_becomes_a_token_that_reads(hubspot: HubSpotGround, tokens: Any) -> None:
    assert (tokens.token_type, tokens.expires_in) == ("bearer", 1800)
    assert reader(hubspot, tokens.access_token).get_page(limit=1).results is not None
    told = hubspot.api.oauth.access_tokens_api.get(tokens.access_token)
    assert set(told.scopes) == set(READER)
    assert told.hub_id == hubspot.api.oauth.refresh_tokens_api.get(tokens.refresh_token).hub_id


def test_a_token_ends_after_half_an_hour_and_is_renewed(
    simulated: Simulated, hubspot: HubSpotGround, tokens: Any
) -> None:
    simulated.control("hubspot", "POST", "/clock", {"advance_s": 1801})
    with pytest.raises(UnauthorizedException) as expired:
        reader(hubspot, tokens.access_token).get_page(limit=1)
    assert "EXPIRED_AUTHENTICATION" in expired.value.body
    renewed = hubspot.api.oauth.tokens_api.create(
        grant_type="refresh_token", refresh_token=tokens.refresh_token, **APP
    )
    assert reader(hubspot, renewed.access_token).get_page(limit=1).results is not None


def test_a_token_may_do_what_was_consented_to(hubspot: HubSpotGround, tokens: Any) -> None:
    """403 with the scopes that are missing, which the client knows as Forbidden."""
    with pytest.raises(ForbiddenException) as refused:
        reader(hubspot, tokens.access_token).create({"properties": {"lastname": "x"}})
    assert "MISSING_SCOPES" in refused.value.body
    assert "crm.objects.contacts.write" in refused.value.body


def test_a_refresh_token_that_was_taken_back_is_good_for_nothing(hubspot: HubSpotGround, tokens: Any) -> None:
    hubspot.api.oauth.refresh_tokens_api.archive(tokens.refresh_token)
    with pytest.raises(ApiException) as refused:
        hubspot.api.oauth.tokens_api.create(
            grant_type="refresh_token", refresh_token=tokens.refresh_token, **APP
        )
    assert (refused.value.status, "BAD_REFRESH_TOKEN" in refused.value.body) == (400, True)


# Webhooks


class Subscriber:
    """An address of ours that HubSpot can reach, and what arrived there."""

    def __init__(self) -> None:
        self.arrived: Queue[tuple[dict[str, str], str]] = Queue()
        arrived = self.arrived

        class Answer(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # noqa: N802 - the name that http.server wants
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self.send_response(200)
                self.end_headers()
                arrived.put((dict(self.headers), body))

            def log_message(self, *_: Any) -> None:
                """Silent."""

        self.server = HTTPServer(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hubspot"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def subscriber() -> Iterator[Subscriber]:
    made = Subscriber()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def developer(hubspot: HubSpotGround) -> Iterator[Any]:
    """The client with a developer's key, which is how an app sets its webhooks up."""
    client = HubSpot(api_key="sandbox", host=hubspot.url, retry=False).webhooks
    yield client
    for row in client.subscriptions_api.get_all(APP_ID).results:
        client.subscriptions_api.archive(row.id, APP_ID)
    client.settings_api.clear(APP_ID)


def listen(developer: Any, subscriber: Subscriber, event: str) -> str:
    """Subscribes to one kind of event; the id of the subscription."""
    throttling = ThrottlingSettings(max_concurrent_requests=1)
    settings = SettingsChangeRequest(target_url=subscriber.url, throttling=throttling)
    developer.settings_api.configure(APP_ID, settings)
    wanted = SubscriptionCreateRequest(event_type=event, active=True)
    return str(developer.subscriptions_api.create(APP_ID, wanted).id)


@pytest.mark.without_faults("a lost answer to a subscription is no part of this story")
def test_an_event_arrives_with_a_signature_that_the_client_believes(
    hubspot: HubSpotGround, tag: Tag, developer: Any, subscriber: Subscriber
) -> None:
    listen(developer, subscriber, "contact.creation")
    made = hubspot.api.crm.contacts.basic_api.create({"properties": {"lastname": tag.text()}})
    headers, body = subscriber.arrived.get(timeout=20)
    assert [event["objectId"] for event in orjson.loads(body)] == [int(made.id)]
    asked = {
        "signature": headers["X-HubSpot-Signature-v3"],
        "client_secret": APP["client_secret"],
        "http_uri": subscriber.url,
        "http_method": "POST",
        "signature_version": "v3",
        "timestamp": headers["X-HubSpot-Request-Timestamp"],
    }
    assert Signature.is_valid(request_body=body, **asked)
    assert not Signature.is_valid(request_body=body + " ", **asked)


@pytest.mark.without_faults("a lost answer to a subscription is no part of this story")
def test_subscriptions_are_listed_paused_and_ended(developer: Any, subscriber: Subscriber) -> None:
    made, api = listen(developer, subscriber, "contact.deletion"), developer.subscriptions_api
    assert developer.settings_api.get_all(APP_ID).target_url == subscriber.url
    api.update(made, APP_ID, {"active": False})
    assert [(row.id, row.active) for row in api.get_all(APP_ID).results] == [(made, False)]
    api.archive(made, APP_ID)
    with pytest.raises(WebhooksException) as gone:
        api.get_by_id(made, APP_ID)
    assert gone.value.status == 404
