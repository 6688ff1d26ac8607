"""An amount and its currency are one thing: whatever happens on both sides, no amount is ever read in another
currency than the one it was written in."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from connector.mapping.load import load_or_raise
from connector.mapping.rules import Mapping as Rules
from connector.mapping.rules import ObjectMap, Rule
from connector.model import Change, Kind, Record, Ref, Side, Value, Why
from connector.sync.money import bound, currency_of, together, whole
from connector.sync.outcome import AGREED, NOTHING, Outcome

HOME = "EUR"
HS, SF = Side.HUBSPOT, Side.SALESFORCE
TYPES = {HS: "deals", SF: "Opportunity"}


@pytest.fixture(scope="module")
def starter() -> Rules:
    return load_or_raise(Path(__file__).parents[3] / "mappings")


@pytest.fixture
def deals(starter: Rules) -> ObjectMap:
    """The starter's deals with their currency."""
    objects = starter.objects[Kind.DEAL]
    amount = objects.field("amount")
    columns = {HS: {"deals": "deal_currency_code"}, SF: {"Opportunity": "CurrencyIsoCode"}}
    currency = replace(amount, name="currency", columns=columns, convert=objects.field("name").convert)
    return replace(objects, fields=(*objects.fields, currency))


@pytest.fixture
def two_way(deals: ObjectMap) -> ObjectMap:
    return replace(deals, fields=tuple(replace(f, rule=Rule.TWO_WAY) for f in deals.fields))


def records(hubspot: str | None, salesforce: str | None) -> dict[Side, Record]:
    now = datetime(2026, 5, 4, tzinfo=UTC)
    columns = {HS: ("deal_currency_code", hubspot), SF: ("CurrencyIsoCode", salesforce)}
    return {s: Record(Ref(s, TYPES[s], "1"), {c: v} if v else {}, now) for s, (c, v) in columns.items()}


def shared(
    hubspot: tuple[int | None, str], salesforce: tuple[int | None, str]
) -> dict[Side, dict[str, Value]]:
    sides = {HS: hubspot, SF: salesforce}
    return {
        s: {"amount": None if n is None else Decimal(n), "currency": code} for s, (n, code) in sides.items()
    }


def judged(
    objects: ObjectMap, outcomes: dict[str, Outcome], values: dict[Side, dict[str, Value]], *chosen: str
) -> dict[str, Outcome]:
    """Decided, and decided once more with the sides exchanged: the answer must be the mirror image."""
    codes = {s: v["currency"] for s, v in values.items()}
    found = together(objects, outcomes, records(str(codes[HS]), str(codes[SF])), values, HOME, chosen)
    turned = {
        name: replace(o, writes={s.other: v for s, v in o.writes.items()}) for name, o in outcomes.items()
    }
    mirror = together(
        objects,
        turned,
        records(str(codes[SF]), str(codes[HS])),
        {s.other: v for s, v in values.items()},
        HOME,
        chosen,
    )
    for name, outcome in found.items():
        assert {s.other: v for s, v in outcome.writes.items()} == dict(mirror[name].writes)
        assert (outcome.held, outcome.review) == (mirror[name].held, mirror[name].review)
    return found


def write(side: Side, value: Value) -> Outcome:
    return Outcome(writes={side: value})


def test_same_currency_leaves_amounts_as_they_were_decided(two_way: ObjectMap) -> None:
    outcomes = {"amount": write(HS, Decimal(5)), "currency": AGREED}
    assert judged(two_way, outcomes, shared((4, "EUR"), (5, "EUR"))) == outcomes


def test_a_changed_currency_takes_the_amount_along(two_way: ObjectMap) -> None:
    """Sales turned 100 euro into 100 dollar; the amount had been left apart before, and goes along now."""
    outcomes = {"amount": NOTHING, "currency": write(HS, "USD")}
    found = judged(two_way, outcomes, shared((90, "EUR"), (100, "USD")))
    assert found["amount"].writes == {HS: Decimal(100)}
    assert found["currency"].writes == {HS: "USD"}


def test_an_amount_here_and_a_currency_there_are_a_clash(two_way: ObjectMap) -> None:
    """Marketing raised the amount while sales changed the currency: neither 200 dollar nor 100 euro is what
    anybody meant."""
    outcomes = {"amount": write(SF, Decimal(200)), "currency": write(HS, "USD")}
    found = judged(two_way, outcomes, shared((200, "EUR"), (100, "USD")))
    assert found["amount"].review == "clash"
    assert found["currency"] == NOTHING


def test_who_decides_about_the_amount_decides_about_its_currency(two_way: ObjectMap) -> None:
    outcomes = {"amount": write(SF, Decimal(200)), "currency": write(HS, "USD")}
    found = judged(two_way, outcomes, shared((200, "EUR"), (100, "USD")), "amount")
    assert found["amount"].writes == {SF: Decimal(200)}
    assert found["currency"].writes == {SF: "EUR"}


@pytest.mark.parametrize("currency", [Outcome(held="unmapped"), Outcome(review="clash"), NOTHING])
def test_an_amount_stays_where_its_currency_stays(two_way: ObjectMap, currency: Outcome) -> None:
    outcomes = {"amount": write(HS, Decimal(100)), "currency": currency}
    found = judged(two_way, outcomes, shared((90, "EUR"), (100, "USD")))
    assert (found["amount"].held, found["amount"].writes) == ("no_currency", {})
    assert found["currency"] == currency


def test_a_currency_stays_where_its_amount_stays(two_way: ObjectMap) -> None:
    outcomes = {"amount": Outcome(review="clash"), "currency": write(HS, "USD")}
    found = judged(two_way, outcomes, shared((90, "EUR"), (100, "USD")))
    assert found == {"amount": Outcome(review="clash"), "currency": NOTHING}


def test_without_a_mapped_currency_records_of_two_currencies_keep_their_amounts(starter: Rules) -> None:
    objects, values = starter.objects[Kind.DEAL], shared((100, "EUR"), (100, "USD"))
    same = {"amount": AGREED}
    assert together(objects, same, records(None, "USD"), values, HOME)["amount"].held == "no_currency"
    assert together(objects, same, records("EUR", None), values, HOME) == same
    blank = shared((None, "EUR"), (None, "USD"))
    assert together(objects, same, records(None, "USD"), blank, HOME) == same


def test_a_record_that_names_no_currency_is_in_that_of_the_account() -> None:
    both = records("USD", None)
    assert [currency_of(both[side], HOME) for side in (HS, SF)] == ["USD", "EUR"]


def test_what_is_bound_goes_together_or_not_at_all(deals: ObjectMap) -> None:
    """A guard, a flapping field or an edit at the last moment stops the currency: the amount waits too."""
    names = ("amount", "currency", "name")
    changes = bound(deals, [Change(n, n, None, "x", Why.EDIT, "r") for n in names])
    assert whole(changes, changes) == changes
    assert [c.field for c in whole(changes, [c for c in changes if c.field != "currency"])] == ["name"]
    assert [c.field for c in whole(changes, [c for c in changes if c.field != "name"])] == [
        "amount",
        "currency",
    ]
