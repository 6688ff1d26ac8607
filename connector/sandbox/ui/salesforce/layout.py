"""Which fields of Salesforce's objects matter first, and which stand in lists.

Data only. A name that an org does not have is left out where it is used.
"""

from __future__ import annotations

LISTED = ("Lead", "Contact", "Account", "Opportunity", "Task", "Campaign")
SHOWN = (*LISTED, "Event", "CampaignMember", "OpportunityContactRole")
"""Types whose records have a page."""

_PERSON = ("Salutation", "FirstName", "LastName", "Title")
_REACHED = ("Email", "Phone", "MobilePhone")
KEY = {
    "Lead": (*_PERSON, "Company", "Status", *_REACHED, "LeadSource", "Rating", "OwnerId"),
    "Contact": (*_PERSON, "AccountId", *_REACHED, "LeadSource", "OwnerId"),
    "Account": ("Name", "Type", "Industry", "Phone", "Website", "NumberOfEmployees", "ParentId", "OwnerId"),
    "Opportunity": (
        "Name",
        "AccountId",
        "StageName",
        "Amount",
        "CurrencyIsoCode",
        "CloseDate",
        "Probability",
        "NextStep",
        "Type",
        "LeadSource",
        "CampaignId",
        "OwnerId",
    ),
    "Task": (
        "Subject",
        "Status",
        "Priority",
        "ActivityDate",
        "WhoId",
        "WhatId",
        "OwnerId",
        "TaskSubtype",
        "CallType",
        "CallDurationInSeconds",
        "CallDisposition",
        "Description",
    ),
    "Event": (
        "Subject",
        "StartDateTime",
        "EndDateTime",
        "DurationInMinutes",
        "IsAllDayEvent",
        "ActivityDate",
        "Location",
        "WhoId",
        "WhatId",
        "OwnerId",
        "Description",
    ),
    "Campaign": ("Name", "Type", "Status", "IsActive", "StartDate", "EndDate", "ParentId", "OwnerId"),
    "CampaignMember": ("CampaignId", "LeadId", "ContactId", "Status", "HasResponded"),
    "OpportunityContactRole": ("OpportunityId", "ContactId", "Role", "IsPrimary"),
}
"""The fields that a page begins with; the record type, where there is one, comes before them."""

STAMPS = (
    "Id",
    "IsDeleted",
    "MasterRecordId",
    "CreatedDate",
    "CreatedById",
    "LastModifiedDate",
    "LastModifiedById",
    "SystemModstamp",
)

COLUMNS = {
    "Lead": ("Company", "Title", "Email", "Status", "OwnerId"),
    "Contact": ("AccountId", "Title", "Email", "Phone", "OwnerId"),
    "Account": ("Industry", "BillingCity", "Website", "OwnerId"),
    "Opportunity": ("AccountId", "StageName", "Amount", "CloseDate", "OwnerId"),
    "Task": ("Status", "Priority", "ActivityDate", "WhoId", "WhatId", "OwnerId"),
    "Campaign": ("Type", "Status", "StartDate", "NumberOfLeads", "NumberOfContacts", "NumberOfResponses"),
    "Event": ("StartDateTime", "WhoId", "WhatId", "OwnerId"),
    "CampaignMember": ("CampaignId", "Status"),
    "OpportunityContactRole": ("OpportunityId", "Role"),
}
"""The columns of a list, after the name and before the date of the last change."""

SEARCHED = {
    "Lead": ("Name", "Company", "Email", "Phone"),
    "Contact": ("Name", "Email", "Phone"),
    "Account": ("Name", "Website", "Phone"),
    "Opportunity": ("Name", "NextStep"),
    "Task": ("Subject", "Description"),
    "Event": ("Subject", "Location"),
    "Campaign": ("Name",),
}

RELATED: dict[str, tuple[tuple[str, str, tuple[str, ...]], ...]] = {
    "Account": (
        ("Contact", "AccountId", ("Title", "Email", "Phone")),
        ("Opportunity", "AccountId", ("StageName", "Amount", "CloseDate")),
    ),
    "Contact": (
        ("OpportunityContactRole", "ContactId", ("OpportunityId", "IsPrimary")),
        ("CampaignMember", "ContactId", ("CampaignId", "HasResponded")),
    ),
    "Lead": (("CampaignMember", "LeadId", ("CampaignId", "HasResponded")),),
    "Opportunity": (("OpportunityContactRole", "OpportunityId", ("ContactId", "IsPrimary")),),
    "Campaign": (("CampaignMember", "CampaignId", ("LeadOrContactId", "HasResponded")),),
}
"""Related records of each type: (their type, the field that points here, columns after the name)."""

TITLES = {
    "Task": "Subject",
    "Event": "Subject",
    "CampaignMember": "Status",
    "OpportunityContactRole": "Role",
}
"""What a record is called, where it is not Name."""

QUICK = {"Lead": "Status", "Opportunity": "StageName", "Task": "Status", "CampaignMember": "Status"}
"""The field that can be changed without opening a form."""

MERGEABLE = frozenset({"Lead", "Contact", "Account"})
