"""Whatever stands in a CRM: no converter crashes, blank stays blank, and what was written reads as it was."""

import importlib
import pkgutil
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.mapping import converters
from connector.mapping.convert import Context, Converter, Unmappable
from connector.mapping.converters.choices import Choice, Lenient, Multi, ValueMap
from connector.mapping.converters.country import Country
from connector.mapping.converters.links import Owner, Reference, References
from connector.mapping.converters.moments import Date, Datetime
from connector.mapping.converters.scalars import Boolean, Number
from connector.mapping.converters.stages import Stage
from connector.mapping.converters.text import PLAIN_E164, Domain, Email, Phone, Text, dialable
from connector.mapping.swap import Swapped
from connector.model import Raw, Ref, Side, Value

ZONES = (
    "Europe/Amsterdam",
    "America/Los_Angeles",
    "Pacific/Kiritimati",
    "Asia/Kathmandu",
    "Pacific/Pago_Pago",
    "UTC",
)
INDUSTRY = ValueMap.of(
    [
        (("Banking",), ("BANKING", "FINANCE")),
        (("Retail",), ("RETAIL",)),
        (("Shop",), ("RETAIL",)),
        (("Technology",), ("SOFTWARE", "HARDWARE")),
    ]
)
STAGES = {
    Side.HUBSPOT: {"x": {"lead": "lead", "evangelist": "customer", "customer": "customer"}},
    Side.SALESFORCE: {"x": {"Open": "lead", "Working": "lead", "Won": "customer"}},
}
WRITES = {
    Side.HUBSPOT: {"x": {"lead": "lead", "customer": "customer"}},
    Side.SALESFORCE: {"x": {"lead": "Open", "customer": "Won"}},
}
CONVERTERS: tuple[Converter, ...] = (
    Text(),
    Email(),
    Domain(),
    Phone(),
    Phone(region="DK"),
    Country(),
    Country(codes=True),
    Boolean(),
    Number(),
    Number(decimals=2),
    Number(decimals=0),
    Date(),
    Date(with_time=Side.HUBSPOT),
    Datetime(),
    Choice(),
    Choice(INDUSTRY),
    Multi(),
    Multi(INDUSTRY),
    Owner(),
    Stage(STAGES, WRITES),
    Lenient(Choice(INDUSTRY)),
    Lenient(Choice(INDUSTRY), {Side.SALESFORCE: "Retail"}),
    Lenient(Choice(INDUSTRY), {Side.SALESFORCE: "Web"}),
    Lenient(Country(), {Side.HUBSPOT: "Netherlands"}),
)


@dataclass(frozen=True, slots=True)
class Held:
    """There is no counterpart."""

    code: str


MEASURED = settings(max_examples=60, deadline=None)
NAMED = pytest.mark.parametrize("converter", CONVERTERS, ids=lambda c: f"{type(c).__name__}-{c.name}")

TEXTS = (
    "  Zoe\u0308 ",
    "\u0130stanbul",
    "\x00",
    "\ud800",
    "a\r\nb",
    ";a; b;;A",
    "+31 (0)20 123 45 67",
    "020-1234567 ext. 12",
    "+45 33 12 34 56",
    "1_000",
    "1,5",
    "\u0663",
    "NaN",
    "-0",
    "1e3",
    "0.1000",
    "999999999999999999",
    "0.12345678901234567",
    " Yes ",
    "31-02-2026",
    "2026-02-30",
    "2026-03-29",
    "1767225600000",
    "999999999999999",
    "-62135596800000",
    "2026-03-29T00:30:00.000+0000",
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00Z",
    "http://www.www.acme.example:80/x",
    "WWW.COM",
    "www.",
    "a@b@c",
    "Piet@Example.COM",
    "pi\xebt@ex\xe4mple.com",
    "info@[1.2.3.4]",
)
FITTING = {
    "country": ["Nederland", "Belgi\u00eb", "C\u00f4te d'Ivoire", "uk", "Tyskland", "DNK"],
    "choice": ["Banking", "banking", "FINANCE", "Shop", "RETAIL", "OTHER", "Web"],
    "multi": ["Banking;Retail", "RETAIL;SOFTWARE;HARDWARE", ";BANKING", "Shop"],
    "boolean": ["true", "FALSE", " yes ", "0"],
    "owner": ["owner-1", "005A", "old"],
    "stage": ["lead", "evangelist", "customer", "Working", "Won"],
}
anything: st.SearchStrategy[Raw] = st.one_of(
    st.sampled_from(TEXTS),
    st.text(),
    st.text(st.characters(codec=None), max_size=20),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.emails(),
    st.dates().map(str),
    st.datetimes().map(lambda d: d.isoformat() + "+02:00"),
    st.decimals(allow_nan=False).map(str),
    st.from_regex(r"[+(]?[0-9 ().\-]{5,18}( x[0-9]{1,4})?", fullmatch=True),
)
sides = st.sampled_from(list(Side))


