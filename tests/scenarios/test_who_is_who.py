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


# ---------------------------------------------------------------- leads and contacts of one person


def a_contact(acme: Firm, name: str, **values: str) -> str:
    """A rep enters a contact in Salesforce, beside whatever lead there is."""
    account = acme.world.salesforce.user_create("Account", {"Name": "X"})
    made = {"LastName": name, "Email": f"{name.lower()}@x.nl", "AccountId": account, **values}
    return acme.world.salesforce.user_create("Contact", made)


def test_a_contact_turns_up_beside_the_lead(acme: Firm) -> None:
    """A rep did not find the lead, or did not like it, and made a contact by hand: from now on that is Ann's
    record. Edits go there and come from there, and the lead is left as it is."""
    ann = acme.contact(email="ann@x.nl", lastname="Ann", jobtitle="CFO")
    acme.settle()
    lead = acme.partner(ann)
    made = a_contact(acme, "Ann")
    acme.pass_time(3)
    acme.settle()
    link = acme.link(Side.HUBSPOT, "contacts", ann)
    assert link is not None
    assert (acme.partner(ann), link.aliases) == (Ref(Side.SALESFORCE, "Contact", made), (lead,))
    assert acme.salesforce(made, "Contact")["Title"] == "CFO"
    acme.in_hubspot(ann, jobtitle="CEO")
    acme.settle()
    acme.in_salesforce(made, "Contact", MailingCity="Gent")
    acme.settle()
    assert acme.salesforce(made, "Contact")["Title"] == "CEO"
    assert acme.hubspot(ann)["city"] == "Gent"
    assert acme.salesforce(lead.id)["Title"] == "CFO"
    assert (acme.linked(), codes(acme), len(acme.live("Contact"))) == (1, [], 1)
    acme.sync(full=True)
    acme.settle()
    assert acme.partner(ann).id == made


def test_the_lead_is_converted_into_the_contact_that_took_its_place(acme: Firm) -> None:
    ann = acme.contact(email="ann@x.nl", lastname="Ann")
    acme.settle()
    lead = acme.partner(ann).id
    made = a_contact(acme, "Ann")
    acme.settle()
    acme.world.salesforce.convert(lead, contact=made, opportunity=False)
    acme.pass_time(3)
    acme.settle()
    assert acme.partner(ann).id == made
    assert (acme.linked(), codes(acme), len(list(acme.world.hubspot.all("contacts")))) == (1, [], 1)


def test_two_contacts_beside_the_lead_are_a_question(acme: Firm) -> None:
    """It answers itself when they are merged."""
    ann = acme.contact(email="ann@x.nl", lastname="Ann")
    acme.settle()
    lead = acme.partner(ann)
    first, second = a_contact(acme, "Ann"), a_contact(acme, "Ann")
    acme.settle()
    assert acme.partner(ann) == lead
    assert set(codes(acme)) == {"beside_pair"}
    acme.world.salesforce.merge("Contact", first, [second])
    acme.pass_time(3)
    acme.settle()
    assert (acme.partner(ann).id, codes(acme)) == (first, [])


def test_leads_beside_a_linked_contact_are_left_alone(both_ways: Firm) -> None:
    """A web form makes a lead of a customer, twice. No second contact is made of it in HubSpot, and nobody is
    asked."""
    acme = both_ways
    ann = acme.contact(email="ann@x.nl", lastname="Ann")
    acme.settle()
    made = acme.world.salesforce.convert(acme.partner(ann).id, opportunity=False)["contact"]
    acme.settle()
    leads = [acme.lead(LastName="Ann", Email="ann@x.nl") for _ in range(2)]
    acme.pass_time(3)
    acme.settle()
    link = acme.link(Side.SALESFORCE, "Contact", made)
    assert link is not None
    assert {ref.id for ref in link.aliases} >= set(leads)
    assert (codes(acme), len(list(acme.world.hubspot.all("contacts")))) == ([], 1)


def test_a_second_lead_is_converted_first(acme: Firm) -> None:
    """Ann has two leads; the rep converts the one that is not her partner, then the other one into the same
    contact. She has one partner all the time, and it is the contact."""
    first = acme.lead(LastName="Ann", Email="ann@x.nl")
    ann = acme.contact(email="ann@x.nl", lastname="Ann")
    acme.settle()
    second = acme.lead(LastName="Ann", Email="ann@x.nl")
    acme.settle()
    made = acme.world.salesforce.convert(second, opportunity=False)["contact"]
    acme.pass_time(3)
    acme.settle()
    assert acme.partner(ann) == Ref(Side.SALESFORCE, "Contact", made)
    acme.world.salesforce.convert(first, contact=made, opportunity=False)
    acme.pass_time(3)
    acme.settle()
    assert acme.partner(ann) == Ref(Side.SALESFORCE, "Contact", made)
    assert (acme.linked(), codes(acme), len(list(acme.world.hubspot.all("contacts")))) == (1, [], 1)


# ---------------------------------------------------------------- person accounts


@pytest.fixture
def with_persons(acme: Firm) -> Firm:
    """The org has person accounts, too."""
    acme.world.salesforce.catalog.turn_on("person_accounts")
    acme.pass_time(120)  # by then the fields are read anew
    return acme


def private_customer(acme: Firm, name: str) -> str:
    """The contact half of a person account."""
    made = {"LastName": name, "FirstName": "P", "PersonEmail": f"{name.lower()}@x.nl"}
    account = acme.world.salesforce.user_create("Account", made)
    return str(acme.salesforce(account, "Account")["PersonContactId"])


def test_a_private_customer_in_a_person_account_is_held(with_persons: Firm) -> None:
    """HubSpot knows the customer, too. The pair is named as what it is, no lead is made, and nothing of either
    record is written, be it edited as often as you like. Everybody else is synced."""
    acme = with_persons
    person = private_customer(acme, "Jansen")
    contact = acme.contact(email="jansen@x.nl", lastname="Jansen")
    other = acme.contact(email="ann@x.nl", lastname="Ann")
    acme.settle()
    acme.in_hubspot(contact, lastname="Janssen", phone="+31201234567")
    acme.in_salesforce(person, "Contact", Title="Retired")
    acme.settle()
    row = acme.salesforce(person, "Contact")
    assert (row["LastName"], row["Phone"]) == ("Jansen", None)
    assert acme.hubspot(contact).get("jobtitle") is None
    held = [(item.code, item.subject) for item in acme.store.held_items()]
    assert ("person_account", Ref(Side.SALESFORCE, "Contact", person)) in held
    assert [lead["Email"] for lead in acme.live("Lead")] == ["ann@x.nl"]
    acme.in_hubspot(other, jobtitle="CFO")
    acme.settle()
    assert acme.salesforce(acme.partner(other).id)["Title"] == "CFO"


def test_private_customers_that_hubspot_does_not_know_are_left_alone(with_persons: Firm) -> None:
    acme = with_persons
    private_customer(acme, "Jansen")
    acme.settle()
    assert acme.store.held_items() == []
    assert (acme.linked(), len(list(acme.world.hubspot.all("contacts")))) == (0, 0)
