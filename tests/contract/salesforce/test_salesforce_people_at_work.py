"""What people and admins do in the org itself, as the API then shows it."""

from __future__ import annotations

from typing import Any

import pytest
from salesforce_org import TEXT_KEY, Org, problem

from connector.sandbox.salesforce.errors import RecordError, ValidationRule

LEAD = {
    "FirstName": "Ada",
    "LastName": "Fay",
    "Company": "Fay BV",
    "Email": "ada@fay.example",
    "Street": "Kade 1",
    "City": "Gouda",
    "Phone": "1",
}


def seller(org: Org) -> str:
    """A person who sells."""
    return org.store.load(
        "User", [{"Username": "sam@x.example", "LastName": "Sam", "Email": "sam@x.example"}]
    )[0]


def test_a_person_edits_a_record(org: Org) -> None:
    """The person, not the integration user, is its last modifier."""
    sam = seller(org)
    lead = org.make("Lead", LEAD)
    org.clock.advance(60)
    org.store.user_edit("Lead", lead, {"City": "Gent"}, sam)
    shown = org.show("Lead", lead, "City", "LastModifiedById", "CreatedById", "SystemModstamp")
    assert shown["City"] == "Gent"
    assert (shown["LastModifiedById"], shown["CreatedById"]) == (sam, org.store.user)
    assert shown["SystemModstamp"] == "2026-11-02T09:01:00.000+0000"


def test_converting_a_lead(org: Org) -> None:
    """Account, contact, opportunity and role come into being; the lead is closed for good."""
    sam = seller(org)
    lead = org.make("Lead", {**LEAD, "OwnerId": sam})
    org.make("Task", {"WhoId": lead, "Subject": "Call"})
    made = org.store.convert(lead, user_id=sam)
    shown = org.show("Lead", lead)
    assert shown["IsConverted"] is True
    assert shown["Status"] == "Closed - Converted"
    assert shown["ConvertedDate"] == "2026-11-02"
    assert shown["LastModifiedById"] == sam
    assert [shown[f"Converted{what}Id"] for what in ("Account", "Contact", "Opportunity")] == [
        made["account"],
        made["contact"],
        made["opportunity"],
    ]
    contact = org.show("Contact", str(made["contact"]))
    assert (contact["Name"], contact["Email"], contact["MailingCity"]) == (
        "Ada Fay",
        "ada@fay.example",
        "Gouda",
    )
    assert (contact["AccountId"], contact["OwnerId"]) == (made["account"], sam)
    account = org.show("Account", str(made["account"]))
    assert (account["Name"], account["BillingStreet"]) == ("Fay BV", "Kade 1")
    role = org.query("SELECT ContactId, IsPrimary, Opportunity.Name FROM OpportunityContactRole")["records"][
        0
    ]
    assert (role["ContactId"], role["IsPrimary"], role["Opportunity"]["Name"]) == (
        made["contact"],
        True,
        "Fay BV-",
    )
    assert org.query("SELECT WhoId FROM Task")["records"][0]["WhoId"] == made["contact"]