def raws(converter: Converter) -> st.SearchStrategy[Raw]:
    """Values that fit the converter, and anything at all."""
    fitting = FITTING.get(converter.name)
    return st.sampled_from(fitting) | anything if fitting else anything


def context(zone: str = "Europe/Amsterdam") -> Context:
    hubspot, salesforce = {"owner-1": "a", "old": "b"}, {"005A": "a"}
    owners = {Side.HUBSPOT: hubspot, Side.SALESFORCE: salesforce}
    ids = {Side.HUBSPOT: {"a": "owner-1", "b": "old"}, Side.SALESFORCE: {"a": "005A"}}
    return Context({side: ZoneInfo(zone) for side in Side}, "NL", owners, ids)


def read(converter: Converter, raw: Raw, side: Side, ctx: Context) -> Value | Held:
    """As the sync reads: a value without a counterpart is set aside with one of three reasons."""
    try:
        return converter.read(raw, side, "x", ctx)
    except Unmappable as held:
        return Held(held.code)


def written(converter: Converter, value: Value, side: Side, ctx: Context) -> Raw | Held:
    try:
        return converter.write(value, side, "x", ctx)
    except Unmappable as held:
        return Held(held.code)


@NAMED
@MEASURED
@given(data=st.data(), side=sides, zone=st.sampled_from(ZONES))
def test_what_was_written_reads_as_what_it_was(
    converter: Converter, data: st.DataObject, side: Side, zone: str
) -> None:
    """A value carried to either CRM reads there as the same value, so a second sync writes nothing."""
    ctx = context(zone)
    value = read(converter, data.draw(raws(converter)), side, ctx)
    if isinstance(value, Held) or value is None:
        return
    for target in Side:
        raw = written(converter, value, target, ctx)
        if not isinstance(raw, Held):
            assert read(converter, raw, target, ctx) == value


def test_every_converter_is_among_those_that_are_tested() -> None:
    """References have their own tests below, since what they read depends on links."""
    known: set[type] = set()
    for module in pkgutil.iter_modules(converters.__path__, converters.__name__ + "."):
        own = vars(importlib.import_module(module.name)).values()
        known |= {one for one in own if isinstance(one, type) and one.__module__ == module.name}
    made = {one for one in known if {"read", "write", "name"} <= set(dir(one))}
    assert made - {type(one) for one in CONVERTERS} == {Reference, References}


@NAMED
def test_each_converter_carries_something_both_ways(converter: Converter) -> None:
    """The round trip above says nothing of a converter that holds back whatever it is given."""
    ctx = context()
    for side in Side:
        values = {read(converter, raw, side, ctx) for raw in (*FITTING.get(converter.name, ()), *TEXTS, True)}
        carried = [v for v in values if v is not None and not isinstance(v, Held)]
        there = [written(converter, value, side.other, ctx) for value in carried]
        assert [raw for raw in there if raw is not None and not isinstance(raw, Held)]


@NAMED
@MEASURED
@given(data=st.data(), side=sides)
def test_no_value_breaks_a_run(converter: Converter, data: st.DataObject, side: Side) -> None:
    """Whatever people typed, a converter gives a value or says why there is none, each time the same."""
    raw = data.draw(raws(converter))
    first = read(converter, raw, side, context())
    assert read(converter, raw, side, context()) == first
    hash(first)
    if isinstance(first, Held):
        assert first.code in ("unmapped", "invalid", "unlinked")


