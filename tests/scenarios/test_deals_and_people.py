"""People follow their deals: who is on an open deal is an opportunity, who has bought is a customer, and who
did not buy goes back to marketing."""

from collections.abc import Callable
from pathlib import Path

import pytest
from setting import Firm

from connector import run
from connector.cycle import Cycle
from connector.environment import Environment
from connector.model import Side
from connector.report.runs import Report
from connector.state.spool import Spool
from connector.sync.guards import Limits

STAGES = ("salesqualifiedlead", "sql")
ORDER = {"subscriber": "subscriber", "lead": "lead", "marketingqualifiedlead": "mql"} | {
    **dict([STAGES]),
    "opportunity": "opportunity",
    "customer": "customer",
}


@pytest.fixture
def shop(acme: Firm) -> Firm:
    """A firm whose HubSpot does not move people by itself, at work since yesterday."""
    acme.world.hubspot.switches.auto_lifecycle = False
    acme.limits = Limits(unlinks=10)
    acme.settle()
    acme.pass_time(24 * 60)
    acme.settle()
    return acme


def person(firm: Firm, name: str, stage: str = "salesqualifiedlead", **more: object) -> tuple[str, str]:
    """Somebody who is in both CRMs: ids of the HubSpot contact and of the Salesforce contact."""
    email = f"{name.lower()}@voorbeeld.nl"
    contact = firm.contact(email=email, lastname=name, lifecyclestage=stage)
    rep = firm.world.salesforce.user_create(
        "Contact", {"LastName": name, "Email": email, "SMK_Stage__c": ORDER[stage], **more}
    )
    firm.pass_time(2)
    firm.settle()
    assert firm.partner(contact).id == rep
    return contact, rep


def deal(firm: Firm, *people: str, primary: str = "", **values: object) -> str:
    """A rep enters an opportunity with these people on it."""
    body = {"Name": "Drukwerk", "StageName": "Prospecting", "CloseDate": "2027-03-31", **values}
    made = firm.world.salesforce.user_create("Opportunity", body)
    for each in people:
        role = {"OpportunityId": made, "ContactId": each, "IsPrimary": each == primary}
        firm.world.salesforce.user_create("OpportunityContactRole", role)
    return made


def work(firm: Firm, minutes: float = 5) -> None:
    firm.pass_time(minutes)
    firm.settle()
    assert firm.sync().writes == 0


def stages(firm: Firm, *people: tuple[str, str]) -> list[str]:
    """Where people stand, the same in both CRMs."""
    shown = [firm.salesforce(rep, "Contact")["SMK_Stage__c"] for _, rep in people]
    assert [ORDER[firm.hubspot(contact)["lifecyclestage"]] for contact, _ in people] == shown
    return shown


def test_a_deal_opens_and_is_won(shop: Firm) -> None:
    ida = person(shop, "Ida")
    opportunity = deal(shop, ida[1])
    work(shop)
    assert stages(shop, ida) == ["opportunity"]
    shop.in_salesforce(opportunity, "Opportunity", StageName="Closed Won")
    work(shop)
    assert stages(shop, ida) == ["customer"]


def test_a_lost_deal_goes_back_to_marketing(shop: Firm) -> None:
    """Without the pipeline listing that move for people, and in one sync."""
    ida = person(shop, "Ida")
    opportunity = deal(shop, ida[1])
    work(shop)
    shop.in_salesforce(opportunity, "Opportunity", StageName="Closed Lost", SMK_Lost_Reason__c="No budget")
    shop.pass_time(5)
    shop.sync()
    assert stages(shop, ida) == ["mql"]
    work(shop)
    assert stages(shop, ida) == ["mql"]


def test_hubspot_moves_people_by_itself_as_well(shop: Firm) -> None:
    """Its own switch does the same with every new deal: both come to the same stage, and neither undoes the
    other."""
    shop.world.hubspot.switches.auto_lifecycle = True
    ida = person(shop, "Ida")
    opportunity = deal(shop, ida[1])
    work(shop)
    assert stages(shop, ida) == ["opportunity"]
    shop.in_salesforce(opportunity, "Opportunity", StageName="Closed Won")
    work(shop)
    assert stages(shop, ida) == ["customer"]


