"""Field history: kept for the fields that an admin tracks, from the moment that they are tracked."""

from __future__ import annotations

from typing import Any

import pytest
from salesforce_org import Org, problem
from simple_salesforce import Salesforce


def history(org: Org, type: str, parent: str, fields: str = "Field, OldValue, NewValue") -> list[Any]:
    """The history rows of all records of a type in the order of their making, without attributes."""
    found = org.query(f"SELECT {parent}, {fields} FROM {type} ORDER BY Id")
    names = [parent, *fields.split(", ")]
    return [tuple(row[name] for name in names) for row in found["records"]]


def test_nothing_is_kept_before_tracking_is_on(org: Org) -> None:
    """The history object exists in every org; it fills from the moment a field is tracked."""
    id = org.make("Lead", {"LastName": "Fay", "Company": "X", "Title": "CEO"})
    org.call("PATCH", f"/sobjects/Lead/{id}", {"Title": "CFO"})
    assert history(org, "LeadHistory", "LeadId") == []
    org.store.track_history("Lead", "Title")
    org.call("PATCH", f"/sobjects/Lead/{id}", {"Title": "CTO", "City": "Gent"})
    assert history(org, "LeadHistory", "LeadId") == [(id, "Title", "CFO", "CTO")]


@pytest.mark.parametrize(
    ("type", "table", "field", "values"),
    [
        ("Lead", "LeadHistory", "Status", {"LastName": "Fay", "Company": "X", "Status": "Open"}),
        ("Contact", "ContactHistory", "Phone", {"LastName": "Fay", "Phone": "1"}),
        ("Account", "AccountHistory", "Name", {"Name": "Acme"}),
        (
            "Opportunity",
            "OpportunityFieldHistory",
            "StageName",
            {"Name": "Big", "StageName": "Prospecting", "CloseDate": "2026-12-31"},
        ),
    ],
)
def test_every_type_has_a_history_of_its_own(
    org: Org, sf: Salesforce, type: str, table: str, field: str, values: dict[str, str]
) -> None:
    """Creation is one row; a change says what was, what is, when, and by whom."""
    org.store.track_history(type, field)
    id = org.make(type, values)
    org.clock.advance(3600)
    person = org.store.load("User", [{"Username": "b@x.example", "LastName": "B", "Email": "b@x.example"}])[0]
    org.store.user_edit(type, id, {field: "Qualification"}, person)
    rows = sf.query(
        f"SELECT {type}Id, Field, OldValue, NewValue, CreatedDate, CreatedById, IsDeleted FROM {table} "
        f"WHERE {type}Id = '{id}' ORDER BY CreatedDate"
    )["records"]
    made, changed = [{name: row[name] for name in row if name != "attributes"} for row in rows]
    assert (made["Field"], made["CreatedById"]) == ("created", org.store.user)
    assert changed == {
        f"{type}Id": id,
        "Field": field,
        "OldValue": values[field],
        "NewValue": "Qualification",
        "CreatedDate": "2026-11-02T10:00:00.000+0000",
        "CreatedById": person,
        "IsDeleted": False,
    }


def test_values_keep_their_type(org: Org) -> None:
    """Numbers and checkboxes come as numbers and booleans; of long texts only the fact is kept."""
    org.store.track_history("Contact", "HasOptedOutOfEmail", "Description", "Birthdate")
    org.store.track_history("Opportunity", "Amount")
    id = org.make("Contact", {"LastName": "Fay"})
    deal = org.make("Opportunity", {"Name": "B", "StageName": "Prospecting", "CloseDate": "2026-12-31"})
    org.call("PATCH", f"/sobjects/Opportunity/{deal}", {"Amount": 12.5})
    edit = {"HasOptedOutOfEmail": True, "Description": "long", "Birthdate": "1970-02-03"}
    org.call("PATCH", f"/sobjects/Contact/{id}", edit)
    assert history(org, "OpportunityFieldHistory", "OpportunityId")[1:] == [(deal, "Amount", None, 12.5)]
    assert set(history(org, "ContactHistory", "ContactId")[1:]) == {
        (id, "HasOptedOutOfEmail", False, True),
        (id, "Description", None, None),
        (id, "Birthdate", None, "1970-02-03"),
    }


