"""Change Data Capture: what happened to records, as a subscriber would be told it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import requests
from salesforce_org import MONDAY, TEXT_KEY, Org
from test_salesforce_bulk_load import load

from connector.sandbox.clock import Clock
from connector.sandbox.salesforce import change_events
from connector.sandbox.salesforce.store import SalesforceStore

LEAD = {"LastName": "Fay", "Company": "Fay BV"}


def told(org: Org, after: int = 0) -> list[dict[str, Any]]:
    """Events behind a replay id."""
    answer = requests.get(f"{org.url}/_sandbox/change-events", params={"after": after}, timeout=20)
    assert answer.status_code == 200, answer.text
    events: list[dict[str, Any]] = answer.json()["events"]
    return events


def header(event: dict[str, Any]) -> dict[str, Any]:
    return dict(event["payload"]["ChangeEventHeader"])


def kinds(events: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(header(event)["entityName"], header(event)["changeType"]) for event in events]


def test_nothing_is_told_until_somebody_chooses_types(org: Org) -> None:
    org.make("Lead", LEAD)
    assert told(org) == []
    org.switch(change_events=["Contact"])
    org.make("Lead", LEAD)
    assert told(org) == []


def test_the_life_of_a_record(org: Org) -> None:
    """Created, changed, deleted, taken back: each with who, when, and what."""
    org.switch(change_events=["Lead"])
    lead = org.make("Lead", {**LEAD, "City": "Gent"})
    org.clock.advance(60)
    org.store.user_edit("Lead", lead, {"FirstName": "Ada", "City": None, "DoNotCall": True})
    org.call("DELETE", f"/sobjects/Lead/{lead}")
    org.store.user_undelete("Lead", lead)
    events = told(org)
    assert kinds(events) == [("Lead", kind) for kind in ("CREATE", "UPDATE", "DELETE", "UNDELETE")]
    first, second, third, last = events
    assert first["payload"]["Company"] == "Fay BV"
    assert first["payload"]["Name"] == {"LastName": "Fay"}
    assert "Email" not in first["payload"]
    head = header(second)
    assert head["recordIds"] == [lead]
    assert head["commitUser"] == org.store.somebody()
    assert head["commitTimestamp"] // 1000 == int((MONDAY + timedelta(seconds=60)).timestamp())
    assert head["changedFields"] == ["Name.FirstName", "Address.City", "DoNotCall", "LastModifiedDate"]
    assert head["nulledFields"] == ["Address.City"]
    changes = {name: second["payload"][name] for name in ("Name", "Address", "DoNotCall")}
    assert changes == {"Name": {"FirstName": "Ada"}, "Address": {"City": None}, "DoNotCall": True}
    assert set(third["payload"]) == {"ChangeEventHeader"}
    assert last["payload"]["Company"] == "Fay BV"
    assert [header(event)["changeOrigin"] for event in events] == [
        "com/salesforce/api/rest/64.0",
        "",
        "com/salesforce/api/rest/64.0",
        "",
    ]


def test_a_conversion_is_one_transaction(org: Org) -> None:
    """Four records and more, one key, numbered in their order."""
    org.switch(change_events=["Lead", "Contact", "Account", "Opportunity", "OpportunityContactRole"])
    lead = org.make("Lead", LEAD)
    (made,) = told(org)
    org.store.convert(lead)
    events = told(org, after=made["event"]["replayId"])
    assert kinds(events) == [
        ("Account", "CREATE"),
        ("Contact", "CREATE"),
        ("Opportunity", "CREATE"),
        ("OpportunityContactRole", "CREATE"),
        ("Lead", "UPDATE"),
    ]
    assert len({header(event)["transactionKey"] for event in events}) == 1
    assert header(made)["transactionKey"] != header(events[0])["transactionKey"]
    assert [header(event)["sequenceNumber"] for event in events] == [1, 2, 3, 4, 5]
    assert "IsConverted" in header(events[-1])["changedFields"]


def test_a_merge_deletes_the_loser_and_moves_its_children(org: Org) -> None:
    org.switch(change_events=["Contact", "Task"])
    master, loser = (org.make("Contact", {"LastName": name}) for name in "AB")
    org.make("Task", {"WhoId": loser, "Subject": "Call"})
    seen = told(org)[-1]["event"]["replayId"]
    org.store.merge("Contact", master, [loser])
    events = told(org, seen)
    assert kinds(events) == [("Task", "UPDATE"), ("Contact", "DELETE")]
    assert header(events[1])["recordIds"] == [loser]


def test_what_was_rolled_back_is_never_told(org: Org) -> None:
    """A collection with allOrNone; and rows of a bulk job one by one."""
    org.switch(change_events=["Lead"])
    records = [{"attributes": {"type": "Lead"}, **LEAD, "Email": email} for email in ("a@x.example", "no")]
    org.call("POST", "/composite/sobjects", {"allOrNone": True, "records": records})
    assert told(org) == []
    load(org, "LastName,Company,Email\nA,X,a@x.example\nB,X,no\n", type="Lead")
    assert kinds(told(org)) == [("Lead", "CREATE")]


def test_system_fields_alone_are_no_event(org: Org) -> None:
    """A finished task moves the lead's SystemModstamp: subscribers hear nothing, polling does."""
    org.switch(change_events=["Lead"])
    lead = org.make("Lead", LEAD)
    org.clock.advance(60)
    org.make("Task", {"WhoId": lead, "Subject": "Call", "Status": "Completed"})
    assert len(told(org)) == 1
    assert org.show("Lead", lead, "SystemModstamp")["SystemModstamp"] == "2026-11-02T09:01:00.000+0000"


