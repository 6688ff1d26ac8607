"""Several requests in one call: with references between them, or independent of each other."""

from __future__ import annotations

from typing import Any

import pytest
from salesforce_org import Org, problem
from simple_salesforce import Salesforce

BASE = "/services/data/v64.0"


def part(method: str, path: str, name: str, body: Any = None, **more: Any) -> dict[str, Any]:
    own = {"method": method, "url": BASE + path, "referenceId": name, **more}
    return own if body is None else {**own, "body": body}


def send(org: Org, *parts: dict[str, Any], all_or_none: bool = False) -> list[dict[str, Any]]:
    answer = org.call("POST", "/composite", {"allOrNone": all_or_none, "compositeRequest": list(parts)})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["compositeResponse"])


def statuses(results: list[dict[str, Any]]) -> list[int]:
    return [each["httpStatusCode"] for each in results]


def test_an_account_with_its_contact_in_one_call(org: Org, sf: Salesforce) -> None:
    """The contact refers to the account's new id; a query and a change refer to what came before."""
    parts = [
        part("POST", "/sobjects/Account", "firm", {"Name": "Acme"}),
        part("POST", "/sobjects/Contact", "person", {"LastName": "Fay", "AccountId": "@{firm.id}"}),
        part("GET", "/query?q=SELECT+Id,AccountId+FROM+Contact+WHERE+Id='@{person.id}'", "found"),
        part(
            "PATCH", "/sobjects/Account/@{found.records[0].AccountId}", "named", {"Site": "of @{person.id}"}
        ),
    ]
    answer = sf.restful("composite", method="POST", json={"compositeRequest": parts})
    firm, person, found, named = answer["compositeResponse"]
    account = org.show("Account", firm["body"]["id"], "Site")
    assert account["Site"] == f"of {person['body']['id']}"
    assert firm["httpHeaders"] == {"Location": f"{BASE}/sobjects/Account/{account['Id']}"}
    assert found["body"]["totalSize"] == 1
    assert (named["httpStatusCode"], named["body"], named["referenceId"]) == (204, None, "named")


def test_what_refers_to_a_failure_is_halted_and_the_rest_goes_on(org: Org) -> None:
    """The body of a failed subrequest is the usual array of errors."""
    bad, halted, good = send(
        org,
        part("POST", "/sobjects/Account", "firm", {"Site": "x"}),
        part("POST", "/sobjects/Contact", "person", {"LastName": "Fay", "AccountId": "@{firm.id}"}),
        part("POST", "/sobjects/Account", "other", {"Name": "Good"}),
    )
    assert statuses([bad, halted, good]) == [400, 400, 201]
    assert bad["body"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert halted["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert "firm.id" in halted["body"][0]["message"]
    assert [row["Name"] for row in org.store.all("Account")] == ["Good"]
    assert list(org.store.all("Contact")) == []


def test_all_or_none_undoes_everything(org: Org) -> None:
    """The one that failed says why; all others are 400 with PROCESSING_HALTED, earlier ones too."""
    results = send(
        org,
        part("POST", "/sobjects/Account", "a", {"Name": "Acme"}),
        part("POST", "/sobjects/Contact", "b", {"FirstName": "x"}),
        part("POST", "/sobjects/Account", "c", {"Name": "Late"}),
        all_or_none=True,
    )
    assert statuses(results) == [400, 400, 400]
    assert [each["body"][0]["errorCode"] for each in results] == [
        "PROCESSING_HALTED",
        "REQUIRED_FIELD_MISSING",
        "PROCESSING_HALTED",
    ]
    assert list(org.store.all("Account")) == []


@pytest.mark.parametrize(("outer", "kept"), [(False, ["A", "Z"]), (True, [])])
def test_the_outer_all_or_none_overrules_that_of_a_collection(org: Org, outer: bool, kept: list[str]) -> None:
    rows = [{"attributes": {"type": "Account"}, "Name": name} for name in ("A", "")]
    results = send(
        org,
        part("POST", "/composite/sobjects", "many", {"allOrNone": False, "records": rows}),
        part("POST", "/sobjects/Account", "one", {"Name": "Z"}),
        all_or_none=outer,
    )
    assert statuses(results) == ([400, 400] if outer else [200, 201])
    assert [row["Name"] for row in org.store.all("Account")] == kept


def test_a_composite_call_counts_once(org: Org) -> None:
    before = org.store.limits.used()
    send(org, *(part("GET", "/limits", f"r{n}") for n in range(25)))
    assert org.store.limits.used() == before + 1


def test_headers_of_a_subrequest_are_its_own(org: Org) -> None:
    """The assignment rule takes the lead unless the subrequest itself says no."""
    rep = org.store.load("User", [{"Username": "r@x.example", "LastName": "R", "Email": "r@x.example"}])[0]
    org.store.assignment_owner = rep
    lead = {"LastName": "Fay", "Company": "X"}
    off = {"Sforce-Auto-Assign": "FALSE"}
    send(
        org,
        part("POST", "/sobjects/Lead", "a", lead),
        part("POST", "/sobjects/Lead", "b", lead, httpHeaders=off),
    )
    assert [row["OwnerId"] for row in org.store.all("Lead")] == [rep, org.store.user]


def test_paths_that_lead_nowhere(org: Org) -> None:
    """Each fails alone: unknown resources, wrong methods, retired versions, composites within composites."""
    results = send(
        org,
        part("GET", "/nonsense", "a"),
        part("DELETE", "/limits", "b"),
        {"method": "GET", "url": "/services/data/v20.0/limits", "referenceId": "c"},
        part("POST", "/composite", "d", {}),
        {"method": "GET", "url": "/elsewhere", "referenceId": "e"},
        part("GET", "/sobjects/Lead/@{nobody.id}", "f"),
        part("POST", "/sobjects/Lead", "g", ["no object"]),
    )
    assert statuses(results) == [404, 405, 410, 404, 404, 400, 400]
    assert [each["body"][0]["errorCode"] for each in results][5:] == [
        "PROCESSING_HALTED",
        "JSON_PARSER_ERROR",
    ]


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([], "JSON_PARSER_ERROR"),
        ("x", "JSON_PARSER_ERROR"),
        ([{"referenceId": "a"}], "JSON_PARSER_ERROR"),
        ([part("GET", "/limits", f"r{n}") for n in range(26)], "LIMIT_EXCEEDED"),
        ([part("GET", "/query?q=SELECT+Id+FROM+Lead", f"r{n}") for n in range(6)], "LIMIT_EXCEEDED"),
        ([part("GET", "/limits", "a"), part("GET", "/limits", "a")], "INVALID_INPUT"),
        ([part("GET", "/limits", "with-dash")], "INVALID_INPUT"),
    ],
)
def test_calls_that_are_refused_as_a_whole(org: Org, parts: Any, code: str) -> None:
    answer = org.call("POST", "/composite", {"compositeRequest": parts})
    assert problem(answer)[:2] == (400, code)


