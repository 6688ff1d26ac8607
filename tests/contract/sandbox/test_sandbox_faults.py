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
    plan(crms, match={"path_prefix": CONTACTS}, answer={"delay_ms": 30_000})
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


WHAT_ANSWERS_THERE_ARE = "answer: must be one of the words drop, apply_then_drop, "


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({}, WHAT_ANSWERS_THERE_ARE),
        ({"answer": "explode"}, WHAT_ANSWERS_THERE_ARE),
        ({"answer": {"explode": True}}, WHAT_ANSWERS_THERE_ARE),
        ({"answer": {"status": 999}}, "answer.status: must be a whole number from 200 to 599"),
        ({"answer": {"status": 200, "headers": {"Retry-After": 2}}}, "answer.headers: must be texts by name"),
        ({"answer": {"status": 200, "x": 1}}, "answer.x: there is no such key; known: status, body, headers"),
        ({"answer": {"vendor": "tired"}}, "answer.vendor: must be one of rate_limit_burst, "),
        ({"answer": {"delay_ms": -1}}, 'answer.delay_ms: must be milliseconds, 0 or more, or {"median": ms'),
        (
            {"answer": {"delay_ms": {"median": 9, "p95": 1}}},
            "answer.delay_ms: must be milliseconds, 0 or more",
        ),
        ({"answer": {"cut_after": 1.5}}, "answer.cut_after: must be a number of bytes, 0 or more"),
        ({"answer": {"hang_s": "long"}}, "answer.hang_s: must be seconds, 0 or more, or null"),
        (
            {"answer": {"fail_rows": [-1]}},
            "answer.fail_rows: must be a list of rows, from 0, or the share of",
        ),
        ({"answer": {"fail_rows": [0], "error": {}}}, 'answer.error: must be {"code": text, "message": text'),
        ({"answer": {"late_commit_s": 0}}, "answer.late_commit_s: must be seconds of virtual time, above 0"),
        (
            {"answer": {"hide_field": "Title"}},
            'answer.hide_field: must be {"type": "Lead", "field": "Rating"}',
        ),
        ({"answer": "drop", "nth": 0}, "nth: must be a whole number, 1 or more"),
        ({"answer": "drop", "every": 0}, "every: must be a whole number, 1 or more"),
        ({"answer": "drop", "probability": 2}, "probability: must be a number above 0, up to 1"),
        ({"answer": "drop", "seed": "x"}, "seed: must be a whole number"),
        (
            {"answer": "drop", "times": "x"},
            "times: must be a whole number, 1 or more, or null (until it is cleared)",
        ),
        ({"answer": "drop", "x": 1}, "x: there is no such key; known: match, nth, every, probability, seed,"),
        ({"answer": "drop", "match": {"side": "both"}}, 'match.side: must be "hubspot" or "salesforce"'),
        (
            {"answer": "drop", "match": {"path": "/"}},
            "match.path: there is no such key; known: side, method, path_prefix, route, after, before",
        ),
        ({"answer": "drop", "match": {"route": "crm"}}, 'match.route: must be a route such as "/crm/v3/'),
        (
            {"answer": "drop", "match": {"route": "/crm/v3/objects/{object_type}/batch/updates/all"}},
            "match.route: there is no route '/crm/v3/objects/{object_type}/batch/updates/all'; nearest are "
            "/crm/v3/objects/{object_type}/batch/update, ",
        ),
        (
            {"answer": "drop", "match": {"route": "/services/data/{version}/limits", "side": "hubspot"}},
            "match.route: there is no route '/services/data/{version}/limits'; a pattern with * and ** finds",
        ),
        ({"answer": "drop", "match": {"after": "noon"}}, "match.after: must be a time with its zone"),
        ({"answer": "drop", "match": 1}, "match: must be an object with any of side, method"),
        (
            {"answer": {"vendor": "QUERY_TIMEOUT"}, "match": {"side": "hubspot"}},
            'answer: only salesforce answers like this, but match.side is "hubspot"',
        ),
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


def test_a_route_with_placeholders_means_that_route_and_no_other(crms: Crms) -> None:
    """`{record_id}` stands for an id, not for the word `search`; any type of object is meant by its name."""
    plan(crms, match={"route": "/crm/v3/objects/{object_type}/{record_id}"}, times=None, answer=UNAVAILABLE)
    asked = [("GET", "contacts/1"), ("PATCH", "deals/2"), ("POST", "contacts/search"), ("GET", "contacts")]
    statuses = [crms.hubspot(method, f"/crm/v3/objects/{path}", {}).status_code for method, path in asked]
    assert statuses == [503, 503, 200, 200]


