"""Edit after edit: both sides come to mean what was said last, and nothing else moves.

``test_planner.py`` looks at one plan for any pair of records. Here a pair that agrees lives on: people edit
it on either side, and each time the plan is carried out in full.
"""

from dataclasses import dataclass, replace
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from planning import NOW, VALUES, Person, carried_out, context, decide, person, rules

from connector.mapping.rules import Blank, FieldRule, Rule
from connector.model import LINK_ID, PARTNER_ID, Decision, Kind, Raw, Record, Ref, Side, Value

Values = dict[str, dict[Side, Raw]]
TYPES = st.sampled_from(["Contact", "Lead"])
CALM = settings(max_examples=100, deadline=None)
OWNED = (Rule.HUBSPOT_OWNS, Rule.SALESFORCE_OWNS)
FILLED = (Rule.FILL_HUBSPOT, Rule.FILL_SALESFORCE)
CARRIED = (Rule.TWO_WAY, Rule.PREFER_HUBSPOT, Rule.PREFER_SALESFORCE)


def mapped(who: Person) -> list[FieldRule]:
    """The fields that both records have and that the tests give values to."""
    objects = rules().objects[Kind.CONTACT]
    types = {side: record.ref.type for side, record in who.records.items()}
    return [
        rule
        for rule in map(objects.field, VALUES)
        if all(rule.column(side, types[side]) is not None for side in Side)
    ]


def means(who: Person, rule: FieldRule, side: Side) -> Value:
    record = who.records[side]
    return rule.convert.read(record.values[column(rule, record)], side, record.ref.type, context())


def column(rule: FieldRule, record: Record) -> str:
    found = rule.column(record.ref.side, record.ref.type)
    assert found is not None
    return found


PLACES = st.fixed_dictionaries({name: st.integers(0, len(v) - 1) for name, v in VALUES.items()})


def alike(places: dict[str, int]) -> Values:
    """Values that mean the same on both sides, each in its side's spelling."""
    return {name: dict(VALUES[name][place]) for name, place in places.items()}


@dataclass(frozen=True)
class Situation:
    """What two records hold, and what they held when they last agreed (None: they never met)."""

    now: Values
    base: Values | None


def situation(seed: int) -> Situation:
    """One of all situations, each as likely as another: on either side of every field the value stands as it
    was, was edited or was cleared."""
    chance = Random(seed)
    base = {name: chance.randrange(len(choices)) for name, choices in VALUES.items()}
    now: Values = {}
    for name, choices in VALUES.items():
        now[name] = {}
        for side in Side:
            place = chance.choice((base[name], None, *range(len(choices))))
            now[name][side] = None if place is None else choices[place][side]
    return Situation(now, alike(base) if chance.random() < 0.8 else None)


@CALM
@given(st.integers(0, 2**32).map(situation), TYPES)
def test_both_sides_mean_the_same_when_a_plan_is_carried_out(found: Situation, type: str) -> None:
    """Whatever stands there now, and whatever the two last agreed on: a field that still differs waits for a
    person, or its rule wants it so."""
    who = person(found.now, found.base, type)
    decision = decide(rules(), who)
    after = carried_out(who, decision)
    waits = {review.field for review in decision.reviews} | {held.field for held in decision.held}
    for rule in mapped(after):
        values = {side: means(after, rule, side) for side in Side}
        if values[Side.HUBSPOT] != values[Side.SALESFORCE] and rule.name not in waits:
            nobody = after.records[Side.HUBSPOT].values["email"] is None
            assert _may_differ(rule, values, nobody=nobody), (rule.name, values)


def _may_differ(rule: FieldRule, values: dict[Side, Value], *, nobody: bool) -> bool:
    """Where docs/mapping.md lets two sides differ for good: a blank clears nothing unless ``blank: clear``
    says so, a fill rule leaves what stands there, ``write`` names the only side that is ever written, and
    a contact without an address (``nobody``) has none that could be opted out."""
    blank = None in values.values() and rule.blank is Blank.KEEP
    stricter = rule.rule is Rule.STRICTEST and values[Side.SALESFORCE] is True
    return blank or rule.rule in FILLED or (stricter and (nobody or rule.write is Side.SALESFORCE))


@dataclass(frozen=True)
class Edit:
    """Somebody enters another value, or clears the field."""

    side: Side
    name: str
    place: int | None


def edits(names: list[str]) -> st.SearchStrategy[Edit]:
    return st.sampled_from(names).flatmap(
        lambda name: st.builds(
            Edit, st.sampled_from(Side), st.just(name), st.none() | st.integers(0, len(VALUES[name]) - 1)
        )
    )


