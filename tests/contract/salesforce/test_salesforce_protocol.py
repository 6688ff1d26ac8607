"""What every client meets first: tokens, versions, sessions, limits, wrong paths."""

from __future__ import annotations

import gzip
import re

import pytest
import requests
from salesforce_org import MONDAY, Org, problem, token

from connector.sandbox.clock import Clock
from connector.sandbox.salesforce.ids import to_18
from connector.sandbox.salesforce.store import SalesforceStore


def test_client_credentials_give_a_token(org: Org) -> None:
    """The reply names the instance as it was addressed and an identity URL that other clients take apart."""
    form = {"grant_type": "client_credentials", "client_id": "sandbox", "client_secret": "sandbox"}
    reply = requests.post(f"{org.url}/services/oauth2/token", data=form, timeout=20).json()
    assert reply["instance_url"] == org.url
    assert re.fullmatch(re.escape(org.url) + r"/id/00D\w{15}/005\w{15}", reply["id"])
    assert reply["token_type"] == "Bearer"
    assert int(reply["issued_at"]) // 1000 == int(MONDAY.timestamp())
    basic = requests.post(
        f"{org.url}/services/oauth2/token",
        data={"grant_type": "client_credentials"},
        auth=("sandbox", "sandbox"),
        timeout=20,
    )
    assert basic.status_code == 200


@pytest.mark.parametrize(
    ("form", "error"),
    [
        (
            {"grant_type": "client_credentials", "client_id": "sandbox", "client_secret": "no"},
            "invalid_client",
        ),
        ({"grant_type": "client_credentials", "client_id": "no"}, "invalid_client_id"),
        ({"grant_type": "client_credentials"}, "invalid_client_id"),
        ({"grant_type": "password", "username": "a"}, "unsupported_grant_type"),
        ({}, "unsupported_grant_type"),
    ],
)
def test_wrong_credentials(org: Org, form: dict[str, str], error: str) -> None:
    """OAuth answers an object, not Salesforce's usual array."""
    reply = requests.post(f"{org.url}/services/oauth2/token", data=form, timeout=20)
    assert reply.status_code == 400
    assert reply.json()["error"] == error
    assert reply.json()["error_description"]


def test_an_expired_token(org: Org) -> None:
    """Every old token is refused; a new one works."""
    org.store.expire_tokens()
    expected = (401, "INVALID_SESSION_ID", "Session expired or invalid")
    assert problem(org.call("GET", "/limits")) == expected
    org.session.headers["Authorization"] = f"Bearer {token(org.url)}"
    assert org.call("GET", "/limits").status_code == 200
    del org.session.headers["Authorization"]
    assert problem(org.call("GET", "/limits")) == expected


def test_a_refreshed_sandbox_is_another_org(org: Org) -> None:
    """The same records under another organization id, which tokens, identity and Organization all show."""
    lead = org.make("Lead", {"LastName": "Fay", "Company": "X"})
    before = org.query("SELECT Id FROM Organization")["records"][0]["Id"]
    after = org.store.become_another_org()
    assert org.call("GET", "/limits").status_code == 401
    org.session.headers["Authorization"] = f"Bearer {token(org.url)}"
    assert org.query("SELECT Id FROM Organization")["records"][0]["Id"] == after != before
    assert after in org.call("GET", "").json()["identity"]
    assert org.show("Lead", lead, "LastName")["LastName"] == "Fay"


def test_versions(org: Org) -> None:
    """The list needs no session; it ends with Spring '26."""
    listed = requests.get(f"{org.url}/services/data/", timeout=20).json()
    assert listed[0]["version"] == "31.0"
    assert listed[-1] == {"label": "Spring '26", "url": "/services/data/v66.0", "version": "66.0"}


@pytest.mark.parametrize(
    ("version", "status"),
    [("20.0", 410), ("30.0", 410), ("31.0", 200), ("66.0", 200), ("67.0", 404), ("x", 404)],
)
def test_retired_and_future_versions(org: Org, version: str, status: int) -> None:
    """Versions below 31.0 are gone, later ones than the org's do not exist yet."""
    assert org.call("GET", "/limits", version=version).status_code == status


def test_usage_is_told_on_every_answer_and_in_limits(org: Org) -> None:
    """Good and bad answers alike carry the usage; the limits resource counts with it, itself included."""
    first = org.call("GET", "/limits")
    second = org.call("GET", "/nowhere")
    used = [
        int(re.fullmatch(r"api-usage=(\d+)/100000", a.headers["Sforce-Limit-Info"])[1])
        for a in (first, second)
    ]  # type: ignore[index]
    assert used[1] == used[0] + 1
    assert org.call("GET", "/limits").json()["DailyApiRequests"] == {
        "Max": 100000,
        "Remaining": 100000 - used[1] - 1,
    }


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "NOT_FOUND"),
        ("GET", "/sobjects/Person", 404, "NOT_FOUND"),
        ("GET", "/sobjects/Person/describe", 404, "NOT_FOUND"),
        ("PUT", "/query", 405, "METHOD_NOT_ALLOWED"),
        ("DELETE", "/sobjects/Lead", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/query/0r8000000000000AAA-2000", 400, "INVALID_QUERY_LOCATOR"),
        ("GET", "/query/rubbish", 400, "INVALID_QUERY_LOCATOR"),
        ("GET", "/query", 400, "MALFORMED_QUERY"),
        ("GET", "/sobjects/Lead/abc", 404, "NOT_FOUND"),
        ("GET", "/sobjects/Lead/00Q000000000000EAA", 404, "NOT_FOUND"),
        ("GET", "/sobjects/Lead/Company/x", 404, "NOT_FOUND"),
    ],
)
def test_wrong_paths(org: Org, method: str, path: str, status: int, code: str) -> None:
    """Errors are arrays with errorCode and message."""
    found = problem(org.call(method, path))
    assert found[:2] == (status, code)
    assert found[2]


