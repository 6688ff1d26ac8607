"""Dollars stay dollars: what a deal is worth reads the same in both CRMs, or it is held and said."""

from pathlib import Path

import pytest
from setting import Firm

from connector.mapping.live import check_live
from connector.mapping.problem import Problem, errors
from connector.model import Side
from connector.sync.guards import Limits

DEAL = {"Name": "Drukwerk", "StageName": "Prospecting", "CloseDate": "2027-03-31"}
COMMENT = "# - {name: currency,"


def live(firm: Firm) -> list[Problem]:
    rules = firm.env.rules
    schemas = {
        s: {t: firm.crms[s].schema(t) for o in rules.objects.values() for t in o.types[s]} for s in Side
    }
    return check_live(rules, schemas)


def problems(firm: Firm) -> list[str]:
    return [p.rule for p in errors(live(firm))]


def warnings(firm: Firm) -> list[str]:
    return [p.message for p in live(firm) if p.rule == "currency"]


def deal_of(firm: Firm, opportunity: str) -> dict[str, object]:
    link = firm.link(Side.SALESFORCE, "Opportunity", opportunity)
    assert link is not None
    return dict(firm.hubspot(link.refs[Side.HUBSPOT].id, "deals"))


def money(deal: dict[str, object]) -> tuple[object, object]:
    return deal.get("amount"), deal.get("deal_currency_code")


@pytest.fixture
def trading(tmp_path: Path, acme: Firm) -> Firm:
    """A firm that sells in euros and dollars, with the starter's currency line switched on."""
    acme.world.salesforce.enable_currencies("EUR", {"USD": 1.1, "XAF": 650})
    acme.mappings = acme.edited_mappings(tmp_path / "m", "deals.yaml", COMMENT, "- {name: currency,")
    acme.plan()
    return acme


def test_without_the_currency_in_the_mapping_a_dollar_amount_is_held(acme: Firm) -> None:
    """The deal comes to HubSpot without an amount rather than with one that reads as euros."""
    acme.world.salesforce.enable_currencies("EUR", {"USD": 1.1})
    acme.world.clock.advance(2 * 3600)  # the fields of both CRMs are read anew
    acme.plan()
    made = acme.world.salesforce.user_create("Opportunity", {**DEAL, "Amount": 100, "CurrencyIsoCode": "USD"})
    acme.settle()
    assert money(deal_of(acme, made)) == (None, None)
    assert [(h.code, h.field) for h in acme.store.held_items()] == [("no_currency", "amount")]
    assert problems(acme) == ["currency"]


def test_a_deal_that_marketing_turned_into_dollars_keeps_its_amount_to_itself(acme: Firm) -> None:
    """Salesforce has one currency: what is in another one in HubSpot is not overwritten with euros."""
    made = acme.world.salesforce.user_create("Opportunity", {**DEAL, "Amount": 100})
    acme.settle()
    link = acme.link(Side.SALESFORCE, "Opportunity", made)
    assert link is not None
    acme.in_hubspot(link.refs[Side.HUBSPOT].id, "deals", deal_currency_code="USD", amount="110")
    acme.pass_time(5)
    acme.settle()
    assert money(deal_of(acme, made)) == ("110", "USD")
    assert [(h.code, h.field) for h in acme.store.held_items()] == [("no_currency", "amount")]
    acme.in_hubspot(link.refs[Side.HUBSPOT].id, "deals", deal_currency_code="EUR")
    acme.pass_time(20)
    acme.settle()
    assert money(deal_of(acme, made)) == ("100", "EUR")
    assert not acme.store.held_items()


def test_dollars_come_to_hubspot_as_dollars(trading: Firm) -> None:
    assert problems(trading) == []
    made = trading.world.salesforce.user_create(
        "Opportunity", {**DEAL, "Amount": 100, "CurrencyIsoCode": "USD"}
    )
    trading.settle()
    assert money(deal_of(trading, made)) == ("100", "USD")
    trading.in_salesforce(made, "Opportunity", CurrencyIsoCode="EUR", Amount=90)
    trading.pass_time(5)
    trading.settle()
    assert money(deal_of(trading, made)) == ("90", "EUR")


def test_an_amount_waits_with_its_currency_for_a_person(trading: Firm) -> None:
    """Two deals change their currency, which is one too many for the guard: the amount that changed as well
    waits with its currency, and everything goes when somebody approves."""
    made = [
        trading.world.salesforce.user_create(
            "Opportunity", {**DEAL, "Name": name, "Amount": 100, "CurrencyIsoCode": "USD"}
        )
        for name in ("Drukwerk", "Banners")
    ]
    trading.settle()
    trading.limits = Limits(overwrites=1)
    trading.in_salesforce(made[0], "Opportunity", CurrencyIsoCode="EUR", Amount=90)
    trading.in_salesforce(made[1], "Opportunity", CurrencyIsoCode="EUR")
    trading.pass_time(5)
    report = trading.sync()
    assert report.stopped_by == ("overwrite hubspot deal.currency",)
    assert [money(deal_of(trading, id)) for id in made] == [("100", "USD")] * 2
    trading.approve(report.plan)
    trading.settle()
    assert [money(deal_of(trading, id)) for id in made] == [("90", "EUR"), ("100", "EUR")]


def test_a_currency_that_hubspot_lacks_holds_the_amount_with_it(trading: Firm) -> None:
    """HubSpot's deals know a fixed list of currencies: one in another currency comes without its amount, and
    `check --live` has said so."""
    (warning,) = warnings(trading)
    assert "HubSpot lacks the currencies XAF" in warning
    made = trading.world.salesforce.user_create(
        "Opportunity", {**DEAL, "Amount": 100, "CurrencyIsoCode": "XAF"}
    )
    trading.settle()
    assert money(deal_of(trading, made)) == (None, None)
    assert {(h.code, h.field) for h in trading.store.held_items()} == {
        ("no_currency", "amount"),
        ("unmapped", "currency"),
    }
    trading.in_salesforce(made, "Opportunity", CurrencyIsoCode="USD", Amount=1)
    trading.pass_time(5)
    trading.settle()
    assert money(deal_of(trading, made)) == ("1", "USD")
    trading.in_salesforce(made, "Opportunity", CurrencyIsoCode="XAF", Amount=600)
    trading.pass_time(5)
    trading.settle()
    assert money(deal_of(trading, made)) == ("1", "USD")
