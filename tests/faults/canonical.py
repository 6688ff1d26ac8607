"""Twelve things that happen between two CRMs, each to the same firm at rest: the scenarios of the n-th
failure.

Enters: an empty firm. Leaves: a firm whose people, company and deal are linked and quiet, and for each
scenario what people do before the sync that is to fail.
"""

from collections.abc import Callable
from dataclasses import dataclass

from setting import Firm

from connector.model import Kind, Side


@dataclass(frozen=True)
class Cast:
    """Who is there. Pairs are (HubSpot id, Salesforce id)."""

    ann: tuple[str, str]
    bob: tuple[str, str]
    cas: tuple[str, str]
    gone: tuple[str, str]
    ida: tuple[str, str]
    firm: tuple[str, str]
    deal: tuple[str, str]
    stranger: str


def at_rest(acme: Firm) -> Cast:
    """Four people with leads, one of which was deleted; a customer with a deal; a contact whom only marketing
    knows."""
    people = acme.world.salesforce.user_create
    names = ("ann", "bob", "cas", "gone")
    contacts = [acme.contact(email=f"{name}@x.nl", lastname=name, jobtitle="Inkoper") for name in names]
    stranger = acme.world.hubspot.user_create("contacts", {"email": "s@x.nl", "lastname": "S"})
    account = people("Account", {"Name": "Voorbeeld BV", "Website": "www.voorbeeld.nl"})
    company = acme.world.hubspot.user_create("companies", {"name": "Voorbeeld BV", "domain": "voorbeeld.nl"})
    person = people("Contact", {"LastName": "Ida", "Email": "ida@voorbeeld.nl", "AccountId": account})
    contact = acme.contact(email="ida@voorbeeld.nl", lastname="Ida")
    deal = people("Opportunity", _deal("Drukwerk", account))
    people("OpportunityContactRole", {"OpportunityId": deal, "ContactId": person})
    acme.settle()
    leads = [acme.partner(each).id for each in contacts]
    acme.world.salesforce.user_delete("Lead", leads[3])
    acme.settle()
    acme.pass_time(20)  # a deletion is believed when it is seen twice
    acme.settle()
    made = acme.link(Side.SALESFORCE, "Opportunity", deal)
    assert made is not None
    assert acme.linked(Kind.COMPANY) == acme.linked(Kind.DEAL) == 1
    pairs = list(zip(contacts, leads, strict=True))
    deals = (made.refs[Side.HUBSPOT].id, deal)
    return Cast(*pairs, (contact, person), (company, account), deals, stranger)


def _deal(name: str, account: str) -> dict[str, object]:
    day = {"StageName": "Prospecting", "CloseDate": "2027-03-01", "Amount": 1200}
    return {"Name": name, "AccountId": account, **day}


def first_contact(acme: Firm, cast: Cast) -> None:  # noqa: ARG001
    """Somebody is in both CRMs, with different titles, and a company is too."""
    acme.contact(email="both@x.nl", lastname="Both", jobtitle="CFO", phone="020 123 4567")
    acme.lead(LastName="Both", Email="Both@x.nl", Company="B", Title="Directeur", City="Gent")
    acme.world.salesforce.user_create("Account", {"Name": "Twee", "Website": "twee.nl"})
    acme.world.hubspot.user_create("companies", {"name": "Twee", "domain": "twee.nl", "city": "Delft"})


def edit_here(acme: Firm, cast: Cast) -> None:
    acme.in_hubspot(cast.ann[0], jobtitle="CFO", phone="+31202222222")
    acme.in_hubspot(cast.ida[0], city="Delft")


def edit_there(acme: Firm, cast: Cast) -> None:
    acme.in_salesforce(cast.ann[1], Title="CFO", City="Gent")
    acme.in_salesforce(cast.firm[1], "Account", Phone="+31203333333")


def clash(acme: Firm, cast: Cast) -> None:
    """Of the title the rule decides, of the address a person must."""
    acme.in_hubspot(cast.ann[0], jobtitle="from marketing", city="Gent")
    acme.in_salesforce(cast.ann[1], Title="from sales")
    acme.in_hubspot(cast.bob[0], email="h@x.nl")
    acme.in_salesforce(cast.bob[1], Email="s@x.nl")


def create(acme: Firm, cast: Cast) -> None:
    """Two people at the hand-over, and a deal of a known company with a known person."""
    for name in ("new", "next"):
        acme.contact(email=f"{name}@x.nl", lastname=name)
    made = acme.world.salesforce.user_create("Opportunity", _deal("Folders", cast.firm[1]))
    role = {"OpportunityId": made, "ContactId": cast.ida[1]}
    acme.world.salesforce.user_create("OpportunityContactRole", role)


def delete(acme: Firm, cast: Cast) -> None:
    """One pair loses its lead, another its contact; the partner of the first is edited as well."""
    acme.world.salesforce.user_delete("Lead", cast.ann[1])
    acme.in_hubspot(cast.ann[0], jobtitle="CFO")
    acme.world.hubspot.user_archive("contacts", cast.bob[0])


def undelete(acme: Firm, cast: Cast) -> None:
    acme.world.salesforce.user_undelete("Lead", cast.gone[1])
    acme.in_salesforce(cast.gone[1], Title="CFO")


def merge_in_hubspot(acme: Firm, cast: Cast) -> None:
    """Somebody with a partner into somebody without, and two with partners."""
    acme.world.hubspot.merge("contacts", cast.stranger, cast.ann[0])
    acme.world.hubspot.merge("contacts", cast.bob[0], cast.cas[0])


def merge_in_salesforce(acme: Firm, cast: Cast) -> None:
    acme.world.salesforce.merge("Lead", cast.ann[1], [cast.bob[1]])
    acme.in_hubspot(cast.ann[0], jobtitle="CFO")


def conversion(acme: Firm, cast: Cast) -> None:
    """Marketing corrects the title, and sales converts the lead before the next sync."""
    acme.in_hubspot(cast.ann[0], jobtitle="CFO")
    acme.world.salesforce.convert(cast.ann[1])


def schema_drift(acme: Firm, cast: Cast) -> None:
    """The permission for a field is gone; it and others are edited."""
    acme.world.salesforce.hide_field("Lead", "Title")
    acme.pass_time(120)
    acme.in_hubspot(cast.ann[0], jobtitle="CFO", city="Gent")
    acme.in_salesforce(cast.bob[1], Phone="+31204444444")


def stages(acme: Firm, cast: Cast) -> None:
    """A deal is won, and a rep sets a person back, which HubSpot takes in two steps only."""
    acme.in_salesforce(cast.deal[1], "Opportunity", StageName="Closed Won", Amount=1500)
    acme.in_salesforce(cast.ann[1], SMK_Stage__c="mql")
    acme.in_hubspot(cast.bob[0], lifecyclestage="opportunity")


SCENARIOS: dict[str, Callable[[Firm, Cast], None]] = {
    each.__name__: each
    for each in (
        *(first_contact, edit_here, edit_there, clash, create, delete, undelete),
        *(merge_in_hubspot, merge_in_salesforce, conversion, schema_drift, stages),
    )
}
