"""Email addresses that people exchange, and HubSpot lets nobody have twice."""

from typing import Any

import pytest
from setting import Firm

from connector.crm.hubspot_write import HubSpotWriter


def codes(acme: Firm) -> list[str]:
    return sorted(item.review.code for item in acme.store.open_reviews())


@pytest.mark.parametrize("people", [2, 3], ids=["two swap", "three in a circle"])
def test_colleagues_exchange_their_mailboxes(acme: Firm, people: int) -> None:
    """Sales was right about the addresses, marketing had them crosswise. HubSpot lets nobody have an address
    that somebody else still has; in the end everybody has theirs, and all pairs are as they were."""
    names = "abc"[:people]
    contacts, leads = acme.pairs(*names)
    turned = [*names[1:], names[0]]
    for lead, name in zip(leads, turned, strict=True):
        acme.in_salesforce(lead, Email=f"{name}@x.nl")
    acme.pass_time(5)
    acme.settle()
    assert [acme.hubspot(contact)["email"] for contact in contacts] == [f"{name}@x.nl" for name in turned]
    assert [acme.salesforce(lead)["Email"] for lead in leads] == [f"{name}@x.nl" for name in turned]
    assert [acme.partner(contact).id for contact in contacts] == leads
    assert (codes(acme), [h for h in acme.store.held_items() if h.code == "refused"]) == ([], [])


def test_colleagues_swap_mailboxes_in_hubspot(acme: Firm) -> None:
    contacts, leads = acme.pairs("a", "b")
    for contact, email in zip((*contacts, contacts[0]), ("t@x.nl", "a@x.nl", "b@x.nl"), strict=True):
        acme.in_hubspot(contact, email=email)
    acme.pass_time(5)
    acme.settle()
    assert [acme.salesforce(lead)["Email"] for lead in leads] == ["b@x.nl", "a@x.nl"]
    assert [acme.partner(contact).id for contact in contacts] == leads


def test_an_address_that_a_colleague_has_left_goes_to_the_next(acme: Firm) -> None:
    """Bo leaves the address of the desk, Ann takes it over, in one morning."""
    contacts, leads = acme.pairs("ann", "bo")
    acme.in_salesforce(leads[0], Email="bo@x.nl")
    acme.in_salesforce(leads[1], Email="new@x.nl")
    acme.pass_time(5)
    acme.settle()
    assert [acme.hubspot(contact)["email"] for contact in contacts] == ["bo@x.nl", "new@x.nl"]
    assert acme.store.held_items() == [] or "refused" not in {h.code for h in acme.store.held_items()}


@pytest.mark.parametrize("step", range(1, 5))
def test_a_swap_that_breaks_off_in_the_middle_ends_right(
    acme: Firm, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line breaks after each of the requests; the next sync finds a blank address or a new one, and
    finishes what was begun."""
    contacts, leads = acme.pairs("a", "b")
    acme.in_salesforce(leads[0], Email="b@x.nl")
    acme.in_salesforce(leads[1], Email="a@x.nl")
    acme.pass_time(5)
    sent: list[None] = []
    send = HubSpotWriter._send

    def cut(self: HubSpotWriter, *args: Any) -> None:
        if len(sent) == step:
            raise KeyboardInterrupt
        sent.append(None)
        send(self, *args)

    with monkeypatch.context() as patch:
        patch.setattr(HubSpotWriter, "_send", cut)
        with pytest.raises(KeyboardInterrupt):
            acme.sync()
    acme.pass_time(5)
    acme.settle()
    assert [acme.hubspot(contact)["email"] for contact in contacts] == ["b@x.nl", "a@x.nl"]
    assert [acme.salesforce(lead)["Email"] for lead in leads] == ["b@x.nl", "a@x.nl"]
    assert [acme.partner(contact).id for contact in contacts] == leads