@NAMED
@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("blank", [None, "", "   "])
def test_a_blank_stays_blank(converter: Converter, side: Side, blank: str | None) -> None:
    """Nothing is made of a blank, and clearing writes a blank; a Salesforce checkbox is unticked."""
    assert converter.read(blank, side, "x", context()) is None
    cleared = converter.write(None, side, "x", context())
    assert cleared is (False if converter.name == "boolean" and side is Side.SALESFORCE else None)


@NAMED
@MEASURED
@given(data=st.data(), side=sides)
def test_a_swapped_converter_mirrors(converter: Converter, data: st.DataObject, side: Side) -> None:
    """Exchanging the sides exchanges what each side's formats mean, and nothing else."""
    ctx, mirrored, raw = context("Asia/Kathmandu"), Swapped(converter), data.draw(raws(converter))
    value = read(converter, raw, side, ctx)
    assert read(mirrored, raw, side.other, ctx.swapped) == value
    if not isinstance(value, Held):
        there = written(mirrored, value, side, ctx.swapped)
        assert there == written(converter, value, side.other, ctx)


@MEASURED
@given(st.integers(0, 10**6).map(str), sides)
def test_a_reference_is_the_link_of_the_record_it_points_at(id: str, side: Side) -> None:
    """A company that is not linked yet is waited for; it is never written as a foreign id."""
    targets = {Side.HUBSPOT: ("companies",), Side.SALESFORCE: ("Account",)}
    ctx = Context({}, links={Ref(side, targets[side][0], id): "link"})
    assert Reference(targets).read(id, side, "x", ctx) == "link"
    assert Reference(targets).write("link", side, "x", ctx) == "link"
    with pytest.raises(Unmappable, match="unlinked"):
        Reference(targets).read(id, side.other, "x", ctx)


@MEASURED
@given(st.sets(st.sampled_from("abcdef")), st.sets(st.sampled_from("abcdef")))
def test_members_without_a_link_are_left_alone(members: set[str], linked: set[str]) -> None:
    """A deal keeps people whom the other CRM does not know; only linked ones are compared."""
    targets = {side: ("contacts",) for side in Side}
    links = {Ref(Side.HUBSPOT, "contacts", m): f"link-{m}" for m in linked}
    value = References(targets).read(tuple(sorted(members)), Side.HUBSPOT, "deals", Context({}, links=links))
    assert value == (frozenset(f"link-{m}" for m in members & linked) or None)
    back = References(targets).write(value, Side.HUBSPOT, "deals", Context({}))
    assert back == (tuple(sorted(f"link-{m}" for m in members & linked)) or None)


@MEASURED
@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12))
def test_an_amount_is_the_same_in_both_crms(amount: Decimal) -> None:
    """HubSpot's text and Salesforce's JSON number of one amount of money read equal."""
    ctx, number = context(), Number(decimals=2)
    hubspot = number.read(str(amount), Side.HUBSPOT, "x", ctx)
    assert number.read(float(amount), Side.SALESFORCE, "x", ctx) == hubspot == amount


@MEASURED
@given(st.from_regex(PLAIN_E164, fullmatch=True))
def test_the_short_way_for_phone_numbers_is_no_other_way(text: str) -> None:
    """What is taken for a finished number without parsing is what parsing would give back."""
    assert dialable(text, "NL") == text


@MEASURED
@given(st.integers(0, 3_000_000_000), st.sampled_from(ZONES))
def test_a_closing_day_is_the_day_in_the_accounts_zone(seconds: int, zone: str) -> None:
    """Close to midnight the day is that of the HubSpot account, not that of the server."""
    moment = datetime.fromtimestamp(seconds, UTC)
    day = Date(with_time=Side.HUBSPOT).read(moment.isoformat(), Side.HUBSPOT, "x", context(zone))
    assert day == moment.astimezone(ZoneInfo(zone)).date()
