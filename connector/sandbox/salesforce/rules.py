"""What one record must be like next to others, and what it takes from them.

In: an org and the row about to be stored. Out: problems, and fields filled from other records. Source:
Salesforce Object Reference, pages Task, Event and CampaignMember.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from connector.sandbox.salesforce import campaigns
from connector.sandbox.salesforce.errors import Problem
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.schema import Row

TYPES = frozenset({"Task", "Event", "CampaignMember"})


def fill(org: Org, type_name: str, row: Row) -> Row:
    """The row with what other records decide."""
    if type_name == "CampaignMember":
        campaigns.fill_member(org, row)
    return row


def problems(
    org: Org, type_name: str, given: Collection[str], row: Row, record_id: str | None
) -> Iterator[Problem]:
    """What is wrong with an activity or a campaign member. `given` names the fields that are written."""
    if type_name in ("Task", "Event"):
        yield from _activity_problems(row)
    if type_name == "Event":
        yield from _event_problems(given, row)
    if type_name == "CampaignMember":
        yield from campaigns.member_problems(org, row, record_id)


def _activity_problems(row: Row) -> Iterator[Problem]:
    """If WhoId is a lead, WhatId must be empty. Assumption: the code and wording."""
    if row["WhatId"] and str(row["WhoId"]).startswith("00Q"):
        text = "Related To ID: must be empty when the Name ID is a lead"
        yield Problem("FIELD_INTEGRITY_EXCEPTION", text, ("WhatId",))


def _event_problems(given: Collection[str], row: Row) -> Iterator[Problem]:
    """An event needs a time and a length. Assumption: codes and wording."""
    starts = row["StartDateTime"] or row["ActivityDateTime"]
    if row["IsAllDayEvent"]:
        if not (starts or row["ActivityDate"]):
            yield _missing("ActivityDate")
        return
    blank = [] if starts else ["ActivityDateTime"]
    if row["DurationInMinutes"] is None and row["EndDateTime"] is None:
        blank.insert(0, "DurationInMinutes")
    if blank:
        yield _missing(*blank)
    elif "EndDateTime" in given and row["EndDateTime"] and str(row["EndDateTime"]) < str(starts):
        text = "End Date Time: an event cannot end before it starts"
        yield Problem("FIELD_INTEGRITY_EXCEPTION", text, ("EndDateTime",))


def _missing(*names: str) -> Problem:
    return Problem("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(names)}]", names)
