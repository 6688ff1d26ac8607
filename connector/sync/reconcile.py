"""Reconcile: what each field of a pair should become, decided against the base.

Enters: one pair with the present raw values of both sides, its link (bases), the rules. Leaves: one
``Outcome`` per field. Never: I/O, or a look at which CRM a side is. Exchanging the sides and their rules
exchanges the outcomes.

The rule is the three-way table of docs/mapping.md, after Pierce and Vouillon's specification of a file
synchronizer: an update is a difference from the last values that both sides were seen to hold, not a newer
timestamp; equal new values are agreement.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from connector.mapping.convert import Context, Unmappable
from connector.mapping.rules import Blank, Clash, FieldRule, First, Rule
from connector.model import Record, Side, Value, Why
from connector.sync.outcome import AGREED, NOTHING, Digest, Look, Outcome
from connector.sync.sets import as_left, chosen_set, merge_sets

UNSURE = "unsure since the state was rebuilt"
"""``diverged`` mark of a field whose last agreed values are not known: nothing is written until somebody
decides, or edits it."""
ASK = Outcome(review="unsure", diverged=UNSURE)

Furthest = Callable[[Value], int]
"""Place of a stage in the pipeline."""


def reconcile_field(
    rule: FieldRule,
    records: Mapping[Side, Record],
    bases: Mapping[Side, Mapping[str, bytes]],
    of: Callable[[Record], Context],
    digest: Digest,
    *,
    furthest: Furthest,
    times: Mapping[Side, datetime] | None = None,
    verdict: str = "",
    doubt: bool = False,
    unsure: bool = False,
) -> Outcome | None:
    """Decide one field of a pair. None when the field does not exist on one of the two record types.

    ``of``: the context of a record. ``times``: when each side's value was last changed, by the CRM's own
    field history, if it has been asked for. ``verdict``: a person's decision from review (``hubspot`` or
    ``salesforce``): that side's value wins now. ``doubt``: the base may be older than what was written last;
    ``unsure``: the field has been in doubt since a rebuild.
    """
    columns: dict[Side, str] = {}
    for side, record in records.items():
        column = rule.column(side, record.ref.type)
        if column is None:
            return None
        columns[side] = column
    looks = _looks(rule, records, columns, bases, of, digest)
    if isinstance(looks, Outcome):
        return replace(looks, diverged=UNSURE) if doubt else looks
    if doubt or (unsure and _lacks_base(rule, looks, bases)):
        found = _doubted(rule, looks, bases, digest, unsure=unsure)
        return _question(rule, looks, records, of) if found is ASK else found
    if rule.convert.name == "references":
        outcome = chosen_set(Side(verdict), looks) if verdict else merge_sets(rule, looks, bases, digest)
        if unsure and outcome is not AGREED:
            return ASK  # to a set in doubt nothing is added, and nothing is taken from it
    elif verdict and looks[Side.HUBSPOT].value != looks[Side.SALESFORCE].value:
        outcome = _winner(Side(verdict), looks, Why.CLASH)
    else:
        outcome = decide(rule, looks, furthest=furthest, times=times)
    if unsure and outcome is NOTHING:
        return _question(rule, looks, records, of)
    return _where_allowed(rule, outcome)


def _question(
    rule: FieldRule,
    looks: Mapping[Side, Look],
    records: Mapping[Side, Record],
    of: Callable[[Record], Context],
) -> Outcome:
    """A question for a person, unless there is no choice: owners whom the other side does not have."""
    if rule.convert.name != "owner":
        return ASK
    for side, look in looks.items():
        there = records[side.other]
        try:
            if look.value is not None:
                rule.convert.write(look.value, side.other, there.ref.type, of(there))
                return ASK
        except Unmappable:
            continue
    return Outcome(diverged=UNSURE)


def _looks(
    rule: FieldRule,
    records: Mapping[Side, Record],
    columns: Mapping[Side, str],
    bases: Mapping[Side, Mapping[str, bytes]],
    of: Callable[[Record], Context],
    digest: Digest,
) -> dict[Side, Look] | Outcome:
    """Both sides of a field, or what follows when one cannot be read."""
    looks: dict[Side, Look] = {}
    for side, record in records.items():
        column = columns[side]
        if column not in record.values:
            return Outcome(held="not_read", detail=str(side))
        raw = record.values[column]
        try:
            value = rule.convert.read(raw, side, record.ref.type, of(record))
        except Unmappable as problem:
            if rule.convert.name == "owner":
                return NOTHING  # an owner without a counterpart changes nothing and waits for nobody
            return Outcome(held=problem.code, detail=str(side))
        base = bases.get(side, {}).get(rule.name)
        mark = digest(raw)
        looks[side] = Look(raw, value, None if base is None else base != mark)
    return looks


def _where_allowed(rule: FieldRule, outcome: Outcome) -> Outcome:
    """Leave out writes to a side that the mapping never writes (``write:``, a field with one column)."""
    writes = {side: value for side, value in outcome.writes.items() if rule.writes(side)}
    if len(writes) == len(outcome.writes):
        return outcome
    return replace(outcome, writes=writes, diverged="" if writes else "the mapping never writes there")


def _lacks_base(
    rule: FieldRule, looks: Mapping[Side, Look], bases: Mapping[Side, Mapping[str, bytes]]
) -> bool:
    return any(look.changed is None or rule.name not in bases.get(side, {}) for side, look in looks.items())


def _doubted(
    rule: FieldRule,
    looks: Mapping[Side, Look],
    bases: Mapping[Side, Mapping[str, bytes]],
    digest: Digest,
    *,
    unsure: bool,
) -> Outcome:
    """Lost or old base: equal values are agreement, different ones are for a person, and nothing is written.

    After the resync of rclone's bisync and Unison's treatment of a lost archive. Where neither side has
    changed since an old base, that base still says the truth.
    """
    values = {side: look.value for side, look in looks.items()}
    strict = rule.rule is Rule.STRICTEST
    if values[Side.HUBSPOT] == values[Side.SALESFORCE] or (strict and not any(values.values())):
        return AGREED
    if not unsure and all(
        _is_as_before(rule, look, bases.get(side, {}), digest) for side, look in looks.items()
    ):
        return NOTHING
    named = rule.rule.side
    if named is not None and _fills(rule) and values[named] is not None:
        return Outcome(diverged="filled before, the two may differ")
    if named is not None and _owns(rule) and values[named] is None and rule.blank is not Blank.CLEAR:
        return Outcome(diverged="its owner is blank")
    return ASK


def _is_as_before(rule: FieldRule, look: Look, base: Mapping[str, bytes], digest: Digest) -> bool:
    if rule.convert.name != "references":
        return look.changed is False
    members = look.value if isinstance(look.value, frozenset) else frozenset()
    return as_left(base, rule.name, members, digest)


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
    if rule.rule is Rule.STRICTEST:
        return _strictest(looks, Why.FIRST)
    if _fills(rule):
        assert named is not None
        if looks[named].value is None:
            return _write(named, looks[named.other].value, Why.FILL)
        return Outcome(diverged="filled before, the two may differ")
    if blank:
        if _owns(rule) and named == blank[0]:
            return Outcome(diverged="its owner is blank")
        return _write(blank[0], looks[blank[0].other].value, Why.FILL)
    if named is not None:
        return _winner(named, looks, Why.FIRST)
    if rule.first is First.REVIEW:
        return Outcome(review="differs_at_first_contact")
    if rule.first is First.FURTHEST:
        return _winner(max(Side, key=lambda s: furthest(looks[s].value)), looks, Why.FIRST)
    return _winner(Side(rule.first.value), looks, Why.FIRST)


def _edit(rule: FieldRule, looks: Mapping[Side, Look], side: Side) -> Outcome:
    """One side was edited since the base."""
    value, named = looks[side].value, rule.rule.side
    if rule.rule is Rule.STRICTEST:
        return _strictest(looks, Why.EDIT)
    if _fills(rule):
        if side == named or looks[side.other].value is not None:
            return Outcome(diverged="filled before, the two may differ")
        return _write(side.other, value, Why.FILL)
    if _owns(rule) and side != named:
        assert named is not None
        if looks[named].value is None:
            return Outcome(diverged="its owner is blank")
        return _winner(named, looks, Why.PUT_BACK)
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
    if rule.rule is Rule.STRICTEST:
        return _strictest(looks, Why.CLASH)
    if _fills(rule):
        return Outcome(diverged="filled before, the two may differ")
    blank = [side for side in Side if looks[side].value is None]
    if _owns(rule):
        assert named is not None
        if looks[named].value is None:
            return _cleared(rule, named)
        return _winner(named, looks, Why.CLASH)
    if blank:  # an edit beats a clear
        return _winner(blank[0].other, looks, Why.CLASH)
    if named is not None:
        return _winner(named, looks, Why.CLASH)
    if rule.clash is Clash.FURTHEST:
        return _winner(max(Side, key=lambda s: furthest(looks[s].value)), looks, Why.CLASH)
    if rule.clash is Clash.NEWEST:
        return _newest(looks, times)
    if rule.clash is Clash.REVIEW:
        return Outcome(review="clash")
    return _winner(Side(rule.clash.value), looks, Why.CLASH)


def _newest(looks: Mapping[Side, Look], times: Mapping[Side, datetime] | None) -> Outcome:
    """The later edit wins, but only where both CRMs tell when the field itself was changed; else a person
    decides."""
    if times is None:
        return Outcome(review="clash", needs_times=True)
    if len(times) < 2 or times[Side.HUBSPOT] == times[Side.SALESFORCE]:
        return Outcome(review="clash")
    return _winner(max(Side, key=lambda s: times[s]), looks, Why.CLASH)


def _strictest(looks: Mapping[Side, Look], why: Why) -> Outcome:
    """The stricter value (true beats false and blank) goes to the side that has not got it."""
    strict = max(Side, key=lambda s: bool(looks[s].value))
    if bool(looks[strict].value) == bool(looks[strict.other].value):
        return AGREED  # false and blank
    return _winner(strict, looks, why)


def _fills(rule: FieldRule) -> bool:
    return rule.rule in (Rule.FILL_HUBSPOT, Rule.FILL_SALESFORCE)


def _owns(rule: FieldRule) -> bool:
    return rule.rule in (Rule.HUBSPOT_OWNS, Rule.SALESFORCE_OWNS)


def _write(side: Side, value: Value, why: Why) -> Outcome:
    return Outcome(writes={side: value}, why=why)


def _winner(side: Side, looks: Mapping[Side, Look], why: Why) -> Outcome:
    """``side`` wins: its value goes to the other, whose value is lost (and kept in the ledger)."""
    return Outcome(writes={side.other: looks[side].value}, why=why)
