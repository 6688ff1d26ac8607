"""Properties of tasks, notes, calls, meetings and emails of a fresh account.

Source: HubSpot developers, "Tasks", "Notes", "Calls", "Meetings" and "Email" guides.
"""

from __future__ import annotations

from connector.sandbox.hubspot.catalog.options import Choices

ENGAGEMENTS = {"tasks": "0-27", "notes": "0-46", "meetings": "0-47", "calls": "0-48", "emails": "0-49"}
"""Object type ids."""

ENGAGEMENT_GROUPS = {name: ((name.removesuffix("s"), f"{name.title()} information"),) for name in ENGAGEMENTS}

_EVERY = (
    ("hs_timestamp", "Activity date", "datetime/date"),
    ("hubspot_owner_id", "Activity assigned to", "enumeration/select", "x"),
    ("hubspot_owner_assigneddate", "Owner assigned date", "datetime/date", "r"),
    ("hs_attachment_ids", "Attached file IDs", "string/text"),
    ("hs_object_id", "Record ID", "number/number", "r"),
    ("hs_createdate", "Create date", "datetime/date", "r"),
    ("hs_lastmodifieddate", "Last modified date", "datetime/date", "r"),
)
_OWN: dict[str, tuple[tuple[str, ...], ...]] = {
    "tasks": (
        ("hs_task_subject", "Task Title", "string/text"),
        ("hs_task_body", "Task Notes", "string/html"),
        ("hs_task_status", "Task Status", "enumeration/select", "", "task_status"),
        ("hs_task_priority", "Priority", "enumeration/select", "", "task_priority"),
        ("hs_task_type", "Task Type", "enumeration/select", "", "task_type"),
        ("hs_task_reminders", "Reminders", "string/text"),
        ("hs_task_is_completed", "Is completed", "number/number", "c"),
        ("hs_task_completion_date", "Completed at", "datetime/date", "r"),
    ),
    "notes": (("hs_note_body", "Note body", "string/html"),),
    "calls": (
        ("hs_call_title", "Call Title", "string/text"),
        ("hs_call_body", "Call notes", "string/html"),
        ("hs_call_direction", "Call direction", "enumeration/select", "", "call_direction"),
        ("hs_call_disposition", "Call outcome", "string/text"),
        ("hs_call_duration", "Call duration", "number/number"),
        ("hs_call_from_number", "From Number", "string/text"),
        ("hs_call_to_number", "To Number", "string/text"),
        ("hs_call_recording_url", "Recording URL", "string/text"),
        ("hs_call_status", "Call status", "enumeration/select", "", "call_status"),
    ),
    "meetings": (
        ("hs_meeting_title", "Meeting Name", "string/text"),
        ("hs_meeting_body", "Meeting description", "string/html"),
        ("hs_internal_meeting_notes", "Internal notes", "string/html"),
        ("hs_meeting_location", "Location", "string/text"),
        ("hs_meeting_external_url", "External URL", "string/text"),
        ("hs_meeting_start_time", "Meeting start time", "datetime/date"),
        ("hs_meeting_end_time", "Meeting end time", "datetime/date"),
        ("hs_meeting_outcome", "Meeting outcome", "enumeration/select", "", "meeting_outcome"),
    ),
    "emails": (
        ("hs_email_subject", "Email subject", "string/text"),
        ("hs_email_text", "Text body", "string/textarea"),
        ("hs_email_html", "Email body", "string/html"),
        ("hs_email_headers", "Email headers", "string/text"),
        ("hs_email_direction", "Email direction", "enumeration/select", "", "email_direction"),
        ("hs_email_status", "Email send status", "enumeration/select", "", "email_status"),
    ),
}

ENGAGEMENT_ROWS: dict[str, tuple[tuple[str, ...], ...]] = {
    name: tuple((*row[:3], name.removesuffix("s"), *row[3:]) for row in (*_EVERY, *own))
    for name, own in _OWN.items()
}


def _same(*values: str) -> Choices:
    return tuple((value, value.replace("_", " ").capitalize()) for value in values)


ENGAGEMENT_OPTIONS: dict[str, Choices] = {
    "task_status": _same("NOT_STARTED", "IN_PROGRESS", "WAITING", "COMPLETED", "DEFERRED"),
    "task_priority": _same("NONE", "LOW", "MEDIUM", "HIGH"),
    "task_type": _same("EMAIL", "CALL", "TODO"),
    "call_direction": _same("INBOUND", "OUTBOUND"),
    "call_status": _same(
        "BUSY",
        "CALLING_CRM_USER",
        "CANCELED",
        "COMPLETED",
        "CONNECTING",
        "FAILED",
        "IN_PROGRESS",
        "NO_ANSWER",
        "QUEUED",
        "RINGING",
    ),
    "meeting_outcome": _same("SCHEDULED", "COMPLETED", "RESCHEDULED", "NO_SHOW", "CANCELED"),
    "email_direction": _same("EMAIL", "INCOMING_EMAIL", "FORWARDED_EMAIL"),
    "email_status": _same("BOUNCED", "FAILED", "SCHEDULED", "SENDING", "SENT"),
}
