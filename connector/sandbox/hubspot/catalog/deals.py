"""Deal properties and pipelines of a fresh account."""

from __future__ import annotations

DEAL_GROUPS = (
    ("dealinformation", "Deal information"),
    ("deal_activity", "Deal activity"),
    ("deal_revenue", "Deal revenue"),
    ("salesforceinformation", "Salesforce information"),
)

_INFO = "dealinformation"
_ACTIVITY = "deal_activity"
_REVENUE = "deal_revenue"
_SALESFORCE = "salesforceinformation"

DEAL_ROWS: tuple[tuple[str, ...], ...] = (
    ("dealname", "Deal Name", "string/text", _INFO, "f"),
    ("amount", "Amount", "number/number", _INFO, "f"),
    ("closedate", "Close Date", "datetime/date", _INFO, "f"),
    ("pipeline", "Pipeline", "enumeration/select", _INFO, "x"),
    ("dealstage", "Deal Stage", "enumeration/radio", _INFO, "x"),
    ("dealtype", "Deal Type", "enumeration/radio", _INFO, "f", "deal_type"),
    ("description", "Deal Description", "string/textarea", _INFO, "f"),
    ("deal_currency_code", "Currency", "enumeration/select", _INFO, "", "currency"),
    ("hs_next_step", "Next step", "string/text", _INFO, "f"),
    ("hs_priority", "Priority", "enumeration/select", _INFO, "f", "priority"),
    ("closed_lost_reason", "Closed Lost Reason", "string/textarea", _INFO, "f"),
    ("closed_won_reason", "Closed Won Reason", "string/textarea", _INFO, "f"),
    ("hubspot_owner_id", "Deal owner", "enumeration/select", _INFO, "x"),
    ("hubspot_owner_assigneddate", "Owner assigned date", "datetime/date", _INFO, "r"),
    ("hs_object_id", "Record ID", "number/number", _INFO, "r"),
    ("createdate", "Create Date", "datetime/date", _INFO),
    ("hs_lastmodifieddate", "Last Modified Date", "datetime/date", _INFO, "r"),
    ("hs_merged_object_ids", "Merged record IDs", "enumeration/checkbox", _INFO, "rx"),
    ("hs_is_closed", "Is Deal Closed?", "bool/booleancheckbox", _INFO, "c", "yesno"),
    ("hs_is_closed_won", "Is Closed Won", "bool/booleancheckbox", _INFO, "c", "yesno"),
    ("hs_is_closed_lost", "Is closed lost", "bool/booleancheckbox", _INFO, "c", "yesno"),
    ("hs_deal_stage_probability", "Deal probability", "number/number", _INFO, "c"),
    ("hs_closed_amount", "Closed Deal Amount", "number/number", _REVENUE, "c"),
    ("hs_projected_amount", "Weighted amount", "number/number", _REVENUE, "c"),
    ("amount_in_home_currency", "Amount in company currency", "number/number", _REVENUE, "c"),
    ("hs_analytics_source", "Original Traffic Source", "enumeration/select", _INFO, "r", "analytics_source"),
    ("num_contacted_notes", "Number of times contacted", "number/number", _ACTIVITY, "r"),
    ("num_notes", "Number of Sales Activities", "number/number", _ACTIVITY, "r"),
    ("num_associated_contacts", "Number of Associated Contacts", "number/number", _INFO, "r"),
    ("notes_last_contacted", "Last Contacted", "datetime/date", _ACTIVITY, "r"),
    ("hs_salesforceopportunityid", "Salesforce Opportunity ID", "string/text", _SALESFORCE),
    ("salesforcelastsynctime", "Salesforce Last Sync Time", "datetime/date", _SALESFORCE),
)

SALES_PIPELINE: tuple[tuple[str, str, str], ...] = (
    ("appointmentscheduled", "Appointment Scheduled", "0.2"),
    ("qualifiedtobuy", "Qualified To Buy", "0.4"),
    ("presentationscheduled", "Presentation Scheduled", "0.6"),
    ("decisionmakerboughtin", "Decision Maker Bought-In", "0.8"),
    ("contractsent", "Contract Sent", "0.9"),
    ("closedwon", "Closed Won", "1.0"),
    ("closedlost", "Closed Lost", "0.0"),
)
