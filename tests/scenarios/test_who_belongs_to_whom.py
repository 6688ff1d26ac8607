"""Who belongs to what: people and companies that are added and taken away on either side, in a normal sync,
within the hour that the config states."""

import pytest
from setting import Firm

from connector.model import Kind, Side
from connector.sync.guards import Limits


@pytest.fixture
def shop(acme: Firm) -> Firm:
    """A firm at work: two people of one company, one deal with the first of them."""
    acme.limits = Limits(unlinks=5)
    org, hubspot = acme.world.salesforce, acme.world.hubspot
    hubspot.switches.auto_lifecycle = False
    org.user_create("Account", {"Name": "Voorbeeld", "Website": "voorbeeld.nl"})
    hubspot.user_create("companies", {"name": "Voorbeeld", "domain": "voorbeeld.nl"})
    for name in ("Ida", "Bo"):
        email = f"{name.lower()}@voorbeeld.nl"
        org.user_create("Contact", {"LastName": name, "Email": email})
        hubspot.user_create("contacts", {"email": email, "lastname": name})
    made = org.user_create(
        "Opportunity", {"Name": "Drukwerk", "StageName": "Prospecting", "CloseDate": "2027-03-31"}
    )
    org.user_create("OpportunityContactRole", {"OpportunityId": made, "ContactId": rep(acme, "Ida")})
    acme.settle()
    acme.pass_time(24 * 60)
    acme.settle()
    return acme


def rep(firm: Firm, name: str) -> str:
    (found,) = [row["Id"] for row in firm.live("Contact") if row["LastName"] == name]
    return str(found)


def contact(firm: Firm, name: str) -> str:
    link = firm.link(Side.SALESFORCE, "Contact", rep(firm, name))
    assert link is not None
    return link.refs[Side.HUBSPOT].id


def deal(firm: Firm) -> str:
    (found,) = firm.world.hubspot.all("deals")
    return str(found["id"])


def on_the_deal(firm: Firm) -> tuple[set[str], set[str]]:
    """Names of who is on the deal in HubSpot, and in Salesforce."""
    names = {contact(firm, name): name for name in ("Ida", "Bo")}
    read = firm.crms[Side.HUBSPOT].read("deals", [deal(firm)], ["@contacts"])[deal(firm)]
    roles = {row["ContactId"] for row in firm.live("OpportunityContactRole")}
    hubspot = read.values["@contacts"]
    assert isinstance(hubspot, tuple)
    return {names[id] for id in hubspot}, {name for name in ("Ida", "Bo") if rep(firm, name) in roles}


def test_who_is_added_in_hubspot_is_on_the_opportunity_within_the_hour(shop: Firm) -> None:
    """Nobody edits the deal, and nobody asks for a look at everything."""
    shop.world.hubspot.associate("deals", deal(shop), "contacts", contact(shop, "Bo"))
    shop.pass_time(59)
    shop.settle()
    shop.pass_time(2)
    shop.settle()
    assert on_the_deal(shop) == ({"Ida", "Bo"}, {"Ida", "Bo"})
    assert shop.sync().writes == 0


def test_who_is_taken_off_in_hubspot_leaves_the_opportunity_within_the_hour(shop: Firm) -> None:
    shop.world.hubspot.dissociate("deals", deal(shop), "contacts", contact(shop, "Ida"))
    shop.pass_time(61)
    shop.settle()
    assert on_the_deal(shop) == (set(), set())


def test_a_removal_waits_for_approval_where_the_guard_says_so_and_status_names_it(shop: Firm) -> None:
    """By default nothing is taken away unasked; what waits is named until somebody approves."""
    shop.limits = Limits()
    shop.world.hubspot.dissociate("deals", deal(shop), "contacts", contact(shop, "Ida"))
    shop.pass_time(61)
    report = shop.sync()
    assert report.stopped_by == ("unlink salesforce deal.contacts",)
    assert on_the_deal(shop) == (set(), {"Ida"})
    shop.approve(report.plan)
    shop.settle()
    assert on_the_deal(shop) == (set(), set())


@pytest.mark.parametrize("add", [True, False])
def test_salesforce_tells_of_its_contact_roles_at_once(shop: Firm, add: bool) -> None:
    if add:
        role = {"OpportunityId": shop.live("Opportunity")[0]["Id"], "ContactId": rep(shop, "Bo")}
        shop.world.salesforce.user_create("OpportunityContactRole", role)
    else:
        (row,) = shop.live("OpportunityContactRole")
        shop.world.salesforce.user_delete("OpportunityContactRole", row["Id"])
    shop.pass_time(2)
    shop.settle()
    assert on_the_deal(shop) == (({"Ida", "Bo"},) * 2 if add else (set(), set()))


def test_a_person_who_changes_company_in_hubspot_changes_account(shop: Firm) -> None:
    (company,) = shop.world.hubspot.all("companies")
    shop.world.hubspot.associate("contacts", contact(shop, "Bo"), "companies", company["id"])
    shop.pass_time(61)
    shop.settle()
    (account,) = shop.live("Account")
    assert shop.salesforce(rep(shop, "Bo"), "Contact")["AccountId"] == account["Id"]


def test_a_company_that_is_full_holds_the_association_and_not_the_person(shop: Firm) -> None:
    """HubSpot allows so many people at a company; whoever comes after that is kept equal all the same, and
    joins the company a day after there is room."""
    (account,) = shop.live("Account")
    shop.world.hubspot.switches.association_limits = {("companies", "contacts"): 1}
    for name in ("Ida", "Bo"):
        shop.in_salesforce(rep(shop, name), "Contact", AccountId=account["Id"])
        shop.pass_time(2)
        shop.settle()
    (held,) = shop.store.held_items()
    assert (held.code, held.subject.id, held.refusal) == (
        "association_limit",
        contact(shop, "Bo"),
        "ASSOCIATION_LIMIT",
    )
    shop.pass_time(61)
    assert shop.sync().writes == 0
    assert "associations create contacts companies" not in shop.crms[Side.HUBSPOT].usage.by_kind
    shop.in_salesforce(rep(shop, "Bo"), "Contact", Title="CEO")
    shop.pass_time(2)
    shop.sync()
    assert shop.hubspot(contact(shop, "Bo"))["jobtitle"] == "CEO"
    shop.world.hubspot.switches.association_limits = {}
    shop.pass_time(25 * 60)
    shop.settle()
    assert not shop.store.held_items()
    read = shop.crms[Side.HUBSPOT].read("contacts", [contact(shop, "Bo")], ["@company"])
    assert read[contact(shop, "Bo")].values["@company"] is not None


def test_a_look_at_associations_costs_a_request_for_a_thousand_records(shop: Firm) -> None:
    """Once an hour, and nothing in between."""
    shop.pass_time(61)
    assert shop.sync().writes == 0
    asked = shop.crms[Side.HUBSPOT].usage.by_kind
    assert {kind: n for kind, n in asked.items() if kind.startswith("associations")} == {
        "associations read contacts companies": 1,
        "associations read deals companies": 1,
        "associations read deals contacts": 1,
    }
    assert not any(kind.startswith("batch read") for kind in asked)
    shop.pass_time(30)
    assert shop.sync().writes == 0
    assert not any(kind.startswith("associations") for kind in shop.crms[Side.HUBSPOT].usage.by_kind)
    assert shop.linked(Kind.DEAL) == 1
