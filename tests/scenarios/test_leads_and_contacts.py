"""One person as a Lead and as a Contact, several times, and in a person account."""

from pathlib import Path

import pytest
from setting import Firm

from connector.model import Ref, Side


def codes(acme: Firm) -> list[str]:
    return sorted(item.review.code for item in acme.store.open_reviews())


@pytest.fixture
def both_ways(acme: Firm, tmp_path: Path) -> Firm:
    """The firm also creates HubSpot contacts for people whom sales has entered."""
    old, new = "  hubspot: never", "  hubspot: contacts"
    acme.mappings = acme.edited_mappings(tmp_path / "both-ways", "contacts.yaml", old, new)
    acme.plan()
    return acme


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
    """HubSpot knows the customer, too. The pair is named as what it is, no lead is made, and nothing of
    either record is written, be it edited as often as you like. Everybody else is synced."""
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


@pytest.mark.parametrize("ann_first", [True, False])
def test_a_merge_into_the_lead_whose_place_a_contact_takes(acme: Firm, ann_first: bool) -> None:
    """Sales merges Bo's lead into Ann's and makes a contact of Ann by hand, all between two syncs. Ann's lead
    stands beside her pair: Bo does not get it, nor her values and her address."""
    names = ("ann", "bo") if ann_first else ("bo", "ann")
    made = {name: acme.contact(email=f"{name}@x.nl", lastname=name.capitalize()) for name in names}
    acme.settle()
    leads = {name: acme.partner(made[name]).id for name in names}
    acme.world.salesforce.merge("Lead", leads["ann"], [leads["bo"]])
    contact = a_contact(acme, "Ann")
    acme.pass_time(3)
    acme.settle()
    assert acme.partner(made["ann"]) == Ref(Side.SALESFORCE, "Contact", contact)
    told = acme.hubspot(made["bo"])
    assert (told["email"], told["lastname"]) == ("bo@x.nl", "Bo")
    assert (acme.linked(), codes(acme)) == (1, ["merged"])
