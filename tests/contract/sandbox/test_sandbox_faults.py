"""Faults made on purpose: what a test asks for happens to exactly the requests it named, and to no others."""

from typing import Any

import pytest
import requests
from sandbox_crms import Crms

CONTACTS = "/crm/v3/objects/contacts"
UNAVAILABLE = {"status": 503, "body": "<html>upstream</html>", "headers": {"Retry-After": "2"}}


def plan(crms: Crms, **rule: Any) -> None:
    assert crms.hubspot("POST", "/_sandbox/faults", rule).status_code == 200


def people_named(crms: Crms, name: str) -> int:
    return sum(row["properties"].get("firstname") == name for row in crms.world.hubspot.all("contacts"))


def test_the_next_request_gets_the_planned_answer_and_the_one_after_it_the_real_one(crms: Crms) -> None:
    plan(crms, answer=UNAVAILABLE)
    first, second = crms.hubspot("GET", CONTACTS), crms.hubspot("GET", CONTACTS)
    assert (first.status_code, first.text, first.headers["Retry-After"]) == (
        503,
        "<html>upstream</html>",
        "2",
    )
    assert second.status_code == 200


def test_faulty_answers_are_counted_as_requests(crms: Crms) -> None:
    plan(crms, answer=UNAVAILABLE)
    crms.hubspot("GET", CONTACTS)
    assert crms.hubspot("GET", "/_sandbox/requests").json()["total"] == 1


def test_only_requests_that_match_are_hit(crms: Crms) -> None:
    """The third and fourth write to Salesforce fail; reads, and HubSpot, never do."""
    match = {"side": "salesforce", "method": "POST", "path_prefix": "/services/data"}
    plan(
        crms,
        match=match,
        nth=3,
        times=2,
        answer={"status": 500, "body": [{"errorCode": "UNKNOWN_EXCEPTION"}]},
    )
    lead = {"LastName": "Ærø", "Company": "Ærø ApS"}
    statuses = []
    for _ in range(5):
        crms.salesforce("GET", "/services/data/v64.0/sobjects/Lead")
        crms.hubspot("POST", CONTACTS, {"properties": {"firstname": "Bo"}})
        statuses.append(crms.salesforce("POST", "/services/data/v64.0/sobjects/Lead", lead).status_code)
    assert statuses == [201, 201, 500, 500, 201]
    assert people_named(crms, "Bo") >= 5


def test_a_fault_without_end_lasts_until_it_is_cleared(crms: Crms) -> None:
    plan(crms, times=None, answer=UNAVAILABLE)
    assert [crms.hubspot("GET", CONTACTS).status_code for _ in range(5)] == [503] * 5
    assert crms.salesforce("GET", "/services/data/").status_code == 503
    crms.hubspot("DELETE", "/_sandbox/faults")
    assert crms.hubspot("GET", CONTACTS).status_code == 200


def test_a_dropped_request_is_never_carried_out(crms: Crms) -> None:
    plan(crms, match={"method": "POST"}, answer="drop")
    with pytest.raises(requests.ConnectionError):
        crms.hubspot("POST", CONTACTS, {"properties": {"firstname": "Nooit"}})
    assert people_named(crms, "Nooit") == 0
    assert crms.hubspot("POST", CONTACTS, {"properties": {"firstname": "Nooit"}}).status_code == 201


def test_apply_then_drop_carries_the_request_out_and_loses_the_answer(crms: Crms) -> None:
    """The cruel one: the client cannot know that its contact exists."""
    plan(crms, match={"method": "POST"}, answer="apply_then_drop")
    with pytest.raises(requests.ConnectionError):
        crms.hubspot("POST", CONTACTS, {"properties": {"firstname": "Toch"}})
    assert people_named(crms, "Toch") == 1


def test_a_dropped_connection_leaves_the_others_alone(crms: Crms) -> None:
    with requests.Session() as other:
        other.headers["Authorization"] = "Bearer sandbox"
        url = crms.running.hubspot_url + CONTACTS
        assert other.get(url, timeout=5).status_code == 200
        plan(crms, match={"method": "DELETE"}, answer="drop")
        with pytest.raises(requests.ConnectionError):
            crms.hubspot("DELETE", f"{CONTACTS}/1")
        assert other.get(url, timeout=5).status_code == 200


def test_a_slow_answer_is_still_the_right_one_and_holds_up_nobody_else(crms: Crms) -> None:
    plan(crms, match={"path_prefix": CONTACTS}, answer={"delay_s": 30})
    with pytest.raises(requests.Timeout):
        requests.get(crms.running.hubspot_url + CONTACTS, timeout=0.2)
    assert crms.hubspot("GET", "/crm/v3/objects/companies").status_code == 200


def test_planned_faults_are_listed_with_what_they_did(crms: Crms) -> None:
    plan(crms, match={"side": "hubspot"}, nth=2, answer="drop")
    crms.hubspot("GET", CONTACTS)
    listed = crms.salesforce("GET", "/_sandbox/faults").json()["faults"]
    assert [(rule["answer"], rule["nth"], rule["seen"], rule["fired"]) for rule in listed] == [
        ("drop", 2, 1, 0)
    ]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({}, 'answer: must be "drop", "apply_then_drop", {"delay_s": 0 or more}, or {"status": 200 to 599,'),
        ({"answer": "explode"}, 'answer: must be "drop"'),
        ({"answer": {"status": 999}}, 'answer: must be "drop"'),
        ({"answer": {"status": 200, "headers": {"Retry-After": 2}}}, 'answer: must be "drop"'),
        ({"answer": "drop", "nth": 0}, "nth: must be a whole number, 1 or more"),
        (
            {"answer": "drop", "times": "x"},
            "times: must be a whole number, 1 or more, or null (until it is cleared)",
        ),
        ({"answer": "drop", "x": 1}, "x: there is no such key; known: match, nth, times, answer"),
        ({"answer": "drop", "match": {"side": "both"}}, 'match.side: must be "hubspot" or "salesforce"'),
        (
            {"answer": "drop", "match": {"path": "/"}},
            "match.path: there is no such key; known: side, method, path_prefix",
        ),
        ({"answer": "drop", "match": 1}, "match: must be an object with any of"),
    ],
)
def test_a_fault_nobody_understands_is_refused_in_one_line(
    crms: Crms, rule: dict[str, Any], said: str
) -> None:
    """It names the place and what may stand there; nothing of the parts that the sandbox is made of."""
    refused = crms.hubspot("POST", "/_sandbox/faults", rule)
    assert refused.status_code == 400
    error = refused.json()["error"]
    assert error.startswith(said)
    assert "\n" not in error
    assert "pydantic" not in error
    assert crms.hubspot("GET", "/_sandbox/faults").json() == {"faults": []}


def test_every_wrong_place_of_a_fault_is_named(crms: Crms) -> None:
    rule = {"answer": "explode", "nth": 0, "match": {"side": "both"}}
    error = crms.hubspot("POST", "/_sandbox/faults", rule).json()["error"]
    assert [part.split(":")[0] for part in error.split("; ")] == ["match.side", "nth", "answer"]


def test_what_is_not_json_is_refused_as_such(crms: Crms) -> None:
    refused = requests.post(f"{crms.running.hubspot_url}/_sandbox/faults", data="{drop}", timeout=5)
    assert refused.status_code == 400
    assert refused.json()["error"].startswith("the body is not JSON: ")
