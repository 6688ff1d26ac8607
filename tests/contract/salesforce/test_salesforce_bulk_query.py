"""Bulk API 2.0, extracting: SOQL in, CSV pages out."""

from __future__ import annotations

import csv
import io

import pytest
from salesforce_org import Org, problem
from simple_salesforce import Salesforce


def asked(org: Org, query: str, operation: str = "query", **more: str) -> str:
    """A query job that has ended; returns its id."""
    answer = org.call("POST", "/jobs/query", {"operation": operation, "query": query, **more})
    assert answer.status_code == 200, answer.text
    id = str(answer.json()["id"])
    for _ in range(5):
        org.call("GET", f"/jobs/query/{id}")
    return id


def test_the_client_extracts_page_by_page(org: Org, sf: Salesforce) -> None:
    """simple-salesforce follows the locator until it is the word null."""
    org.store.load("Contact", [{"LastName": f"P{n}"} for n in range(25)])
    pages = list(sf.bulk2.Contact.query("SELECT Id, LastName FROM Contact", max_records=10, wait=0.01))
    rows = [row for page in pages for row in csv.DictReader(io.StringIO(page))]
    assert [len(page.splitlines()) - 1 for page in pages] == [10, 10, 5]
    assert {row["LastName"] for row in rows} == {f"P{n}" for n in range(25)}


def test_headers_of_the_pages(org: Org) -> None:
    org.store.load("Contact", [{"LastName": f"P{n}"} for n in range(3)])
    id = asked(org, "SELECT LastName FROM Contact ORDER BY LastName")
    path = f"/jobs/query/{id}/results"
    first = org.call("GET", path, params={"maxRecords": 2})
    assert first.headers["Sforce-NumberOfRecords"] == "2"
    last = org.call("GET", path, params={"maxRecords": 2, "locator": first.headers["Sforce-Locator"]})
    assert last.headers["Sforce-Locator"] == "null"
    assert last.text == '"LastName"\n"P2"\n'
    assert org.call("GET", path).headers["Sforce-Locator"] == "null"
    for locator in ("nonsense", "LTE", "OTk"):
        wrong = org.call("GET", path, params={"locator": locator})
        assert problem(wrong)[:2] == (400, "INVALID_QUERY_LOCATOR")


def test_how_values_look(org: Org) -> None:
    """Parents under their path, empty cells for null, words for checkboxes, times with a Z."""
    account = org.make("Account", {"Name": 'A "B", C'})
    org.make("Contact", {"LastName": "Fay", "AccountId": account, "Birthdate": "1970-02-03"})
    org.make("Contact", {"LastName": "Gus"})
    fields = "LastName, Account.Name, DoNotCall, Birthdate, CreatedDate"
    id = asked(org, f"SELECT {fields} FROM Contact ORDER BY LastName", columnDelimiter="SEMICOLON")
    assert org.call("GET", f"/jobs/query/{id}/results").text.splitlines() == [
        '"LastName";"Account.Name";"DoNotCall";"Birthdate";"CreatedDate"',
        '"Fay";"A ""B"", C";"false";"1970-02-03";"2026-11-02T09:00:00.000Z"',
        '"Gus";"";"false";"";"2026-11-02T09:00:00.000Z"',
    ]


def test_deleted_rows_by_query_all(org: Org) -> None:
    id = org.make("Contact", {"LastName": "Gone"})
    org.call("DELETE", f"/sobjects/Contact/{id}")
    for operation, rows in (("query", "0"), ("queryAll", "1")):
        done = asked(org, "SELECT Id FROM Contact", operation)
        answer = org.call("GET", f"/jobs/query/{done}/results")
        assert answer.headers["Sforce-NumberOfRecords"] == rows


def test_states_and_numbers(org: Org) -> None:
    """UploadComplete, InProgress, JobComplete; results only then."""
    org.make("Contact", {"LastName": "A"})
    answer = org.call("POST", "/jobs/query", {"operation": "query", "query": "SELECT Id FROM Contact"}).json()
    assert (answer["state"], answer["object"], "contentUrl" in answer) == (
        "UploadComplete",
        "Contact",
        False,
    )
    path = f"/jobs/query/{answer['id']}"
    assert problem(org.call("GET", path + "/results"))[1] == "INVALIDJOBSTATE"
    seen = [org.call("GET", path).json() for _ in range(3)]
    assert [info["state"] for info in seen] == ["UploadComplete", "InProgress", "JobComplete"]
    assert (seen[-1]["numberRecordsProcessed"], seen[-1]["jobType"]) == (1, "V2Query")
    assert problem(org.call("PATCH", path, {"state": "Aborted"}))[1] == "INVALIDJOBSTATE"
    assert org.call("DELETE", path).status_code == 204
    assert org.call("GET", path).status_code == 404


def test_an_aborted_query_has_no_results(org: Org) -> None:
    made = org.call("POST", "/jobs/query", {"operation": "query", "query": "SELECT Id FROM Contact"}).json()
    path = f"/jobs/query/{made['id']}"
    assert org.call("PATCH", path, {"state": "Aborted"}).json()["state"] == "Aborted"
    assert org.call("GET", path).json()["state"] == "Aborted"
    assert problem(org.call("GET", path + "/results"))[1] == "INVALIDJOBSTATE"


def test_a_field_hidden_meanwhile_fails_the_job(org: Org) -> None:
    made = org.call("POST", "/jobs/query", {"operation": "query", "query": "SELECT Phone FROM Contact"})
    org.store.hide_field("Contact", "Phone")
    path = f"/jobs/query/{made.json()['id']}"
    info = [org.call("GET", path).json() for _ in range(3)][-1]
    assert info["state"] == "Failed"


@pytest.mark.parametrize(
    ("query", "code", "text"),
    [
        ("SELECT MailingAddress FROM Contact", "API_ERROR", "Selecting compound data not supported"),
        ("SELECT COUNT() FROM Contact", "API_ERROR", "Aggregate"),
        ("SELECT LastName FROM Contact GROUP BY LastName", "API_ERROR", "Aggregate"),
        ("SELECT Id FROM Contact OFFSET 5", "API_ERROR", "OFFSET"),
        ("SELECT Id, (SELECT Id FROM Contacts) FROM Account", "API_ERROR", "Nested"),
        ("SELECT Nope FROM Contact", "INVALID_FIELD", "No such column 'Nope'"),
        ("SELECT TYPEOF Who WHEN Lead THEN Company END FROM Task", "API_ERROR", "TYPEOF"),
        ("SELECT FROM", "MALFORMED_QUERY", ""),
        ("SELECT Id FROM Lead WHERE City = '" + "x" * 100_000 + "'", "MALFORMED_QUERY", "100000"),
    ],
    ids=lambda value: value[:60],
)
def test_queries_that_bulk_refuses(org: Org, query: str, code: str, text: str) -> None:
    answer = problem(org.call("POST", "/jobs/query", {"operation": "query", "query": query}))
    assert answer[:2] == (400, code)
    assert text in answer[2]