def test_a_run_that_dies_before_the_people_are_looked_at_forgets_nobody(shop: Firm) -> None:
    """The deal has been settled, and the process is gone before its closing look: the next sync moves the
    person."""
    ida = person(shop, "Ida")
    deal(shop, ida[1])
    shop.pass_time(5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "_both_looks", lambda env, start: _first_look_only(env, start))
        shop.sync()
    assert stages(shop, ida) == ["sql"]
    work(shop)
    assert stages(shop, ida) == ["opportunity"]


def _first_look_only(env: Environment, start: Callable[..., Cycle]) -> Report:
    with Spool(env.spool_dir) as spool:
        return start(spool=spool).go()


def test_a_rep_who_sets_a_person_back_is_not_overruled_by_the_same_deal(shop: Firm) -> None:
    """The deal is still open; what the rep says of the person stands until the deal itself changes."""
    ida = person(shop, "Ida")
    opportunity = deal(shop, ida[1])
    work(shop)
    assert stages(shop, ida) == ["opportunity"]
    shop.in_salesforce(ida[1], "Contact", SMK_Stage__c="sql")
    work(shop)
    assert stages(shop, ida) == ["sql"]
    shop.in_salesforce(ida[1], "Contact", Title="CEO")
    shop.in_salesforce(opportunity, "Opportunity", NextStep="Bellen")
    work(shop)
    assert stages(shop, ida) == ["sql"]
    shop.in_salesforce(opportunity, "Opportunity", StageName="Closed Won")
    work(shop)
    assert stages(shop, ida) == ["customer"]


def test_one_lost_deal_takes_nobody_from_another_open_one(shop: Firm) -> None:
    ida = person(shop, "Ida")
    first, second = deal(shop, ida[1]), deal(shop, ida[1], Name="Banners")
    work(shop)
    shop.in_salesforce(first, "Opportunity", StageName="Closed Lost")
    work(shop)
    assert stages(shop, ida) == ["opportunity"]
    shop.in_salesforce(second, "Opportunity", StageName="Closed Lost")
    work(shop)
    assert stages(shop, ida) == ["mql"]


def test_a_customer_stays_one(shop: Firm) -> None:
    """A second deal opens and is lost: who has bought is a customer for good."""
    ida = person(shop, "Ida")
    work(shop)
    deal(shop, ida[1], StageName="Closed Won")
    work(shop)
    second = deal(shop, ida[1], Name="Banners")
    work(shop)
    assert stages(shop, ida) == ["customer"]
    shop.in_salesforce(second, "Opportunity", StageName="Closed Lost")
    work(shop)
    assert stages(shop, ida) == ["customer"]


def test_a_colleague_at_the_same_company_is_no_customer(shop: Firm) -> None:
    account = shop.world.salesforce.user_create("Account", {"Name": "Voorbeeld", "Website": "voorbeeld.nl"})
    shop.world.hubspot.user_create("companies", {"name": "Voorbeeld", "domain": "voorbeeld.nl"})
    shop.settle()
    ida = person(shop, "Ida", AccountId=account)
    bo = person(shop, "Bo", AccountId=account)
    deal(shop, ida[1], AccountId=account, StageName="Closed Won")
    work(shop)
    assert stages(shop, ida, bo) == ["customer", "sql"]


def test_through_the_account_only_when_the_mapping_says_so(shop: Firm, tmp_path: Path) -> None:
    shop.mappings = shop.edited_mappings(
        tmp_path / "m", "pipeline.yaml", "through: [contact_role, primary_contact]", "through: [account]"
    )
    shop.plan()
    shop.settle()
    account = shop.world.salesforce.user_create("Account", {"Name": "Voorbeeld", "Website": "voorbeeld.nl"})
    shop.world.hubspot.user_create("companies", {"name": "Voorbeeld", "domain": "voorbeeld.nl"})
    shop.settle()
    ida, bo, eva = (
        person(shop, "Ida", AccountId=account),
        person(shop, "Bo", AccountId=account),
        person(shop, "Eva"),
    )
    deal(shop, eva[1], AccountId=account, StageName="Closed Won")
    work(shop)
    assert stages(shop, ida, bo, eva) == ["customer", "customer", "sql"]