def test_a_converted_lead_cannot_be_written(org: Org) -> None:
    """Not through the API and not by a person; converting it again is a mistake too."""
    lead = org.make("Lead", LEAD)
    org.store.convert(lead, opportunity=False)
    expected = (400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
    assert problem(org.call("PATCH", f"/sobjects/Lead/{lead}", {"City": "Gent"})) == expected
    with pytest.raises(RecordError, match="CANNOT_UPDATE_CONVERTED_LEAD"):
        org.store.user_edit("Lead", lead, {"City": "Gent"})
    with pytest.raises(ValueError, match="already converted"):
        org.store.convert(lead)


def test_converting_into_an_existing_contact_fills_only_blanks(org: Org) -> None:
    """What the contact already has stays; no opportunity unless wanted."""
    account = org.make("Account", {"Name": "Fay Group", "Phone": "99"})
    contact = org.make("Contact", {"LastName": "Fay", "AccountId": account, "MailingCity": "Gent"})
    lead = org.make("Lead", LEAD)
    made = org.store.convert(lead, contact=contact, opportunity=False)
    assert made == {"lead": lead, "account": account, "contact": contact, "opportunity": None}
    shown = org.show("Contact", contact)
    assert (shown["FirstName"], shown["MailingCity"], shown["MailingStreet"]) == ("Ada", "Gent", "Kade 1")
    assert org.show("Account", account)["Phone"] == "99"


def test_custom_fields_at_conversion(org: Org) -> None:
    """Fields of the same name go along, a unique key does not: it cannot stand twice."""
    for type in ("Lead", "Contact"):
        org.add_field(f"{type}.SMK_Link__c", TEXT_KEY)
        org.add_field(f"{type}.SMK_Note__c", {"label": "N", "type": "TextArea"})
    lead = org.make("Lead", {**LEAD, "SMK_Link__c": "k", "SMK_Note__c": "hot"})
    contact = org.show("Contact", str(org.store.convert(lead)["contact"]), "SMK_Link__c", "SMK_Note__c")
    assert (contact["SMK_Link__c"], contact["SMK_Note__c"]) == (None, "hot")


def test_merging_contacts(org: Org) -> None:
    """The loser is deleted and points to the winner, its children follow, its key is not copied."""
    org.add_field("Contact.SMK_Link__c", TEXT_KEY)
    master = org.make("Contact", {"LastName": "Fay"})
    loser = org.make("Contact", {"LastName": "Fay", "Email": "fay@x.example", "SMK_Link__c": "k"})
    deal = org.make("Opportunity", {"Name": "D", "StageName": "Prospecting", "CloseDate": "2026-12-31"})
    org.make("OpportunityContactRole", {"OpportunityId": deal, "ContactId": loser})
    org.clock.advance(60)
    org.store.merge("Contact", master, [loser])
    soql = "SELECT Id, MasterRecordId, SystemModstamp FROM Contact WHERE IsDeleted = true"
    gone = org.query(soql, "/queryAll")["records"]
    assert [(row["Id"], row["MasterRecordId"]) for row in gone] == [(loser, master)]
    assert gone[0]["SystemModstamp"] == "2026-11-02T09:01:00.000+0000"
    assert org.query("SELECT ContactId FROM OpportunityContactRole")["records"][0]["ContactId"] == master
    assert org.show("Contact", master, "SMK_Link__c", "Email")["SMK_Link__c"] is None
    with pytest.raises(ValueError, match="merge takes"):
        org.store.merge("Opportunity", deal, [deal])


def test_out_of_the_recycle_bin(org: Org) -> None:
    """An undeleted record is back with its id and a new stamp."""
    lead = org.make("Lead", LEAD)
    org.store.user_delete("Lead", lead)
    assert org.query("SELECT Id FROM Lead")["totalSize"] == 0
    org.clock.advance(60)
    org.store.user_undelete("Lead", lead)
    assert org.show("Lead", lead, "SystemModstamp")["SystemModstamp"] == "2026-11-02T09:01:00.000+0000"
    with pytest.raises(RecordError, match="not in the recycle bin"):
        org.store.user_undelete("Lead", lead)


def test_a_key_given_away_keeps_its_first_owner_in_the_bin(org: Org) -> None:
    """Two records never hold one unique value, not even by undeleting."""
    org.add_field("Lead.SMK_Link__c", TEXT_KEY)
    first = org.make("Lead", {**LEAD, "SMK_Link__c": "k"})
    org.store.user_delete("Lead", first)
    org.make("Lead", {**LEAD, "SMK_Link__c": "k"})
    with pytest.raises(RecordError, match="DUPLICATE_VALUE"):
        org.store.user_undelete("Lead", first)


def test_a_hidden_field(org: Org) -> None:
    """Field-level security takes a standard field away without a word; people still see and fill it."""
    org.store.hide_field("Lead", "Phone")
    lead = org.store.user_create("Lead", LEAD)
    names = [field["name"] for field in org.call("GET", "/sobjects/Lead/describe").json()["fields"]]
    assert "Phone" not in names
    assert "Phone" not in org.show("Lead", lead)
    assert org.query("SELECT Phone FROM Lead")[0]["errorCode"] == "INVALID_FIELD"
    assert problem(org.call("PATCH", f"/sobjects/Lead/{lead}", {"Phone": "2"}))[1] == "INVALID_FIELD"
    assert (org.store.get("Lead", lead) or {})["Phone"] == "1"
    org.store.hide_field("Lead", "Phone", hidden=False)
    assert org.show("Lead", lead, "Phone")["Phone"] == "1"


def test_assignment_rules_take_leads_unless_told_not_to(org: Org) -> None:
    """Without the header an active rule gives every written lead to its user."""
    org.store.assignment_owner = seller(org)
    first = org.make("Lead", LEAD)
    assert org.show("Lead", first, "OwnerId")["OwnerId"] == org.store.assignment_owner
    off = {"Sforce-Auto-Assign": "FALSE"}
    second = org.call("POST", "/sobjects/Lead", LEAD, headers=off).json()["id"]
    assert org.show("Lead", second, "OwnerId")["OwnerId"] == org.store.user
    org.call("PATCH", f"/sobjects/Lead/{second}", {"City": "Gent"}, headers=off)
    assert org.show("Lead", second, "OwnerId")["OwnerId"] == org.store.user
    org.call("PATCH", f"/sobjects/Lead/{second}", {"City": "Gent"})
    assert org.show("Lead", second, "OwnerId")["OwnerId"] == org.store.assignment_owner


def test_triggers_change_what_was_written(org: Org) -> None:
    """A flow rewrites values in the same write: the echo differs from what was sent."""

    def shout(type: str, _before: Any, after: Any) -> Any:
        return (
            {**after, "City": str(after["City"]).upper(), "LastName": "Von Fay"} if type == "Lead" else after
        )

    org.store.on_write.append(shout)
    lead = org.make("Lead", LEAD)
    assert org.show("Lead", lead, "City", "Name") == {"City": "GOUDA", "Name": "Ada Von Fay", "Id": lead}


def test_validation_rules_refuse_with_the_admins_words(org: Org) -> None:
    """An admin's rule fails the record alone."""

    def no_gouda(_type: str, _before: Any, after: Any) -> Any:
        if after.get("City") == "Gouda":
            raise ValidationRule("We do not sell in Gouda", "City")
        return after

    org.store.on_write.append(no_gouda)
    expected = (400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "We do not sell in Gouda")
    assert problem(org.call("POST", "/sobjects/Lead", LEAD)) == expected
    assert org.call("POST", "/sobjects/Lead", {**LEAD, "City": "Gent"}).status_code == 201


def test_restricted_picklists(org: Org) -> None:
    """Once an admin restricts a picklist, other values are refused."""
    org.store.restrict_picklist("Lead", "LeadSource", ["Web", "Fair"])
    refused = problem(org.call("POST", "/sobjects/Lead", {**LEAD, "LeadSource": "Other"}))
    assert refused[1] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    assert "bad value for restricted picklist field: Other" in refused[2]
    assert org.call("POST", "/sobjects/Lead", {**LEAD, "LeadSource": "Fair"}).status_code == 201


def test_record_types_and_currencies_exist_only_where_switched_on(org: Org) -> None:
    """RecordTypeId and CurrencyIsoCode are no columns before that."""
    assert org.query("SELECT RecordTypeId FROM Opportunity")[0]["errorCode"] == "INVALID_FIELD"
    made = org.store.add_record_type("Opportunity", "New Business")
    deal = {"Name": "D", "StageName": "Prospecting", "CloseDate": "2026-12-31"}
    record = org.make("Opportunity", {**deal, "RecordTypeId": made})
    soql = "SELECT RecordType.DeveloperName FROM Opportunity"
    assert org.query(soql)["records"][0]["RecordType"]["DeveloperName"] == "New_Business"
    infos = org.call("GET", "/sobjects/Opportunity/describe").json()["recordTypeInfos"]
    assert [info["name"] for info in infos] == ["New Business", "Master"]
    assert org.query("SELECT CurrencyIsoCode FROM Opportunity")[0]["errorCode"] == "INVALID_FIELD"
    org.store.enable_currencies("EUR", {"DKK": 7.46})
    assert org.show("Opportunity", record, "CurrencyIsoCode")["CurrencyIsoCode"] == "EUR"
    assert problem(org.call("POST", "/sobjects/Opportunity", {**deal, "CurrencyIsoCode": "USD"}))[0] == 400


def test_a_company_in_bulk(org: Org) -> None:
    """20,000 contacts stand in a moment, with owners, accounts and an old history."""
    accounts = org.store.load("Account", [{"Name": f"A{i}"} for i in range(1000)])
    rows = [{"LastName": f"C{i}", "FirstName": "Ann", "AccountId": accounts[i % 1000]} for i in range(20_000)]
    ids = org.store.load("Contact", rows)
    assert len(set(ids)) == 20_000
    assert org.query("SELECT COUNT() FROM Contact WHERE Account.Name = 'A7'")["totalSize"] == 20
    assert (org.store.get("Contact", ids[0]) or {})["Name"] == "Ann C0"
