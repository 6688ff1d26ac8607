"""Who is who: one person with several addresses, several records, and two people who are taken for one."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from setting import Firm

from connector.model import LinkState, Ref, Result, Side, Write


def codes(acme: Firm) -> list[str]:
    return sorted(item.review.code for item in acme.store.open_reviews())


@pytest.fixture
def both_ways(acme: Firm, tmp_path: Path) -> Firm:
    """The firm also creates HubSpot contacts for people whom sales has entered."""
    old, new = "  hubspot: never", "  hubspot: contacts"
    acme.mappings = acme.edited_mappings(tmp_path / "both-ways", "contacts.yaml", old, new)
    acme.plan()
    return acme


def hidden_rival(acme: Firm) -> tuple[str, str]:
    """Ida is linked. Her second address, which no search shows yet, stands in a lead of the same name; the
    HubSpot contact and the lead."""
    ida = acme.contact(email="ida@x.nl", lastname="Ida")
    acme.settle()
    acme.world.hubspot.system_edit("contacts", ida, {"hs_additional_emails": "ida@home.nl"})
    acme.settle()
    return ida, acme.lead(LastName="Ida", Email="ida@home.nl")


def test_an_address_that_is_somebodys_second_one_stops_nobody(both_ways: Firm) -> None:
    """HubSpot refuses to create a contact for the lead, and names Ida. She is somebody's partner already: a
    person is asked, and everybody else is synced as before."""
    acme = both_ways
    ida, lead = hidden_rival(acme)
    first = acme.partner(ida)
    for run in range(3):
        acme.in_hubspot(ida, jobtitle=f"Title {run}")
        acme.pass_time(40)
        acme.sync()
        assert acme.salesforce(first.id)["Title"] == f"Title {run}"
    assert acme.partner(ida) == first
    other = acme.link(Side.SALESFORCE, "Lead", lead)
    assert other is not None
    assert other.state is LinkState.SINGLE
    (item,) = acme.store.open_reviews()
    assert item.review.code == "email_taken"
    assert item.review.subject == Ref(Side.SALESFORCE, "Lead", lead)
    assert item.review.candidates == (Ref(Side.HUBSPOT, "contacts", ida),)


def test_the_question_closes_itself_when_the_lead_gets_its_own_address(both_ways: Firm) -> None:
    acme = both_ways
    _, lead = hidden_rival(acme)
    acme.settle()
    assert codes(acme) == ["email_taken"]
    acme.in_salesforce(lead, Email="own@x.nl")
    acme.settle()
    assert codes(acme) == []
    assert acme.linked() == 2


def test_two_people_with_one_address_stay_apart_when_a_person_says_so(both_ways: Firm) -> None:
    """Then the contact cannot be created, which is held and named, and nothing else suffers."""
    acme = both_ways
    hidden_rival(acme)
    acme.settle()
    (item,) = acme.store.open_reviews()
    acme.store.resolve_review(item.id, "apart", acme.now())
    acme.settle()
    assert codes(acme) == []
    assert ("refused", "CONFLICT") in [(held.code, held.refusal) for held in acme.store.held_items()]


def test_the_same_person_is_linked_when_a_person_says_so(both_ways: Firm) -> None:
    """Nobody is the contact's partner yet: it is out of scope."""
    acme = both_ways
    ida = acme.contact(email="ida@x.nl", lastname="Ida", lifecyclestage="lead")
    acme.settle()
    acme.world.hubspot.system_edit("contacts", ida, {"hs_additional_emails": "ida@home.nl"})
    acme.settle()
    lead = acme.lead(LastName="Ida", Email="ida@home.nl")
    acme.settle()
    (item,) = acme.store.open_reviews()
    assert item.review.code == "email_taken"
    acme.store.resolve_review(item.id, f"link:contacts:{ida}", acme.now())
    acme.settle()
    assert acme.partner(ida) == Ref(Side.SALESFORCE, "Lead", lead)


@pytest.mark.parametrize("side", Side)
def test_a_record_that_had_been_created_after_all_is_taken_up(
    both_ways: Firm, side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same create arrives twice, of the first nobody heard an answer. The CRM refuses the second and
    names the record; it carries our link id, so it is the right one, at once."""
    acme, crm = both_ways, both_ways.crms[side]
    write = type(crm).write

    def twice(_: object, type: str, writes: Sequence[Write], fields: Sequence[str] = ()) -> list[Result]:
        write(crm, type, writes, fields)
        return write(crm, type, writes, fields)

    monkeypatch.setattr(type(crm), "write", twice)
    if side is Side.SALESFORCE:
        acme.contact(email="ida@x.nl", lastname="Ida")
    else:
        acme.lead(LastName="Ida", Email="ida@x.nl")
    acme.sync()
    assert (acme.linked(), codes(acme)) == (1, [])
    monkeypatch.undo()
    acme.settle()
    assert acme.linked() == len(acme.live("Lead")) == len(list(acme.world.hubspot.all("contacts"))) == 1
