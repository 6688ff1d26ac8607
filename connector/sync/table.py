"""The decision table: what both values of one field should become, given who edited what since the base.

Enters: a field's rule and a look at both sides. Leaves: an ``Outcome``. Never: I/O, or a look at which CRM a
side is. It is the table of docs/mapping.md, row by row.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from connector.mapping.rules import Blank, Clash, FieldRule, First, Rule
from connector.model import Side, Value, Why
from connector.sync.outcome import AGREED, NOTHING, Look, Outcome

Furthest = Callable[[Value], int]
"""Place of a stage in the pipeline."""


def decide(
    rule: FieldRule,
    looks: Mapping[Side, Look],
    *,
    furthest: Furthest,
    times: Mapping[Side, datetime] | None = None,
) -> Outcome:
    """The decision table, for a field with one value. Pure and symmetric."""
    values = {side: look.value for side, look in looks.items()}
    if values[Side.HUBSPOT] == values[Side.SALESFORCE]:
        return AGREED
    if rule.rule is Rule.STRICTEST:
        return _strictest(looks)
    if any(look.changed is None for look in looks.values()):
        return _first_contact(rule, looks, furthest)
    changed = [side for side in Side if looks[side].changed]
    if not changed:
        return NOTHING  # both as they were when they agreed (or were left apart): nobody has edited anything
    if len(changed) == 1:
        return _edit(rule, looks, changed[0])
    return _clash(rule, looks, furthest, times)


def _first_contact(rule: FieldRule, looks: Mapping[Side, Look], furthest: Furthest) -> Outcome:
    """No base: equal was settled before; one blank is filled unless the blank side owns the field; else
    ``first`` decides."""
    blank = [side for side in Side if looks[side].value is None]
    named = rule.rule.side
    if fills(rule):
        assert named is not None
        if looks[named].value is None:
            return _write(named, looks[named.other].value, Why.FILL)
        return Outcome(diverged="filled before, the two may differ")
    if blank:
        if owns(rule) and named == blank[0]:
            return Outcome(diverged="its owner is blank")
        return _write(blank[0], looks[blank[0].other].value, Why.FILL)
    if named is not None:
        return winner(named, looks, Why.FIRST)
    if rule.first is First.REVIEW:
        return Outcome(review="differs_at_first_contact")
    if rule.first is First.FURTHEST:
        return winner(max(Side, key=lambda s: furthest(looks[s].value)), looks, Why.FIRST)
    return winner(Side(rule.first.value), looks, Why.FIRST)


def _edit(rule: FieldRule, looks: Mapping[Side, Look], side: Side) -> Outcome:
    """One side was edited since the base."""
    value, named = looks[side].value, rule.rule.side
    if fills(rule):
        if side == named or looks[side.other].value is not None:
            return Outcome(diverged="filled before, the two may differ")
        return _write(side.other, value, Why.FILL)
    if owns(rule) and side != named:
        assert named is not None
        if looks[named].value is None:
            return Outcome(diverged="its owner is blank")
        return winner(named, looks, Why.PUT_BACK)
    if value is None:
        return _cleared(rule, side)
    return _write(side.other, value, Why.EDIT)


def _cleared(rule: FieldRule, side: Side) -> Outcome:
    """One side was cleared: ``blank`` says what the other does."""
    if rule.blank is Blank.CLEAR:
        return _write(side.other, None, Why.EDIT)
    if rule.blank is Blank.REVIEW:
        return Outcome(review="cleared")
    return Outcome(diverged=f"cleared in {side}, kept in {side.other}")


def _clash(
    rule: FieldRule, looks: Mapping[Side, Look], furthest: Furthest, times: Mapping[Side, datetime] | None
) -> Outcome:
    """Both sides were edited, to different values."""
    named = rule.rule.side
    if fills(rule):
        return Outcome(diverged="filled before, the two may differ")
    blank = [side for side in Side if looks[side].value is None]
    if owns(rule):
        assert named is not None
        if looks[named].value is None:
            return _cleared(rule, named)
        return winner(named, looks, Why.CLASH)
    if blank:  # an edit beats a clear
        return winner(blank[0].other, looks, Why.CLASH)
    if named is not None:
        return winner(named, looks, Why.CLASH)
    if rule.clash is Clash.FURTHEST:
        return winner(max(Side, key=lambda s: furthest(looks[s].value)), looks, Why.CLASH)
    if rule.clash is Clash.NEWEST:
        return _newest(looks, times)
    if rule.clash is Clash.REVIEW:
        return Outcome(review="clash")
    return winner(Side(rule.clash.value), looks, Why.CLASH)


def _newest(looks: Mapping[Side, Look], times: Mapping[Side, datetime] | None) -> Outcome:
    """The later edit wins, but only where both CRMs tell when the field itself was changed; else a person
    decides."""
    if times is None:
        return Outcome(review="clash", needs_times=True)
    if len(times) < 2 or times[Side.HUBSPOT] == times[Side.SALESFORCE]:
        return Outcome(review="clash")
    return winner(max(Side, key=lambda s: times[s]), looks, Why.CLASH)


def _strictest(looks: Mapping[Side, Look]) -> Outcome:
    """The stricter value (true beats false and blank) goes to the side that has not got it, whoever edited
    what, and when."""
    strict = max(Side, key=lambda s: bool(looks[s].value))
    if bool(looks[strict].value) == bool(looks[strict.other].value):
        return AGREED  # false and blank
    if any(look.changed is None for look in looks.values()):
        return winner(strict, looks, Why.FIRST)
    if looks[strict].changed or not looks[strict.other].changed:
        return winner(strict, looks, Why.CLASH if looks[strict.other].changed else Why.EDIT)
    return winner(strict, looks, Why.PUT_BACK)


def fills(rule: FieldRule) -> bool:
    """Whether the rule only fills what is blank."""
    return rule.rule in (Rule.FILL_HUBSPOT, Rule.FILL_SALESFORCE)


def owns(rule: FieldRule) -> bool:
    """Whether one side owns the field."""
    return rule.rule in (Rule.HUBSPOT_OWNS, Rule.SALESFORCE_OWNS)


def _write(side: Side, value: Value, why: Why) -> Outcome:
    return Outcome(writes={side: value}, why=why)


def winner(side: Side, looks: Mapping[Side, Look], why: Why) -> Outcome:
    """``side`` wins: its value goes to the other, whose value is lost (and kept in the ledger)."""
    return Outcome(writes={side.other: looks[side].value}, why=why)
