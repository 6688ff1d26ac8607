"""Task and Event. Source: Salesforce Object Reference, pages Task and Event."""

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

RELATED = ("Account", "Campaign", "Opportunity")

TASK = ObjectType(
    "Task",
    "Task",
    "Tasks",
    "00T",
    (
        record_id("Activity ID"),
        lookup("WhoId", "Name ID", "Contact", "Lead"),
        lookup("WhatId", "Related To ID", *RELATED),
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

EVENT = ObjectType(
    "Event",
    "Event",
    "Events",
    "00U",
    (
        record_id("Activity ID"),
        lookup("WhoId", "Name ID", "Contact", "Lead"),
        lookup("WhatId", "Related To ID", *RELATED),
        text("Subject", "Subject", 255),
        text("Location", "Location", 255),
        flag("IsAllDayEvent", "All-Day Event"),
        moment("ActivityDateTime", "Due Date Time"),
        day("ActivityDate", "Due Date Only"),
        number("DurationInMinutes", "Duration", "int", 8),
        moment("StartDateTime", "Start Date Time"),
        moment("EndDateTime", "End Date Time"),
        area("Description", "Description", 32000),
        read_only(lookup("AccountId", "Account ID", "Account")),
        lookup("OwnerId", "Assigned To ID", "User"),
        flag("IsPrivate", "Private"),
        picklist("ShowAs", "Show Time As", picklists.SHOW_AS, restricted=True),
        read_only(flag("IsArchived", "Archived")),
        picklist("EventSubtype", "Event Subtype", picklists.EVENT_SUBTYPES, restricted=True, update=False),
        flag("IsReminderSet", "Reminder Set"),
        moment("ReminderDateTime", "Reminder Date/Time"),
        *system_fields(),
    ),
)

ACTIVITY_TYPES = (TASK, EVENT)