def test_a_changed_owner_leaves_names_and_ids(org: Org) -> None:
    """Two rows, and the field is called `Owner`."""
    org.store.track_history("Account", "OwnerId")
    id = org.make("Account", {"Name": "Acme"})
    user = {"Username": "b@x.example", "LastName": "Bo", "Name": "Bo", "Email": "b@x.example"}
    person = org.store.load("User", [user])[0]
    org.call("PATCH", f"/sobjects/Account/{id}", {"OwnerId": person})
    assert history(org, "AccountHistory", "AccountId")[1:] == [
        (id, "Owner", "Integration User", "Bo"),
        (id, "Owner", org.store.user, person),
    ]


def test_conversion_and_merge_leave_history_too(org: Org) -> None:
    """What people do in the screens counts like any write; a loser's history goes with it."""
    org.store.track_history("Lead", "Status")
    org.store.track_history("Contact", "AccountId", "Phone")
    id = org.make("Lead", {"LastName": "Fay", "Company": "X"})
    org.store.convert(id)
    assert history(org, "LeadHistory", "LeadId")[-1][1:] == (
        "Status",
        "Open - Not Contacted",
        "Closed - Converted",
    )
    winner, loser = (org.make("Contact", {"LastName": name}) for name in "WL")
    org.store.merge("Contact", winner, [loser])
    assert loser not in {row[0] for row in history(org, "ContactHistory", "ContactId")}
    gone = org.query(f"SELECT Id FROM ContactHistory WHERE ContactId = '{loser}'", "/queryAll")
    assert gone["totalSize"] == 1
    org.store.user_undelete("Contact", loser)
    assert loser in {row[0] for row in history(org, "ContactHistory", "ContactId")}


def test_history_comes_as_children_of_its_record(org: Org) -> None:
    """`SELECT (SELECT … FROM Histories)`."""
    org.store.track_history("Contact", "Phone")
    id = org.make("Contact", {"LastName": "Fay"})
    org.call("PATCH", f"/sobjects/Contact/{id}", {"Phone": "1"})
    (row,) = org.query("SELECT Id, (SELECT Field, NewValue FROM Histories) FROM Contact")["records"]
    assert [(r["Field"], r["NewValue"]) for r in row["Histories"]["records"]] == [
        ("created", None),
        ("Phone", "1"),
    ]


def test_history_is_only_read(org: Org) -> None:
    """Its rows cannot be written, and its values cannot be filtered."""
    refused = org.call("POST", "/sobjects/ContactHistory", {"Field": "Phone"})
    assert problem(refused)[:2] == (400, "INVALID_TYPE_FOR_OPERATION")
    (error,) = org.query("SELECT Id FROM ContactHistory WHERE NewValue = '1'")
    assert error["errorCode"] == "INVALID_FIELD"


def test_twenty_fields_at_most(org: Org) -> None:
    """An admin can track twenty fields of an object, none that nobody edits, and not all objects."""
    names = [f.name for f in org.store.kind("Contact").fields if f.update and not f.is_compound]
    org.store.track_history("Contact", *names[:20])
    with pytest.raises(ValueError, match="at most 20"):
        org.store.track_history("Contact", *names[:21])
    with pytest.raises(LookupError):
        org.store.track_history("Contact", "SystemModstamp")
    with pytest.raises(LookupError):
        org.store.track_history("Task", "Subject")


def test_a_fresh_org_tracks_nothing(org: Org) -> None:
    """A reset forgets what was tracked."""
    org.store.track_history("Contact", "Phone")
    org.store.reset()
    id = org.store.user_create("Contact", {"LastName": "Fay"})
    org.store.user_edit("Contact", id, {"Phone": "1"})
    assert list(org.store.all("ContactHistory")) == []