def test_a_gap_says_that_something_happened_but_not_what(org: Org) -> None:
    """The subscriber has to read the record itself."""
    org.switch(change_events=["Lead"])
    lead = org.make("Lead", LEAD)
    org.switch(change_gaps=True)
    org.call("PATCH", f"/sobjects/Lead/{lead}", {"City": "Gent"})
    org.call("DELETE", f"/sobjects/Lead/{lead}")
    events = told(org)
    assert [kind for _, kind in kinds(events)] == ["CREATE", "GAP_UPDATE", "GAP_DELETE"]
    assert set(events[1]["payload"]) == {"ChangeEventHeader"}
    assert header(events[1])["changedFields"] == []
    assert header(events[1])["recordIds"] == [lead]


def test_too_much_at_once_is_an_overflow(org: Org) -> None:
    """One event for the whole type, which names no record."""
    org.switch(change_events=["Lead"])
    answer = requests.post(f"{org.url}/_sandbox/change-events", json={"overflow": "Lead"}, timeout=20)
    (event,) = answer.json()["events"]
    assert (header(event)["changeType"], header(event)["recordIds"]) == (
        "GAP_OVERFLOW",
        ["000000000000000AAA"],
    )


def test_events_are_kept_for_three_days(org: Org) -> None:
    """Whoever was away longer is told that the place is lost."""
    org.switch(change_events=["Lead"])
    org.make("Lead", LEAD)
    (old,) = told(org)
    org.clock.advance(timedelta(hours=71).total_seconds())
    org.make("Lead", LEAD)
    assert len(told(org)) == 2
    org.clock.advance(timedelta(hours=1).total_seconds())
    assert len(told(org)) == 1
    lost = requests.get(
        f"{org.url}/_sandbox/change-events", params={"after": old["event"]["replayId"]}, timeout=20
    )
    assert lost.status_code == 400


def test_only_fields_that_the_user_sees(org: Org) -> None:
    """A hidden field is not in the events; a custom field is, once it is granted."""
    org.switch(change_events=["Lead"], hidden_fields=["Lead.Company"])
    org.add_field("Lead.Link__c", TEXT_KEY)
    org.store.user_create("Lead", {**LEAD, "Link__c": "k"})
    (event,) = told(org)
    assert "Company" not in event["payload"]
    assert event["payload"]["Link__c"] == "k"


def test_a_record_that_leaves_the_recycle_bin_is_no_event(org: Org) -> None:
    org.switch(change_events=["Lead"])
    lead = org.make("Lead", LEAD)
    org.call("DELETE", f"/sobjects/Lead/{lead}")
    org.switch(bin_days=0)
    org.query("SELECT Id FROM Lead")
    assert kinds(told(org)) == [("Lead", "CREATE"), ("Lead", "DELETE")]


def test_the_log_survives_a_restart(tmp_path: object) -> None:
    """With a state folder the events are there again, and the next ones follow."""
    path = f"{tmp_path}/org.sqlite"
    clock = Clock(frozen=True)
    for names in (["A"], ["A", "B"]):
        store = SalesforceStore(path, clock)
        change_events.choose(store, ["Lead"])
        store.user_create("Lead", {**LEAD, "LastName": names[-1]})
        events = change_events.events(store)
        assert [event["payload"]["Name"]["LastName"] for event in events] == names  # type: ignore[index]
        store.close()


@pytest.mark.parametrize(
    "wrong", [["Nope"], "Lead", ["Lead", "Contact", "Account", "Opportunity", "Task", "Event"]]
)
def test_five_types_without_an_add_on(org: Org, wrong: object) -> None:
    answer = requests.post(f"{org.url}/_sandbox/settings", json={"change_events": wrong}, timeout=20)
    assert answer.status_code == 400
    assert "change_events" in answer.json()["error"]
