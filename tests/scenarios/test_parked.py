"""Writes that do not succeed: each is parked with its code and age, holds up no other, and is tried again
when something changed, else less and less often."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import requests
from setting import Firm

from connector.model import Side
from connector.sandbox.salesforce.errors import ApiError, ValidationRule
from connector.state.rows import Waiting

PEOPLE = 5
WRITES = {
    Side.HUBSPOT: ("POST", "/crm/objects/2026-03/contacts/batch/update"),
    Side.SALESFORCE: ("PATCH", "/services/data/v64.0/composite/sobjects"),
}


def fault(acme: Firm, side: Side, answer: object, times: int = 1) -> None:
    method, prefix = WRITES[side]
    match = {"side": side.value, "method": method, "path_prefix": prefix}
    rule = {"match": match, "times": times, "answer": answer}
    url = f"{acme.running.hubspot_url}/_sandbox/faults"
    requests.post(url, json=rule, timeout=5).raise_for_status()


def refuse(acme: Firm, type: str, last_name: str) -> None:
    """An admin's rule that one person breaks."""

    def rule(of: str, before: Any, after: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001
        if of == type and after.get("LastName") == last_name:
            raise ValidationRule("not this one", "LastName")
        return after

    acme.world.salesforce.on_write.append(rule)


def waiting(acme: Firm) -> list[tuple[str, str]]:
    return [(item.code, item.subject.id) for item in acme.store.waiting_items()]


def the_item(acme: Firm) -> Waiting:
    (item,) = acme.store.waiting_items()
    return item


def edited_title(acme: Firm, side: Side, contact: str, text: str) -> None:
    if side is Side.HUBSPOT:
        acme.in_hubspot(contact, jobtitle=text)
    else:
        acme.in_salesforce(acme.partner(contact).id, Title=text)


def title(acme: Firm, side: Side, contact: str) -> object:
    if side is Side.HUBSPOT:
        return acme.hubspot(contact)["jobtitle"]
    return acme.salesforce(acme.partner(contact).id)["Title"]


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("place", [0, PEOPLE // 2, PEOPLE - 1])
def test_a_refused_record_holds_up_no_other_wherever_it_stands(acme: Firm, side: Side, place: int) -> None:
    people = [acme.contact(email=f"p{n}@x.nl", lastname=f"P{n}", jobtitle="old") for n in range(PEOPLE)]
    acme.settle()
    for contact in people:
        edited_title(acme, side.other, contact, "CFO")
    error = {"code": "VALIDATION_ERROR", "message": "no"}
    fault(acme, side, {"fail_rows": [place], "error": error})
    report = acme.sync()
    assert (report.failed, report.updated) == (1, PEOPLE - 1)
    assert sorted(str(title(acme, side, each)) for each in people) == ["CFO"] * (PEOPLE - 1) + ["old"]
    assert [code for code, _ in waiting(acme)] == ["refused"]
    acme.pass_time(60)
    acme.settle()
    assert waiting(acme) == []
    assert {title(acme, side, each) for each in people} == {"CFO"}


def test_what_failed_keeps_its_number_and_age_and_is_tried_less_and_less_often(acme: Firm) -> None:
    acme.contact(email="a@x.nl", lastname="A")
    refuse(acme, "Lead", "A")
    acme.sync()
    first = the_item(acme)
    waits: list[timedelta] = []
    for _ in range(12):
        item = the_item(acme)
        assert (item.id, item.since, item.code) == (first.id, first.since, "refused")
        assert item.retry_at is not None
        waits.append(item.retry_at - acme.now())
        assert acme.sync().failed == 0
        acme.pass_time(waits[-1] / timedelta(minutes=1) + 1)
        assert acme.sync().failed == 1
    assert all(a <= b + timedelta(minutes=1) for a, b in pairwise(waits))
    assert timedelta(minutes=5) < waits[0] < timedelta(minutes=15)
    assert timedelta(hours=23) < waits[-1] <= timedelta(hours=24)
    acme.world.salesforce.on_write.clear()
    acme.pass_time(24 * 60)
    acme.settle()
    assert waiting(acme) == []


def test_it_is_tried_again_at_once_when_the_record_changes(acme: Firm) -> None:
    contact = acme.contact(email="a@x.nl", lastname="A")
    refuse(acme, "Lead", "A")
    acme.sync()
    acme.in_hubspot(contact, lastname="B")
    assert acme.sync().created == 1
    assert waiting(acme) == []


def test_it_is_tried_again_at_once_when_the_mapping_changes(acme: Firm, tmp_path: Path) -> None:
    """Ops corrects the mapping because of what is held: the next run does it, without a full sync."""
    acme.contact(email="a@x.nl", lastname="A")
    refuse(acme, "Lead", "A")
    acme.sync()
    assert acme.sync().failed == 0
    acme.mappings = acme.edited_mappings(
        tmp_path / "m", "contacts.yaml", "clash: salesforce", "clash: hubspot"
    )
    acme.plan()
    assert acme.sync().failed == 1
    assert acme.sync().failed == 0


def test_it_is_tried_again_when_a_crms_fields_change(acme: Firm) -> None:
    """An admin mends the picklist; the connector reads the fields once an hour."""
    acme.contact(email="a@x.nl", lastname="A")
    refuse(acme, "Lead", "A")
    acme.sync()
    for _ in range(6):  # so that it would not be due by itself for hours
        acme.pass_time((the_item(acme).retry_at - acme.now()) / timedelta(minutes=1) + 1)  # type: ignore[operator]
        acme.sync()
    acme.pass_time(61)
    assert acme.sync().failed == 0
    acme.world.salesforce.hide_field("Lead", "Title")
    acme.pass_time(61)
    assert acme.sync().failed == 1


def test_a_person_may_ask_for_another_try(acme: Firm) -> None:
    acme.contact(email="a@x.nl", lastname="A")
    refuse(acme, "Lead", "A")
    acme.sync()
    acme.world.salesforce.on_write.clear()
    assert acme.sync().created == 0
    link = the_item(acme).link
    assert link is not None
    acme.store.ask_retry([link])
    assert acme.sync().created == 1
    assert (waiting(acme), acme.store.retries_asked()) == ([], [])


def test_an_answer_that_mentions_nobody_is_unknown_and_is_looked_up(acme: Firm) -> None:
    """Salesforce answered for fewer records than it was asked about: nothing is believed of it."""
    people = [acme.contact(email=f"p{n}@x.nl", lastname=f"P{n}", jobtitle="old") for n in range(3)]
    acme.settle()
    for contact in people:
        acme.in_hubspot(contact, jobtitle="CFO")
    row = {"id": acme.partner(people[0]).id, "success": True, "errors": []}
    fault(acme, Side.SALESFORCE, {"status": 200, "body": [row]})
    report = acme.sync()
    assert (report.failed, {code for code, _ in waiting(acme)}) == (3, {"unanswered"})
    assert len(acme.store.open_intents()) == 3
    acme.settle()
    assert (waiting(acme), acme.store.open_intents()) == ([], [])
    assert {title(acme, Side.SALESFORCE, each) for each in people} == {"CFO"}


def test_a_record_that_makes_the_crm_fail_is_alone_in_the_end(acme: Firm) -> None:
    """Salesforce answers 500 to every batch that this one record is in; the others get through in a few
    runs."""
    people = [acme.contact(email=f"p{n}@x.nl", lastname=f"P{n}", jobtitle="old") for n in range(PEOPLE)]
    acme.settle()
    for contact in people:
        acme.in_hubspot(contact, jobtitle="CFO")

    def fails(of: str, before: Any, after: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001
        if after.get("LastName") == "P2":
            raise ApiError(500, "UNKNOWN_EXCEPTION", "sorry")
        return after

    acme.world.salesforce.on_write.append(fails)
    for _ in range(5):
        acme.sync()
    titles = [title(acme, Side.SALESFORCE, each) for each in people]
    assert titles == ["CFO", "CFO", "old", "CFO", "CFO"]
    assert [code for code, _ in waiting(acme)] == ["unanswered"]
    assert the_item(acme).retry_at is not None
    acme.world.salesforce.on_write.clear()
    acme.pass_time(24 * 60)
    acme.settle()
    assert (waiting(acme), title(acme, Side.SALESFORCE, people[2])) == ([], "CFO")


def test_a_merge_in_the_moment_of_our_write_is_followed(acme: Firm) -> None:
    """HubSpot writes the survivor and answers with its id: the link does not move there unseen."""
    first = acme.contact(email="a@x.nl", lastname="A")
    second = acme.contact(email="b@x.nl", lastname="B")
    acme.settle()
    lead, other = acme.partner(first).id, acme.partner(second).id
    acme.in_salesforce(lead, Title="CFO")
    hubspot = acme.crms[Side.HUBSPOT]
    plain = hubspot.write
    merged: list[str] = []

    def write(type, writes, fields=()):  # type: ignore[no-untyped-def]
        if not merged:
            merged.append(acme.world.hubspot.merge("contacts", second, first))
        return plain(type, writes, fields)

    hubspot.write = write  # type: ignore[method-assign]
    acme.sync()
    hubspot.write = plain  # type: ignore[method-assign]
    acme.settle()
    assert merged
    assert acme.linked() == 1
    assert acme.partner(merged[0]).id == other
    assert {item.code for item in acme.store.waiting_items()} == {"merged"}
    assert (acme.salesforce(lead)["LastName"], acme.salesforce(other)["LastName"]) == ("A", "B")