def batch(org: Org, *parts: dict[str, Any], halt: bool = False) -> Any:
    answer = org.call("POST", "/composite/batch", {"haltOnError": halt, "batchRequests": list(parts)})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_batch_of_independent_requests(org: Org) -> None:
    """One that fails disturbs no other; each counts against the limit."""
    before = org.store.limits.used()
    answer = batch(
        org,
        {"method": "POST", "url": "v64.0/sobjects/Account", "richInput": {"Name": "Acme"}},
        {"method": "POST", "url": "v64.0/sobjects/Account", "richInput": {}},
        {"method": "GET", "url": "v64.0/query?q=SELECT+Name+FROM+Account"},
    )
    assert answer["hasErrors"] is True
    made, failed, found = answer["results"]
    assert (made["statusCode"], made["result"]["success"]) == (201, True)
    assert (failed["statusCode"], failed["result"][0]["errorCode"]) == (400, "REQUIRED_FIELD_MISSING")
    assert found["result"]["records"][0]["Name"] == "Acme"
    assert org.store.limits.used() == before + 3


def test_a_batch_that_stops_at_the_first_error(org: Org) -> None:
    """The rest is 412; what was done stays done."""
    answer = batch(
        org,
        {"method": "POST", "url": "v64.0/sobjects/Account", "richInput": {"Name": "Acme"}},
        {"method": "GET", "url": "v64.0/nonsense"},
        {"method": "POST", "url": "v64.0/sobjects/Account", "richInput": {"Name": "Late"}},
        halt=True,
    )
    assert [each["statusCode"] for each in answer["results"]] == [201, 404, 412]
    assert answer["results"][2]["result"][0]["errorCode"] == "BATCH_PROCESSING_HALTED"
    assert [row["Name"] for row in org.store.all("Account")] == ["Acme"]


def test_a_batch_has_at_most_25(org: Org) -> None:
    parts = [{"method": "GET", "url": "v64.0/limits"}] * 26
    answer = org.call("POST", "/composite/batch", {"batchRequests": parts})
    assert problem(answer)[:2] == (400, "LIMIT_EXCEEDED")
