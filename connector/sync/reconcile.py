"""Reconcile: what each field of a pair should become, decided against the base.

Enters: one pair with the present raw values of both sides, its link (bases), the rules. Leaves: one
``Outcome`` per field. Never: I/O, or a look at which CRM a side is. Exchanging the sides and their rules
exchanges the outcomes.

The rule is the three-way table of docs/mapping.md, after Pierce and Vouillon's specification of a file
synchronizer: an update is a difference from the last values that both sides were seen to hold, not a newer
timestamp; equal new values are agreement.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime

from connector.mapping.convert import Context, Unmappable
from connector.mapping.rules import Blank, FieldRule, Rule
from connector.model import Record, Side, Why
from connector.sync.consent import strictest
from connector.sync.outcome import AGREED, NOTHING, Digest, Look, Outcome
from connector.sync.sets import as_left, chosen_set, merge_sets
from connector.sync.table import Furthest, decide, fills, owns, winner

UNSURE = "unsure since the state was rebuilt"
"""``diverged`` mark of a field whose last agreed values are not known: nothing is written until somebody
decides, or edits it."""
SAME_PERSON = "both are addresses of this person"
"""``diverged`` mark of an email address that the other CRM knows as a further one of the same person."""
ASK = Outcome(review="unsure", diverged=UNSURE)


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
    addresses: Mapping[Side, Collection[str]] | None = None,
    owed: bool = False,
    opted_in: bool = False,
) -> Outcome | None:
    """Decide one field of a pair. None when the field does not exist on one of the two record types.

    ``of``: the context of a record. ``times``: when each side's value was last changed, by the CRM's own
    field history, if it has been asked for. ``verdict``: a person's decision from review (``hubspot`` or
    ``salesforce``): that side's value wins now. ``doubt``: the base may be older than what was written last;
    ``unsure``: the field has been in doubt since a rebuild. ``addresses``: of an email address, the further
    ones that each side knows of the same person. Of ``strictest`` fields, which need no base,
    ``owed``: the stricter value was seen and could not be carried over; ``opted_in``: there is evidence that
    the person opted in again in HubSpot.
    """
    looks = looks_of(rule, records, bases, of, digest)
    if looks is None:
        return None
    if isinstance(looks, Outcome):
        return replace(looks, diverged=UNSURE) if doubt else looks
    if not verdict and _is_of_the_same(looks, addresses or {}):
        return Outcome(diverged=SAME_PERSON)
    if rule.rule is Rule.STRICTEST:
        return _where_allowed(rule, strictest(rule, looks, owed=owed, opted_in=opted_in, furthest=furthest))
    if doubt or (unsure and _lacks_base(rule, looks, bases)):
        found = _doubted(rule, looks, bases, digest, unsure=unsure)
        return _question(rule, looks, records, of) if found is ASK else found
    if rule.convert.name == "references":
        outcome = chosen_set(Side(verdict), looks) if verdict else merge_sets(rule, looks, bases, digest)
        if unsure and outcome is not AGREED:
            return ASK  # to a set in doubt nothing is added, and nothing is taken from it
    elif verdict and looks[Side.HUBSPOT].value != looks[Side.SALESFORCE].value:
        outcome = winner(Side(verdict), looks, Why.CLASH)
    else:
        outcome = decide(rule, looks, furthest=furthest, times=times)
    if unsure and outcome is NOTHING:
        return _question(rule, looks, records, of)
    return _where_allowed(rule, outcome)


def _is_of_the_same(looks: Mapping[Side, Look], addresses: Mapping[Side, Collection[str]]) -> bool:
    """Whether one side's address is among the further ones of the other, and nobody has just chosen another:
    an edit of one side alone is carried over."""
    if sum(bool(look.changed) for look in looks.values()) == 1 and all(
        look.changed is not None for look in looks.values()
    ):
        return False
    values = {side: look.value for side, look in looks.items()}
    return len(set(values.values())) > 1 and any(
        values[side] in addresses.get(side.other, ()) for side in values
    )


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


def looks_of(
    rule: FieldRule,
    records: Mapping[Side, Record],
    bases: Mapping[Side, Mapping[str, bytes]],
    of: Callable[[Record], Context],
    digest: Digest,
) -> dict[Side, Look] | Outcome | None:
    """Both sides of a field, or what follows when one cannot be read. None when the field does not exist on
    one of the two record types."""
    columns: dict[Side, str] = {}
    for side, record in records.items():
        column = rule.column(side, record.ref.type)
        if column is None:
            return None
        columns[side] = column
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
    if values[Side.HUBSPOT] == values[Side.SALESFORCE]:
        return AGREED
    if not unsure and all(
        _is_as_before(rule, look, bases.get(side, {}), digest) for side, look in looks.items()
    ):
        return NOTHING
    named = rule.rule.side
    if named is not None and fills(rule) and values[named] is not None:
        return Outcome(diverged="filled before, the two may differ")
    if named is not None and owns(rule) and values[named] is None and rule.blank is not Blank.CLEAR:
        return Outcome(diverged="its owner is blank")
    return ASK


def _is_as_before(rule: FieldRule, look: Look, base: Mapping[str, bytes], digest: Digest) -> bool:
    if rule.convert.name != "references":
        return look.changed is False
    members = look.value if isinstance(look.value, frozenset) else frozenset()
    return as_left(base, rule.name, members, digest)
