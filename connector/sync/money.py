"""Money: an amount and its currency are one thing, and neither goes anywhere without the other.

Enters: the outcomes of one pair, both records' shared values, the mapping. Leaves: the outcomes with amounts
and currency going the same way, or held. Never: I/O, a conversion, or a look at which CRM a side is.

A record that names no currency is in that of the account; of a CRM that keeps one currency for all and does
not tell which, it is taken to be the other account's (assumption: nobody sells in two currencies through an
org that has one).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from connector.mapping.rules import CURRENCY_COLUMNS, FieldRule, ObjectMap
from connector.model import Change, Record, Side, Value, Why
from connector.sync.outcome import NOTHING, Outcome

NO_CURRENCY = "no_currency"
BOUND = "money"
"""``Change.bound`` of amounts and their currency."""

Shared = Mapping[Side, Mapping[str, Value]]


def currency_of(record: Record, home: str | None) -> str | None:
    """The currency in which a record's amounts are, by its own column or else by the account (``home``)."""
    named = (record.values.get(column) for column in CURRENCY_COLUMNS)
    return next((value for value in named if isinstance(value, str) and value), home)


def together(
    objects: ObjectMap,
    outcomes: Mapping[str, Outcome],
    records: Mapping[Side, Record],
    shared: Shared,
    home: str | None,
    chosen: Collection[str] = (),
) -> dict[str, Outcome]:
    """The outcomes of a pair, with money kept whole. ``chosen``: fields that a person has just decided: the
    currency follows an amount among them."""
    made = dict(outcomes)
    amounts = [rule for rule in objects.amounts if rule.name in made]
    currency = objects.currency
    if not amounts:
        return made
    if currency is None or currency.name not in made:
        apart = len({currency_of(record, home) for record in records.values()}) > 1
        wrong = [a for a in amounts if any(values.get(a.name) is not None for values in shared.values())]
        return made | _held(wrong if apart else ())
    codes = {side: values.get(currency.name) for side, values in shared.items()}
    found = made[currency.name]
    if codes[Side.HUBSPOT] == codes[Side.SALESFORCE] and not found.held:
        return made
    target = _target(made, amounts, found, chosen)
    if target is None:
        return made | _held(_going(made, amounts))
    if target not in found.writes:
        made[currency.name] = Outcome(writes={target: codes[target.other]}, why=Why.CLASH)
    follows = {a.name: _follow(a, made[a.name], shared, target, made[currency.name].why) for a in amounts}
    made |= follows
    if any(outcome.held or outcome.review for outcome in follows.values()):
        return made | _held(_going(made, amounts)) | {currency.name: NOTHING}
    return made


def _target(
    outcomes: Mapping[str, Outcome],
    amounts: Sequence[FieldRule],
    currency: Outcome,
    chosen: Collection[str],
) -> Side | None:
    """The side that gets the other's money, None where the currency goes nowhere."""
    decided = [side for a in amounts if a.name in chosen for side in outcomes[a.name].writes]
    if currency.held:
        return None
    if decided:
        return decided[0]
    return None if currency.review else next(iter(currency.writes), None)


def _follow(rule: FieldRule, outcome: Outcome, shared: Shared, target: Side, why: Why) -> Outcome:
    """The outcome of an amount whose currency goes to ``target``."""
    if outcome.held or outcome.review or target in outcome.writes:
        return outcome
    if outcome.writes:
        return Outcome(review="clash")
    values = {side: shared[side].get(rule.name) for side in Side}
    if values[Side.HUBSPOT] == values[Side.SALESFORCE]:
        return outcome
    if not rule.writes(target):
        return Outcome(held=NO_CURRENCY)
    return Outcome(writes={target: values[target.other]}, why=why)


def _going(outcomes: Mapping[str, Outcome], amounts: Iterable[FieldRule]) -> list[FieldRule]:
    return [rule for rule in amounts if outcomes[rule.name].writes]


def _held(amounts: Iterable[FieldRule]) -> dict[str, Outcome]:
    return {rule.name: Outcome(held=NO_CURRENCY) for rule in amounts}


def known_there(
    objects: ObjectMap, changes: Iterable[Change], record: Record, columns: Collection[str], home: str | None
) -> bool:
    """Whether a record made from ``record`` with these changes is in the same currency. ``columns``: of the
    target's type. A Salesforce with several currencies has one of its own for what names none, which nobody
    tells."""
    currency = objects.currency
    if currency is not None and any(change.field == currency.name for change in changes):
        return True
    return "CurrencyIsoCode" not in columns and currency_of(record, home) == home


def bound(objects: ObjectMap, changes: Iterable[Change]) -> list[Change]:
    """The changes of one record, those of money marked as one."""
    names = {rule.name for rule in (*objects.amounts, objects.currency) if rule is not None}
    return [replace(c, bound=BOUND) if c.field in names else c for c in changes]


def whole(changes: Sequence[Change], kept: Sequence[Change]) -> list[Change]:
    """What of ``kept`` may be written where some of ``changes`` may not: what is bound goes together or not
    at all."""
    names = {change.field for change in kept}
    lost = {change.bound for change in changes if change.bound and change.field not in names}
    return [change for change in kept if change.bound not in lost]
