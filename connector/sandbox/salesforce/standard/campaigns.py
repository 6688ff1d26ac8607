"""Campaign, its members and their statuses. Source: Salesforce Object Reference."""

from __future__ import annotations

from connector.sandbox.salesforce.schema import (
    ObjectType,
    area,
    day,
    flag,
    lookup,
    number,
    picklist,
    read_only,
    record_id,
    system_fields,
    text,
)
from connector.sandbox.salesforce.standard import picklists

CAMPAIGN = ObjectType(
    "Campaign",
    "Campaign",
    "Campaigns",
    "701",
    (
        record_id("Campaign ID"),
        text("Name", "Name", 80, required=True),
        lookup("ParentId", "Parent Campaign ID", "Campaign"),
        picklist("Type", "Type", picklists.CAMPAIGN_TYPES),
        picklist("Status", "Status", picklists.CAMPAIGN_STATUSES),
        day("StartDate", "Start Date"),
        day("EndDate", "End Date"),
        number("ExpectedRevenue", "Expected Revenue", "currency", 18, 2),
        number("BudgetedCost", "Budgeted Cost", "currency", 18, 2),
        number("ActualCost", "Actual Cost", "currency", 18, 2),
        number("ExpectedResponse", "Expected Response (%)", "percent", 10, 2),
        number("NumberSent", "Num Sent"),
        flag("IsActive", "Active"),
        area("Description", "Description", 32000),
        read_only(number("NumberOfLeads", "Leads in Campaign", "int", 9, default=0)),
        read_only(number("NumberOfConvertedLeads", "Converted Leads in Campaign", "int", 9, default=0)),
        read_only(number("NumberOfContacts", "Contacts in Campaign", "int", 9, default=0)),
        read_only(number("NumberOfResponses", "Responses in Campaign", "int", 9, default=0)),
        lookup("OwnerId", "Owner ID", "User"),
        *system_fields(),
    ),
)

CAMPAIGN_MEMBER = ObjectType(
    "CampaignMember",
    "Campaign Member",
    "Campaign Members",
    "00v",
    (
        record_id("Campaign Member ID"),
        lookup("CampaignId", "Campaign ID", "Campaign", required=True, update=False),
        lookup("LeadId", "Lead ID", "Lead", update=False),
        lookup("ContactId", "Contact ID", "Contact", update=False),
        picklist("Status", "Status", picklists.MEMBER_STATUSES),
        read_only(flag("HasResponded", "Responded")),
        read_only(day("FirstRespondedDate", "First Responded Date")),
        read_only(lookup("LeadOrContactId", "Related Record ID", "Contact", "Lead")),
        read_only(text("Type", "Type", 40)),
        *system_fields(),
    ),
)

MEMBER_STATUS = ObjectType(
    "CampaignMemberStatus",
    "Campaign Member Status",
    "Campaign Member Statuses",
    "01Y",
    (
        record_id("Campaign Member Status ID"),
        lookup("CampaignId", "Campaign ID", "Campaign", required=True, update=False),
        text("Label", "Label", 255, required=True),
        number("SortOrder", "Sort Order", "int", 9),
        flag("IsDefault", "Is Default"),
        flag("HasResponded", "Responded"),
        *system_fields(),
    ),
)

CAMPAIGN_TYPES = (CAMPAIGN, CAMPAIGN_MEMBER, MEMBER_STATUS)
