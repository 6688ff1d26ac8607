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


# ---------------------------------------------------------------- merged in both CRMs


def pairs(acme: Firm, *names: str) -> tuple[list[str], list[str]]:
    """People in both CRMs, linked: the HubSpot ids and the leads'."""
    contacts = [acme.contact(email=f"{name}@x.nl", lastname=name.upper()) for name in names]
    acme.settle()
    return contacts, [acme.partner(contact).id for contact in contacts]


def merge_in_hubspot(acme: Firm, ids: Sequence[str]) -> str:
    """One after the other; the id under which they live on."""
    winner, *losers = ids
    for loser in losers:
        winner = acme.world.hubspot.merge("contacts", winner, loser)
    return winner


def merge_in_salesforce(acme: Firm, ids: Sequence[str], chain: bool) -> str:
    """All into the first; or the last into the one before it, that into the one before, and so on."""
    winner, *losers = ids
    if chain:
        for loser, into in zip(reversed(losers), [*reversed(losers[:-1]), winner], strict=True):
            acme.world.salesforce.merge("Lead", into, [loser])
    else:
        acme.world.salesforce.merge("Lead", winner, losers)
    return winner


@pytest.mark.parametrize("crosswise", [False, True], ids=["same way", "crosswise"])
@pytest.mark.parametrize("chain", [False, True], ids=["at once", "chained"])
@pytest.mark.parametrize("hubspot_first", [False, True], ids=["salesforce first", "hubspot first"])
def test_people_merged_in_both_crms_in_one_lunch_break_are_one_pair(
    acme: Firm, crosswise: bool, chain: bool, hubspot_first: bool
) -> None:
    """Marketing and sales clean up the same people without a word to each other, each keeping whom they
    like. One pair is left, nobody has to merge anything more, and edits go both ways."""
    contacts, leads = pairs(acme, "a", "b", "c")
    order = list(reversed(leads)) if crosswise else leads
    if hubspot_first:
        contact, lead = merge_in_hubspot(acme, contacts), merge_in_salesforce(acme, order, chain)
    else:
        lead, contact = merge_in_salesforce(acme, order, chain), merge_in_hubspot(acme, contacts)
    acme.pass_time(3)
    acme.settle()
    assert acme.partner(contact) == Ref(Side.SALESFORCE, "Lead", lead)
    assert acme.linked() == 1
    assert "merged" not in codes(acme)
    acme.in_hubspot(contact, jobtitle="CFO")
    acme.settle()
    acme.in_salesforce(lead, City="Gent")
    acme.settle()
    assert (acme.salesforce(lead)["Title"], acme.hubspot(contact)["city"]) == ("CFO", "Gent")


def test_a_merge_in_each_crm_of_other_people_leaves_two_pairs(acme: Firm) -> None:
    """Marketing merges Ann and Bo, sales merges Bo and Cas. Two pairs stay as they are, and nobody loses a
    partner."""
    contacts, leads = pairs(acme, "ann", "bo", "cas")
    kept = merge_in_hubspot(acme, contacts[:2])
    merge_in_salesforce(acme, [leads[2], leads[1]], chain=False)
    acme.pass_time(3)
    acme.settle()
    assert acme.partner(contacts[2]).id == leads[2]
    assert acme.partner(kept).id == leads[0]
    assert (acme.linked(), codes(acme)) == (2, [])
