"""Which properties of HubSpot's objects matter first, and which stand in lists.

Data only. A name that an account does not have is left out where it is used.
"""

from __future__ import annotations

KEY = {
    "contacts": (
        "firstname",
        "lastname",
        "email",
        "phone",
        "mobilephone",
        "jobtitle",
        "company",
        "lifecyclestage",
        "hs_lead_status",
        "hubspot_owner_id",
    ),
    "companies": (
        "name",
        "domain",
        "phone",
        "industry",
        "city",
        "country",
        "numberofemployees",
        "annualrevenue",
        "lifecyclestage",
        "hubspot_owner_id",
    ),
    "deals": (
        "dealname",
        "pipeline",
        "dealstage",
        "amount",
        "deal_currency_code",
        "closedate",
        "hs_next_step",
        "closed_lost_reason",
        "hubspot_owner_id",
    ),
    "tasks": (
        "hs_task_subject",
        "hs_timestamp",
        "hs_task_status",
        "hs_task_priority",
        "hs_task_type",
        "hubspot_owner_id",
        "hs_task_body",
    ),
    "notes": ("hs_timestamp", "hubspot_owner_id", "hs_note_body"),
    "calls": (
        "hs_call_title",
        "hs_timestamp",
        "hs_call_direction",
        "hs_call_status",
        "hs_call_disposition",
        "hs_call_duration",
        "hubspot_owner_id",
        "hs_call_body",
    ),
    "meetings": (
        "hs_meeting_title",
        "hs_timestamp",
        "hs_meeting_start_time",
        "hs_meeting_end_time",
        "hs_meeting_outcome",
        "hubspot_owner_id",
        "hs_meeting_body",
    ),
    "emails": (
        "hs_email_subject",
        "hs_timestamp",
        "hs_email_direction",
        "hs_email_status",
        "hubspot_owner_id",
        "hs_email_text",
    ),
}
"""The properties that a page begins with."""

COLUMNS = {
    "contacts": ("email", "jobtitle", "company", "lifecyclestage", "hs_lead_status", "hubspot_owner_id"),
    "companies": ("domain", "industry", "city", "lifecyclestage", "hubspot_owner_id"),
    "deals": ("dealstage", "amount", "deal_currency_code", "closedate", "hubspot_owner_id"),
    "tasks": ("hs_task_status", "hs_task_priority", "hs_timestamp", "hubspot_owner_id"),
}
"""The columns of a list, after the name and before the date of the last change."""

SORTED_BY_NAME = {
    "contacts": "lastname",
    "companies": "name",
    "deals": "dealname",
    "tasks": "hs_task_subject",
}
"""What the name's column sorts by."""

RELATED = {
    "contacts": ("jobtitle", "email", "lifecyclestage"),
    "companies": ("domain", "city"),
    "deals": ("dealstage", "amount", "closedate"),
}
"""The columns of related records, after the name."""

TITLES = {
    "contacts": ("firstname", "lastname"),
    "companies": ("name",),
    "deals": ("dealname",),
    "tasks": ("hs_task_subject",),
    "notes": ("hs_note_body",),
    "calls": ("hs_call_title",),
    "meetings": ("hs_meeting_title",),
    "emails": ("hs_email_subject",),
}
SECOND_TITLES = {"contacts": "email", "companies": "domain"}

QUICK = {
    "contacts": "lifecyclestage",
    "companies": "lifecyclestage",
    "deals": "dealstage",
    "tasks": "hs_task_status",
}
"""The property that can be changed without opening a form."""

REQUIRED = {"deals": ("dealname",)}
NOTES = {
    "contacts": "A contact needs an email address, a first name or a last name.",
    "companies": "A company needs a name or a domain.",
}
"""What a new record needs, where it is no single property."""
