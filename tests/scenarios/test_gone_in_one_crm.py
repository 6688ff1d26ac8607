"""A record that is gone in one CRM: it is believed when it was seen twice, nothing is carried over, nobody is
created again, and whoever is left over is a question to a person."""

from pathlib import Path

import pytest
from setting import Firm

from connector.model import LinkState, Side
from connector.sync.guards import Limits

CONFIRMED_MINUTES = 15
DEAL = {"Name": "Drukwerk", "StageName": "Prospecting", "CloseDate": "2027-03-01"}


def pair(acme: Firm, name: str) -> tuple[str, str]:
    """A person in both CRMs; the HubSpot id and the lead's."""
    contact = acme.contact(email=f"{name}@x.nl", lastname=name.upper())
    acme.settle()
    return contact, acme.partner(contact).id


def state(acme: Firm, contact: str) -> LinkState:
    link = acme.link(Side.HUBSPOT, "contacts", contact)
    assert link is not None
    return link.state


def questions(acme: Firm) -> list[tuple[str, str]]:
    return sorted((item.review.code, str(item.review.subject)) for item in acme.store.open_reviews())


def confirm(acme: Firm) -> None:
    """Two looks, some time apart; the first is the daily sweep, since HubSpot tells nobody of archives."""
    acme.sync(full=True)
    acme.pass_time(CONFIRMED_MINUTES)
    acme.settle()


def a_deal_of(acme: Firm, email: str) -> tuple[str, str, str]:
    """A deal with one person in both CRMs: the opportunity, the HubSpot contact, the Salesforce contact."""
    deal = acme.world.salesforce.user_create("Opportunity", DEAL)
    person = acme.world.salesforce.user_create("Contact", {"LastName": "A", "Email": email})
    acme.world.salesforce.user_create("OpportunityContactRole", {"OpportunityId": deal, "ContactId": person})
    contact = acme.world.hubspot.user_create("contacts", {"email": email, "lastname": "A"})
    acme.settle()
    link = acme.link(Side.SALESFORCE, "Opportunity", deal)
    assert link is not None
    assert len(link.refs) == 2
    return deal, contact, person


def test_a_deletion_is_believed_when_it_was_seen_twice(acme: Firm) -> None:
    """A rep deletes a lead by mistake and takes it out of the bin in time: nobody was asked anything."""
    contact, lead = pair(acme, "a")
    acme.world.salesforce.user_delete("Lead", lead)
    acme.settle()
    acme.settle()
    assert (state(acme, contact), questions(acme)) == (LinkState.LINKED, [])
    assert [item.code for item in acme.store.held_items()] == ["gone"]
    acme.world.salesforce.user_undelete("Lead", lead)
    acme.in_hubspot(contact, jobtitle="CFO")
    acme.settle()
    assert acme.salesforce(lead)["Title"] == "CFO"
    assert acme.store.held_items() == []


def test_what_is_edited_between_both_looks_reaches_nobody_and_is_not_lost(acme: Firm) -> None:
    contact, lead = pair(acme, "a")
    acme.world.salesforce.user_delete("Lead", lead)
    acme.sync()
    acme.in_hubspot(contact, jobtitle="CFO")
    assert acme.sync().writes == 0
    assert state(acme, contact) is LinkState.LINKED
    acme.world.salesforce.user_undelete("Lead", lead)
    acme.settle()
    assert acme.salesforce(lead)["Title"] == "CFO"


@pytest.mark.parametrize("side", list(Side))
def test_who_is_left_over_is_a_question_until_somebody_answers_it(acme: Firm, side: Side) -> None:
    contact, lead = pair(acme, "a")
    if side is Side.HUBSPOT:
        acme.world.hubspot.user_archive("contacts", contact)
        survivor = f"salesforce:Lead:{lead}"
    else:
        acme.world.salesforce.user_delete("Lead", lead)
        survivor = f"hubspot:contacts:{contact}"
    confirm(acme)
    assert questions(acme) == [("deleted", survivor)]
    acme.sync(full=True)
    assert questions(acme) == [("deleted", survivor)]
    (item,) = acme.store.open_reviews()
    acme.store.resolve_review(item.id, "apart", acme.now())
    acme.settle()
    acme.sync(full=True)
    assert questions(acme) == []
    assert acme.linked() == 0


