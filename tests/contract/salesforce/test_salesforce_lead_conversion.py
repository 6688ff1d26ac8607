"""Converting leads from outside: SOAP convertLead, with every member of LeadConvert."""

from __future__ import annotations

from typing import Any

import pytest
from salesforce_metadata import PARTNER, fault, many, result, soap
from salesforce_org import VERSION, Org

CONVERTED = "Closed - Converted"
LEAD = {"LastName": "Fay", "Company": "Fay BV", "Email": "fay@fay.example", "LeadSource": "Web"}


def call(org: Org, body: str, **more: Any) -> Any:
    """A call of the partner API, whatever its answer."""
    return soap(org, body, f"/services/Soap/u/{VERSION}", PARTNER, **more)


def convert(org: Org, *leads: dict[str, object], **more: Any) -> list[Any]:
    """One LeadConvert for each; the results in their order."""
    body = ""
    for lead in leads:
        told = {"convertedStatus": CONVERTED, "doNotCreateOpportunity": False, **lead}
        text = "".join(f"<{n}>{str(v).lower() if isinstance(v, bool) else v}</{n}>" for n, v in told.items())
        body += f"<leadConverts>{text}</leadConverts>"
    return many(result(call(org, f"<convertLead>{body}</convertLead>", **more)))


def code(told: Any) -> str:
    """The code of a failed result."""
    assert told["success"] == "false", told
    assert told["accountId"] == told["leadId"] == ""
    return str(told["errors"]["statusCode"])


def test_a_lead_becomes_contact_account_and_opportunity(org: Org) -> None:
    """New records under the lead's owner; the lead points to them and takes no more writes."""
    lead = org.make("Lead", LEAD)
    (told,) = convert(org, {"leadId": lead, "opportunityName": "Big one"})
    assert (told["success"], told["leadId"]) == ("true", lead)
    shown = org.show("Lead", lead)
    assert (shown["IsConverted"], shown["Status"]) == (True, CONVERTED)
    assert shown["ConvertedContactId"] == told["contactId"]
    assert shown["ConvertedAccountId"] == told["accountId"]
    assert org.show("Opportunity", told["opportunityId"])["Name"] == "Big one"
    contact = org.show("Contact", told["contactId"])
    assert (contact["Email"], contact["AccountId"]) == ("fay@fay.example", told["accountId"])
    assert contact["LastModifiedById"] == org.store.user
    refused = org.call("PATCH", f"/sobjects/Lead/{lead}", {"Title": "CEO"})
    assert refused.json()[0]["errorCode"] == "CANNOT_UPDATE_CONVERTED_LEAD"


def test_without_an_opportunity(org: Org) -> None:
    """doNotCreateOpportunity; the result's id is null."""
    (told,) = convert(org, {"leadId": org.make("Lead", LEAD), "doNotCreateOpportunity": True})
    assert told["opportunityId"] == ""
    assert org.query("SELECT COUNT() FROM Opportunity")["totalSize"] == 0


def test_into_records_that_are_there(org: Org) -> None:
    """Blank fields are filled, others stay, the lead source too unless it is asked for."""
    account = org.make("Account", {"Name": "Fay Group"})
    contact = org.make(
        "Contact", {"LastName": "Fay-Smit", "AccountId": account, "LeadSource": "Other", "Email": None}
    )
    deal = org.make("Opportunity", {"Name": "Old", "StageName": "Prospecting", "CloseDate": "2026-12-01"})
    there = {"accountId": account, "contactId": contact}
    lead = org.make("Lead", LEAD)
    (told,) = convert(org, {"leadId": lead, **there, "opportunityId": deal})
    assert (told["accountId"], told["contactId"], told["opportunityId"]) == (account, contact, deal)
    shown = org.show("Contact", contact)
    assert (shown["LastName"], shown["LeadSource"]) == ("Fay-Smit", "Other")
    assert shown["Email"] == "fay@fay.example"
    roles = org.query(f"SELECT ContactId FROM OpportunityContactRole WHERE OpportunityId = '{deal}'")
    assert [role["ContactId"] for role in roles["records"]] == [contact]
    other = org.make("Lead", {**LEAD, "Email": "b@fay.example"})
    convert(org, {"leadId": other, **there, "overwriteLeadSource": True, "doNotCreateOpportunity": True})
    assert org.show("Contact", contact)["LeadSource"] == "Web"


def test_the_new_records_have_the_owner_that_was_asked_for(org: Org) -> None:
    """ownerId; a lead in a queue cannot do without."""
    user = {"Username": "sam@x.example", "LastName": "Sam", "Email": "s@x.example"}
    sam = org.store.load("User", [user])[0]
    queue = org.store.add_queue("New leads", "Lead")
    lead = org.make("Lead", {**LEAD, "OwnerId": queue})
    (told,) = convert(org, {"leadId": lead})
    assert code(told) == "INVALID_CROSS_REFERENCE_KEY"
    assert told["errors"]["message"].startswith("Converted objects can only be owned by users.")
    (told,) = convert(org, {"leadId": lead, "ownerId": sam})
    for type, name in (("Contact", "contactId"), ("Account", "accountId"), ("Opportunity", "opportunityId")):
        assert org.show(type, told[name])["OwnerId"] == sam


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"convertedStatus": "Working - Contacted"}, "INVALID_STATUS"),
        ({"convertedStatus": ""}, "INVALID_STATUS"),
        ({"leadId": ""}, "MALFORMED_ID"),
        ({"leadId": "00Q000000000001"}, "INVALID_CROSS_REFERENCE_KEY"),
        ({"leadId": "003000000000001"}, "MALFORMED_ID"),
        ({"accountId": "001000000000001"}, "INVALID_CROSS_REFERENCE_KEY"),
        ({"ownerId": "005000000000009"}, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"),
        ({"opportunityId": "006000000000001"}, "INVALID_CROSS_REFERENCE_KEY"),
        ({"opportunityId": "006000000000001", "opportunityName": "A"}, "INVALID_FIELD"),
        ({"opportunityName": "A", "doNotCreateOpportunity": True}, "INVALID_FIELD"),
        ({"opportunityName": "A" * 121}, "STRING_TOO_LONG"),
    ],
)
def test_conversions_that_are_refused(org: Org, given: dict[str, object], expected: str) -> None:
    """Nothing of a refused conversion stays: no account without its contact."""
    lead = org.make("Lead", LEAD)
    (told,) = convert(org, {"leadId": lead, **given})
    assert code(told) == expected
    assert org.query("SELECT COUNT() FROM Account")["totalSize"] == 0
    assert org.show("Lead", lead)["IsConverted"] is False