def test_a_url_may_be_16_kilobytes_long_and_not_more(org: Org) -> None:
    """Longer ones are refused in HTML before anything is looked at."""
    short = "SELECT Id FROM Lead WHERE Email IN (" + ",".join(["'a@b.example'"] * 600) + ")"
    assert org.query(short)["totalSize"] == 0
    answer = org.call("GET", "/query", params={"q": short + " " * 9000})
    assert answer.status_code == 414
    assert "html" in answer.headers["Content-Type"]
    heavy = {"X-Much": "x" * 8000}
    assert org.call("GET", "/query", params={"q": short}, headers=heavy).status_code == 431


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"{", {}, 400, "JSON_PARSER_ERROR"),
        (b"[]", {}, 400, "JSON_PARSER_ERROR"),
        (b"", {}, 400, "JSON_PARSER_ERROR"),
        (b"\xff\xfe", {}, 400, "JSON_PARSER_ERROR"),
        (b"LastName=x", {"Content-Type": "application/x-www-form-urlencoded"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"plain", {"Content-Encoding": "gzip"}, 400, "JSON_PARSER_ERROR"),
    ],
)
def test_bodies_that_are_no_json(
    org: Org, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    """A body that cannot be read is the client's mistake."""
    merged = {"Content-Type": "application/json", **headers}
    assert problem(org.call("POST", "/sobjects/Lead", data=body, headers=merged))[:2] == (status, code)


def test_compressed_bodies_are_read(org: Org) -> None:
    """Clients may send gzip."""
    body = gzip.compress(b'{"LastName": "Fay", "Company": "Fay BV"}')
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert org.call("POST", "/sobjects/Lead", data=body, headers=headers).status_code == 201


def test_resources_and_object_list(org: Org) -> None:
    """The entry page of a version, and every object with its key prefix."""
    assert org.call("GET", "").json()["sobjects"] == "/services/data/v64.0/sobjects"
    listed = {each["name"]: each["keyPrefix"] for each in org.call("GET", "/sobjects").json()["sobjects"]}
    assert listed["Lead"] == "00Q"
    assert {"Contact", "Account", "Opportunity", "OpportunityContactRole", "Task", "User"} <= set(listed)
    assert "CustomField" not in listed


def test_describe_tells_what_a_sync_must_know(org: Org) -> None:
    """Lengths, types, writability, picklists, references; compounds are read-only."""
    described = org.call("GET", "/sobjects/Lead/describe").json()
    fields = {field["name"]: field for field in described["fields"]}
    lengths = {
        name: fields[name]["length"] for name in ("FirstName", "LastName", "Company", "Title", "Email")
    }
    assert lengths == {"FirstName": 40, "LastName": 80, "Company": 255, "Title": 128, "Email": 80}
    assert [fields[n]["nillable"] for n in ("LastName", "Company", "Status", "Email")] == [
        False,
        False,
        False,
        True,
    ]
    assert fields["Status"]["defaultedOnCreate"] is True
    assert not fields["Name"]["createable"]
    assert not fields["Address"]["updateable"]
    assert fields["Street"]["compoundFieldName"] == "Address"
    assert not fields["IsConverted"]["createable"]
    assert fields["OwnerId"]["referenceTo"] == ["Group", "User"]
    assert {
        "value": "Web",
        "label": "Web",
        "active": True,
        "defaultValue": False,
        "validFor": None,
    } in fields["LeadSource"]["picklistValues"]
    assert described["recordTypeInfos"][0]["recordTypeId"] == "012000000000000AAA"


def test_ids_have_the_right_check_characters() -> None:
    """Pairs that Salesforce itself has given out."""
    assert to_18("a0D30000001n7Pi") == "a0D30000001n7PiEAI"
    assert to_18("001R00000064wdt") == "001R00000064wdtIAA"
    assert to_18("001R00000064wdtIAB") is None
    assert to_18("001R0000006") is None


def test_an_org_on_disk_goes_on_where_it_was(tmp_path: object) -> None:
    """Records, custom fields, permissions and tokens survive a restart; ids are not given out twice."""
    path = f"{tmp_path}/org.sqlite"
    store = SalesforceStore(path, Clock(MONDAY, frozen=True))
    lead = store.user_create("Lead", {"LastName": "Fay", "Company": "Fay BV"})
    store.hide_field("Lead", "Rating")
    kept = store.new_token()
    store.close()
    again = SalesforceStore(path, Clock(MONDAY, frozen=True))
    assert again.accepts_token(kept)
    assert (again.get("Lead", lead) or {})["LastName"] == "Fay"
    lead_type = again.view.find("Lead")
    assert lead_type is not None
    assert lead_type.find("Rating") is None
    assert again.user_create("Lead", {"LastName": "Fay", "Company": "Fay BV"}) != lead
    assert len(list(again.all("OpportunityStage"))) == 10
    again.close()
