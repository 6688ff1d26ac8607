"""Pairs of people for the planner's property tests, and a pure stand-in for what apply and settle do to them.

Everything here is the product's own pure stages on hand-made records; no CRM and no state is involved.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from hashlib import blake2b
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from connector.mapping.convert import Context
from connector.mapping.load import load_or_raise
from connector.mapping.rules import Mapping as Rules
from connector.mapping.rules import ObjectMap
from connector.mapping.swap import swap
from connector.model import (
    CONNECTOR,
    PARTNER_ID,
    Action,
    Decision,
    Delta,
    Kind,
    Link,
    LinkState,
    Raw,
    Record,
    Ref,
    Side,
)
from connector.schema import FieldInfo, FieldType, Schema
from connector.sync.decide import Work
from connector.sync.match import Matches
from connector.sync.plan import Planner, row_hash

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
MAPPINGS = Path(__file__).parents[2] / "mappings"

VALUES: Mapping[str, tuple[Mapping[Side, Raw], ...]] = {
    name: tuple({Side.HUBSPOT: h, Side.SALESFORCE: s} for h, s in pairs)
    for name, pairs in {
        "email": [("jan@x.nl", "Jan@X.nl"), ("piet@y.be", "piet@y.be")],
        "first_name": [("Jan", "Jan"), ("Søren", "Søren"), ("Zoë", "Zoë")],
        "last_name": [("de Vries", "de Vries"), ("Jensen", "Jensen")],
        "job_title": [("CFO", "CFO"), ("Inkoper", "Inkoper")],
        "phone": [("020 123 4567", "+31201234567"), ("+31612345678", "06-12345678")],
        "country": [("Nederland", "Netherlands"), ("Danmark", "DK")],
        "city": [("Gent", "Gent"), ("Aarhus", "Aarhus")],
        "opted_out": [("true", True), ("false", False)],
        "last_conversion": [("Webinar", "Webinar"), ("Demo", "Demo")],
        "stage": [("lead", "lead"), ("marketingqualifiedlead", "mql"), ("salesqualifiedlead", "sql")],
    }.items()
}


@cache
def rules() -> Rules:
    return load_or_raise(MAPPINGS)


def digest(raw: Raw) -> bytes:
    return blake2b(repr(raw).encode(), digest_size=8).digest()


def hash_row(values: Mapping[str, Raw]) -> bytes:
    return blake2b(repr(sorted(values.items(), key=str)).encode(), digest_size=16).digest()


def schemas(mapping: Rules) -> dict[Side, dict[str, Schema]]:
    """Schemas in which every mapped column exists, takes any text, and may be written."""
    found: dict[Side, dict[str, Schema]] = {side: {} for side in Side}
    for objects in mapping.objects.values():
        for side, types in objects.types.items():
            for type in types:
                fields = {c: FieldInfo(c, c, FieldType.TEXT) for c in objects.columns(side, type)}
                found[side][type] = Schema(type, fields)
    return found


def planner(mapping: Rules, objects: ObjectMap, ctx: Context) -> Planner:
    return Planner(objects, schemas(mapping), ctx, digest, row_hash(hash_row, mapping.digest))


def context() -> Context:
    return Context(zone=dict.fromkeys(Side, ZoneInfo("Europe/Amsterdam")))


@dataclass(frozen=True)
class Person:
    """Two linked records and their link, with a base per field that may be missing or behind."""

    records: Mapping[Side, Record]
    link: Link


def person(
    now: Mapping[str, Mapping[Side, Raw]],
    base: Mapping[str, Mapping[Side, Raw]] | None,
    type: str = "Contact",
) -> Person:
    objects = rules().objects[Kind.CONTACT]
    types = {Side.HUBSPOT: "contacts", Side.SALESFORCE: type}
    records, bases = {}, {}
    for side in Side:
        values: dict[str, Raw] = dict.fromkeys(objects.columns(side, types[side]))
        marks: dict[str, bytes] = {}
        for name, sides in now.items():
            column = objects.field(name).column(side, types[side])
            if column is not None:
                values[column] = sides[side]
                if base is not None and name in base:
                    marks[name] = digest(base[name][side])
        if base is not None:
            untouched = (rule for rule in objects.fields if rule.name not in now)
            marks |= {rule.name: digest(None) for rule in untouched}
        records[side] = Record(Ref(side, types[side], f"{side}-1"), values, NOW)
        bases[side] = marks
    refs = {side: record.ref for side, record in records.items()}
    return Person(records, Link("f" * 32, Kind.CONTACT, refs, LinkState.LINKED, bases, pending="look"))


def decide(mapping: Rules, who: Person) -> Decision:
    """The real stages on one pair: reconcile, derive, plan."""
    objects = mapping.objects[Kind.CONTACT]
    made = planner(mapping, objects, context())
    decision = Work(mapping, objects, made, who.link, who.records, Matches(), {}, NOW).decide()
    assert decision is not None
    return decision


def carried_out(who: Person, decision: Decision) -> Person:
    """The pair after every action succeeded and was read back, and the link as it is settled then."""
    records = dict(who.records)
    bases = {side: dict(decision.link.bases.get(side, {})) for side in Side}
    for action in decision.actions:
        values = dict(records[action.side].values)
        for change in action.changes:
            assert not isinstance(change.after, Delta)
            value = who.link.refs[action.side.other].id if change.field == PARTNER_ID else change.after
            values[change.column] = value
            if change.rule != CONNECTOR:
                bases[action.side][change.field] = digest(value)
                bases[action.side.other][change.field] = digest(change.given)
        records[action.side] = replace(records[action.side], values=values)
    return Person(records, replace(decision.link, bases=bases, pending="look"))


def mirrored_person(who: Person) -> Person:
    """The same pair with the sides exchanged; object and field names stay."""

    def turn(ref: Ref) -> Ref:
        return replace(ref, side=ref.side.other)

    records = {side.other: replace(record, ref=turn(record.ref)) for side, record in who.records.items()}
    link = replace(
        who.link,
        refs={side.other: turn(ref) for side, ref in who.link.refs.items()},
        bases={side.other: base for side, base in who.link.bases.items()},
    )
    return Person(records, link)


def mirrored_rules() -> Rules:
    return swap(rules())


def plain(action: Action) -> tuple[object, ...]:
    """An action without the things that a mirror cannot turn: the word for a side inside a rule's name."""
    changes = sorted((c.field, c.column, repr(c.before), repr(c.after), c.why) for c in action.changes)
    return (action.op, action.target.type, action.target.id, tuple(changes))


def any_values(seed: int) -> dict[str, dict[Side, Raw]]:
    """Values of every field, chosen for each side on its own, each as likely as another; blank is one of
    them."""
    chance = Random(seed)
    return {
        name: {side: chance.choice([None, *(choice[side] for choice in choices)]) for side in Side}
        for name, choices in VALUES.items()
    }


def both_sides() -> st.SearchStrategy[dict[str, dict[Side, Raw]]]:
    """Whatever may stand on both sides. Chance decides, and Hypothesis only names the seed: its own draws
    repeat each other so much that two sides seldom hold two different new values."""
    return st.integers(0, 2**32).map(any_values)