def entered(who: Person, edit: Edit) -> Person:
    """The pair after somebody's edit."""
    rule = rules().objects[Kind.CONTACT].field(edit.name)
    record = who.records[edit.side]
    value = None if edit.place is None else VALUES[edit.name][edit.place][edit.side]
    values = {**record.values, column(rule, record): value}
    return replace(who, records={**who.records, edit.side: replace(record, values=values)})


NAMES = [
    name for name in VALUES if name != "stage"
]  # whether a person may move back is the pipeline's to say


@CALM
@given(PLACES, st.lists(edits(NAMES), min_size=1, max_size=6), TYPES)
def test_of_edits_one_after_the_other_the_last_one_counts(
    fields: dict[str, int], some: list[Edit], type: str
) -> None:
    """No old value comes back, however often a field was edited on either side; where one side owns a field,
    that side's last value counts. And nothing is written but the field that was edited."""
    who = person(alike(fields), alike(fields), type)
    known = {rule.name: rule for rule in mapped(who)}
    for edit in some:
        if edit.name not in known:
            continue
        before, rule = entered(who, edit), known[edit.name]
        if means(before, rule, edit.side) == means(who, rule, edit.side):
            continue  # whoever types what stands there edits nothing
        decision = decide(rules(), before)
        after = carried_out(before, decision)
        _nothing_else_moved(before, after, rule)
        assert not decision.reviews, "one side was edited, and nobody need be asked"
        _came_about(rule, edit, who, before, after)
        who = after


def _nothing_else_moved(before: Person, after: Person, rule: FieldRule) -> None:
    """Each record is as it was but for the field, and for our own ids, which first contact writes."""
    ours = {"smk_link_id", "smk_salesforce_id", "SMK_Link_Id__c", "SMK_HubSpot_Id__c"}
    for side, record in after.records.items():
        was = before.records[side].values
        moved = {name for name, value in record.values.items() if value != was[name]} - ours
        assert moved <= {column(rule, record)}


def _came_about(rule: FieldRule, edit: Edit, was: Person, before: Person, after: Person) -> None:
    """What one edit of an agreeing pair leads to, by the rule of its field (docs/mapping.md)."""
    here, there = means(after, rule, edit.side), means(after, rule, edit.side.other)
    said, other = means(before, rule, edit.side), means(was, rule, edit.side.other)
    if rule.rule in CARRIED or (rule.rule in OWNED and edit.side is rule.rule.side):
        assert here == said
        assert there == (other if said is None and rule.blank is Blank.KEEP else said)
    elif rule.rule in OWNED:
        assert there == other
        assert here == (said if other is None else other)
    elif rule.rule in FILLED:
        assert before.records == after.records or (other is None and edit.side is not rule.rule.side)
    else:
        assert rule.rule is Rule.STRICTEST
        assert bool(means(after, rule, Side.SALESFORCE)) >= bool(said) or rule.write is not Side.SALESFORCE


@CALM
@given(st.integers(0, 2**32).map(situation), TYPES)
def test_sources_are_never_written(found: Situation, type: str) -> None:
    """What a side owns, or what only fills another, stays as its people left it."""
    who = person(found.now, found.base, type)
    objects = rules().objects[Kind.CONTACT]
    for action in decide(rules(), who).actions:
        for change in action.changes:
            if change.field in VALUES:
                assert objects.field(change.field).writes(action.side)


@CALM
@given(st.integers(0, 2**32).map(situation), TYPES, st.text("abc", min_size=1, max_size=8))
def test_a_plan_does_not_depend_on_ids(found: Situation, type: str, word: str) -> None:
    """Two people with the same values and other ids are treated alike."""
    who = person(found.now, found.base, type)
    assert shown(decide(rules(), who)) == shown(decide(rules(), renamed(who, word)))


def renamed(who: Person, word: str) -> Person:
    """The same pair under other ids, seen later and read in another order of columns."""
    refs = {side: Ref(side, ref.type, word + ref.id) for side, ref in who.link.refs.items()}
    records = {
        side: Record(refs[side], dict(reversed(record.values.items())), NOW)
        for side, record in reversed(who.records.items())
    }
    return Person(records, replace(who.link, refs=refs, id="0" * 32))


def shown(decision: Decision) -> tuple[Any, ...]:
    """A decision without its ids."""
    actions = [
        (
            action.op,
            action.side,
            sorted(
                (c.field, c.column, repr(c.before), repr(c.after), c.why, c.rule)
                for c in action.changes
                if c.field not in (LINK_ID, PARTNER_ID)
            ),
        )
        for action in decision.actions
    ]
    return (
        actions,
        sorted((r.code, r.field) for r in decision.reviews),
        sorted((h.code, h.field) for h in decision.held),
    )
