"""How list views and reports name fields.

In: nothing. Out: the codes by which standard fields go there; custom fields go by their API names. Source:
Metadata API Developer Guide, "ListView", "Report"; files in public repositories. Assumption: that these are
all codes; Salesforce lists them nowhere.
"""

from __future__ import annotations

SHARED = frozenset(
    {"CORE.USERS.ALIAS", "CORE.USERS.FIRST_NAME", "CORE.USERS.LAST_NAME", "CORE.USERS.FULL_NAME"}
)


def _codes(prefix: str, *names: str) -> frozenset[str]:
    return frozenset(f"{prefix}.{name}" for name in names)


LIST_VIEW: dict[str, frozenset[str]] = {
    "Lead": SHARED
    | {"FULL_NAME", "NAME"}
    | _codes(
        "LEAD",
        *(
            "FIRST_NAME",
            "LAST_NAME",
            "COMPANY",
            "STATUS",
            "EMAIL",
            "PHONE",
            "MOBILE",
            "FAX",
            "TITLE",
            "RATING",
        ),
        *("INDUSTRY", "LEAD_SOURCE", "STREET", "CITY", "STATE", "ZIP", "COUNTRY", "URL", "REVENUE"),
        *("EMPLOYEES", "CREATED_DATE", "LAST_UPDATE", "LAST_ACTIVITY", "UNREAD", "CONVERTED", "RECORDTYPE"),
        *("EMAIL_OPT_OUT", "DO_NOT_CALL", "DESCRIPTION", "EMAIL_BOUNCED"),
    ),
    "Contact": SHARED
    | {"FULL_NAME", "NAME", "ACCOUNT.NAME"}
    | _codes(
        "CONTACT",
        *("FIRST_NAME", "LAST_NAME", "EMAIL", "PHONE1", "PHONE2", "PHONE3", "PHONE4", "TITLE", "DEPARTMENT"),
        *("LEAD_SOURCE", "CREATED_DATE", "LAST_UPDATE", "LAST_ACTIVITY", "RECORDTYPE", "EMAIL_OPT_OUT"),
        *("ADDRESS1_STREET", "ADDRESS1_CITY", "ADDRESS1_STATE", "ADDRESS1_ZIP", "ADDRESS1_COUNTRY"),
        *("ADDRESS2_STREET", "ADDRESS2_CITY", "ADDRESS2_STATE", "ADDRESS2_ZIP", "ADDRESS2_COUNTRY"),
        *("DO_NOT_CALL", "BIRTHDATE", "EMAIL_BOUNCED"),
    ),
    "Account": SHARED
    | _codes(
        "ACCOUNT",
        *("NAME", "SITE", "PHONE1", "FAX", "URL", "TYPE", "INDUSTRY", "RATING", "SALES", "EMPLOYEES"),
        *("ADDRESS1_STREET", "ADDRESS1_CITY", "ADDRESS1_STATE", "ADDRESS1_ZIP", "ADDRESS1_COUNTRY"),
        *("ACCOUNT_NUMBER", "SOURCE", "CREATED_DATE", "LAST_UPDATE", "LAST_ACTIVITY", "RECORDTYPE"),
    ),
    "Opportunity": SHARED
    | {"ACCOUNT.NAME"}
    | _codes(
        "OPPORTUNITY",
        *("NAME", "AMOUNT", "CLOSE_DATE", "STAGE_NAME", "PROBABILITY", "TYPE", "LEAD_SOURCE", "NEXT_STEP"),
        *("CREATED_DATE", "LAST_UPDATE", "LAST_ACTIVITY", "CLOSED", "WON", "PRIVATE", "RECORDTYPE"),
        *("EXP_AMOUNT", "FORECAST_CATEGORY", "OWNER_FULL_NAME"),
    ),
    "Campaign": SHARED
    | _codes(
        "CAMPAIGN",
        *("NAME", "STATUS", "TYPE", "START_DATE", "END_DATE", "ACTIVE", "CREATED_DATE", "LAST_UPDATE"),
    ),
    "Task": SHARED | {"SUBJECT", "WHO_NAME", "WHAT_NAME", "DUE_DATE", "STATUS", "PRIORITY"},
}

REPORT_OBJECTS: dict[str, tuple[str, ...]] = {
    "LeadList": ("Lead",),
    "LeadHistory": ("Lead",),
    "AccountList": ("Account",),
    "ContactList": ("Contact", "Account"),
    "Opportunity": ("Opportunity", "Account"),
    "OpportunityList": ("Opportunity", "Account"),
    "ContactOpportunity": ("Opportunity", "Contact", "Account"),
    "AccountOpportunity": ("Opportunity", "Account"),
    "CampaignList": ("Campaign",),
    "CampaignMember": ("Campaign", "CampaignMember", "Lead", "Contact"),
    "Activity": ("Task",),
    "TasksAndEvents": ("Task",),
}
"""Standard report types, and the objects whose custom fields they hold."""

REPORT_SCOPES = frozenset({"organization", "org", "user", "team", "mine"})
