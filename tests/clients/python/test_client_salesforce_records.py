"""simple-salesforce and single records: make, read, change, upsert, delete; its exceptions."""

from __future__ import annotations

from typing import Any

import pytest
from ground.base import Ground
from ground.fields import key_field
from ground.salesforce import SalesforceGround
from ground.tag import Tag
from simple_salesforce.exceptions import (
    SalesforceGeneralError,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceResourceNotFound,
)

MISSING = "00Q000000000000AAA"


def lead(tag: Tag, **more: Any) -> dict[str, Any]:
    return {"LastName": tag.text("Sørensen"), "Company": "Ærø ApS", **more}


def test_a_record_is_made_read_changed_and_deleted(salesforce: SalesforceGround, tag: Tag) -> None:
    leads, values = salesforce.api.Lead, lead(tag, FirstName="Bo", Email=tag.email("bo"))
    made = leads.create(values)
    assert (made["success"], made["errors"]) == (True, [])
    read = leads.get(made["id"])
    assert (read["Name"], read["Email"]) == (f"Bo {values['LastName']}", values["Email"])
    assert read["attributes"]["type"] == "Lead"
    assert leads.update(made["id"], {"FirstName": "", "City": " Gent "}) == 204
    changed = leads.get(made["id"][:15])
    assert (changed["FirstName"], changed["City"]) == (None, "Gent")
    assert leads.delete(made["id"]) == 204
    with pytest.raises(SalesforceResourceNotFound) as gone:
        leads.get(made["id"])
    assert gone.value.content[0]["errorCode"] in ("ENTITY_IS_DELETED", "NOT_FOUND")


def test_children_are_made_with_their_parents(salesforce: SalesforceGround, tag: Tag) -> None:
    api = salesforce.api
    account = api.Account.create({"Name": tag.text()})["id"]
    contact = api.Contact.create({"LastName": tag.text(), "AccountId": account})["id"]
    deal = {"Name": tag.text(), "StageName": "Prospecting", "CloseDate": "2030-01-31", "AccountId": account}
    opportunity = api.Opportunity.create(deal)["id"]
    role = {"OpportunityId": opportunity, "ContactId": contact, "Role": "Decision Maker", "IsPrimary": True}
    api.OpportunityContactRole.create(role)
    read = api.Opportunity.get(opportunity)
    assert (read["AccountId"], read["IsClosed"], read["CloseDate"]) == (account, False, "2030-01-31")
    (found,) = api.query(
        f"SELECT Contact.Name, IsPrimary FROM OpportunityContactRole WHERE OpportunityId = '{opportunity}'"
    )["records"]
    assert found["IsPrimary"] is True


def test_a_task_concerns_a_person(salesforce: SalesforceGround, tag: Tag) -> None:
    api = salesforce.api
    who = api.Lead.create(lead(tag))["id"]
    task = api.Task.create({"Subject": tag.text("bellen"), "WhoId": who, "ActivityDate": "2030-01-31"})["id"]
    read = api.Task.get(task)
    assert (read["WhoId"], read["IsClosed"]) == (who, False)
    api.Task.update(task, {"Status": "Completed"})
    assert api.Task.get(task)["IsClosed"] is True


def test_records_are_upserted_by_an_external_id(
    ground: Ground, salesforce: SalesforceGround, tag: Tag
) -> None:
    """201 the first time, 200 from then on."""
    key = key_field(ground, salesforce)
    leads, value = salesforce.api.Lead, tag.name()
    assert leads.upsert(f"{key}/{value}", lead(tag)) == 201
    assert leads.upsert(f"{key}/{value}", {"City": "Gent"}) == 200
    assert leads.get_by_custom_id(key, value)["City"] == "Gent"
    with pytest.raises(SalesforceMalformedRequest) as taken:
        leads.create(lead(tag, **{key: value}))
    assert taken.value.content[0]["errorCode"] == "DUPLICATE_VALUE"


def test_an_ambiguous_external_id_is_an_exception_with_the_addresses(
    ground: Ground, salesforce: SalesforceGround, tag: Tag
) -> None:
    key = key_field(ground, salesforce, unique=False)
    leads, value = salesforce.api.Lead, tag.name()
    for _ in range(2):
        leads.create(lead(tag, **{key: value}))
    with pytest.raises(SalesforceMoreThanOneRecord) as several:
        leads.upsert(f"{key}/{value}", {"City": "Gent"})
    assert len(several.value.content) == 2
    assert all("/sobjects/Lead/" in address for address in several.value.content)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"LastName": None}, "REQUIRED_FIELD_MISSING"),
        ({"Email": "Not a real email address"}, "INVALID_EMAIL_ADDRESS"),
        ({"FirstName": "x" * 41}, "STRING_TOO_LONG"),
        ({"NoSuchField__c": "x"}, "INVALID_FIELD"),
    ],
)
def test_a_wrong_value_is_refused_with_its_code(
    salesforce: SalesforceGround, tag: Tag, change: dict[str, Any], code: str
) -> None:
    with pytest.raises(SalesforceMalformedRequest) as refused:
        salesforce.api.Lead.create(lead(tag) | change)
    (problem,) = refused.value.content
    assert problem["errorCode"] == code
    assert code in ("INVALID_FIELD",) or problem["fields"] == list(change)


def test_what_is_not_there_is_not_found(salesforce: SalesforceGround) -> None:
    for act in (
        lambda: salesforce.api.Lead.update(MISSING, {"City": "Gent"}),
        lambda: salesforce.api.Lead.delete(MISSING),
    ):
        with pytest.raises(SalesforceResourceNotFound) as gone:
            act()
        assert gone.value.content[0]["errorCode"] == "NOT_FOUND"


def test_a_type_or_method_that_does_not_exist_is_an_exception(salesforce: SalesforceGround) -> None:
    with pytest.raises(SalesforceResourceNotFound) as unknown:
        salesforce.api.Unicorn__c.describe()
    assert unknown.value.content[0]["errorCode"] == "NOT_FOUND"
    with pytest.raises(SalesforceGeneralError) as not_allowed:
        salesforce.api.restful("query", method="PUT")
    assert not_allowed.value.status == 405