def test_a_route_can_name_the_type_and_a_salesforce_record_is_not_its_description(crms: Crms) -> None:
    base = "/services/data/v64.0/sobjects"
    plan(crms, match={"route": "/services/data/{version}/sobjects/Lead/{id}"}, times=None, answer=UNAVAILABLE)
    asked = ["Lead/00Q000000000001AAA", "Lead/describe", "Contact/003000000000001AAA"]
    assert [crms.salesforce("GET", f"{base}/{path}").status_code for path in asked] == [503, 200, 404]


def test_a_pattern_of_routes_has_stars_for_parts_and_double_stars_for_any_way(crms: Crms) -> None:
    plan(crms, match={"route": "/crm/**/batch/*"}, times=None, answer=UNAVAILABLE)
    plan(crms, match={"route": "/crm/*/owners"}, times=None, answer={"status": 502})
    asked = [
        ("POST", "/crm/objects/2026-03/contacts/batch/read"),
        ("POST", "/crm/v4/associations/contacts/deals/batch/create"),
        ("GET", "/crm/v3/owners"),
        ("GET", "/crm/v3/lists"),
    ]
    assert [crms.hubspot(*each, {}).status_code for each in asked] == [503, 503, 502, 200]


def test_every_third_request_from_the_second_on_fails_twice(crms: Crms) -> None:
    plan(crms, nth=2, every=3, times=2, answer=UNAVAILABLE)
    assert [crms.hubspot("GET", CONTACTS).status_code for _ in range(9)] == [
        *(200, 503, 200, 200, 503),
        *(200, 200, 200, 200),
    ]


def test_a_fault_can_have_its_hours(crms: Crms) -> None:
    """The maintenance window from ten to eleven, by the virtual clock."""
    hours = {"after": "2026-11-23T10:00:00Z", "before": "2026-11-23T11:00:00Z"}
    plan(crms, match=hours, times=None, answer=UNAVAILABLE)
    statuses = []
    for _ in range(3):
        statuses.append(crms.hubspot("GET", CONTACTS).status_code)
        crms.world.clock.advance(3600)
    assert statuses == [200, 503, 200]


def fired(crms: Crms, seed: int, requests_made: int = 40, also: Any = None) -> list[bool]:
    """Which of some requests a rule of even chance fires at."""
    crms.hubspot("DELETE", "/_sandbox/faults")
    if also is not None:
        plan(crms, **also)
    plan(
        crms, match={"path_prefix": CONTACTS}, times=None, probability=0.5, seed=seed, answer={"status": 418}
    )
    asked = (crms.hubspot("GET", CONTACTS).status_code for _ in range(requests_made))
    return [status == 418 for status in asked]


def test_chance_is_decided_by_the_seed_and_by_nothing_else(crms: Crms) -> None:
    """The same seed hits the same requests, another seed others; and about half of them."""
    first = fired(crms, seed=7)
    assert fired(crms, seed=7) == first
    assert fired(crms, seed=8) != first
    assert 10 <= sum(first) <= 30


def test_other_rules_change_nothing_about_a_rules_own_chance(crms: Crms) -> None:
    """What another rule does beside it, to these requests or to others, moves no decision of this one."""
    alone = fired(crms, seed=7)
    slow = {"answer": {"delay_ms": 1}, "times": None, "probability": 0.3, "seed": 99}
    assert fired(crms, seed=7, also=slow) == alone


def test_of_two_faults_at_one_request_the_older_one_is_outside(crms: Crms) -> None:
    """An answer hides what newer rules would do; a delay delays what they do. Both count."""
    plan(crms, answer={"status": 502})
    plan(crms, times=2, answer={"status": 503})
    assert [crms.hubspot("GET", CONTACTS).status_code for _ in range(3)] == [502, 503, 200]
    assert [rule["fired"] for rule in crms.world.faults.listing()] == [1, 2]


def test_one_fault_is_taken_back_and_the_other_stays(crms: Crms) -> None:
    plan(crms, match={"method": "GET"}, times=None, answer=UNAVAILABLE)
    wrong = crms.hubspot("POST", "/_sandbox/faults", {"times": None, "answer": "drop"}).json()["id"]
    left = crms.hubspot("DELETE", f"/_sandbox/faults/{wrong}").json()["faults"]
    assert [rule["answer"]["status"] for rule in left] == [503]
    assert crms.hubspot("GET", CONTACTS).status_code == 503
    again = crms.hubspot("DELETE", f"/_sandbox/faults/{wrong}")
    assert (again.status_code, again.json()) == (404, {"error": f"there is no fault {wrong}"})


def test_what_is_not_json_is_refused_as_such(crms: Crms) -> None:
    refused = requests.post(f"{crms.running.hubspot_url}/_sandbox/faults", data="{drop}", timeout=5)
    assert refused.status_code == 400
    assert refused.json()["error"].startswith("the body is not JSON: ")
