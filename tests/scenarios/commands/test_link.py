"""What a person knows of two records: ``link``, ``unlink``, and one record alone with ``sync --only``."""

import pytest
from desk import Desk

PERSON = {"lastname": "de Vries", "lifecyclestage": "salesqualifiedlead"}


def strangers(desk: Desk) -> tuple[str, str]:
    """One person whom the two CRMs know by different addresses."""
    contact = desk.world.hubspot.user_create("contacts", PERSON | {"email": "jan@devries.nl"})
    lead = {"Email": "j.devries@bakker.nl", "LastName": "de Vries", "Company": "De Vries"}
    desk.world.hubspot.user_edit("contacts", contact, {"lifecyclestage": "lead"})  # not yet in scope
    return contact, desk.world.salesforce.user_create("Lead", lead)


def pair(desk: Desk, email: str = "jan@devries.nl") -> tuple[str, str]:
    contact = desk.world.hubspot.user_create("contacts", PERSON | {"email": email})
    desk.set_up()
    (lead,) = desk.people("salesforce")
    return contact, lead["Id"]


def partner(desk: Desk, contact: str) -> str | None:
    records = desk.ask("explain", "contact", contact)["records"]
    return records["salesforce"]["id"] if "salesforce" in records else None


def written_to(desk: Desk) -> int:
    """A sync; how many records it wrote."""
    written: int = desk.ask("sync", code=None)["writes"]
    return written


def test_two_strangers_are_linked_and_compared_as_at_first_contact(empty_desk: Desk) -> None:
    contact, lead = strangers(empty_desk)
    empty_desk.set_up()
    assert partner(empty_desk, contact) is None
    found = empty_desk.ask("link", "contact", contact, lead[:15], "--yes")
    assert found["records"] == {
        "hubspot": f"hubspot:contacts:{contact}",
        "salesforce": f"salesforce:Lead:{lead}",
    }
    assert empty_desk.ask("status", code=None)["runs"][0]["kind"] == "link"
    assert written_to(empty_desk) > 0
    assert partner(empty_desk, contact) == lead
    again = empty_desk.ask("link", "contact", contact, lead, "--yes", code=2)
    assert "linked already" in again["error"]["message"]


def test_unlinked_records_stay_as_they_are_and_apart(empty_desk: Desk) -> None:
    """Neither a sweep nor an edit brings them together again, though they share their address."""
    contact, lead = pair(empty_desk)
    empty_desk.ask("unlink", "contact", contact, "--yes")
    empty_desk.ask("sync", code=0)
    before = empty_desk.people("salesforce")
    for words in (["sync"], ["sync", "--full"]):
        assert empty_desk.ask(*words, code=0)["writes"] == 0
    empty_desk.world.clock.advance(3600)
    empty_desk.world.hubspot.user_edit("contacts", contact, {"jobtitle": "CFO"})
    assert written_to(empty_desk) == 0
    assert empty_desk.people("salesforce") == before
    assert partner(empty_desk, contact) is None
    empty_desk.ask("link", "contact", contact, lead, "--yes")
    empty_desk.ask("sync", code=None)
    assert partner(empty_desk, contact) == lead
    assert empty_desk.people("salesforce")[0]["Title"] == "CFO"


def ids(desk: Desk, contact: str) -> tuple[set[str | None], set[str | None]]:
    """What both records say of whom they belong to: our link ids, and the ids of their partners."""
    (lead,) = desk.people("salesforce")
    (held,) = [c["properties"] for c in desk.people("hubspot") if c["id"] == contact]
    return {held["smk_link_id"], lead["SMK_Link_Id__c"]}, {
        held.get("smk_salesforce_id") or None,
        lead["SMK_HubSpot_Id__c"],
    }


def test_both_records_say_that_they_were_taken_apart(empty_desk: Desk) -> None:
    """The plan shows what the next sync writes: that they have no partner, and that each is somebody else.
    An undo of that sync does not link them again; a link by hand does."""
    contact, lead = pair(empty_desk)
    (one,), _ = ids(empty_desk, contact)
    empty_desk.ask("unlink", "contact", contact, "--yes")
    planned = empty_desk.ask("plan", code=None)["planned"]
    assert planned == {"update hubspot contact": 1, "update salesforce contact": 1}
    assert ids(empty_desk, contact)[0] == {one}
    report = empty_desk.ask("sync", code=0)
    assert report["writes"] == 2
    links, partners = ids(empty_desk, contact)
    assert (one in links, len(links), partners) == (True, 2, {None})
    empty_desk.ask("undo", str(report["run"]), "--yes", code=None)
    assert ids(empty_desk, contact) == (links, partners)
    empty_desk.ask("link", "contact", contact, lead, "--yes")
    empty_desk.ask("sync", code=None)
    links, partners = ids(empty_desk, contact)
    assert (len(links), partners) == (1, {contact, lead})


