"""HubSpot's own client as an app has it: consent, tokens that end, scopes, what a token says of itself."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from ground.base import Ground
from ground.hubspot import HubSpotGround
from ground.simulated import Simulated
from hubspot.crm.contacts.exceptions import ForbiddenException, UnauthorizedException
from hubspot.oauth import ApiException
from hubspot.utils.oauth import get_auth_url

APP = {"client_id": "sandbox", "client_secret": "sandbox"}
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
