"""Company properties of a fresh account."""

from __future__ import annotations

COMPANY_GROUPS = (
    ("companyinformation", "Company information"),
    ("company_activity", "Company activity"),
    ("analyticsinformation", "Analytics information"),
    ("salesforceinformation", "Salesforce information"),
)

_INFO = "companyinformation"
_ACTIVITY = "company_activity"
_ANALYTICS = "analyticsinformation"
_SALESFORCE = "salesforceinformation"

COMPANY_ROWS: tuple[tuple[str, ...], ...] = (
    ("name", "Company name", "string/text", _INFO, "f"),
    ("domain", "Company Domain Name", "string/text", _INFO, "f"),
    ("website", "Website URL", "string/text", _INFO, "f"),
    ("phone", "Phone Number", "string/phonenumber", _INFO, "f"),
    ("address", "Street Address", "string/text", _INFO, "f"),
    ("address2", "Street Address 2", "string/text", _INFO, "f"),
    ("city", "City", "string/text", _INFO, "f"),
    ("zip", "Postal Code", "string/text", _INFO, "f"),
    ("state", "State/Region", "string/text", _INFO, "f"),
    ("country", "Country/Region", "string/text", _INFO, "f"),
    ("industry", "Industry", "enumeration/select", _INFO, "f", "industry"),
    ("numberofemployees", "Number of Employees", "number/number", _INFO, "f"),
    ("annualrevenue", "Annual Revenue", "number/number", _INFO, "f"),
    ("description", "Description", "string/textarea", _INFO, "f"),
    ("about_us", "About Us", "string/textarea", _INFO),
    ("founded_year", "Year Founded", "string/text", _INFO, "f"),
    ("type", "Type", "enumeration/radio", _INFO, "f", "company_type"),
    ("timezone", "Time Zone", "string/text", _INFO, "f"),
    ("linkedin_company_page", "LinkedIn Company Page", "string/text", _INFO),
    ("lifecyclestage", "Lifecycle Stage", "enumeration/radio", _INFO, "f", "lifecycle"),
    ("hs_lead_status", "Lead Status", "enumeration/radio", _INFO, "f", "lead_status"),
    ("hubspot_owner_id", "Company owner", "enumeration/select", _INFO, "x"),
    ("hubspot_owner_assigneddate", "Owner assigned date", "datetime/date", _INFO, "r"),
    ("hs_additional_domains", "Additional Domains", "enumeration/checkbox", _INFO, "rx"),
    ("hs_object_id", "Record ID", "number/number", _INFO, "r"),
    ("createdate", "Create Date", "datetime/date", _INFO, "r"),
    ("hs_lastmodifieddate", "Last Modified Date", "datetime/date", _INFO, "r"),
    ("hs_merged_object_ids", "Merged record IDs", "enumeration/checkbox", _INFO, "rx"),
    ("hs_pipeline", "Pipeline", "enumeration/select", _INFO, "rx"),
    (
        "hs_analytics_source",
        "Original Traffic Source",
        "enumeration/select",
        _ANALYTICS,
        "",
        "analytics_source",
    ),
    ("num_contacted_notes", "Number of times contacted", "number/number", _ACTIVITY, "r"),
    ("num_notes", "Number of Sales Activities", "number/number", _ACTIVITY, "r"),
    ("notes_last_contacted", "Last Contacted", "datetime/date", _ACTIVITY, "r"),
    ("notes_last_updated", "Last Activity Date", "datetime/date", _ACTIVITY, "r"),
    ("num_associated_contacts", "Number of Associated Contacts", "number/number", _INFO, "r"),
    ("num_associated_deals", "Number of Associated Deals", "number/number", _INFO, "r"),
    ("salesforceaccountid", "Salesforce Account ID", "string/text", _SALESFORCE),
    ("salesforcelastsynctime", "Salesforce Last Sync Time", "datetime/date", _SALESFORCE),
)
