"""What is taken back leaves nothing behind: no rows that turn up later, no fields that are not there."""

from __future__ import annotations

from typing import Any

import requests
from salesforce_org import Org, problem

BASE = "/services/data/v64.0"
FIELDS = "/tooling/sobjects/CustomField"


def score(name: str = "Score__c") -> dict[str, Any]:
    return {"FullName": f"Lead.{name}", "Metadata": {"type": "Text", "length": 40, "label": "Score"}}


def test_what_a_late_call_took_back_itself_never_turns_up(org: Org) -> None:
    """All or none, in a transaction that others see two minutes later: none it is."""
    kinds = {"attributes": {"type": "Lead"}, "LastName": "Fay"}
    body = {"allOrNone": True, "records": [kinds | {"Company": "X"}, kinds]}
    rule = {"answer": {"late_commit_s": 120}, "match": {"method": "POST"}}
    assert requests.post(f"{org.url}/_sandbox/faults", json=rule, timeout=20).status_code == 200
    first, second = org.call("POST", "/composite/sobjects", body).json()
    assert first["errors"][0]["statusCode"] == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert second["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    org.clock.advance(120)
    assert org.query("SELECT Id FROM Lead")["records"] == []
    assert list(org.store.all("Lead")) == []


def test_a_field_of_a_composite_that_is_taken_back_is_not_there(org: Org) -> None:
    """Records can be made afterwards, and the field too."""
    field = {"method": "POST", "url": BASE + FIELDS, "referenceId": "field", "body": score()}
    wrong = {"method": "POST", "url": f"{BASE}/sobjects/Lead", "referenceId": "lead", "body": {}}
    made = {**wrong, "referenceId": "good", "body": {"LastName": "Fay", "Company": "X"}}
    body = {"allOrNone": True, "compositeRequest": [field, made, wrong]}
    assert org.call("POST", "/composite", body).status_code == 200
    assert org.make("Lead", {"LastName": "Fay", "Company": "X"})
    assert org.call("POST", FIELDS, score()).status_code == 201
    assert len(org.query("SELECT Id FROM Lead")["records"]) == 1


def test_a_field_stays_as_long_as_an_open_transaction_writes_its_object(org: Org) -> None:
    """An admin who deletes it has to wait; then the record is there, and the field goes."""
    field = org.call("POST", FIELDS, score()).json()["id"]
    org.switch(late_commit_s=120)
    org.store.user_create("Lead", {"LastName": "Fay", "Company": "X"})
    assert problem(org.call("DELETE", f"{FIELDS}/{field}"))[:2] == (400, "UNABLE_TO_LOCK_ROW")
    org.clock.advance(120)
    assert len(org.query("SELECT Id FROM Lead")["records"]) == 1
    assert org.call("DELETE", f"{FIELDS}/{field}").status_code == 204
