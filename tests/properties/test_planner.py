"""What must hold for every pair of records, whatever was edited where: the promises of
docs/how-it-works.md."""

from hypothesis import given, settings
from hypothesis import strategies as st
from planning import (
    Person,
    both_sides,
    carried_out,
    context,
    decide,
    mirrored_person,
    mirrored_rules,
    person,
    plain,
    rules,
)

from connector.domain.own_values import STAGE_NOTE
from connector.mapping.convert import Unmappable
from connector.mapping.rules import FieldRule, Rule
from connector.model import CONNECTOR, OPT_OUT, Delta, Kind, Raw, Side, Why

Values = dict[str, dict[Side, Raw]]
TYPES = st.sampled_from(["Contact", "Lead"])
BASES = st.none() | both_sides()
CALM = settings(max_examples=150, deadline=None)


@CALM
@given(both_sides(), BASES, TYPES)
def test_exchanging_the_sides_and_their_rules_gives_the_mirrored_plan(
    now: Values, base: Values | None, type: str
) -> None:
    """Nothing in the product prefers one CRM: only the mapping does."""
    who = person(now, base, type)
    straight = decide(rules(), who)
    turned = decide(mirrored_rules(), mirrored_person(who))
    assert {(a.side, *plain(a)) for a in straight.actions} == {
        (a.side.other, *plain(a)) for a in turned.actions
    }
    assert {(r.code, r.field) for r in straight.reviews} == {(r.code, r.field) for r in turned.reviews}
    assert {(h.code, h.field) for h in straight.held} == {(h.code, h.field) for h in turned.held}


@CALM
@given(both_sides(), BASES, TYPES)
def test_a_second_run_finds_nothing_to_do(now: Values, base: Values | None, type: str) -> None:
    """When everything that was planned is done, the next plan is empty (but for our own note on a record, of
    which only the state, not here, knows that it still stands)."""
    after = carried_out(first := person(now, base, type), decide(rules(), first))
    left = [change for action in decide(rules(), after).actions for change in action.changes]
    assert [change for change in left if change.field != STAGE_NOTE] == []


@CALM
@given(both_sides(), BASES, TYPES)
def test_no_value_is_invented(now: Values, base: Values | None, type: str) -> None:
    """Whatever is written means the same as what the other side holds (or held, when a forbidden edit is put
    back, or a stage that both cleared)."""
    who = person(now, base, type)
    objects = rules().objects[Kind.CONTACT]
    for action in decide(rules(), who).actions:
        source = who.records[action.side.other]
        for change in action.changes:
            if change.rule == CONNECTOR or isinstance(change.after, Delta):
                continue
            rule = objects.field(change.field)
            column = rule.column(source.ref.side, source.ref.type)
            assert column is not None
            meant = rule.convert.read(source.values[column], source.ref.side, source.ref.type, context())
            written = rule.convert.read(change.after, action.side, action.target.type, context())
            before = (
                {_stage_of(raw) for raw in base["stage"].values()} if base and rule.name == "stage" else ()
            )
            again = change.column == OPT_OUT and change.before == change.after  # for the new address
            assert written == meant or written in before or again


@CALM
@given(both_sides(), both_sides(), TYPES)
def test_an_edit_on_one_side_is_never_overwritten_unless_the_rule_says_so(
    now: Values, base: Values, type: str
) -> None:
    """A rep or a marketer edited a field and the other side did not: the edit stays where it was entered,
    unless the other side owns the field or the pipeline forbids the move. Nobody is left without a stage."""
    who = person(now, base, type)
    objects = rules().objects[Kind.CONTACT]
    for action in decide(rules(), who).actions:
        for change in action.changes:
            if change.rule == CONNECTOR:
                continue
            edited_here = now[change.field][action.side] != base[change.field][action.side]
            edited_there = now[change.field][action.side.other] != base[change.field][action.side.other]
            if edited_here and not edited_there:
                rule = objects.field(change.field)
                refilled = change.why is Why.FILL and now["stage"][action.side] is None
                assert rule.rule in (Rule.HUBSPOT_OWNS, Rule.SALESFORCE_OWNS, Rule.STRICTEST) or (
                    change.field == "stage" and (change.why is Why.PUT_BACK or refilled)
                )


@CALM
@given(both_sides(), TYPES)
def test_unmapped_fields_are_never_touched(now: Values, type: str) -> None:
    who = person(now, None, type)
    objects = rules().objects[Kind.CONTACT]
    for action in decide(rules(), who).actions:
        assert {c.column for c in action.changes} <= set(objects.columns(action.side, action.target.type))


@CALM
@given(both_sides(), both_sides(), TYPES)
def test_a_clash_left_to_a_person_touches_neither_side_nor_the_base(
    now: Values, base: Values, type: str
) -> None:
    who: Person = person(now, base, type)
    decision = decide(rules(), who)
    for review in decision.reviews:
        written = {c.field for a in decision.actions for c in a.changes}
        assert review.field not in written
        for side in Side:
            assert decision.link.bases[side].get(review.field) == who.link.bases[side].get(review.field)


def _stage_of(raw: Raw) -> object:
    """The stage that a value of either CRM means."""
    rule = rules().objects[Kind.CONTACT].field("stage")
    places = ((Side.HUBSPOT, "contacts"), (Side.SALESFORCE, "Contact"))
    return next(v for side, type in places if (v := _read(rule, raw, side, type)) is not None or raw is None)


def _read(rule: FieldRule, raw: Raw, side: Side, type: str) -> object:
    try:
        return rule.convert.read(raw, side, type, context())
    except Unmappable:
        return None
