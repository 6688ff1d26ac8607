"""What a client meets when a CRM is in trouble: each answer of the fault language, as it comes by wire."""

import http.client
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import hubspot
import orjson
import pytest
import requests
import urllib3
from hubspot.crm.contacts.exceptions import ApiException
from sandbox_crms import MONDAY, Crms
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceError

from connector.sandbox.clock import Clock
from connector.sandbox.serve import start
from connector.sandbox.world import World

CONTACTS = "/crm/v3/objects/contacts"
ADA = {"properties": {"firstname": "Ada"}}


@pytest.fixture(autouse=True)
def no_traceback(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """However an answer goes wrong, the server that makes it is well."""
    yield
    assert capfd.readouterr().err == ""


def plan(crms: Crms, answer: Any, **rule: Any) -> None:
    assert crms.hubspot("POST", "/_sandbox/faults", {"answer": answer, **rule}).status_code == 200


def people_named(crms: Crms, name: str) -> int:
    return sum(row["properties"].get("firstname") == name for row in crms.world.hubspot.all("contacts"))


def on_one_connection(crms: Crms, path: str) -> http.client.HTTPResponse:
    """The answer as the standard library reads it: head first, the body when asked for."""
    address = urlsplit(crms.running.hubspot_url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=10)
    connection.request("GET", path, headers={"Authorization": "Bearer sandbox"})
    return connection.getresponse()


# Ready-made answers


IN_HUBSPOTS_WORDS: dict[str, tuple[int, dict[str, str]]] = {
    "rate_limit_burst": (429, {"errorType": "RATE_LIMIT", "policyName": "TEN_SECONDLY_ROLLING"}),
    "rate_limit_daily": (429, {"errorType": "RATE_LIMIT", "policyName": "DAILY"}),
    "rate_limit_search": (
        429,
        {"category": "RATE_LIMITS", "message": "You have reached your secondly limit."},
    ),
    "locked_423": (423, {"status": "error", "category": "LOCKED"}),
    "migrating_477": (477, {"status": "error", "category": "MIGRATION_IN_PROGRESS"}),
    "expired_authentication": (401, {"category": "EXPIRED_AUTHENTICATION"}),
    "missing_scopes": (403, {"category": "MISSING_SCOPES"}),
    "internal_error": (500, {"category": "INTERNAL_ERROR"}),
}
IN_SALESFORCES_WORDS = {
    "REQUEST_LIMIT_EXCEEDED": (403, "REQUEST_LIMIT_EXCEEDED"),
    "CONCURRENT_REQUESTS": (403, "REQUEST_LIMIT_EXCEEDED"),
    "INVALID_SESSION_ID": (401, "INVALID_SESSION_ID"),
    "SERVER_UNAVAILABLE": (503, "SERVER_UNAVAILABLE"),
    "UNABLE_TO_LOCK_ROW": (400, "UNABLE_TO_LOCK_ROW"),
    "QUERY_TIMEOUT": (400, "QUERY_TIMEOUT"),
    "TXN_SECURITY_METERING_ERROR": (503, "TXN_SECURITY_METERING_ERROR"),
    "API_CURRENTLY_DISABLED": (403, "API_CURRENTLY_DISABLED"),
    "UNKNOWN_EXCEPTION": (500, "UNKNOWN_EXCEPTION"),
}


def test_hubspot_in_trouble_answers_in_its_own_words(crms: Crms) -> None:
    """The official client sees HubSpot's status and body, and a correlation id."""
    client = hubspot.HubSpot(access_token="sandbox", host=crms.running.hubspot_url, retry=False)
    for name, (status, says) in IN_HUBSPOTS_WORDS.items():
        plan(crms, {"vendor": name})
        with pytest.raises(ApiException) as refused:
            client.crm.contacts.basic_api.get_page()
        body = orjson.loads(refused.value.body)
        assert (refused.value.status, {**body, **says}) == (status, body), name
        assert refused.value.headers["X-HubSpot-Correlation-Id"] in body.values()


def test_salesforce_in_trouble_answers_in_its_own_words(crms: Crms) -> None:
    """simple-salesforce sees the status and the array with the code."""
    client = simple(crms)
    for name, (status, code) in IN_SALESFORCES_WORDS.items():
        plan(crms, {"vendor": name})
        with pytest.raises(SalesforceError) as refused:
            client.restful("limits")
        told = refused.value.status, [each["errorCode"] for each in refused.value.content]
        assert told == (status, [code]), name


def simple(crms: Crms) -> Salesforce:
    """simple-salesforce on plain HTTP."""
    session = requests.Session()
    client = Salesforce(
        instance_url=crms.running.salesforce_url,
        session_id=crms.world.salesforce.new_token(),
        version="64.0",
        session=session,
    )
    client.base_url = client.base_url.replace("https://", "http://")
    return client


@pytest.mark.parametrize(
    ("api", "namespace"),
    [
        ("m", "http://soap.sforce.com/2006/04/metadata"),
        ("u", "urn:fault.partner.soap.sforce.com"),
        ("c", "urn:fault.enterprise.soap.sforce.com"),
    ],
)
def test_over_soap_the_same_trouble_is_a_fault(crms: Crms, api: str, namespace: str) -> None:
    """A SOAP client can read what is wrong; a gateway's page stays a page."""
    url = f"{crms.running.salesforce_url}/services/Soap/{api}/64.0"
    for name, (_, code) in IN_SALESFORCES_WORDS.items():
        plan(crms, {"vendor": name, "headers": {"Retry-After": "7"}})
        got = requests.post(url, "<e/>", headers={"SOAPAction": '""'}, timeout=10)
        assert (got.status_code, got.headers["Retry-After"]) == (500, "7"), name
        fault = ElementTree.fromstring(got.content).find(".//{*}Fault")
        assert fault is not None, name
        assert fault.findtext("faultcode") == f"sf:{code}", name
        assert f'xmlns:sf="{namespace}"' in got.text
    plan(crms, {"vendor": "html_503"})
    assert requests.post(url, "<e/>", timeout=10).text.startswith("<!DOCTYPE html>")


def test_every_answer_has_a_correlation_id_of_its_own(crms: Crms) -> None:
    """As people quote them to support; the same rules and requests give the same ones again."""
    told = [correlation_ids(crms) for _ in range(2)]
    assert len({*told[0], *told[1]}) == 8
    with served() as again:
        assert correlation_ids(again) == told[0]


def correlation_ids(crms: Crms) -> list[str]:
    """What three requests of one rule are told, and one of another with the same seed."""
    plan(crms, {"vendor": "internal_error"}, times=3)
    plan(crms, {"vendor": "internal_error"}, nth=4)
    return [crms.hubspot("GET", CONTACTS).json()["correlationId"] for _ in range(4)]


@contextmanager
def served() -> Iterator[Crms]:
    """Other simulated CRMs, just started."""
    world = World(clock=Clock(MONDAY, frozen=True))
    with start(world) as running:
        yield Crms(world, running)
    world.close()


def test_an_answer_of_one_crm_comes_from_that_one_only(crms: Crms) -> None:
    """A rule with HubSpot's daily limit says nothing of Salesforce, even if it names no side."""
    plan(crms, {"vendor": "rate_limit_daily"}, times=None)
    assert crms.salesforce("GET", "/services/data").status_code == 200
    assert crms.hubspot("GET", CONTACTS).status_code == 429


def test_a_gateway_answers_with_a_page_where_json_was_hoped_for(crms: Crms) -> None:
    for name in ("bad_gateway_html", "html_503", "html_504", "521", "523", "524"):
        plan(crms, {"vendor": name})
        page = crms.hubspot("GET", CONTACTS)
        assert page.status_code >= 500
        assert page.headers["Content-Type"].startswith("text/html")
        assert f"Error {page.status_code}" in page.text


def test_salesforce_sometimes_answers_a_page_or_nothing(crms: Crms) -> None:
    for status in (406, 420, 503):
        plan(crms, {"vendor": f"html_{status}"}, match={"side": "salesforce"})
        page = crms.salesforce("GET", "/services/data/v64.0/limits")
        assert (page.status_code, page.text[:15]) == (status, "<!DOCTYPE html>")
        plan(crms, {"vendor": f"empty_{status}"}, match={"side": "salesforce"})
        nothing = crms.salesforce("GET", "/services/data/v64.0/limits")
        assert (nothing.status_code, nothing.content) == (status, b"")


def test_a_move_to_another_data_center_says_when_to_come_back(crms: Crms) -> None:
    """Up to 24 hours, in seconds; the rule may name them."""
    plan(crms, {"vendor": "migrating_477"})
    plan(crms, {"vendor": "migrating_477", "headers": {"Retry-After": "86400"}}, nth=2)
    waits = [crms.hubspot("GET", CONTACTS).headers["Retry-After"] for _ in range(2)]
    assert waits == ["3600", "86400"]


# Late, cut, lost


def test_a_delay_can_vary_as_latencies_do(crms: Crms) -> None:
    """Some answers of a tired server come in time and others far too late: which ones, the seed says."""
    plan(crms, {"delay_ms": {"median": 20, "p95": 3_600_000}}, times=None, seed=4)

    def in_time() -> bool:
        try:
            return crms.patient(0.5).hubspot("GET", CONTACTS).ok
        except requests.Timeout:
            return False

    assert [in_time() for _ in range(5)] == [False, True, False, True, True]


@pytest.mark.parametrize("bytes_let_through", [0, 1, 57])
def test_an_answer_cut_in_the_middle_is_shorter_than_its_head_says(
    crms: Crms, bytes_let_through: int
) -> None:
    """The client gets the status, the length, the first bytes, and then the end of the connection."""
    whole = crms.hubspot("GET", CONTACTS).content
    plan(crms, {"cut_after": bytes_let_through})
    answer = on_one_connection(crms, CONTACTS)
    assert (answer.status, answer.getheader("Content-Length")) == (200, str(len(whole)))
    with pytest.raises(http.client.IncompleteRead) as broken:
        answer.read()
    assert broken.value.partial == whole[:bytes_let_through]


def test_a_cut_write_was_carried_out(crms: Crms) -> None:
    plan(crms, {"cut_after": 10}, match={"method": "POST"})
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        crms.hubspot("POST", CONTACTS, ADA)
    assert people_named(crms, "Ada") == 1


@pytest.mark.parametrize(("answer", "carried_out"), [("reset", 0), ("apply_then_reset", 1)])
def test_a_reset_is_a_reset_before_or_after_the_work(crms: Crms, answer: str, carried_out: int) -> None:
    """Not an orderly end: the socket itself reports it, as when a firewall forgets a connection."""
    plan(crms, answer, match={"method": "POST"})
    address = urlsplit(crms.running.hubspot_url)
    body = b'{"properties":{"firstname":"Ada"}}'
    head = (
        f"POST {CONTACTS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sandbox\r\nContent-Length: {len(body)}"
    )
    with closing(socket.create_connection((address.hostname, address.port), timeout=10)) as line:
        line.sendall(head.encode() + b"\r\n\r\n" + body)
        with pytest.raises(ConnectionResetError):
            line.recv(1000)
    assert people_named(crms, "Ada") == carried_out


@pytest.mark.parametrize(("apply", "carried_out"), [(True, 1), (False, 0)])
def test_a_client_that_hears_nothing_gives_up_and_cannot_know(
    crms: Crms, apply: bool, carried_out: int
) -> None:
    """The write may have been carried out, or not: both look the same from outside."""
    plan(crms, {"hang_s": None, "apply": apply}, match={"method": "POST"})
    pool = urllib3.PoolManager(retries=False, timeout=0.3)
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        pool.request(
            "POST", crms.running.hubspot_url + CONTACTS, json=ADA, headers={"Authorization": "Bearer sandbox"}
        )
    assert crms.hubspot("GET", CONTACTS).status_code == 200
    assert people_named(crms, "Ada") == carried_out


def test_a_silence_can_end_before_the_clients_patience(crms: Crms) -> None:
    plan(crms, {"hang_s": 0.05})
    with pytest.raises(requests.ConnectionError):
        crms.hubspot("POST", CONTACTS, ADA)
    assert people_named(crms, "Ada") == 1


ENDINGS: tuple[Any, ...] = (
    "drop",
    "apply_then_drop",
    "reset",
    "apply_then_reset",
    {"hang_s": 0},
    {"cut_after": 3},
)


def test_a_connection_ends_once_whatever_rules_meet_at_one_request(crms: Crms) -> None:
    """Each ending within each other one, delayed, reordered: the client is cut off, the next one served."""
    for outer in (*ENDINGS, {"delay_ms": 1}, "reorder"):
        for inner in ENDINGS:
            plan(crms, outer)
            plan(crms, inner)
            with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
                crms.hubspot("GET", CONTACTS)
            assert crms.hubspot("GET", CONTACTS).status_code == 200


# Order


def test_results_of_a_batch_come_in_another_order(crms: Crms) -> None:
    """The same results, told again in the same wrong order for the same seed."""
    ids = [row["id"] for row in crms.world.hubspot.all("contacts")][:20]
    asked = {"inputs": [{"id": each} for each in ids], "properties": ["email"]}
    usual = crms.hubspot("POST", f"{CONTACTS}/batch/read", asked).json()["results"]
    orders = []
    for seed in (1, 1, 2):
        crms.hubspot("DELETE", "/_sandbox/faults")
        plan(crms, "reorder", seed=seed)
        orders.append(crms.hubspot("POST", f"{CONTACTS}/batch/read", asked).json()["results"])
    assert orders[0] == orders[1]
    assert usual != orders[0] != orders[2]
    assert all(sorted(found, key=str) == sorted(usual, key=str) for found in orders)


def test_verdicts_of_a_collection_come_in_another_order(crms: Crms) -> None:
    """Which the guide rules out: whoever counts on positions must notice by the ids."""
    rows = [{"attributes": {"type": "Lead"}, "LastName": f"L{n}", "Company": "C"} for n in range(5)]
    made = crms.salesforce("POST", "/services/data/v64.0/composite/sobjects", {"records": rows}).json()
    ids = [each["id"] for each in made]
    plan(crms, "reorder")
    changes = [{"attributes": {"type": "Lead"}, "id": each, "Title": "CFO"} for each in ids]
    told = crms.salesforce("PATCH", "/services/data/v64.0/composite/sobjects", {"records": changes}).json()
    assert [each["id"] for each in told] != ids
    assert sorted(each["id"] for each in told) == ids


@pytest.mark.parametrize("path", [f"{CONTACTS}/1", f"{CONTACTS}?limit=1", "/crm/v3/objects/none"])
def test_what_has_no_order_stays_as_it_is(crms: Crms, path: str) -> None:
    def without_ids(answer: requests.Response) -> tuple[int, Any]:
        return answer.status_code, {**answer.json(), "correlationId": None}

    usual = without_ids(crms.hubspot("GET", path))
    plan(crms, "reorder")
    assert without_ids(crms.hubspot("GET", path)) == usual
