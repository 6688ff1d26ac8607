"""What becomes of deleted and merged records: the recycle bin and its end, chains of merges."""

from __future__ import annotations

from datetime import timedelta

import pytest
from salesforce_org import Org, problem

from connector.sandbox.salesforce.errors import RecordError

DAYS_15 = timedelta(days=15).total_seconds()
LEAD = {"LastName": "Fay", "Company": "X"}


def gone(org: Org, type: str = "Lead") -> list[dict[str, str]]:
    """The recycle bin as queryAll shows it."""
    fields = "Id, MasterRecordId" if type != "Task" else "Id"
    found: list[dict[str, str]] = org.query(
        f"SELECT {fields} FROM {type} WHERE IsDeleted = true", "/queryAll"
    )["records"]
    return found


def test_after_fifteen_days_a_deleted_record_is_gone_for_good(org: Org) -> None:
    """Until then it is in the bin; afterwards nothing tells it from one that never was."""
    org.store.track_history("Lead", "City")
    lead = org.make("Lead", LEAD)
    org.call("PATCH", f"/sobjects/Lead/{lead}", {"City": "Gent"})
    org.call("DELETE", f"/sobjects/Lead/{lead}")
    org.clock.advance(DAYS_15 - 60)
    assert [row["Id"] for row in gone(org)] == [lead]
    assert problem(org.call("GET", f"/sobjects/Lead/{lead}"))[1] == "ENTITY_IS_DELETED"
    org.clock.advance(60)
    assert gone(org) == []
    assert problem(org.call("GET", f"/sobjects/Lead/{lead}"))[:2] == (404, "NOT_FOUND")
    assert org.store.get("Lead", lead) is None
    assert list(org.store.all("LeadHistory")) == []
    with pytest.raises(RecordError, match="not in the recycle bin"):
        org.store.user_undelete("Lead", lead)


def test_a_record_taken_back_in_time_stays(org: Org) -> None:
    """The last minute counts; a second deletion starts another fifteen days."""
    lead = org.make("Lead", LEAD)
    org.call("DELETE", f"/sobjects/Lead/{lead}")
    org.clock.advance(DAYS_15 - 60)
    org.store.user_undelete("Lead", lead)
    org.clock.advance(DAYS_15)
    assert org.show("Lead", lead, "LastName")["LastName"] == "Fay"
    org.call("DELETE", f"/sobjects/Lead/{lead}")
    org.clock.advance(DAYS_15 - 60)
    assert [row["Id"] for row in gone(org)] == [lead]


def test_the_bin_can_be_emptied_at_once(org: Org) -> None:
    """As an admin does."""
    lead = org.make("Lead", LEAD)
    org.call("DELETE", f"/sobjects/Lead/{lead}")
    org.switch(bin_days=0)
    assert gone(org) == []


def test_a_chain_of_merges_is_followed_link_by_link(org: Org) -> None:
    """A into B, then B into C: A still points to B, which is itself in the bin and points to C."""
    first, second, third = (org.make("Contact", {"LastName": name}) for name in "ABC")
    org.store.merge("Contact", second, [first])
    org.store.merge("Contact", third, [second])
    masters = {row["Id"]: row["MasterRecordId"] for row in gone(org, "Contact")}
    assert masters == {first: second, second: third}
    assert org.query("SELECT Id FROM Contact")["records"][0]["Id"] == third


def test_the_middle_of_a_chain_may_be_gone(org: Org) -> None:
    """What was merged earlier leaves the bin earlier: then a chain has lost its beginning."""
    first, second, third = (org.make("Contact", {"LastName": name}) for name in "ABC")
    org.store.merge("Contact", second, [first])
    org.clock.advance(DAYS_15 - 60)
    org.store.merge("Contact", third, [second])
    org.clock.advance(60)
    assert {row["Id"]: row["MasterRecordId"] for row in gone(org, "Contact")} == {second: third}


def test_a_merge_of_three(org: Org) -> None:
    """Two losers at once, as the screen allows; their tasks follow the winner."""
    master, *losers = (org.make("Lead", {**LEAD, "LastName": name}) for name in "ABC")
    task = org.make("Task", {"WhoId": losers[1], "Subject": "Call"})
    org.store.merge("Lead", master, losers)
    assert {row["MasterRecordId"] for row in gone(org)} == {master}
    assert org.show("Task", task, "WhoId")["WhoId"] == master


def test_old_activities_are_archived(org: Org) -> None:
    """A year after their day they are in queryAll only; open tasks stay."""
    closed = {"Subject": "Old", "Status": "Completed", "ActivityDate": "2026-11-01"}
    org.make("Task", closed)
    org.make("Task", {"Subject": "Open", "ActivityDate": "2026-11-01"})
    event = {"Subject": "Met", "StartDateTime": "2026-11-01T09:00:00Z", "DurationInMinutes": 60}
    org.make("Event", event)
    org.clock.advance(timedelta(days=364).total_seconds())
    assert org.query("SELECT COUNT() FROM Task")["totalSize"] == 2
    org.clock.advance(timedelta(days=2).total_seconds())
    assert [row["Subject"] for row in org.query("SELECT Subject FROM Task")["records"]] == ["Open"]
    assert org.query("SELECT COUNT() FROM Event")["totalSize"] == 0
    found = org.query("SELECT Subject, IsArchived FROM Task ORDER BY Subject DESC", "/queryAll")["records"]
    assert [(row["Subject"], row["IsArchived"]) for row in found] == [("Open", False), ("Old", True)]
