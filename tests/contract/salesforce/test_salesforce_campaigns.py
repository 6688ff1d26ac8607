"""Campaigns and who belongs to them."""

from __future__ import annotations

from typing import Any

import pytest
from salesforce_org import Org, problem
from simple_salesforce import Salesforce


@pytest.fixture
def campaign(org: Org) -> str:
    return org.make("Campaign", {"Name": "Webinar in autumn", "Type": "Webinar"})


def person(org: Org, type: str, name: str = "Fay") -> str:
    return org.make(type, {"LastName": name, **({"Company": "X"} if type == "Lead" else {})})


def join(org: Org, campaign: str, **values: Any) -> str:
    return org.make("CampaignMember", {"CampaignId": campaign, **values})


def counts(org: Org, campaign: str) -> tuple[int, ...]:
    """Leads, converted leads, contacts, responses."""
    names = ("NumberOfLeads", "NumberOfConvertedLeads", "NumberOfContacts", "NumberOfResponses")
    row = org.show("Campaign", campaign, *names)
    return tuple(row[name] for name in names)


def test_a_new_campaign_has_two_statuses(sf: Salesforce) -> None:
    """`Sent` for those who join, `Responded` for those who answered."""
    id = sf.Campaign.create({"Name": "Fair"})["id"]
    found = sf.query(
        "SELECT Label, IsDefault, HasResponded FROM CampaignMemberStatus "
        f"WHERE CampaignId = '{id}' ORDER BY SortOrder"
    )["records"]
    assert [(r["Label"], r["IsDefault"], r["HasResponded"]) for r in found] == [
        ("Sent", True, False),
        ("Responded", False, True),
    ]


def test_a_member_answers(org: Org, campaign: str) -> None:
    """The status says whether somebody responded; the campaign counts."""
    member = join(org, campaign, LeadId=person(org, "Lead"))
    assert org.show("CampaignMember", member, "Status", "HasResponded", "FirstRespondedDate", "Type") == {
        "Id": member,
        "Status": "Sent",
        "HasResponded": False,
        "FirstRespondedDate": None,
        "Type": "Lead",
    }
    join(org, campaign, ContactId=person(org, "Contact"))
    assert counts(org, campaign) == (1, 0, 1, 0)
    org.call("PATCH", f"/sobjects/CampaignMember/{member}", {"Status": "Responded"})
    row = org.show("CampaignMember", member, "HasResponded", "FirstRespondedDate")
    assert (row["HasResponded"], row["FirstRespondedDate"]) == (True, "2026-11-02")
    assert counts(org, campaign) == (1, 0, 1, 1)


def test_nobody_is_a_member_twice(org: Org, campaign: str) -> None:
    lead = person(org, "Lead")
    join(org, campaign, LeadId=lead)
    again = org.call("POST", "/sobjects/CampaignMember", {"CampaignId": campaign, "LeadId": lead})
    assert problem(again) == (400, "DUPLICATE_VALUE", "Already a campaign member.")
    nobody = org.call("POST", "/sobjects/CampaignMember", {"CampaignId": campaign})
    assert problem(nobody)[1] == "REQUIRED_FIELD_MISSING"
    member = org.query("SELECT Id FROM CampaignMember")["records"][0]["Id"]
    moved = org.call("PATCH", f"/sobjects/CampaignMember/{member}", {"LeadId": person(org, "Lead")})
    assert problem(moved)[1] == "INVALID_FIELD_FOR_INSERT_UPDATE"


def test_a_converted_lead_stays_a_member_as_contact(org: Org, campaign: str) -> None:
    """The membership names both; the campaign counts a converted lead."""
    lead = person(org, "Lead")
    member = join(org, campaign, LeadId=lead)
    contact = org.store.convert(lead)["contact"]
    row = org.show("CampaignMember", member, "LeadId", "ContactId", "LeadOrContactId", "Type")
    assert row == {
        "Id": member,
        "LeadId": lead,
        "ContactId": contact,
        "LeadOrContactId": contact,
        "Type": "Contact",
    }
    assert counts(org, campaign) == (1, 1, 1, 0)


def test_the_survivor_of_a_merge_is_a_member_once(org: Org, campaign: str) -> None:
    """Members follow the winner; where both were members, the loser's membership is deleted."""
    other = org.make("Campaign", {"Name": "Fair"})
    winner, loser = person(org, "Contact", "W"), person(org, "Contact", "L")
    kept, dropped = join(org, campaign, ContactId=winner), join(org, campaign, ContactId=loser)
    moved = join(org, other, ContactId=loser)
    org.store.merge("Contact", winner, [loser])
    rows = {row["Id"]: row for row in org.store.all("CampaignMember")}
    assert [rows[id]["ContactId"] for id in (kept, moved)] == [winner, winner]
    assert [rows[id]["IsDeleted"] for id in (kept, moved, dropped)] == [False, False, True]
    assert counts(org, campaign) == counts(org, other) == (0, 0, 1, 0)


def test_members_go_with_their_person_and_their_campaign(org: Org, campaign: str) -> None:
    lead = person(org, "Lead")
    join(org, campaign, LeadId=lead)
    join(org, campaign, ContactId=person(org, "Contact"))
    org.call("DELETE", f"/sobjects/Lead/{lead}")
    assert counts(org, campaign) == (0, 0, 1, 0)
    org.call("DELETE", f"/sobjects/Campaign/{campaign}")
    assert org.query("SELECT COUNT() FROM CampaignMember")["totalSize"] == 0
    assert org.query("SELECT COUNT() FROM CampaignMember", "/queryAll")["totalSize"] == 2


def test_a_member_that_comes_back_counts_again(org: Org, campaign: str) -> None:
    member = join(org, campaign, ContactId=person(org, "Contact"))
    org.store.user_delete("CampaignMember", member)
    assert counts(org, campaign) == (0, 0, 0, 0)
    org.store.user_undelete("CampaignMember", member)
    assert counts(org, campaign) == (0, 0, 1, 0)


def test_members_are_queried_with_person_and_campaign(org: Org, campaign: str) -> None:
    join(org, campaign, ContactId=person(org, "Contact", "Fay"))
    (row,) = org.query("SELECT Campaign.Name, Contact.LastName FROM CampaignMember")["records"]
    assert (row["Campaign"]["Name"], row["Contact"]["LastName"]) == ("Webinar in autumn", "Fay")
    (row,) = org.query("SELECT Name, (SELECT ContactId FROM CampaignMembers) FROM Campaign")["records"]
    assert row["CampaignMembers"]["totalSize"] == 1
    deal = {"Name": "B", "StageName": "Prospecting", "CloseDate": "2026-12-31", "CampaignId": campaign}
    org.make("Opportunity", deal)
    (row,) = org.query("SELECT Campaign.Name FROM Opportunity")["records"]
    assert row["Campaign"]["Name"] == "Webinar in autumn"
