"""Request limits as HubSpot enforces them: figures, bodies and headers, on the virtual clock."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot import HubSpot

from connector.sandbox.hubspot.limits import edition_of
from connector.sandbox.world import World

CONTACTS, SEARCH = "/crm/v3/objects/contacts", "/crm/v3/objects/contacts/search"


def until_refused(http: Any, path: str = CONTACTS, method: str = "GET", token: str = "sandbox") -> int:
    """How many requests are answered before the first 429."""
    body = {} if method == "POST" else None
    for count in range(400):
        if http(method, path, body, token=token).status == 429:
            return count
    raise AssertionError("never refused")


def test_without_an_edition_nothing_is_refused(http: Any) -> None:
    assert {http("GET", CONTACTS).status for _ in range(200)} == {200}
    assert {http("POST", SEARCH, {}).status for _ in range(12)} == {200}


@pytest.mark.parametrize(
    ("edition", "burst"), [("free", 100), ("starter", 100), ("professional", 190), ("enterprise+1", 250)]
)
def test_ten_seconds_hold_so_many_requests(http: Any, world: World, edition: str, burst: int) -> None:
    world.hubspot.edition = edition
    assert until_refused(http) == burst
    answer = http("GET", CONTACTS)
    assert answer.body == {
        "status": "error",
        "message": "You have reached your ten_secondly_rolling limit.",
        "errorType": "RATE_LIMIT",
        "correlationId": answer.headers["X-HubSpot-Correlation-Id"],
        "policyName": "TEN_SECONDLY_ROLLING",
        "groupName": answer.body["groupName"],
    }
    assert answer.headers["X-HubSpot-RateLimit-Remaining"] == "0"
    assert answer.headers["X-HubSpot-RateLimit-Max"] == str(burst)
    assert "Retry-After" not in answer.headers


def test_the_ten_seconds_roll_on_with_the_clock(http: Any, world: World) -> None:
    """Half the requests now, half five seconds later: after five more only the first half is free again."""
    world.hubspot.edition = "free"
    for _ in range(50):
        http("GET", CONTACTS)
    world.clock.advance(5)
    assert until_refused(http) == 50
    world.clock.advance(5)
    assert until_refused(http) == 50


def test_each_app_has_its_own_burst_but_all_share_the_day(http: Any, world: World) -> None:
    world.hubspot.edition = "free"
    world.hubspot.allow("other")
    assert until_refused(http) == 100
    answer = http("GET", CONTACTS, token="other")
    assert answer.headers["X-HubSpot-RateLimit-Remaining"] == "99"
    assert answer.headers["X-HubSpot-RateLimit-Daily-Remaining"] == str(250_000 - 102)


def test_five_searches_a_second_for_all_apps_together(http: Any, world: World) -> None:
    world.hubspot.edition = "professional"
    world.hubspot.allow("other")
    assert until_refused(http, SEARCH, "POST") == 5
    answer = http("POST", "/crm/v3/objects/deals/search", {}, token="other")
    correlation = answer.headers["X-HubSpot-Correlation-Id"]
    assert (answer.status, answer.body) == (
        429,
        {
            "status": "error",
            "message": "You have reached your secondly limit.",
            "correlationId": correlation,
            "category": "RATE_LIMITS",
        },
    )
    assert http("GET", CONTACTS).headers["X-HubSpot-RateLimit-Remaining"] == "189"
    world.clock.advance(1)
    assert http("POST", SEARCH, {}).status == 200


def test_the_day_ends_at_midnight_where_the_account_is(http: Any, world: World) -> None:
    """Other apps used the day up. 09:00 UTC is 10:00 in Amsterdam: 14 hours later a new day begins."""
    http("POST", "/_sandbox/settings", {"edition": "free", "used_today": 249_999})
    assert http("GET", CONTACTS).headers["X-HubSpot-RateLimit-Daily-Remaining"] == "0"
    answer = http("GET", CONTACTS)
    assert answer.status == 429
    assert (answer.body["message"], answer.body["policyName"], answer.body["errorType"]) == (
        "You have reached your daily limit.",
        "DAILY",
        "RATE_LIMIT",
    )
    assert answer.body["requestId"] == answer.headers["X-HubSpot-Correlation-Id"]
    world.clock.advance(14 * 3600 - 1)
    assert http("GET", CONTACTS).status == 429
    world.clock.advance(1)
    assert http("GET", CONTACTS).status == 200


def test_the_accounts_own_zone_decides_when_the_day_ends(http: Any, world: World) -> None:
    """In New York it is 04:00: the day lasts twenty hours more."""
    settings = {"edition": "free", "used_today": 250_000, "time_zone": "America/New_York"}
    assert http("POST", "/_sandbox/settings", settings).status == 200
    assert http("GET", "/account-info/v3/details").status == 429
    world.clock.advance(20 * 3600 - 1)
    assert http("GET", CONTACTS).status == 429
    world.clock.advance(1)
    details = http("GET", "/account-info/v3/details").body
    assert (details["timeZone"], details["utcOffset"]) == ("America/New_York", "-05:00")
    assert http("POST", "/_sandbox/settings", {"time_zone": "Mars/Base"}).status == 400


def test_newer_refusals_of_search_name_their_policy(http: Any) -> None:
    http("POST", "/_sandbox/settings", {"edition": "free", "search_policy_name": True})
    until_refused(http, SEARCH, "POST")
    body = http("POST", SEARCH, {}).body
    assert (body["policyName"], body["errorType"], "category" in body) == ("SECONDLY", "RATE_LIMIT", False)


def test_associations_have_half_a_million_a_day(http: Any, world: World) -> None:
    world.hubspot.edition = "enterprise"
    contact = world.hubspot.user_create("contacts", {"email": "jan@firma.nl"})
    world.hubspot.limits.spend(500_000, "associations")
    path = f"/crm/v4/objects/contacts/{contact}/associations/companies"
    assert http("GET", path).body["policyName"] == "DAILY"
    assert http("GET", CONTACTS).status == 200


def test_associations_have_a_burst_of_their_own_and_their_batches_none(http: Any, world: World) -> None:
    world.hubspot.edition = "professional"
    contact = world.hubspot.user_create("contacts", {"email": "jan@firma.nl"})
    assert until_refused(http, f"/crm/v4/objects/contacts/{contact}/associations/companies") == 150
    assert http("GET", CONTACTS).status == 200
    batch = {"inputs": [{"id": contact}]}
    path = "/crm/v4/associations/contacts/companies/batch/read"
    assert {http("POST", path, batch).status for _ in range(200)} == {207}


def test_the_official_client_sees_an_exception_and_can_go_on(client: HubSpot, world: World) -> None:
    world.hubspot.edition = "free"
    api = client.crm.contacts.basic_api
    for _ in range(100):
        api.get_page()
    with pytest.raises(Exception, match="ten_secondly_rolling") as refused:
        api.get_page()
    assert getattr(refused.value, "status", None) == 429
    world.clock.advance(10)
    assert api.get_page().results == []


def test_retry_after_is_sent_on_request_only(http: Any) -> None:
    """HubSpot documents none; some proxies and newer answers have it, in seconds."""
    http("POST", "/_sandbox/settings", {"edition": "free", "retry_after": True})
    until_refused(http)
    assert http("GET", CONTACTS).headers["Retry-After"] == "10"
    assert until_refused(http, SEARCH, "POST") == 5
    assert http("POST", SEARCH, {}).headers["Retry-After"] == "1"


def test_switches_are_set_through_the_control_interface(http: Any, world: World) -> None:
    settings = http("GET", "/_sandbox/settings").body
    assert (settings["edition"], settings["merge_keeps_primary_id"], settings["auto_lifecycle"]) == (
        None,
        False,
        True,
    )
    changed = http("POST", "/_sandbox/settings", {"edition": "starter", "merge_keeps_primary_id": True}).body
    assert changed == {**settings, "edition": "starter", "merge_keeps_primary_id": True}
    assert world.hubspot.switches.merge_keeps_primary_id
    for wrong in ({"edition": "gold"}, {"edition": "free+3"}, {"speed": 1}, {"auto_lifecycle": "no"}):
        answer = http("POST", "/_sandbox/settings", {"index_lag_s": 7, **wrong})
        assert answer.status == 400, wrong
    assert http("GET", "/_sandbox/settings").body == changed


def test_limit_increases_add_calls() -> None:
    assert edition_of("professional+2").daily == 2_625_000
    with pytest.raises(ValueError, match="no edition"):
        edition_of("gold")
