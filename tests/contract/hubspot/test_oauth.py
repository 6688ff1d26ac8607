"""OAuth apps: consent, tokens for thirty minutes, what they may, and how they end."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import orjson
import pytest
import urllib3
from hubspot import HubSpot
from hubspot.oauth.exceptions import ApiException

from connector.sandbox.hubspot.store import HubSpotStore
from connector.sandbox.world import World

BACK = "http://127.0.0.1:9/back"
APP = {"client_id": "sandbox", "client_secret": "sandbox"}
CONTACTS = "/crm/v3/objects/contacts"
READER = "oauth crm.objects.contacts.read"


def consent(base_url: str, scopes: str = READER, **more: str) -> Any:
    """The answer of the consent address, not followed."""
    asked = {"client_id": "sandbox", "redirect_uri": BACK, "scope": scopes, **more}
    pool = urllib3.PoolManager(retries=False)
    return pool.request("GET", f"{base_url}/oauth/authorize?{urlencode(asked)}", redirect=False)


def code(base_url: str, scopes: str = READER) -> str:
    """The code with which a browser comes back."""
    return parse_qs(urlsplit(consent(base_url, scopes).headers["Location"]).query)["code"][0]


def form(http: Any, path: str, **fields: str) -> Any:
    """A POST with a form body, without a token."""
    return http("POST", path, raw=urlencode({**APP, **fields}).encode(), token=None)


def tokens(http: Any, base_url: str, scopes: str = READER, version: str = "v1") -> dict[str, Any]:
    """Access and refresh token of a fresh consent."""
    fields = {"grant_type": "authorization_code", "code": code(base_url, scopes), "redirect_uri": BACK}
    answer = form(http, f"/oauth/{version}/token", **fields)
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.body
    return found


def test_consent_leads_to_tokens_with_the_official_client(client: HubSpot, base_url: str) -> None:
    answer = consent(base_url, state="x y")
    assert answer.status == 302
    back = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert back["state"] == ["x y"]
    made = client.oauth.tokens_api.create(
        grant_type="authorization_code", code=back["code"][0], redirect_uri=BACK, **APP
    )
    assert (made.token_type, made.expires_in) == ("bearer", 1800)
    mine = HubSpot(access_token=made.access_token, host=base_url, retry=False)
    assert mine.crm.contacts.basic_api.get_page().results == []
    known = client.oauth.access_tokens_api.get(made.access_token)
    assert (known.hub_id, known.scopes) == (147000001, ["crm.objects.contacts.read", "oauth"])


@pytest.mark.parametrize("version", ["v1", "v3", "2026-03", "2026-09"])
def test_a_token_lives_for_thirty_minutes_and_can_be_renewed(
    http: Any, base_url: str, world: World, version: str
) -> None:
    first = tokens(http, base_url, version=version)
    world.clock.advance(1799)
    assert http("GET", CONTACTS, token=first["access_token"]).status == 200
    world.clock.advance(8)
    answer = http("GET", CONTACTS, token=first["access_token"])
    assert (answer.status, answer.body["category"]) == (401, "EXPIRED_AUTHENTICATION")
    assert answer.message == "The OAuth token used to make this call expired 7 second(s) ago."
    fields = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = form(http, f"/oauth/{version}/token", **fields).body
    assert second["refresh_token"] == first["refresh_token"]
    assert http("GET", CONTACTS, token=second["access_token"]).status == 200


def test_a_code_is_good_once_and_for_its_address_only(http: Any, base_url: str, world: World) -> None:
    def exchanged(text: str, back: str = BACK) -> Any:
        fields = {"grant_type": "authorization_code", "code": text, "redirect_uri": back}
        return form(http, "/oauth/v1/token", **fields)

    used = code(base_url)
    assert [exchanged(used).status for _ in range(2)] == [200, 400]
    other = code(base_url)
    assert exchanged(other, "http://127.0.0.1:9/elsewhere").body["status"] == "BAD_AUTH_CODE"
    assert exchanged(other).status == 400
    late = code(base_url)
    world.clock.advance(601)
    assert exchanged(late).status == 400


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"grant_type": "refresh_token", "refresh_token": "no"}, "BAD_REFRESH_TOKEN"),
        ({"grant_type": "client_credentials"}, "BAD_GRANT_TYPE"),
        ({"client_id": "other"}, "BAD_CLIENT_ID"),
        ({"client_secret": "wrong"}, "BAD_CLIENT_SECRET"),
    ],
)
def test_what_is_refused_says_why_in_its_status(http: Any, fields: dict[str, str], reason: str) -> None:
    answer = form(http, "/oauth/v1/token", **fields)
    assert (answer.status, answer.body["status"]) == (400, reason)
    assert set(answer.body) == {"status", "message", "correlationId"}


def test_the_official_client_raises_for_a_bad_refresh_token(client: HubSpot) -> None:
    with pytest.raises(ApiException) as refused:
        client.oauth.tokens_api.create(grant_type="refresh_token", refresh_token="no", **APP)
    assert orjson.loads(refused.value.body)["status"] == "BAD_REFRESH_TOKEN"


def test_nobody_is_sent_to_another_machine(base_url: str) -> None:
    assert consent(base_url, redirect_uri="https://example.com/back").status == 400


def test_a_token_can_be_looked_into_and_revoked(http: Any, base_url: str, world: World) -> None:
    made = tokens(http, base_url)
    found = form(http, "/oauth/2026-03/token/introspect", token=made["access_token"]).body
    assert (found["active"], found["token_use"], found["expires_in"]) == (True, "access_token", 1800)
    assert form(http, "/oauth/2026-03/token/introspect", token="no").body == {"active": False}
    old = tokens(http, base_url)["access_token"]
    world.clock.advance(1800)
    assert form(http, "/oauth/2026-03/token/introspect", token=old).body == {"active": False}
    made = tokens(http, base_url)
    assert form(http, "/oauth/2026-03/token/revoke", token=made["refresh_token"]).status == 200
    assert form(http, "/oauth/2026-03/token/introspect", token=made["refresh_token"]).body["active"] is False
    assert http("GET", CONTACTS, token=made["access_token"]).body["category"] == "INVALID_AUTHENTICATION"


def test_a_forgotten_refresh_token_leaves_the_access_token_its_time(
    http: Any, client: HubSpot, base_url: str
) -> None:
    made = tokens(http, base_url)
    assert client.oauth.refresh_tokens_api.get(made["refresh_token"]).client_id == "sandbox"
    client.oauth.refresh_tokens_api.archive(made["refresh_token"])
    assert http("GET", f"/oauth/v1/refresh-tokens/{made['refresh_token']}", token=None).status == 404
    assert http("GET", CONTACTS, token=made["access_token"]).status == 200


def test_an_oauth_app_has_110_requests_in_ten_seconds_and_no_day(
    http: Any, base_url: str, world: World
) -> None:
    http("POST", "/_sandbox/settings", {"edition": "professional", "used_today": 625_000})
    made = tokens(http, base_url)
    assert http("GET", CONTACTS).body["policyName"] == "DAILY"
    first = http("GET", CONTACTS, token=made["access_token"])
    assert first.headers["X-HubSpot-RateLimit-Max"] == "110"
    assert "X-HubSpot-RateLimit-Daily" not in first.headers
    statuses = [http("GET", CONTACTS, token=made["access_token"]).status for _ in range(110)]
    assert statuses == [200] * 109 + [429]
    world.clock.advance(10)
    assert http("GET", CONTACTS, token=made["access_token"]).status == 200


# Scopes


@pytest.mark.parametrize(
    ("method", "path", "missing"),
    [
        ("GET", CONTACTS, ["crm.objects.contacts.read"]),
        ("GET", "/crm/objects/2026-03/0-1/1", ["crm.objects.contacts.read"]),
        ("POST", f"{CONTACTS}/search", ["crm.objects.contacts.read"]),
        ("POST", f"{CONTACTS}/batch/read", ["crm.objects.contacts.read"]),
        ("POST", f"{CONTACTS}/batch/update", ["crm.objects.contacts.write"]),
        ("POST", "/crm/v3/objects/companies", ["crm.objects.companies.write"]),
        ("DELETE", "/crm/v3/objects/deals/1", ["crm.objects.deals.write"]),
        ("GET", "/crm/v3/objects/tasks", ["crm.objects.contacts.read"]),
        ("POST", "/crm/v3/objects/notes", ["crm.objects.contacts.write"]),
        ("GET", "/crm/v3/properties/deals", ["crm.schemas.deals.read"]),
        ("POST", "/crm/v3/properties/contacts", ["crm.schemas.contacts.write"]),
        ("GET", "/crm/pipelines/2026-03/deals", ["crm.objects.contacts.read"]),
        ("GET", "/crm/v3/owners", ["crm.objects.owners.read"]),
        ("GET", "/crm/v3/lists/1", ["crm.lists.read"]),
        ("PUT", "/crm/v3/lists/1/memberships/add", ["crm.lists.write"]),
        ("POST", "/crm/v3/exports/export/async", ["crm.export"]),
        ("POST", "/crm/v3/imports", ["crm.import"]),
        ("GET", "/account-info/v3/details", ["oauth"]),
        ("GET", "/communication-preferences/v4/definitions", ["communication_preferences.read"]),
        (
            "POST",
            "/crm/v4/associations/contacts/companies/batch/read",
            ["crm.objects.contacts.read", "crm.objects.companies.read"],
        ),
        (
            "PUT",
            "/crm/v4/objects/deals/1/associations/default/0-2/2",
            ["crm.objects.deals.write", "crm.objects.companies.write"],
        ),
        ("GET", "/crm/v4/objects/notes/1/associations/contacts", ["crm.objects.contacts.read"]),
    ],
)
def test_what_a_token_may_not_do_names_the_scopes(
    http: Any, method: str, path: str, missing: list[str]
) -> None:
    http("POST", "/_sandbox/settings", {"scopes": []})
    answer = http(method, path, {} if method != "GET" else None)
    assert (answer.status, answer.body["category"]) == (403, "MISSING_SCOPES")
    assert answer.body["errors"][0]["context"]["requiredGranularScopes"] == missing
    http("POST", "/_sandbox/settings", {"scopes": missing})
    assert http(method, path, {} if method != "GET" else None).status != 403


def test_one_of_several_scopes_is_enough(http: Any) -> None:
    http("POST", "/_sandbox/settings", {"scopes": ["crm.schemas.deals.read"]})
    assert http("GET", "/crm/v3/pipelines/deals").status == 200


def test_private_apps_may_everything_unless_switched(http: Any, store: HubSpotStore) -> None:
    assert http("GET", "/_sandbox/settings").body["scopes"] is None
    assert http("GET", CONTACTS).status == 200
    assert http("POST", "/_sandbox/settings", {"scopes": "crm.lists.read"}).status == 400
    store.reset()
    assert http("GET", CONTACTS).status == 200
