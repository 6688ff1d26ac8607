"""What changed and what went in a span of time: `/updated` and `/deleted`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from salesforce_org import MONDAY, Org, problem
from simple_salesforce import Salesforce

LATER = MONDAY + timedelta(hours=1)


def ask(org: Org, what: str, start: str, end: str, type: str = "Contact") -> Any:
    return org.call("GET", f"/sobjects/{type}/{what}/", params={"start": start, "end": end})


def test_the_client_gets_what_changed_and_what_went(org: Org, sf: Salesforce) -> None:
    """Created and changed ones are updated ones; a deleted one is not, it is told with its time."""
    old, touched, gone = org.store.load(
        "Contact",
        [{"LastName": name, "_created": datetime(2026, 10, 20, tzinfo=UTC)} for name in ("Old", "T", "G")],
    )
    org.store.user_edit("Contact", touched, {"Title": "CEO"})
    made = org.make("Contact", {"LastName": "New"})
    org.clock.set(MONDAY + timedelta(minutes=5))
    sf.Contact.delete(gone)
    org.clock.set(LATER)
    changed = sf.Contact.updated(MONDAY, LATER)
    assert changed == {"ids": [touched, made], "latestDateCovered": "2026-11-02T10:00:00.000+0000"}
    assert old not in changed["ids"]
    assert sf.Contact.deleted(MONDAY, LATER) == {
        "deletedRecords": [{"id": gone, "deletedDate": "2026-11-02T09:05:00.000+0000"}],
        "earliestDateAvailable": "2026-10-18T10:00:00.000+0000",
        "latestDateCovered": "2026-11-02T10:00:00.000+0000",
    }


def test_seconds_are_ignored(org: Org) -> None:
    """12:30:15 means 12:30:00, at both ends: what was changed in the last minute comes with the next call."""
    org.clock.set(MONDAY + timedelta(seconds=20))
    first = org.make("Contact", {"LastName": "A"})
    org.clock.set(MONDAY + timedelta(minutes=2, seconds=10))
    second = org.make("Contact", {"LastName": "B"})
    answer = ask(org, "updated", "2026-11-02T09:00:59Z", "2026-11-02T09:02:59Z").json()
    assert answer == {"ids": [first], "latestDateCovered": "2026-11-02T09:02:00.000+0000"}
    again = ask(org, "updated", answer["latestDateCovered"], "2026-11-02T09:03:00Z").json()
    assert again["ids"] == [second]


def test_the_answer_covers_no_time_that_is_not_over(org: Org) -> None:
    """An end in the future, or transactions still at work: the next call starts at latestDateCovered."""
    org.make("Contact", {"LastName": "A"})
    assert ask(org, "updated", "2026-11-02T08:00:00Z", "2026-11-03T09:00:00Z").json() == {
        "ids": [row["Id"] for row in org.store.all("Contact")],
        "latestDateCovered": "2026-11-02T09:00:00.000+0000",
    }
    org.store.replication_lag = timedelta(minutes=10)
    late = ask(org, "deleted", "2026-11-02T08:00:00Z", "2026-11-02T09:00:00Z").json()
    assert late["latestDateCovered"] == "2026-11-02T08:50:00.000+0000"


def test_a_system_change_counts(org: Org) -> None:
    """SystemModstamp decides: a finished task on a person brings the person up."""
    (id,) = org.store.load("Contact", [{"LastName": "A", "_created": datetime(2026, 10, 20, tzinfo=UTC)}])
    org.make("Task", {"WhoId": id, "Status": "Completed", "Subject": "Call"})
    assert ask(org, "updated", "2026-11-02T09:00:00Z", "2026-11-02T09:01:00Z").json()["ids"] == [id]


def test_merge_losers_are_deleted_ones_and_undeleted_ones_are_not(org: Org) -> None:
    winner, loser, back = (org.make("Contact", {"LastName": name}) for name in ("W", "L", "B"))
    org.store.merge("Contact", winner, [loser])
    org.store.user_delete("Contact", back)
    org.store.user_undelete("Contact", back)
    span = ("2026-11-02T09:00:00Z", "2026-11-02T09:01:00Z")
    assert [each["id"] for each in ask(org, "deleted", *span).json()["deletedRecords"]] == [loser]
    assert set(ask(org, "updated", *span).json()["ids"]) == {winner, back}


@pytest.mark.parametrize(
    ("what", "start"),
    [("updated", "2026-10-03T08:59:00Z"), ("deleted", "2026-10-18T08:59:00Z")],
)
def test_how_far_back_it_reaches(org: Org, what: str, start: str) -> None:
    """30 days for changes, 15 for deletions, to the minute."""
    status, code, text = problem(ask(org, what, start, "2026-11-02T09:00:00Z"))
    assert (status, code) == (400, "INVALID_REPLICATION_DATE")
    assert "days ago" in text
    assert ask(org, what, start.replace("08:59", "09:00"), "2026-11-02T09:00:00Z").status_code == 200


def test_a_trimmed_delete_log_is_no_evidence(org: Org) -> None:
    """Who deletes very much finds the log shortened: a start before that is refused, not answered in part."""
    org.store.deletes_trimmed_to = MONDAY - timedelta(hours=3)
    refused = ask(org, "deleted", "2026-11-02T05:00:00Z", "2026-11-02T09:00:00Z")
    assert problem(refused)[:2] == (400, "INVALID_REPLICATION_DATE")
    answer = ask(org, "deleted", "2026-11-02T06:00:00Z", "2026-11-02T09:00:00Z").json()
    assert answer["earliestDateAvailable"] == "2026-11-02T06:00:00.000+0000"


def test_more_ids_than_salesforce_answers(org: Org) -> None:
    org.store.most_replicated = 2
    org.store.load("Contact", [{"LastName": str(n)} for n in range(3)])
    refused = ask(org, "updated", "2026-11-02T09:00:00Z", "2026-11-02T09:01:00Z")
    assert problem(refused)[:2] == (400, "EXCEEDED_ID_LIMIT")


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        ("2026-11-02T09:00:00Z", "2026-11-02T09:00:59Z", "INVALID_REPLICATION_DATE"),
        ("2026-11-02T09:00:00Z", "2026-11-02T08:00:00Z", "INVALID_REPLICATION_DATE"),
        ("yesterday", "2026-11-02T09:00:00Z", "INVALID_FIELD"),
        ("2026-11-02", "2026-11-02T09:00:00Z", "INVALID_FIELD"),
        ("2026-11-02T08:00:00 00:00", "2026-11-02T09:00:00Z", "INVALID_FIELD"),
    ],
)
def test_spans_that_are_none(org: Org, start: str, end: str, code: str) -> None:
    """Also a plus sign that the client forgot to encode: it arrives as a blank."""
    assert problem(ask(org, "updated", start, end))[:2] == (400, code)


def test_what_cannot_be_asked(org: Org) -> None:
    """Both ends are needed; of setup objects only users have such a log; unknown types are unknown."""
    assert problem(org.call("GET", "/sobjects/Contact/deleted"))[:2] == (400, "MISSING_ARGUMENT")
    span = ("2026-11-02T09:00:00Z", "2026-11-02T09:01:00Z")
    assert problem(ask(org, "updated", *span, type="Profile"))[:2] == (400, "INVALID_TYPE_FOR_OPERATION")
    assert ask(org, "updated", *span, type="User").json()["ids"] == [org.store.user]
    assert ask(org, "deleted", *span, type="User").json()["deletedRecords"] == []
    assert problem(ask(org, "deleted", *span, type="Nope"))[:2] == (404, "NOT_FOUND")
    assert problem(org.call("POST", "/sobjects/Contact/updated", {}))[:2] == (405, "METHOD_NOT_ALLOWED")
