"""What becomes of a field when somebody edits it: the decision table of docs/mapping.md, row by row, and
swapped."""

from collections.abc import Mapping

import pytest

from connector.mapping.converters.text import Text
from connector.mapping.rules import Blank, Clash, FieldRule, First, Rule, Where
from connector.model import Kind, Side, Value, Why
from connector.sync.outcome import Look, Outcome
from connector.sync.table import decide

H, S = Side.HUBSPOT, Side.SALESFORCE
STAGES = {"lead": 0, "mql": 1, "sql": 2}


def rule_of(
    rule: Rule, clash: Clash = Clash.REVIEW, first: First = First.REVIEW, blank: Blank = Blank.KEEP
) -> FieldRule:
    columns = {H: {"contacts": "phone"}, S: {"Contact": "Phone"}}
    return FieldRule(
        "phone",
        Kind.CONTACT,
        columns,
        rule,
        Text(),
        Where("contacts.yaml", 1),
        clash=clash,
        first=first,
        blank=blank,
    )


def outcome(
    rule: FieldRule, hubspot: tuple[Value, bool | None], salesforce: tuple[Value, bool | None]
) -> Outcome:
    looks = {side: Look(v, v, c) for side, (v, c) in {H: hubspot, S: salesforce}.items()}  # type: ignore[arg-type]
    return decide(rule, looks, furthest=lambda stage: STAGES.get(str(stage), -1))


def swapped(rule: FieldRule) -> FieldRule:
    def turn(choice: Clash | First) -> str:
        return Side(choice.value).other.value if choice.value in set(Side) else choice.value

    return rule_of(rule.rule.swapped, Clash(turn(rule.clash)), First(turn(rule.first)), rule.blank)


def mirrored(result: Outcome) -> Mapping[Side, object]:
    return {side.other: value for side, value in result.writes.items()}


EDITS = [
    # rule, hubspot (value, changed), salesforce (value, changed), what is written
    ("two_way", ("new", True), ("old", False), {S: "new"}),
    ("two_way", ("old", False), ("new", True), {H: "new"}),
    ("prefer_salesforce", ("new", True), ("old", False), {S: "new"}),
    ("prefer_hubspot", ("old", False), ("new", True), {H: "new"}),
    ("hubspot_owns", ("new", True), ("old", False), {S: "new"}),
    ("hubspot_owns", ("old", False), ("new", True), {S: "old"}),
    ("salesforce_owns", ("new", True), ("old", False), {H: "old"}),
    ("fill_salesforce", ("new", True), (None, False), {S: "new"}),
    ("fill_salesforce", ("new", True), ("old", False), {}),
    ("fill_salesforce", ("old", False), ("new", True), {}),
    ("strictest", (True, True), (False, False), {S: True}),
    ("strictest", (True, False), (False, True), {S: True}),
    ("two_way", ("a", False), ("b", False), {}),
    ("two_way", ("same", True), ("same", True), {}),
]


@pytest.mark.parametrize(("rule", "hubspot", "salesforce", "written"), EDITS)
def test_an_edit_goes_where_the_rule_says(
    rule: str, hubspot: tuple[Value, bool], salesforce: tuple[Value, bool], written: dict[Side, Value]
) -> None:
    """Marketing or sales edits one field; the rule alone decides whether it travels, is put back, or
    stays."""
    made = rule_of(Rule(rule))
    assert outcome(made, hubspot, salesforce).writes == written
    assert mirrored(outcome(swapped(made), salesforce, hubspot)) == written


CLASHES = [
    ("two_way", "hubspot", {S: "h"}),
    ("two_way", "salesforce", {H: "s"}),
    ("prefer_hubspot", "review", {S: "h"}),
    ("prefer_salesforce", "review", {H: "s"}),
    ("hubspot_owns", "review", {S: "h"}),
    ("salesforce_owns", "review", {H: "s"}),
    ("fill_hubspot", "review", {}),
]


