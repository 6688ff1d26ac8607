"""Somebody else's long transaction: rows that are held, and rows that turn up late."""

from __future__ import annotations

from typing import Any

import pytest
from salesforce_org import Org, problem
from test_salesforce_bulk_load import errors, load

from connector.sandbox.salesforce.errors import RecordError

LOCKED = (400, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record")
DEAL = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-12-31"}


@pytest.fixture
def accounts(org: Org) -> tuple[str, str]:
    """One on which somebody works for a minute, and a free one."""
    busy, free = (org.make("Account", {"Name": name}) for name in ("Busy", "Free"))
    org.switch(locks={busy: 60})
    return busy, free


def test_children_wait_for_their_account(org: Org, accounts: tuple[str, str]) -> None:
    """New contacts, deals and tasks of that account are refused; those of another one are not."""
    busy, free = accounts
    assert problem(org.call("POST", "/sobjects/Contact", {"LastName": "A", "AccountId": busy})) == LOCKED
    assert problem(org.call("POST", "/sobjects/Opportunity", {**DEAL, "AccountId": busy})) == LOCKED
    assert problem(org.call("POST", "/sobjects/Task", {"WhatId": busy, "Subject": "Call"})) == LOCKED
    assert problem(org.call("PATCH", f"/sobjects/Account/{busy}", {"Site": "x"})) == LOCKED
    assert problem(org.call("DELETE", f"/sobjects/Account/{busy}")) == LOCKED
    assert org.call("POST", "/sobjects/Contact", {"LastName": "A", "AccountId": free}).status_code == 201
    assert org.call("GET", f"/sobjects/Account/{busy}").status_code == 200


def test_a_child_moves_only_between_accounts_that_are_free(org: Org, accounts: tuple[str, str]) -> None:
    """Away from a held account needs it too."""
    busy, free = accounts
    org.switch(locks={})
    contact = org.make("Contact", {"LastName": "A", "AccountId": busy})
    org.switch(locks={busy: 60})
    assert problem(org.call("PATCH", f"/sobjects/Contact/{contact}", {"AccountId": free})) == LOCKED


def test_who_writes_a_child_holds_its_account(org: Org, accounts: tuple[str, str]) -> None:
    """A long edit of one contact holds up its colleague: both need the account above them."""
    _, free = accounts
    first, second = (org.make("Contact", {"LastName": name, "AccountId": free}) for name in "AB")
    org.store.lock("Contact", first, 60)
    assert problem(org.call("PATCH", f"/sobjects/Contact/{second}", {"Title": "CEO"})) == LOCKED


def test_the_end_of_the_transaction_frees_the_row(org: Org, accounts: tuple[str, str]) -> None:
    """Writes wait ten seconds: whoever comes in the last ten gets through."""
    busy, _ = accounts
    change: dict[str, Any] = {"Site": "x"}
    org.clock.advance(49)
    assert problem(org.call("PATCH", f"/sobjects/Account/{busy}", change)) == LOCKED
    org.clock.advance(1)
    assert org.call("PATCH", f"/sobjects/Account/{busy}", change).status_code == 204
    org.clock.advance(10)
    assert org.switch()["locks"] == {}


def test_in_a_collection_only_the_children_of_that_account_fail(org: Org, accounts: tuple[str, str]) -> None:
    records = [
        {"attributes": {"type": "Contact"}, "LastName": "A", "AccountId": account} for account in accounts
    ]
    found = org.call("POST", "/composite/sobjects", {"records": records}).json()
    assert [each["success"] for each in found] == [False, True]
    assert found[0]["errors"][0]["statusCode"] == "UNABLE_TO_LOCK_ROW"
    again = org.call("POST", "/composite/sobjects", {"allOrNone": True, "records": records}).json()
    assert [each["errors"][0]["statusCode"] for each in again] == [
        "UNABLE_TO_LOCK_ROW",
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    ]


def test_in_a_bulk_job_too(org: Org, accounts: tuple[str, str]) -> None:
    """The job completes; the rows of that account are among the failed ones."""
    job = load(org, "LastName,AccountId\n" + "".join(f"C,{account}\n" for account in accounts))
    (error,) = errors(org, job)
    assert error == "UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record: --"


def test_rows_that_turn_up_below_the_stamps_already_seen(org: Org) -> None:
    """A rep's transaction lasts two minutes: its row comes then, with the stamps of its beginning."""
    org.switch(late_commit_s=120)
    late = org.store.user_create("Lead", {"LastName": "Late", "Company": "X"})
    org.clock.advance(60)
    org.make("Lead", {"LastName": "Seen", "Company": "X"})
    (row,) = org.query("SELECT LastName, SystemModstamp FROM Lead")["records"]
    seen = row["SystemModstamp"]
    assert (row["LastName"], seen) == ("Seen", "2026-11-02T09:01:00.000+0000")
    org.clock.advance(60)
    assert org.query(f"SELECT Id FROM Lead WHERE SystemModstamp > {seen}")["records"] == []
    shown = org.show("Lead", late, "SystemModstamp", "LastModifiedDate", "CreatedDate")
    assert set(shown.values()) - {late} == {"2026-11-02T09:00:00.000+0000"}


def test_what_a_rep_has_open_is_held(org: Org) -> None:
    """Until the rep's transaction is over others read the old values, and cannot write the record."""
    lead = org.make("Lead", {"LastName": "A", "Company": "X", "City": "Gouda"})
    org.switch(late_commit_s=120)
    org.store.user_edit("Lead", lead, {"City": "Gent"})
    assert org.show("Lead", lead, "City")["City"] == "Gouda"
    assert problem(org.call("PATCH", f"/sobjects/Lead/{lead}", {"Title": "CEO"})) == LOCKED
    org.clock.advance(120)
    assert org.show("Lead", lead, "City")["City"] == "Gent"
    assert org.call("PATCH", f"/sobjects/Lead/{lead}", {"Title": "CEO"}).status_code == 204


def test_what_changed_is_covered_only_so_far(org: Org) -> None:
    """latestDateCovered stays behind by as long as transactions take."""
    org.switch(replication_lag_s=600)
    span = {"start": "2026-11-02T08:00:00Z", "end": "2026-11-02T09:00:00Z"}
    answer = org.call("GET", "/sobjects/Lead/updated", params=span).json()
    assert answer["latestDateCovered"] == "2026-11-02T08:50:00.000+0000"


def test_nobody_merges_or_converts_what_a_rep_has_open(org: Org) -> None:
    """What the rep writes would be lost."""
    leads = [org.make("Lead", {"LastName": name, "Company": "X"}) for name in "AB"]
    held, free = leads
    org.store.lock("Lead", held, 60)
    for winner, loser in ((held, free), (free, held)):
        with pytest.raises(RecordError, match="UNABLE_TO_LOCK_ROW"):
            org.store.merge("Lead", winner, [loser])
    with pytest.raises(RecordError, match="UNABLE_TO_LOCK_ROW"):
        org.store.convert(held, opportunity=False)
    org.clock.advance(60)
    org.store.merge("Lead", held, [free])
    assert org.store.convert(held, opportunity=False)["contact"]
