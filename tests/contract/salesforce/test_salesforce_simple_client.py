"""simple-salesforce, which we did not write, works unchanged."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from salesforce_org import TEXT_KEY, Org
from simple_salesforce import Salesforce, format_soql
from simple_salesforce.exceptions import (
    SalesforceGeneralError,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceResourceNotFound,
)


def test_records(sf: Salesforce) -> None:
    """Create, get, update, delete."""
    made = sf.Contact.create({"LastName": "Sørensen", "Email": "bo@acme.example"})
    assert made["success"] is True
    assert sf.Contact.get(made["id"])["Email"] == "bo@acme.example"
    assert sf.Contact.update(made["id"], {"FirstName": "Bo"}) == 204
    assert sf.Contact.get(made["id"])["Name"] == "Bo Sørensen"
    assert sf.Contact.delete(made["id"]) == 204
    with pytest.raises(SalesforceResourceNotFound) as gone:
        sf.Contact.get(made["id"])
    assert gone.value.content[0]["errorCode"] == "ENTITY_IS_DELETED"


def test_queries(org: Org, sf: Salesforce) -> None:
    """query, query_all over several pages, deleted rows, literals quoted by the client."""
    org.store.load("Lead", [{"LastName": f"L{i}", "Company": "O'Neill"} for i in range(2500)])
    found = sf.query_all(format_soql("SELECT Id FROM Lead WHERE Company = {}", "O'Neill"))
    assert len(found["records"]) == found["totalSize"] == 2500
    assert sum(1 for _ in sf.query_all_iter("SELECT Id FROM Lead")) == 2500
    since = format_soql(
        "SELECT COUNT() FROM Lead WHERE SystemModstamp > {}", datetime(2026, 11, 1, tzinfo=UTC)
    )
    assert sf.query(since)["totalSize"] == 2500
    sf.Lead.delete(found["records"][0]["Id"])
    assert sf.query("SELECT COUNT() FROM Lead", include_deleted=True)["totalSize"] == 2500
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.query("SELECT Nope FROM Lead")
    assert refused.value.content[0]["errorCode"] == "INVALID_FIELD"


def test_upserts(org: Org, sf: Salesforce) -> None:
    """By external id; an ambiguous one raises the client's own exception."""
    org.add_field("Lead.Link__c", TEXT_KEY)
    org.add_field("Lead.Key__c", {**TEXT_KEY, "unique": False})
    assert sf.Lead.upsert("Link__c/k1", {"LastName": "Fay", "Company": "X", "Key__c": "k"}) == 201
    assert sf.Lead.upsert("Link__c/k1", {"City": "Gent"}) == 200
    assert sf.Lead.get_by_custom_id("Link__c", "k1")["City"] == "Gent"
    sf.Lead.create({"LastName": "Gus", "Company": "X", "Key__c": "k"})
    with pytest.raises(SalesforceMoreThanOneRecord) as several:
        sf.Lead.upsert("Key__c/k", {"City": "Gent"})
    assert len(several.value.content) == 2


def test_collections_through_restful(sf: Salesforce) -> None:
    """Collections, limits and describe through the client's generic call."""
    records = [{"attributes": {"type": "Lead"}, "LastName": f"L{i}", "Company": "X"} for i in range(200)]
    results = sf.restful("composite/sobjects", method="POST", json={"allOrNone": False, "records": records})
    assert all(each["success"] for each in results)
    assert sf.limits()["DailyApiRequests"]["Max"] == 100000
    assert sf.api_usage["api-usage"].total == 100000
    assert len(sf.Lead.describe()["fields"]) > 40
    assert {each["name"] for each in sf.describe()["sobjects"]} >= {"Lead", "Contact"}


def test_tooling_through_the_client(sf: Salesforce) -> None:
    """Custom fields by the client's tooling call."""
    body = {"FullName": "Lead.Link__c", "Metadata": TEXT_KEY}
    assert sf.toolingexecute("sobjects/CustomField", method="POST", data=body)["success"] is True


def test_an_expired_session_is_renewed(org: Org, sf: Salesforce) -> None:
    """After a 401 the client logs in again and repeats."""
    org.store.expire_tokens()
    assert sf.query("SELECT COUNT() FROM Lead")["totalSize"] == 0


def test_errors_the_client_knows(sf: Salesforce) -> None:
    """412 and 405 are its general error, 400 its malformed request."""
    with pytest.raises(SalesforceMalformedRequest):
        sf.Lead.create({"LastName": "x"})
    with pytest.raises(SalesforceGeneralError) as not_allowed:
        sf.restful("query", method="PUT")
    assert not_allowed.value.status == 405
