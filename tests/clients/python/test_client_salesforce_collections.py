"""simple-salesforce and many records in one request, through its `restful`: collections, composite, batch."""

from __future__ import annotations

from typing import Any

import pytest
from ground.base import Ground
from ground.fields import key_field
from ground.salesforce import SalesforceGround
from ground.tag import Tag
from simple_salesforce.exceptions import SalesforceMalformedRequest

SOBJECTS = "composite/sobjects"


def leads(tag: Tag, count: int, **more: Any) -> list[dict[str, Any]]:
    return [
        {"attributes": {"type": "Lead"}, "LastName": tag.text(), "Company": "Zonen", **more}
        for _ in range(count)
    ]


def test_two_hundred_are_made_changed_read_and_deleted(salesforce: SalesforceGround, tag: Tag) -> None:
    """A verdict for each, in the order of the request."""
    call, rows = salesforce.api.restful, leads(tag, 200)
    made = call(SOBJECTS, method="POST", json={"allOrNone": False, "records": rows})
    ids = [each["id"] for each in made]
    assert all(each["success"] for each in made)
    changes = [{"attributes": {"type": "Lead"}, "id": id, "City": f"Gent {n}"} for n, id in enumerate(ids)]
    changed = call(SOBJECTS, method="PATCH", json={"records": changes})
    assert [each["id"] for each in changed] == ids
    read = call(f"{SOBJECTS}/Lead", method="POST", json={"ids": ids[:3], "fields": ["LastName", "City"]})
    assert [row["City"] for row in read] == ["Gent 0", "Gent 1", "Gent 2"]
    assert [row["LastName"] for row in read] == [row["LastName"] for row in rows[:3]]
    deleted = call(SOBJECTS, method="DELETE", params={"ids": ",".join(ids)})
    assert all(each["success"] for each in deleted)


def test_a_bad_row_fails_alone(salesforce: SalesforceGround, tag: Tag) -> None:
    good, bad = leads(tag, 2)
    bad["Email"] = "not an address"
    first, second = salesforce.api.restful(SOBJECTS, method="POST", json={"records": [bad, good]})
    assert (first["success"], second["success"]) == (False, True)
    assert first["errors"][0]["statusCode"] == "INVALID_EMAIL_ADDRESS"
    assert first["errors"][0]["fields"] == ["Email"]


def test_all_or_none_takes_the_others_along(salesforce: SalesforceGround, tag: Tag) -> None:
    good, bad = leads(tag, 2)
    bad["Email"] = "not an address"
    body = {"allOrNone": True, "records": [good, bad]}
    verdicts = salesforce.api.restful(SOBJECTS, method="POST", json=body)
    assert [each["success"] for each in verdicts] == [False, False]
    assert verdicts[0]["errors"][0]["statusCode"] == "ALL_OR_NONE_OPERATION_ROLLED_BACK"


def test_many_are_upserted_by_an_external_id(ground: Ground, salesforce: SalesforceGround, tag: Tag) -> None:
    key = key_field(ground, salesforce)
    rows = [row | {key: tag.name()} for row in leads(tag, 3)]
    address = f"{SOBJECTS}/Lead/{key}"
    first = salesforce.api.restful(address, method="PATCH", json={"records": rows[:2]})
    again = salesforce.api.restful(address, method="PATCH", json={"records": rows})
    assert [each["created"] for each in first] == [True, True]
    assert [each["created"] for each in again] == [False, False, True]
    assert [each["id"] for each in again[:2]] == [each["id"] for each in first]


def test_more_than_two_hundred_are_refused(salesforce: SalesforceGround, tag: Tag) -> None:
    with pytest.raises(SalesforceMalformedRequest):
        salesforce.api.restful(SOBJECTS, method="POST", json={"records": leads(tag, 201)})


def test_requests_in_one_refer_to_each_other(salesforce: SalesforceGround, tag: Tag) -> None:
    base = f"/services/data/v{salesforce.api.sf_version}/sobjects"
    account = {
        "method": "POST",
        "url": f"{base}/Account",
        "referenceId": "firm",
        "body": {"Name": tag.text()},
    }
    person = {"LastName": tag.text(), "AccountId": "@{firm.id}"}
    contact = {"method": "POST", "url": f"{base}/Contact", "referenceId": "person", "body": person}
    body = {"allOrNone": True, "compositeRequest": [account, contact]}
    firm, made = salesforce.api.restful("composite", method="POST", json=body)["compositeResponse"]
    assert (firm["httpStatusCode"], made["httpStatusCode"]) == (201, 201)
    assert salesforce.api.Contact.get(made["body"]["id"])["AccountId"] == firm["body"]["id"]


def test_a_failure_halts_what_belongs_together(salesforce: SalesforceGround, tag: Tag) -> None:
    base = f"/services/data/v{salesforce.api.sf_version}/sobjects"
    good = {"method": "POST", "url": f"{base}/Account", "referenceId": "a", "body": {"Name": tag.text()}}
    bad = {"method": "POST", "url": f"{base}/Account", "referenceId": "b", "body": {}}
    body = {"allOrNone": True, "compositeRequest": [good, bad]}
    first, second = salesforce.api.restful("composite", method="POST", json=body)["compositeResponse"]
    assert (first["httpStatusCode"], second["httpStatusCode"]) == (400, 400)
    assert first["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert second["body"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"


def test_a_batch_answers_each_request_by_itself(salesforce: SalesforceGround) -> None:
    version = f"v{salesforce.api.sf_version}"
    asked = [
        {"method": "GET", "url": f"{version}/limits"},
        {"method": "GET", "url": f"{version}/sobjects/Lead/00Q000000000000AAA"},
    ]
    answer = salesforce.api.restful("composite/batch", method="POST", json={"batchRequests": asked})
    assert answer["hasErrors"] is True
    assert [each["statusCode"] for each in answer["results"]] == [200, 404]