def test_accounts_and_contacts_that_do_not_fit(org: Org) -> None:
    """A contact needs its account beside it, and no other one."""
    mine, other = (org.make("Account", {"Name": name}) for name in ("Mine", "Other"))
    contact = org.make("Contact", {"LastName": "Fay", "AccountId": mine})
    lead = org.make("Lead", LEAD)
    (alone,) = convert(org, {"leadId": lead, "contactId": contact})
    assert alone["errors"]["message"] == "accountId must be specified if contactId is not null"
    (wrong,) = convert(org, {"leadId": lead, "contactId": contact, "accountId": other})
    assert code(wrong) == "INVALID_CROSS_REFERENCE_KEY"
    org.call("DELETE", f"/sobjects/Contact/{contact}")
    (gone,) = convert(org, {"leadId": lead, "contactId": contact, "accountId": mine})
    assert code(gone) == "ENTITY_IS_DELETED"


def test_each_lead_has_its_own_verdict(org: Org) -> None:
    """In the order of the call; a lead that is named twice is converted once."""
    first, second = (org.make("Lead", {**LEAD, "LastName": name}) for name in ("A", "B"))
    ids = (first, "00Q000000000001", first[:15], second)
    told = convert(org, *({"leadId": each} for each in ids))
    assert [each["success"] for each in told] == ["true", "false", "false", "true"]
    assert code(told[2]) == "CANNOT_UPDATE_CONVERTED_LEAD"
    assert told[2]["errors"]["message"] == "cannot reference converted lead"


def test_a_hundred_leads_a_call(org: Org) -> None:
    """The 101st refuses the call."""
    leads = org.store.load("Lead", [{**LEAD, "LastName": f"L{n}"} for n in range(101)])
    body = "".join(f"<leadConverts><leadId>{lead}</leadId></leadConverts>" for lead in leads)
    assert fault(call(org, f"<convertLead>{body}</convertLead>"))[0] == "sf:EXCEEDED_ID_LIMIT"
    assert len(convert(org, *({"leadId": lead} for lead in leads[:100]))) == 100
    assert org.query("SELECT COUNT() FROM Lead WHERE IsConverted = true")["totalSize"] == 100


def test_rules_of_the_org_count(org: Org) -> None:
    """Duplicate rules refuse a new contact, unless the caller bypasses an alert; so do validation rules."""
    org.make("Contact", {"LastName": "Fay", "Email": "fay@fay.example"})
    rule = {"type": "Contact", "action": "alert", "fields": ["Email"], "show_matches": True}
    org.switch(duplicate_rules=[rule])
    lead = org.make("Lead", LEAD)
    (told,) = convert(org, {"leadId": lead})
    assert code(told) == "DUPLICATES_DETECTED"
    matched = told["errors"]["duplicateResult"]["matchResults"]
    assert (matched["size"], matched["matchRecords"]["record"]["type"]) == ("1", "Contact")
    allowed = "<DuplicateRuleHeader><allowSave>true</allowSave></DuplicateRuleHeader>"
    org.switch(validation_rules=[{"type": "Account", "message": "No websites", "when": {"Website": None}}])
    (told,) = convert(org, {"leadId": lead}, header=allowed)
    assert code(told) == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    org.switch(validation_rules=[])
    assert convert(org, {"leadId": lead, "bypassContactDedupeCheck": True})[0]["success"] == "true"


def test_leads_that_others_hold_or_hide(org: Org) -> None:
    """Locks and sharing count here too."""
    lead = org.make("Lead", LEAD)
    org.store.lock("Lead", lead)
    assert code(convert(org, {"leadId": lead})[0]) == "UNABLE_TO_LOCK_ROW"
    org.store.locks.release()
    org.switch(hidden_rows=[lead])
    assert code(convert(org, {"leadId": lead})[0]) == "INVALID_CROSS_REFERENCE_KEY"


def test_a_misspelled_member_is_a_fault(org: Org) -> None:
    """It is not silently ignored."""
    body = "<convertLead><leadConverts><leadID>x</leadID></leadConverts></convertLead>"
    kind, text = fault(call(org, body))
    assert kind == "soapenv:Client"
    assert "leadID invalid at this location in type LeadConvert" in text


def test_activities_and_campaigns_follow(org: Org) -> None:
    """As when a rep converts: tasks and memberships move to the contact."""
    lead = org.make("Lead", LEAD)
    task = org.make("Task", {"Subject": "Call", "WhoId": lead})
    campaign = org.make("Campaign", {"Name": "Fair"})
    member = org.make("CampaignMember", {"CampaignId": campaign, "LeadId": lead})
    (told,) = convert(org, {"leadId": lead, "doNotCreateOpportunity": True})
    assert org.show("Task", task)["WhoId"] == told["contactId"]
    assert org.show("CampaignMember", member)["ContactId"] == told["contactId"]
