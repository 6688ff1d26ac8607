"""HubSpot's own client and trouble: limits, its own retries, lost answers, slow answers."""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest
from ground.base import Ground
from ground.hubspot import HubSpotGround
from ground.simulated import Simulated
from ground.tag import Tag
from ground.traffic import Traffic
from hubspot import HubSpot
from hubspot.crm.contacts import ApiException
from hubspot.crm.contacts.exceptions import ServiceException
from urllib3.exceptions import HTTPError, MaxRetryError, ProtocolError, ReadTimeoutError
from urllib3.util.retry import Retry

CONTACTS = "/crm/v3/objects/contacts"
faults_of_its_own = pytest.mark.without_faults("makes faults of its own")
simulated_only = pytest.mark.simulated_only("asks for faults, or for a limit to be reached")


@pytest.fixture
def simulated(ground: Ground) -> Simulated:
    assert ground.simulated is not None
    return ground.simulated


def plain(hubspot: HubSpotGround, **options: Any) -> Any:
    """The client as its users make it."""
    return HubSpot(access_token=hubspot.token, host=hubspot.url, **options).crm.contacts


def fault(simulated: Simulated, answer: Any, method: str = "GET", **more: Any) -> None:
    match = {"side": "hubspot", "method": method, "path_prefix": CONTACTS}
    simulated.control("hubspot", "POST", "/faults", {"match": match, "answer": answer, **more})


def asked(simulated: Simulated) -> int:
    total: int = simulated.control("hubspot", "GET", "/requests")["total"]
    return total


def test_every_answer_says_how_much_is_left(hubspot: HubSpotGround) -> None:
    _, status, headers = hubspot.api.crm.contacts.basic_api.get_page_with_http_info(limit=1)
    assert status == 200
    assert int(headers["X-HubSpot-RateLimit-Max"]) >= 100
    assert int(headers["X-HubSpot-RateLimit-Interval-Milliseconds"]) == 10_000


def test_a_request_without_a_model_goes_through_the_same_client(hubspot: HubSpotGround) -> None:
    """`api_request` is how paths are reached that the client has no module for: account details, usage."""
    client = HubSpot(access_token=hubspot.token, base_url=hubspot.url)

    def get(path: str) -> Any:
        return hubspot.traffic.send("GET", path, lambda: client.api_request({"path": path}))

    details = get("/account-info/v3/details")
    assert details.status_code == 200
    assert details.json()["accountType"] in ("DEVELOPER_TEST", "SANDBOX")
    assert get("/crm/v3/objects/contacts?limit=1").json().keys() >= {"results"}
    assert get("/crm/v3/no/such/path").status_code == 404


def test_many_threads_share_a_client(hubspot: HubSpotGround, tag: Tag) -> None:
    """The client's own pool of threads, `async_req`."""
    basic = hubspot.api.crm.contacts.basic_api
    made = basic.create({"properties": {"lastname": tag.text()}})
    asked = [basic.get_by_id(made.id, async_req=True) for _ in range(5)]
    assert {each.get(timeout=60).id for each in asked} == {made.id}


@simulated_only
@faults_of_its_own
def test_the_burst_limit_is_a_429_with_a_policy(simulated: Simulated, hubspot: HubSpotGround) -> None:
    """The 101st request within ten seconds, and all is well again afterwards."""
    simulated.control("hubspot", "POST", "/settings", {"edition": "free"})
    page = plain(hubspot, retry=False).basic_api.get_page
    try:
        with pytest.raises(ApiException) as refused:
            deque((page(limit=1) for _ in range(250)), maxlen=0)
        simulated.control("hubspot", "POST", "/clock", {"advance_s": 10})
        assert page(limit=1).results is not None
    finally:
        simulated.control("hubspot", "POST", "/settings", {"edition": None})
    assert refused.value.status == 429
    assert '"policyName":"TEN_SECONDLY_ROLLING"' in refused.value.body
    assert refused.value.headers["X-HubSpot-RateLimit-Remaining"] == "0"


@simulated_only
@faults_of_its_own
def test_the_search_limit_has_a_body_of_its_own(simulated: Simulated, hubspot: HubSpotGround) -> None:
    simulated.control("hubspot", "POST", "/settings", {"edition": "professional"})
    search = plain(hubspot, retry=False).search_api.do_search
    try:
        with pytest.raises(ApiException) as refused:
            deque((search({"limit": 1}) for _ in range(200)), maxlen=0)
    finally:
        simulated.control("hubspot", "POST", "/settings", {"edition": None})
    assert refused.value.status == 429
    assert '"message":"You have reached your secondly limit."' in refused.value.body


