"""Tasks and events on people and what they are about; queues that own records."""

from __future__ import annotations

import pytest
from salesforce_org import Org, problem
from simple_salesforce import Salesforce

TIMES = ("StartDateTime", "EndDateTime", "DurationInMinutes", "ActivityDate", "ActivityDateTime")
NINE, TEN = "2026-11-02T09:00:00.000+0000", "2026-11-02T10:00:00.000+0000"


@pytest.mark.parametrize(
    "given",
    [
        {"ActivityDateTime": NINE, "DurationInMinutes": 60},
        {"StartDateTime": NINE, "EndDateTime": TEN},
        {"StartDateTime": NINE, "DurationInMinutes": 60},
    ],
)
def test_start_end_and_length_of_an_event_agree(org: Org, given: dict[str, object]) -> None:
    id = org.make("Event", {"Subject": "Demo", **given})
    row = org.show("Event", id, *TIMES)
    assert [row[name] for name in TIMES] == [NINE, TEN, 60, "2026-11-02", NINE]


def test_an_event_is_moved(sf: Salesforce) -> None:
    """A later start keeps the length; a later end makes it longer."""
    id = sf.Event.create({"StartDateTime": NINE, "DurationInMinutes": 30})["id"]
    sf.Event.update(id, {"StartDateTime": TEN})
    assert sf.Event.get(id)["EndDateTime"] == "2026-11-02T10:30:00.000+0000"
    sf.Event.update(id, {"EndDateTime": "2026-11-02T12:00:00Z"})
    assert sf.Event.get(id)["DurationInMinutes"] == 120


def test_an_event_of_a_whole_day(org: Org) -> None:
    id = org.make("Event", {"IsAllDayEvent": True, "ActivityDate": "2026-11-05"})
    row = org.show("Event", id, *TIMES)
    assert [row[name] for name in TIMES[:4]] == [
        "2026-11-05T00:00:00.000+0000",
        "2026-11-05T00:00:00.000+0000",
        1440,
        "2026-11-05",
    ]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "REQUIRED_FIELD_MISSING"),
        ({"StartDateTime": NINE}, "REQUIRED_FIELD_MISSING"),
        ({"DurationInMinutes": 30}, "REQUIRED_FIELD_MISSING"),
        ({"IsAllDayEvent": True}, "REQUIRED_FIELD_MISSING"),
        ({"StartDateTime": TEN, "EndDateTime": NINE}, "FIELD_INTEGRITY_EXCEPTION"),
    ],
)
def test_events_without_a_time_are_refused(org: Org, given: dict[str, object], code: str) -> None:
    assert problem(org.call("POST", "/sobjects/Event", given))[:2] == (400, code)


@pytest.mark.parametrize("type", ["Task", "Event"])
def test_who_and_what(org: Org, type: str) -> None:
    """A person and what it is about; the account is worked out; a lead stands alone."""
    account = org.make("Account", {"Name": "Acme"})
    contact = org.make("Contact", {"LastName": "Fay", "AccountId": account})
    lead = org.make("Lead", {"LastName": "Gus", "Company": "X"})
    deal = {"Name": "Big", "StageName": "Prospecting", "CloseDate": "2026-12-31", "AccountId": account}
    base = {"Subject": "Call", **({"StartDateTime": NINE, "DurationInMinutes": 5} if type == "Event" else {})}
    id = org.make(type, {**base, "WhoId": contact, "WhatId": org.make("Opportunity", deal)})
    assert org.show(type, id, "AccountId")["AccountId"] == account
    (row,) = org.query(f"SELECT Who.Name, What.Name FROM {type}")["records"]
    assert (row["Who"]["Name"], row["What"]["Name"]) == ("Fay", "Big")
    for who, what, code in (
        (lead, account, "FIELD_INTEGRITY_EXCEPTION"),
        (account, None, "FIELD_INTEGRITY_EXCEPTION"),
        (contact, contact, "FIELD_INTEGRITY_EXCEPTION"),
    ):
        refused = org.call("POST", f"/sobjects/{type}", {**base, "WhoId": who, "WhatId": what})
        assert problem(refused)[:2] == (400, code)


def test_events_follow_a_conversion_and_go_with_their_person(org: Org) -> None:
    lead = org.make("Lead", {"LastName": "Gus", "Company": "X"})
    id = org.make("Event", {"StartDateTime": NINE, "DurationInMinutes": 5, "WhoId": lead})
    contact = org.store.convert(lead)["contact"]
    assert org.show("Event", id, "WhoId")["WhoId"] == contact
    org.store.user_delete("Contact", str(contact))
    assert org.call("GET", f"/sobjects/Event/{id}").status_code == 404


def test_an_event_that_is_over_is_the_last_activity(org: Org) -> None:
    """It moves LastActivityDate and SystemModstamp of the person, not LastModifiedDate."""
    past, future = (org.make("Contact", {"LastName": name}) for name in "PF")
    org.clock.advance(7200)
    org.make("Event", {"StartDateTime": NINE, "DurationInMinutes": 5, "WhoId": past})
    org.make("Event", {"StartDateTime": "2026-12-01T09:00:00Z", "DurationInMinutes": 5, "WhoId": future})
    names = ("LastActivityDate", "SystemModstamp", "LastModifiedDate")
    row = org.show("Contact", past, *names)
    assert row["LastActivityDate"] == "2026-11-02"
    assert row["SystemModstamp"] > row["LastModifiedDate"]
    assert org.show("Contact", future, *names)["LastActivityDate"] is None


def test_a_queue_owns_leads(org: Org, sf: Salesforce) -> None:
    """Only a queue, and only for the types it was made for; its name stands where a user's name stands."""
    queue = org.store.add_queue("New leads", "Lead")
    lead = sf.Lead.create({"LastName": "Gus", "Company": "X", "OwnerId": queue})["id"]
    (row,) = sf.query("SELECT OwnerId, Owner.Name, Owner.Email FROM Lead")["records"]
    assert row["OwnerId"] == queue
    assert (row["Owner"]["Name"], row["Owner"]["Email"]) == ("New leads", None)
    refused = org.call("POST", "/sobjects/Task", {"Subject": "Call", "OwnerId": queue})
    assert problem(refused)[2] == "Queue not associated with this SObject type"
    contact = org.call("POST", "/sobjects/Contact", {"LastName": "x", "OwnerId": queue})
    assert problem(contact)[1] == "FIELD_INTEGRITY_EXCEPTION"
    group = org.make("Group", {"Name": "Everybody"})
    assert org.call("PATCH", f"/sobjects/Lead/{lead}", {"OwnerId": group}).status_code == 400
    org.make("QueueSobject", {"QueueId": queue, "SobjectType": "Task"})
    assert org.make("Task", {"Subject": "Call", "OwnerId": queue})


def test_an_owner_by_user_name(org: Org) -> None:
    """A nested reference finds the user, although a lead's owner may be a queue as well."""
    owner = {"Username": "integration@simulated.example"}
    id = org.make("Lead", {"LastName": "Gus", "Company": "X", "Owner": owner})
    assert org.show("Lead", id, "OwnerId")["OwnerId"] == org.store.user
