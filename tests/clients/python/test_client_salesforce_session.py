"""simple-salesforce and trouble: sessions that end, limits, lost and late answers. It repeats nothing."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from ground.base import Ground
from ground.fields import key_field
from ground.salesforce import CarefulSession, LoginError, SalesforceGround
from ground.simulated import Simulated
from ground.tag import Tag
from ground.traffic import Traffic
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import (
    SalesforceExpiredSession,
    SalesforceGeneralError,
    SalesforceMalformedRequest,
    SalesforceRefusedRequest,
)

LEADS = "/services/data/v64.0/sobjects/Lead"
SOQL = "SELECT Id FROM Organization"
faults_of_its_own = pytest.mark.without_faults("makes faults of its own")
simulated_only = pytest.mark.simulated_only("asks for faults, or for a limit to be reached")


@pytest.fixture
def simulated(ground: Ground) -> Simulated:
    assert ground.simulated is not None
    return ground.simulated


@pytest.fixture
def bare(salesforce: SalesforceGround) -> Salesforce:
    """The client as its users make it: with a token, and nobody who repeats or renews anything."""
    session = CarefulSession(salesforce.url, Traffic(tries=1))
    return Salesforce(
        instance_url=salesforce.url, session_id=salesforce.new_token(), version="64.0", session=session
    )


def fault(simulated: Simulated, answer: Any, prefix: str = "/services/data", **more: Any) -> None:
    match = {"side": "salesforce", "path_prefix": prefix, **more.pop("match", {})}
    simulated.control("salesforce", "POST", "/faults", {"match": match, "answer": answer, **more})


def test_a_token_that_nobody_gave_is_refused(salesforce: SalesforceGround) -> None:
    session = CarefulSession(salesforce.url, salesforce.traffic)
    stranger = Salesforce(
        instance_url=salesforce.url, session_id="00D!stranger", version="64.0", session=session
    )
    with pytest.raises(SalesforceExpiredSession) as refused:
        stranger.query(SOQL)
    assert refused.value.content[0]["errorCode"] == "INVALID_SESSION_ID"


def test_a_version_that_is_too_old_is_gone(salesforce: SalesforceGround) -> None:
    session = CarefulSession(salesforce.url, salesforce.traffic)
    token = salesforce.api.session_id
    old = Salesforce(instance_url=salesforce.url, session_id=token, version="20.0", session=session)
    with pytest.raises(SalesforceGeneralError) as gone:
        old.query(SOQL)
    assert gone.value.status == 410


@simulated_only
@faults_of_its_own
def test_a_session_that_ended_is_renewed_once(simulated: Simulated, salesforce: SalesforceGround) -> None:
    before = salesforce.renewed
    fault(simulated, {"vendor": "INVALID_SESSION_ID"})
    assert salesforce.api.query(SOQL)["totalSize"] == 1
    fault(simulated, {"vendor": "INVALID_SESSION_ID"}, LEADS)
    assert salesforce.api.Lead.describe()["name"] == "Lead"
    assert salesforce.renewed - before == 2


@simulated_only
@faults_of_its_own
def test_who_renews_must_stop_at_some_point(simulated: Simulated, salesforce: SalesforceGround) -> None:
    """Queries give up after some renewals; calls on a type go on until whoever gives the tokens stops."""
    login = SalesforceGround(salesforce.login, Traffic())
    fault(simulated, {"vendor": "INVALID_SESSION_ID"}, times=None)
    with pytest.raises(SalesforceExpiredSession):
        login.api.query(SOQL)
    assert login.renewed == 4
    with pytest.raises(LoginError):
        login.api.Lead.describe()


@simulated_only
@faults_of_its_own
@pytest.mark.parametrize("vendor", ["html_503", "SERVER_UNAVAILABLE", "bad_gateway_html"])
def test_by_itself_the_client_repeats_nothing(simulated: Simulated, bare: Salesforce, vendor: str) -> None:
    fault(simulated, {"vendor": vendor})
    with pytest.raises(SalesforceGeneralError) as trouble:
        bare.query(SOQL)
    assert trouble.value.status in (502, 503)
    assert bare.query(SOQL)["totalSize"] == 1


@simulated_only
@faults_of_its_own
@pytest.mark.parametrize("answer", ["drop", "reset", {"cut_after": 20}], ids=["dropped", "reset", "cut"])
def test_a_connection_that_breaks_is_an_exception_of_requests(
    simulated: Simulated, bare: Salesforce, answer: Any
) -> None:
    fault(simulated, answer)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        bare.query(SOQL)
    assert bare.query(SOQL)["totalSize"] == 1


@simulated_only
@faults_of_its_own
def test_the_client_waits_for_ever_unless_told_otherwise(simulated: Simulated, bare: Salesforce) -> None:
    fault(simulated, {"hang_s": None})
    with pytest.raises(requests.ReadTimeout):
        bare.query(SOQL, timeout=(5, 0.2))


@simulated_only
@faults_of_its_own
def test_a_page_that_breaks_off_is_asked_for_again(
    simulated: Simulated, salesforce: SalesforceGround, tag: Tag
) -> None:
    """The careful caller gets the same page: a locator does not move by being used."""
    rows = [{"attributes": {"type": "Lead"}, "LastName": tag.text(), "Company": "Zonen"} for _ in range(200)]
    for part in (rows, [{**row, "LastName": tag.text()} for row in rows[:50]]):
        salesforce.api.restful("composite/sobjects", method="POST", json={"records": part})
    soql = f"SELECT Id FROM Lead WHERE LastName LIKE 'Smklive {tag.run} %' AND Company = 'Zonen' LIMIT 240"
    fault(simulated, {"cut_after": 500}, "/services/data/v64.0/query/", times=2)
    found = salesforce.api.query_all(soql, headers={"Sforce-Query-Options": "batchSize=200"})
    assert len({row["Id"] for row in found["records"]}) == found["totalSize"] == 240


@simulated_only
@faults_of_its_own
def test_a_day_without_requests_left_is_a_refusal(simulated: Simulated, bare: Salesforce) -> None:
    """403 with a code of its own; nothing says when to come back."""
    simulated.control("salesforce", "POST", "/settings", {"edition": "developer", "used_today": 15_000})
    try:
        with pytest.raises(SalesforceRefusedRequest) as refused:
            bare.query(SOQL)
    finally:
        simulated.control("salesforce", "POST", "/settings", {"edition": None, "used_today": 0})
    assert refused.value.content[0]["errorCode"] == "REQUEST_LIMIT_EXCEEDED"


@simulated_only
@faults_of_its_own
def test_a_lead_whose_answer_was_lost_is_not_made_twice(
    ground: Ground, simulated: Simulated, salesforce: SalesforceGround, tag: Tag
) -> None:
    """An upsert by our own key may be repeated. A create may not: whoever repeats it is told by the key."""
    key, value = key_field(ground, salesforce), tag.name()
    row = {"LastName": tag.text(), "Company": "Zonen"}
    fault(simulated, "apply_then_drop", f"{LEADS}/{key}")
    assert salesforce.api.Lead.upsert(f"{key}/{value}", row) == 200
    assert salesforce.api.query(f"SELECT Id FROM Lead WHERE {key} = '{value}'")["totalSize"] == 1
    other = {**row, key: tag.name()}
    fault(simulated, "apply_then_drop", LEADS, match={"method": "POST"})
    with pytest.raises(requests.ConnectionError):
        salesforce.api.Lead.create(other)
    with pytest.raises(SalesforceMalformedRequest) as there:
        salesforce.api.Lead.create(other)
    assert there.value.content[0]["errorCode"] == "DUPLICATE_VALUE"