@pytest.mark.parametrize("state", ["kept", "lost", "put back from before"])
def test_a_rebuilt_state_keeps_apart_who_was_taken_apart(empty_desk: Desk, state: str) -> None:
    """They share their address, so that the mapping would match them; but each carries a link id of its own.
    Only somebody who says so links them again."""
    contact, lead = pair(empty_desk)
    backup = empty_desk.folder / "before.backup"
    empty_desk.ask("state", "backup", str(backup))
    empty_desk.ask("unlink", "contact", contact, "--yes")
    empty_desk.ask("sync", code=0)
    if state == "lost":
        for file in empty_desk.folder.rglob("state.db*"):
            file.unlink()
    elif state == "put back from before":
        empty_desk.ask("state", "restore", str(backup), code=1)
    empty_desk.ask("state", "rebuild", code=None)
    empty_desk.ask("plan", code=None)
    empty_desk.ask("sync", code=None)
    assert partner(empty_desk, contact) is None
    assert len(empty_desk.people("salesforce")) == 1
    asked = {item["code"] for item in empty_desk.ask("review", "list", code=None)["items"]}
    assert asked == (set() if state == "kept" else {"known_apart"})
    empty_desk.ask("link", "contact", contact, lead, "--yes")
    empty_desk.ask("sync", code=None)
    assert partner(empty_desk, contact) == lead
    assert empty_desk.ask("review", "list", code=None)["items"] == []


def test_a_rebuild_before_the_next_sync_keeps_them_apart_as_well(empty_desk: Desk) -> None:
    contact, _ = pair(empty_desk)
    empty_desk.ask("unlink", "contact", contact, "--yes")
    empty_desk.ask("state", "rebuild", code=None)
    assert partner(empty_desk, contact) is None
    (reason,) = empty_desk.ask("explain", "contact", contact)["reasons"]
    assert reason.startswith("unlinked by a person")
    empty_desk.ask("plan", code=None)
    empty_desk.ask("sync", code=None)
    assert partner(empty_desk, contact) is None
    assert ids(empty_desk, contact)[1] == {None}


def test_a_wrong_pair_is_taken_apart_and_the_right_one_made(empty_desk: Desk) -> None:
    contact, wrong = pair(empty_desk)
    right = {"Email": "other@x.nl", "LastName": "de Vries", "Company": "De Vries"}
    right = empty_desk.world.salesforce.user_create("Lead", right)
    empty_desk.ask("sync", code=None)
    refused = empty_desk.ask("link", "contact", contact, right, "--yes", code=2)["error"]
    assert f"smarketing unlink contact {wrong}" in refused["fix"]
    empty_desk.ask("unlink", "contact", wrong, "--yes")
    empty_desk.ask("link", "contact", contact, right, "--yes")
    empty_desk.ask("sync", code=None)
    assert partner(empty_desk, contact) == right
    assert written_to(empty_desk) == 0


def test_slips_are_told_with_the_way_out(empty_desk: Desk) -> None:
    contact, lead = strangers(empty_desk)
    empty_desk.set_up()
    asked = {
        ("link", "contact", contact, lead): "--yes",
        ("link", "contact", lead, contact, "--yes"): "First HubSpot's id",
        ("link", "contact", "70000999999", lead, "--yes"): "Check the id",
        ("link", "person", contact, lead, "--yes"): "Kinds are",
        ("unlink", "contact", contact, "--yes"): "smarketing explain contact",
    }
    for words, said in asked.items():
        assert said in empty_desk.ask(*words, code=2)["error"]["fix"]
    empty_desk.world.salesforce.user_delete("Lead", lead)
    deleted = empty_desk.ask("link", "contact", contact, lead, "--yes", code=2)["error"]
    assert "was deleted" in deleted["message"]


def test_only_the_record_that_is_named_is_synced(empty_desk: Desk) -> None:
    """By the id of either CRM, by our link id and by the address; all others wait for the next sync."""
    emails = [f"p{n}@x.nl" for n in range(5)]
    people = [empty_desk.world.hubspot.user_create("contacts", PERSON | {"email": e}) for e in emails]
    empty_desk.set_up()
    partners = {row["Email"]: row["Id"] for row in empty_desk.people("salesforce")}
    link = empty_desk.ask("explain", "contact", people[2])["link"]
    for contact in people:
        empty_desk.world.hubspot.user_edit("contacts", contact, {"jobtitle": "CFO"})
    names = [people[0], partners[emails[1]], link, emails[3]]
    for done, name in enumerate(names, start=1):
        assert empty_desk.ask("sync", "--only", f"contact:{name}", code=0)["writes"] == 1
        titles = {row["Email"]: row["Title"] for row in empty_desk.people("salesforce")}
        assert [titles[email] for email in emails[:done]] == ["CFO"] * done
        assert titles[emails[4]] is None
    assert written_to(empty_desk) == 1