def test_only_the_primary_contact_where_the_mapping_says_so(shop: Firm, tmp_path: Path) -> None:
    shop.mappings = shop.edited_mappings(
        tmp_path / "m",
        "pipeline.yaml",
        "through: [contact_role, primary_contact]",
        "through: [primary_contact]",
    )
    shop.plan()
    shop.settle()
    ida, bo = person(shop, "Ida"), person(shop, "Bo")
    made = deal(shop, ida[1], bo[1], primary=ida[1])
    work(shop)
    assert stages(shop, ida, bo) == ["opportunity", "sql"]
    (role,) = [r for r in shop.live("OpportunityContactRole") if r["ContactId"] == bo[1]]
    shop.in_salesforce(role["Id"], "OpportunityContactRole", IsPrimary=True)
    work(shop)
    assert stages(shop, ida, bo) == ["opportunity", "opportunity"]
    assert made


def test_only_roles_that_the_mapping_names(shop: Firm, tmp_path: Path) -> None:
    shop.mappings = shop.edited_mappings(
        tmp_path / "m",
        "pipeline.yaml",
        "  through: [contact_role, primary_contact]",
        "  through: contact_role\n  roles: [Decision Maker]",
    )
    shop.plan()
    shop.settle()
    ida, bo = person(shop, "Ida"), person(shop, "Bo")
    made = deal(shop, bo[1])
    shop.world.salesforce.user_create(
        "OpportunityContactRole", {"OpportunityId": made, "ContactId": ida[1], "Role": "Decision Maker"}
    )
    work(shop)
    assert stages(shop, ida, bo) == ["opportunity", "sql"]


def test_who_joins_a_deal_later_follows_it_then(shop: Firm) -> None:
    ida, bo = person(shop, "Ida"), person(shop, "Bo")
    made = deal(shop, ida[1])
    work(shop)
    shop.world.salesforce.user_create("OpportunityContactRole", {"OpportunityId": made, "ContactId": bo[1]})
    work(shop)
    assert stages(shop, ida, bo) == ["opportunity", "opportunity"]


def test_a_deleted_deal_is_no_lost_one(shop: Firm) -> None:
    ida = person(shop, "Ida")
    made = deal(shop, ida[1])
    work(shop)
    shop.world.salesforce.user_delete("Opportunity", made)
    for _ in range(3):
        work(shop, 60)
    assert stages(shop, ida) == ["opportunity"]


def test_the_deals_that_stood_there_before_move_nobody(acme: Firm) -> None:
    """On the day of the installation the backlog stays where it is; what changes from then on counts."""
    acme.world.hubspot.switches.auto_lifecycle = False
    acme.contact(email="ida@voorbeeld.nl", lastname="Ida")
    rep = acme.world.salesforce.user_create(
        "Contact", {"LastName": "Ida", "Email": "ida@voorbeeld.nl", "SMK_Stage__c": "sql"}
    )
    made = deal(acme, rep)
    acme.settle()
    acme.pass_time(60)
    acme.settle()
    assert acme.salesforce(rep, "Contact")["SMK_Stage__c"] == "sql"
    acme.in_salesforce(made, "Opportunity", NextStep="Bellen")
    work(acme)
    assert acme.salesforce(rep, "Contact")["SMK_Stage__c"] == "sql"
    acme.in_salesforce(made, "Opportunity", StageName="Closed Won")
    work(acme)
    assert acme.salesforce(rep, "Contact")["SMK_Stage__c"] == "customer"


def test_a_converted_lead_with_a_deal_is_an_opportunity(shop: Firm) -> None:
    contact = shop.contact(email="ida@voorbeeld.nl", lastname="Ida")
    shop.settle()
    shop.pass_time(30)
    made = shop.world.salesforce.convert(shop.partner(contact).id, opportunity=True)
    work(shop)
    assert stages(shop, (contact, made["contact"])) == ["opportunity"]
    assert shop.link(Side.SALESFORCE, "Opportunity", made["opportunity"]) is not None
