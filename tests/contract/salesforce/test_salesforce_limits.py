"""Request limits as an org has them: by edition, over 24 hours, at the same time, for one app."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import requests
from salesforce_org import MONDAY, Org, problem
from simple_salesforce import Salesforce, exceptions

from connector.sandbox.clock import Clock
from connector.sandbox.world import World

TOTAL = (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
CONCURRENT = (
    403,
    "REQUEST_LIMIT_EXCEEDED",
    "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
)


def usage(answer: requests.Response) -> str:
    return answer.headers["Sforce-Limit-Info"]


@pytest.mark.parametrize(
    ("edition", "licences", "most"),
    [
        ("developer", 10, 15_000),
        ("professional", 10, 110_000),
        ("enterprise", 25, 125_000),
        ("unlimited", 25, 225_000),
        ("sandbox", 25, 5_000_000),
        (None, 25, 100_000),
    ],
)
def test_what_an_edition_allows_in_24_hours(org: Org, edition: str | None, licences: int, most: int) -> None:
    """The header and the limits resource agree; so many licences add so many calls."""
    org.switch(edition=edition, licences=licences)
    answer = org.call("GET", "/limits")
    assert usage(answer) == f"api-usage=1/{most}"
    assert answer.json()["DailyApiRequests"] == {"Max": most, "Remaining": most - 1}


def test_the_call_after_the_last_one_is_refused_until_a_day_has_passed(org: Org) -> None:
    """Used up by others at nine; refused calls do not count; a day later all is free again."""
    org.switch(edition="developer", used_today=14_999)
    assert usage(org.call("GET", "/limits")) == "api-usage=15000/15000"
    for _ in range(3):
        refused = org.call("GET", "/sobjects")
        assert problem(refused) == TOTAL
        assert usage(refused) == "api-usage=15000/15000"
        assert "Retry-After" not in refused.headers
    org.clock.advance(timedelta(hours=23, minutes=59).total_seconds())
    assert problem(org.call("GET", "/sobjects")) == TOTAL
    org.clock.advance(60)
    assert usage(org.call("GET", "/sobjects")) == "api-usage=1/15000"


def test_the_24_hours_roll(org: Org) -> None:
    """Calls leave the window as they came: there is no midnight at which everything is free."""
    org.switch(edition="developer", used_today=14_000)
    org.clock.advance(timedelta(hours=12).total_seconds())
    org.switch(used_today=15_000)
    assert problem(org.call("GET", "/sobjects")) == TOTAL
    org.clock.advance(timedelta(hours=12).total_seconds())
    assert usage(org.call("GET", "/sobjects")) == "api-usage=1001/15000"


def test_without_an_edition_nothing_is_refused(org: Org) -> None:
    org.switch(used_today=200_000, long_requests=100)
    assert org.call("GET", "/sobjects").status_code == 200


def test_25_long_requests_are_as_many_as_there_may_be(org: Org) -> None:
    """With 25 requests of 20 seconds at work every other one is refused, until one has ended."""
    org.switch(edition="enterprise", long_requests={"running": 25, "for_s": 90})
    assert problem(org.call("GET", "/sobjects")) == CONCURRENT
    org.switch(long_requests=24)
    assert org.call("GET", "/sobjects").status_code == 200
    org.switch(long_requests={"running": 25, "for_s": 90})
    org.clock.advance(89)
    assert problem(org.call("GET", "/sobjects")) == CONCURRENT
    org.clock.advance(1)
    assert org.call("GET", "/sobjects").status_code == 200


def test_a_developer_org_has_five_of_them(org: Org) -> None:
    org.switch(edition="developer", long_requests=4)
    assert org.call("GET", "/sobjects").status_code == 200
    assert org.switch(long_requests=5)["long_requests"] == 5
    assert problem(org.call("GET", "/sobjects")) == CONCURRENT


def test_an_app_may_have_an_allowance_of_its_own(org: Org) -> None:
    """The header then tells both; the app is refused while the org has plenty left."""
    org.switch(edition="enterprise", licences=10, app_allowance=3, used_today=100)
    answer = org.call("GET", "/limits")
    assert usage(answer) == "api-usage=101/110000; per-app-api-usage=1/3(appName=sandbox)"
    assert answer.json()["DailyApiRequests"]["sandbox"] == {"Max": 3, "Remaining": 2}
    for _ in range(2):
        org.call("GET", "/limits")
    assert problem(org.call("GET", "/limits")) == TOTAL


def test_the_usage_is_told_late(org: Org) -> None:
    """The count lags behind what was asked; the limit itself does not."""
    org.switch(edition="developer", usage_lag_s=300)
    for _ in range(3):
        assert usage(org.call("GET", "/sobjects")) == "api-usage=0/15000"
    org.clock.advance(300)
    assert usage(org.call("GET", "/sobjects")) == "api-usage=3/15000"


def test_errors_tell_the_usage_too(org: Org) -> None:
    """A call that fails counts; one without a valid session does not, but is told all the same."""
    assert usage(org.call("GET", "/sobjects/Nope")) == "api-usage=1/100000"
    assert usage(org.call("POST", "/sobjects/Lead", {})) == "api-usage=2/100000"
    assert usage(org.call("GET", "/sobjects", headers={"Authorization": "x"})) == "api-usage=2/100000"


def test_whoever_may_not_see_setup_sees_no_limits(org: Org) -> None:
    """The resource needs the permission; the header comes without."""
    org.switch(permissions=[])
    refused = org.call("GET", "/limits")
    assert problem(refused)[:2] == (403, "INSUFFICIENT_ACCESS")
    assert usage(refused) == "api-usage=1/100000"


def test_the_client_sees_a_refused_request(org: Org, sf: Salesforce) -> None:
    """simple-salesforce knows it as a refused request, and goes on once there is room."""
    org.switch(edition="developer", used_today=15_000)
    with pytest.raises(exceptions.SalesforceRefusedRequest, match="TotalRequests Limit exceeded"):
        sf.query("SELECT Id FROM Lead")
    org.switch(edition="unlimited")
    assert sf.query("SELECT Id FROM Lead")["totalSize"] == 0
    assert sf.api_usage["api-usage"].used == 15_001


@pytest.mark.parametrize(
    ("edition", "salesforce"),
    [("free", "developer"), ("starter", "professional"), ("professional+2", "professional")],
)
def test_a_company_has_editions_that_go_together(edition: str, salesforce: str) -> None:
    """One name sets both CRMs; emptying them keeps it."""
    world = World(clock=Clock(MONDAY, frozen=True), edition=edition)
    world.reset()
    assert (world.hubspot.edition, world.salesforce.limits.edition) == (edition, salesforce)
    world.close()


@pytest.mark.parametrize(
    "wrong",
    [
        {"edition": "gold"},
        {"licences": -1},
        {"used_today": None},
        {"app_allowance": "many"},
        {"long_requests": {"running": 3}},
        {"long_requests": {"running": 3, "for_s": -1}},
        {"long_requests": 10**15},
        {"bin_days": 10**9},
        {"permissions": ["EverythingAtOnce"]},
        {"permissions": [{}]},
        {"licences": 3, "no_such_switch": 1},
    ],
)
def test_a_switch_that_makes_no_sense_is_refused(org: Org, wrong: dict[str, Any]) -> None:
    """400, with what may stand; nothing is changed."""
    before = requests.get(f"{org.url}/_sandbox/settings", timeout=20).json()
    answer = requests.post(f"{org.url}/_sandbox/settings", json=wrong, timeout=20)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert requests.get(f"{org.url}/_sandbox/settings", timeout=20).json() == before