@simulated_only
@faults_of_its_own
@pytest.mark.parametrize("status", [429, 503])
def test_by_itself_the_client_repeats_a_read_that_says_when(
    simulated: Simulated, hubspot: HubSpotGround, status: int
) -> None:
    """With Retry-After it tries three times more, silently; without, or when writing, it gives up at once."""
    fault(simulated, {"status": status, "headers": {"Retry-After": "0"}}, times=2)
    before = asked(simulated)
    assert plain(hubspot).basic_api.get_page(limit=1).results is not None
    assert asked(simulated) - before == 3
    fault(simulated, {"status": status, "body": "{}"})
    with pytest.raises(ApiException):
        plain(hubspot).basic_api.get_page(limit=1)
    assert asked(simulated) - before == 4


@simulated_only
@faults_of_its_own
def test_by_itself_the_client_never_repeats_a_post(simulated: Simulated, hubspot: HubSpotGround) -> None:
    """Searches are posts too: the README's retry leaves them alone, unless told that any method will do."""
    readme = Retry(total=3, status_forcelist=(429,), backoff_factor=0)
    fault(simulated, {"vendor": "rate_limit_search"}, "POST", times=2)
    with pytest.raises(ApiException) as refused:
        plain(hubspot, retry=readme).search_api.do_search({"limit": 1})
    assert refused.value.status == 429
    any_method = Retry(total=3, status_forcelist=(429,), backoff_factor=0, allowed_methods=None)
    assert plain(hubspot, retry=any_method).search_api.do_search({"limit": 1}).total >= 0


@simulated_only
@faults_of_its_own
def test_a_retry_that_is_exhausted_loses_the_answer(simulated: Simulated, hubspot: HubSpotGround) -> None:
    """It ends in urllib3's own exception, without the body."""
    readme = Retry(total=2, status_forcelist=(429,), backoff_factor=0)
    fault(simulated, {"vendor": "rate_limit_burst"}, times=3)
    with pytest.raises(MaxRetryError):
        plain(hubspot, retry=readme).basic_api.get_page(limit=1)


@simulated_only
@faults_of_its_own
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"vendor": "bad_gateway_html"}, ServiceException),
        ({"vendor": "html_503"}, ServiceException),
        ("drop", ProtocolError),
        ("reset", ProtocolError),
        ({"cut_after": 20}, ProtocolError),
    ],
    ids=["502", "503", "dropped", "reset", "cut"],
)
def test_without_retries_trouble_shows_as_what_it_is(
    simulated: Simulated, hubspot: HubSpotGround, answer: Any, kind: type[Exception]
) -> None:
    fault(simulated, answer)
    with pytest.raises((ServiceException, HTTPError)) as trouble:
        plain(hubspot, retry=False).basic_api.get_page(limit=1)
    assert isinstance(trouble.value, kind)
    assert plain(hubspot, retry=False).basic_api.get_page(limit=1).results is not None


@simulated_only
@faults_of_its_own
def test_the_client_waits_for_ever_unless_told_otherwise(
    simulated: Simulated, hubspot: HubSpotGround
) -> None:
    fault(simulated, {"hang_s": None})
    with pytest.raises(ReadTimeoutError):
        plain(hubspot, retry=False).basic_api.get_page(limit=1, _request_timeout=(5, 0.2))


@simulated_only
@faults_of_its_own
def test_a_contact_whose_answer_was_lost_is_looked_for_before_it_is_made_again(
    simulated: Simulated, hubspot: HubSpotGround, tag: Tag
) -> None:
    """The careful caller does not repeat a create. It asks by address, and finds that it was carried out."""
    fault(simulated, "apply_then_drop", "POST")
    email = tag.email()
    careful = HubSpotGround(hubspot.url, hubspot.token, Traffic()).api.crm.contacts.basic_api
    with pytest.raises(ProtocolError):
        careful.create({"properties": {"email": email, "lastname": tag.text()}})
    found = careful.get_by_id(email, id_property="email")
    with pytest.raises(ApiException) as conflict:
        careful.create({"properties": {"email": email, "lastname": tag.text()}})
    assert (conflict.value.status, f"Existing ID: {found.id}" in conflict.value.body) == (409, True)


@simulated_only
@faults_of_its_own
def test_an_answer_with_an_unexpected_success_code_is_nothing(
    simulated: Simulated, hubspot: HubSpotGround, tag: Tag
) -> None:
    """The client knows a model for 201 only: whoever simulates HubSpot must give the very status."""
    body = {"id": "1", "properties": {}, "createdAt": "2026-11-20T10:00:00Z", "archived": False}
    fault(simulated, {"status": 200, "body": body}, "POST")
    api = plain(hubspot, retry=False).basic_api
    assert api.create({"properties": {"lastname": tag.text()}}) is None
    assert api.create({"properties": {"lastname": tag.text()}}).id is not None
