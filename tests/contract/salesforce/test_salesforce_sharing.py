"""Sharing: rows that the running user does not see, or may only read. Nobody says that they are missing."""

from __future__ import annotations

import pytest
from salesforce_org import TEXT_KEY, Org, problem

LEAD = {"LastName": "Fay", "Company": "X", "Email": "fay@fay.example"}
ACCESS = "insufficient access rights on object id"


@pytest.fixture
def hidden(org: Org) -> str:
    """A lead with a unique key that belongs to somebody else, beside one that can be seen."""
    org.add_field("Lead.Link__c", TEXT_KEY)
    org.make("Lead", {**LEAD, "LastName": "Seen"})
    lead = org.make("Lead", {**LEAD, "Link__c": "k"})
    org.switch(hidden_rows=[lead[:15]])
    return lead


def test_queries_leave_it_out_without_a_word(org: Org, hidden: str) -> None:
    """Rows, counts, queryAll, getUpdated, semi-joins: it is nowhere."""
    org.store.user_create("Task", {"WhoId": hidden, "Subject": "Call"})
    assert [row["LastName"] for row in org.query("SELECT LastName FROM Lead")["records"]] == ["Seen"]
    assert org.query("SELECT COUNT() FROM Lead")["totalSize"] == 1
    assert org.query("SELECT Id FROM Lead", "/queryAll")["totalSize"] == 1
    assert org.query(f"SELECT Id FROM Lead WHERE Id = '{hidden}'")["records"] == []
    assert org.query("SELECT Id FROM Task WHERE WhoId IN (SELECT Id FROM Lead)")["totalSize"] == 0
    span = {"start": "2026-11-02T08:00:00Z", "end": "2026-11-02T09:01:00Z"}
    assert hidden not in org.call("GET", "/sobjects/Lead/updated", params=span).json()["ids"]
    org.switch(hidden_rows=[])
    assert org.query("SELECT COUNT() FROM Lead")["totalSize"] == 2


def test_it_looks_like_one_that_never_was(org: Org, hidden: str) -> None:
    """404 alone, null in a retrieval, an invalid reference in a collection."""
    missing = (404, "NOT_FOUND", "The requested resource does not exist")
    assert problem(org.call("GET", f"/sobjects/Lead/{hidden}")) == missing
    assert problem(org.call("PATCH", f"/sobjects/Lead/{hidden}", {"City": "Gent"})) == missing
    assert problem(org.call("DELETE", f"/sobjects/Lead/{hidden}")) == missing
    assert problem(org.call("GET", "/sobjects/Lead/Link__c/k")) == missing
    many = "/composite/sobjects"
    assert org.call("POST", f"{many}/Lead", {"ids": [hidden], "fields": ["Id"]}).json() == [None]
    records = [{"attributes": {"type": "Lead"}, "Id": hidden, "City": "Gent"}]
    (result,) = org.call("PATCH", many, {"records": records}).json()
    assert result["errors"][0]["statusCode"] == "INVALID_CROSS_REFERENCE_KEY"
    assert (org.store.get("Lead", hidden) or {})["City"] is None


def test_its_unique_value_is_taken_all_the_same(org: Org, hidden: str) -> None:
    """The refusal names neither the field nor the record."""
    text = "duplicate value found: <unknown> duplicates value on record with id: <unknown>"
    expected = (400, "DUPLICATE_VALUE", text)
    assert problem(org.call("POST", "/sobjects/Lead", {**LEAD, "Link__c": "k"})) == expected
    assert problem(org.call("PATCH", "/sobjects/Lead/Link__c/k", LEAD)) == expected
    assert org.store.get("Lead", hidden) is not None


def test_a_parent_that_is_hidden(org: Org) -> None:
    """The reference shows, the parent does not; nothing new can point to it."""
    account = org.make("Account", {"Name": "Secret"})
    contact = org.make("Contact", {"LastName": "Fay", "AccountId": account})
    org.switch(hidden_rows=[account])
    (row,) = org.query("SELECT AccountId, Account.Name FROM Contact")["records"]
    assert (row["AccountId"], row["Account"]) == (account, None)
    assert org.query("SELECT Id FROM Contact WHERE Account.Name = 'Secret'")["totalSize"] == 0
    refused = problem(org.call("POST", "/sobjects/Contact", {"LastName": "Gus", "AccountId": account}))
    assert refused[1] == "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"
    assert org.call("PATCH", f"/sobjects/Contact/{contact}", {"Title": "CEO"}).status_code == 204


def test_a_row_that_may_only_be_read(org: Org) -> None:
    """It shows everywhere; writing and deleting are refused, to the API alone."""
    lead = org.make("Lead", LEAD)
    org.switch(read_only_rows=[lead])
    expected = (400, "INSUFFICIENT_ACCESS_OR_READONLY", ACCESS)
    assert org.show("Lead", lead, "LastName")["LastName"] == "Fay"
    assert problem(org.call("PATCH", f"/sobjects/Lead/{lead}", {"City": "Gent"})) == expected
    assert problem(org.call("DELETE", f"/sobjects/Lead/{lead}")) == expected
    org.store.user_edit("Lead", lead, {"City": "Gouda"})
    assert org.show("Lead", lead, "City")["City"] == "Gouda"


def test_people_in_the_org_see_everything(org: Org, hidden: str) -> None:
    """Sharing concerns the user of the API: a rep goes on working with the row."""
    org.store.user_edit("Lead", hidden, {"City": "Gouda"})
    assert (org.store.get("Lead", hidden) or {})["City"] == "Gouda"
