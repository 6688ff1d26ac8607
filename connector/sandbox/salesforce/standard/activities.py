"""Task. Source: Salesforce Object Reference, page Task."""

from __future__ import annotations

from connector.sandbox.salesforce.schema import (
    ObjectType,
    area,
    day,
    flag,
    lookup,
    moment,
    number,
    picklist,
    read_only,
    record_id,
    system_fields,
    text,
)
from connector.sandbox.salesforce.standard import picklists

TASK = ObjectType(
    "Task",
    "Task",
    "Tasks",
    "00T",
    (
        record_id("Activity ID"),
        lookup("WhoId", "Name ID", "Contact", "Lead"),
        lookup("WhatId", "Related To ID", "Account", "Opportunity"),
        text("Subject", "Subject", 255),
        day("ActivityDate", "Due Date Only"),
        picklist("Status", "Status", picklists.TASK_STATUSES, required=True),
        picklist("Priority", "Priority", picklists.TASK_PRIORITIES, required=True),
        read_only(flag("IsHighPriority", "High Priority")),
        lookup("OwnerId", "Assigned To ID", "Group", "User"),
        area("Description", "Description", 32000),
        read_only(flag("IsClosed", "Closed")),
        read_only(flag("IsArchived", "Archived")),
        read_only(lookup("AccountId", "Account ID", "Account")),
        number("CallDurationInSeconds", "Call Duration", "int", 8),
        picklist("CallType", "Call Type", picklists.CALL_TYPES),
        text("CallDisposition", "Call Result", 255),
        picklist("TaskSubtype", "Task Subtype", picklists.TASK_SUBTYPES, restricted=True, update=False),
        flag("IsReminderSet", "Reminder Set"),
        moment("ReminderDateTime", "Reminder Date/Time"),
        read_only(moment("CompletedDateTime", "Completed Date")),
        *system_fields(),
    ),
)

ACTIVITY_TYPES = (TASK,)
