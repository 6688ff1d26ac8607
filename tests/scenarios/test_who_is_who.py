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


def taken_meanwhile(acme: Firm, monkeypatch: pytest.MonkeyPatch, **ida: str) -> tuple[str, str]:
    """A contact is to be created for a lead. Right before that, Ida gets the lead's address as her second
    one; her HubSpot contact and the lead."""
    contact = acme.contact(email="ida@x.nl", lastname="Ida", **ida)
    acme.settle()
    lead = acme.lead(LastName="Ida", Email="ida@home.nl")
    crm = acme.crms[Side.HUBSPOT]
    write = type(crm).write

    def too_late(_: object, type: str, writes: Sequence[Write], fields: Sequence[str] = ()) -> list[Result]:
        acme.world.hubspot.system_edit("contacts", contact, {"hs_additional_emails": "ida@home.nl"})
        return write(crm, type, writes, fields)

    with monkeypatch.context() as patch:
        patch.setattr(type(crm), "write", too_late)
        acme.sync()
    return contact, lead


def test_an_address_that_is_somebodys_second_one_stops_nobody(
    both_ways: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HubSpot refuses to create a contact for the lead, and names Ida. She is somebody's partner already: a
    person is asked, and everybody else is synced as before."""
    acme = both_ways
    ida, lead = taken_meanwhile(acme, monkeypatch)
    first = acme.partner(ida)
    (item,) = acme.store.open_reviews()
    assert item.review.code == "email_taken"
    assert item.review.subject == Ref(Side.SALESFORCE, "Lead", lead)
    assert item.review.candidates == (Ref(Side.HUBSPOT, "contacts", ida),)
    for run in range(3):
        acme.in_hubspot(ida, jobtitle=f"Title {run}")
        acme.pass_time(40)
        acme.sync()
        assert acme.salesforce(first.id)["Title"] == f"Title {run}"
    assert acme.partner(ida) == first
    other = acme.link(Side.SALESFORCE, "Lead", lead)
    assert other is not None
    assert other.state is LinkState.SINGLE
    assert codes(acme) == ["already_linked"]


def test_the_question_closes_itself_when_the_lead_gets_its_own_address(
    both_ways: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme = both_ways
    _, lead = taken_meanwhile(acme, monkeypatch)
    assert codes(acme) == ["email_taken"]
    acme.in_salesforce(lead, Email="own@x.nl")
    acme.settle()
    assert codes(acme) == []
    assert acme.linked() == 2


def test_two_people_with_one_address_stay_apart_when_a_person_says_so(
    both_ways: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the contact cannot be created, which is held and named, and nothing else suffers."""
    acme = both_ways
    taken_meanwhile(acme, monkeypatch)
    (item,) = acme.store.open_reviews()
    acme.store.resolve_review(item.id, "apart", acme.now())
    acme.settle()
    assert codes(acme) == []
    assert ("refused", "CONFLICT") in [(held.code, held.refusal) for held in acme.store.held_items()]


def test_the_same_person_is_linked_when_a_person_says_so(
    both_ways: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is the contact's partner yet: it is out of scope."""
    acme = both_ways
    ida, lead = taken_meanwhile(acme, monkeypatch, lifecyclestage="lead")
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


# ---------------------------------------------------------------- several addresses


def with_addresses(acme: Firm, first: str, *more: str, **values: str) -> str:
    """A contact whom HubSpot knows by several addresses."""
    contact = acme.contact(email=first, **values)
    acme.world.hubspot.system_edit("contacts", contact, {"hs_additional_emails": ";".join(more)})
    return contact


def test_ida_writes_from_home(acme: Firm) -> None:
    """Sales knows her by the address that is her second one in HubSpot. She is one person, and both CRMs keep
    the address that they have."""
    ida = with_addresses(acme, "ida@x.nl", "ida@home.nl", lastname="Ida")
    lead = acme.lead(LastName="Ida", Email="ida@home.nl")
    acme.settle()
    assert acme.partner(ida).id == lead
    assert (acme.hubspot(ida)["email"], acme.salesforce(lead)["Email"]) == ("ida@x.nl", "ida@home.nl")
    assert (len(acme.live("Lead")), codes(acme)) == (1, [])


@pytest.mark.parametrize("lead_first", [False, True], ids=["contact first", "lead first"])
def test_ida_writes_from_home_a_day_later(acme: Firm, lead_first: bool) -> None:
    """The same, when one of the two records comes after the first sync. A contact that comes first is not in
    scope before."""
    acme.settle()
    lead = acme.lead(LastName="Ida", Email="ida@home.nl") if lead_first else ""
    stage = "salesqualifiedlead" if lead_first else "lead"
    if lead_first:
        acme.settle()
    ida = with_addresses(acme, "ida@x.nl", "ida@home.nl", lastname="Ida", lifecyclestage=stage)
    acme.settle()
    lead = lead or acme.lead(LastName="Ida", Email="ida@home.nl")
    acme.pass_time(3)
    acme.settle()
    assert acme.partner(ida).id == lead
    assert len(acme.live("Lead")) == 1


def test_the_first_address_counts_before_the_second(acme: Firm) -> None:
    """Two leads, one with each of her addresses: she belongs to the one with her first."""
    ida = with_addresses(acme, "ida@x.nl", "ida@home.nl", lastname="Ida")
    acme.lead(LastName="Ida", Email="ida@home.nl")
    lead = acme.lead(LastName="Ida", Email="ida@x.nl")
    acme.settle()
    assert acme.partner(ida).id == lead


def test_an_address_of_the_office_links_nobody_as_a_second_one_either(acme: Firm) -> None:
    ida = with_addresses(acme, "ida@x.nl", "info@x.nl", lastname="Ida")
    acme.lead(LastName="Bo", Email="info@x.nl")
    acme.settle()
    assert codes(acme) == ["shared_address"]
    link = acme.link(Side.HUBSPOT, "contacts", ida)
    assert link is not None
    assert link.state is LinkState.SINGLE


def test_an_address_that_somebody_chooses_is_carried_over(acme: Firm) -> None:
    """Marketing makes her second address the first one: that is an edit like any other."""
    ida = with_addresses(acme, "ida@x.nl", "ida@home.nl", lastname="Ida")
    acme.settle()
    lead = acme.partner(ida).id
    assert acme.salesforce(lead)["Email"] == "ida@x.nl"
    acme.in_hubspot(ida, email="ida@home.nl")
    acme.settle()
    assert acme.salesforce(lead)["Email"] == "ida@home.nl"


def test_two_addresses_of_one_person_differ_until_somebody_edits_one(acme: Firm) -> None:
    ida = with_addresses(acme, "ida@x.nl", "ida@home.nl", lastname="Ida")
    lead = acme.lead(LastName="Ida", Email="ida@home.nl")
    acme.settle()
    link = acme.link(Side.HUBSPOT, "contacts", ida)
    assert link is not None
    assert link.diverged["email"] == "both are addresses of this person"
    acme.in_salesforce(lead, Email="ida@new.nl")
    acme.settle()
    assert acme.hubspot(ida)["email"] == "ida@new.nl"


# ---------------------------------------------------------------- ids that another integration left


@pytest.mark.parametrize("length", [15, 18])
@pytest.mark.parametrize("later", [False, True], ids=["first sync", "a day later"])
def test_the_ids_of_hubspots_own_integration_find_the_lead(acme: Firm, length: int, later: bool) -> None:
    """That integration is switched off; its ids are still in HubSpot. Nothing else says who is who."""
    if later:
        acme.settle()
    lead = acme.lead(LastName="Ann", Email="work@x.nl")
    if later:
        acme.settle()
        acme.pass_time(60 * 24)
    ann = acme.contact(email="home@x.nl", lastname="Ann")
    acme.world.hubspot.system_edit("contacts", ann, {"salesforceleadid": lead[:length]})
    acme.settle()
    assert acme.partner(ann).id == lead
    assert len(acme.live("Lead")) == 1


def test_an_id_of_a_lead_that_was_converted_finds_its_contact(acme: Firm) -> None:
    acme.settle()
    lead = acme.lead(LastName="Ann", Email="work@x.nl")
    made = acme.world.salesforce.convert(lead)["contact"]
    acme.settle()
    ann = acme.contact(email="home@x.nl", lastname="Ann")
    acme.world.hubspot.system_edit("contacts", ann, {"salesforceleadid": lead[:15]})
    acme.settle()
    assert acme.partner(ann) == Ref(Side.SALESFORCE, "Contact", made)