def test_who_comes_back_from_the_bin_later_has_the_old_link_and_the_question_is_gone(acme: Firm) -> None:
    contact, lead = pair(acme, "a")
    before = acme.link(Side.HUBSPOT, "contacts", contact)
    acme.world.salesforce.user_delete("Lead", lead)
    confirm(acme)
    assert state(acme, contact) is LinkState.TOMBSTONE
    acme.world.salesforce.user_undelete("Lead", lead)
    acme.in_salesforce(lead, Title="CFO")
    acme.settle()
    after = acme.link(Side.HUBSPOT, "contacts", contact)
    assert before is not None
    assert after is not None
    assert (after.id, after.state, questions(acme)) == (before.id, LinkState.LINKED, [])
    assert acme.hubspot(contact)["jobtitle"] == "CFO"


def test_when_both_are_deleted_nobody_is_asked(acme: Firm) -> None:
    contact, lead = pair(acme, "a")
    acme.world.salesforce.user_delete("Lead", lead)
    confirm(acme)
    assert len(questions(acme)) == 1
    acme.world.hubspot.user_archive("contacts", contact)
    acme.sync(full=True)
    assert questions(acme) == []


def test_a_person_may_have_the_survivor_created_anew(acme: Firm) -> None:
    """The deletion was a mistake and the bin is empty: `--again` lets the record be handed over anew."""
    contact, lead = pair(acme, "a")
    acme.world.salesforce.user_delete("Lead", lead)
    confirm(acme)
    (item,) = acme.store.open_reviews()
    acme.store.resolve_review(item.id, "again", acme.now())
    acme.settle()
    assert acme.partner(contact).id != lead
    assert (len(acme.live("Lead")), questions(acme)) == (1, [])


def test_the_mapping_may_say_that_nobody_is_asked(acme: Firm, tmp_path: Path) -> None:
    """Marketing prunes HubSpot every month: the leads stay, and are not 5,000 questions."""
    acme.mappings = acme.edited_mappings(
        tmp_path / "m", "contacts.yaml", "create:", "on_delete: {hubspot: unlink_quietly}\ncreate:"
    )
    acme.plan()
    pruned, lead = pair(acme, "a")
    kept, deleted = pair(acme, "b")
    acme.world.hubspot.user_archive("contacts", pruned)
    acme.world.salesforce.user_delete("Lead", deleted)
    confirm(acme)
    assert questions(acme) == [("deleted", f"hubspot:contacts:{kept}")]
    assert [row["Id"] for row in acme.live("Lead")] == [lead]
    assert acme.linked() == 0


@pytest.mark.parametrize("side", list(Side))
def test_a_person_deleted_in_one_crm_is_not_taken_off_the_deal_in_the_other(acme: Firm, side: Side) -> None:
    """The association went with the record; that is not somebody who took a person off a deal."""
    acme.limits = Limits(unlinks=100)
    deal, contact, person = a_deal_of(acme, "a@x.nl")
    if side is Side.HUBSPOT:
        acme.world.hubspot.user_archive("contacts", contact)
    else:
        acme.world.salesforce.user_delete("Contact", person)
    for _ in range(2):
        acme.in_salesforce(deal, "Opportunity", Amount=1000)
        report = acme.plan()
        assert not [name for name in report.planned if name.startswith("unlink")]
        assert not [c for a in report.sample for c in a.changes if c.field == "contacts"]
        acme.sync(full=True)
        acme.pass_time(CONFIRMED_MINUTES)
    roles = len(acme.live("OpportunityContactRole"))
    assert roles == (1 if side is Side.HUBSPOT else 0)