@pytest.mark.parametrize(("rule", "clash", "written"), CLASHES)
def test_a_clash_is_decided_by_the_rule(rule: str, clash: str, written: dict[Side, Value]) -> None:
    """Both teams changed the phone number before the connector came by."""
    made = rule_of(Rule(rule), Clash(clash))
    result = outcome(made, ("h", True), ("s", True))
    assert result.writes == written
    assert not written or result.why is Why.CLASH
    assert mirrored(outcome(swapped(made), ("s", True), ("h", True))) == written


def test_a_clash_without_a_rule_waits_for_a_person_and_touches_nothing() -> None:
    result = outcome(rule_of(Rule.TWO_WAY, Clash.REVIEW), ("h", True), ("s", True))
    assert (result.review, result.writes, result.agreed) == ("clash", {}, False)


def test_the_furthest_stage_wins_a_clash_on_either_side() -> None:
    made = rule_of(Rule.TWO_WAY, Clash.FURTHEST)
    assert outcome(made, ("sql", True), ("mql", True)).writes == {S: "sql"}
    assert outcome(made, ("lead", True), ("mql", True)).writes == {H: "mql"}


def test_newest_asks_for_field_history_and_falls_back_to_a_person() -> None:
    result = outcome(rule_of(Rule.TWO_WAY, Clash.NEWEST), ("h", True), ("s", True))
    assert result.needs_times
    assert result.review == "clash"


@pytest.mark.parametrize("rule", ["two_way", "prefer_hubspot", "prefer_salesforce"])
def test_an_edit_beats_a_clear(rule: str) -> None:
    """One side cleared the field while the other entered a new value: the new value survives."""
    made = rule_of(Rule(rule))
    assert outcome(made, (None, True), ("new", True)).writes == {H: "new"}
    assert outcome(made, ("new", True), (None, True)).writes == {S: "new"}


@pytest.mark.parametrize(
    ("blank", "written", "review"), [("keep", {}, ""), ("clear", {S: None}, ""), ("review", {}, "cleared")]
)
def test_clearing_does_what_the_mapping_says(blank: str, written: dict[Side, Value], review: str) -> None:
    result = outcome(rule_of(Rule.TWO_WAY, blank=Blank(blank)), (None, True), ("old", False))
    assert (result.writes, result.review) == (written, review)


FIRST = [
    ("two_way", "hubspot", ("h", None), ("s", None), {S: "h"}),
    ("two_way", "salesforce", ("h", None), ("s", None), {H: "s"}),
    ("two_way", "review", (None, None), ("s", None), {H: "s"}),
    ("prefer_hubspot", "review", ("h", None), ("s", None), {S: "h"}),
    ("hubspot_owns", "review", (None, None), ("s", None), {}),
    ("hubspot_owns", "review", ("h", None), (None, None), {S: "h"}),
    ("fill_hubspot", "review", (None, None), ("s", None), {H: "s"}),
    ("fill_hubspot", "review", ("h", None), (None, None), {}),
    ("fill_hubspot", "review", ("h", None), ("s", None), {}),
    ("strictest", "review", (False, None), (True, None), {H: True}),
    ("strictest", "review", (None, None), (False, None), {}),
]


@pytest.mark.parametrize(("rule", "first", "hubspot", "salesforce", "written"), FIRST)
def test_at_first_contact_blanks_are_filled_and_differences_follow_first(
    rule: str,
    first: str,
    hubspot: tuple[Value, None],
    salesforce: tuple[Value, None],
    written: dict[Side, Value],
) -> None:
    """Two records that lived apart for years are linked for the first time."""
    made = rule_of(Rule(rule), first=First(first))
    assert outcome(made, hubspot, salesforce).writes == written
    assert mirrored(outcome(swapped(made), salesforce, hubspot)) == written


def test_at_first_contact_a_difference_nobody_decides_goes_to_review() -> None:
    assert outcome(rule_of(Rule.TWO_WAY), ("h", None), ("s", None)).review == "differs_at_first_contact"
