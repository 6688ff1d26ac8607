"""Changes: one field of one record, from the wanted value to what is written; or why it is not.

Enters: rules, live schemas, shared values. Leaves: ``Change`` or ``Held``. Never: I/O.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from connector.domain.own_values import OwnValue, raw_of, reads_as
from connector.mapping.convert import Context, Unmappable
from connector.mapping.local import local_contexts
from connector.mapping.rules import FieldRule, ObjectMap
from connector.model import (
    CONNECTOR,
    LINK_ID,
    OPT_OUT,
    PARTNER_ID,
    Change,
    Delta,
    Held,
    Link,
    Raw,
    Record,
    Ref,
    Side,
    Value,
    Why,
)
from connector.schema import FieldInfo, Schema
from connector.sync.consent import bound_to_address
from connector.sync.money import NO_CURRENCY, bound
from connector.sync.outcome import Digest
from connector.sync.refusal import HELD_MESSAGES, refusal

Schemas = Mapping[Side, Mapping[str, Schema]]

NO_SUCH_OWNER = "no such owner"
"""An owner without an active counterpart changes nothing and waits for nobody: no held item is made of it."""


@dataclass(frozen=True)
class Changes:
    """Part of the planner: what changes are made from. ``digest``: keyed hash of one raw value."""

    objects: ObjectMap
    schemas: Schemas
    ctx: Context
    digest: Digest

    @cached_property
    def of(self) -> Callable[[Record], Context]:
        """The context of one record: national phone numbers are read in its own country."""
        return local_contexts(self.ctx, self.objects)

    def _make(
        self,
        rule: FieldRule,
        target: Ref,
        column: str,
        before: Raw,
        given: Raw,
        value: Value | Delta,
        why: Why,
        there: Record | None = None,
    ) -> Change | Held | None:
        """One change, or why it cannot be, or None when the target already reads as wanted. ``there``: the
        target as it is."""
        after: Raw | Delta
        if isinstance(value, Delta) or rule.convert.name == "reference":
            after = value if isinstance(value, Delta) else (None if value is None else str(value))
        else:
            try:
                ctx = self.of(there) if there is not None and rule.convert.name == "deal_stage" else self.ctx
                after = rule.convert.write(value, target.side, target.type, ctx)
            except Unmappable as problem:
                code = NO_SUCH_OWNER if rule.convert.name == "owner" else problem.code
                return self._held(code, rule.name, target, target.side)
            if after == before and column != OPT_OUT:
                return None  # an opt-out belongs to the address, and the address may be a new one
            info = self.schemas[target.side][target.type].fields.get(column)
            code = refusal(info, after, creating=not target.id)
            if code:
                return self._held(code, rule.name, target, target.side, info)
        label = f"{rule.rule} {rule.where}"
        return Change(rule.name, column, before, after, why, label, given, self._is_ours(target.side, column))

    def _whole(self, changes: list[Change], link: str, target: Ref, held: list[Held]) -> list[Change]:
        """Changes of one record without the amounts whose currency cannot be written."""
        made = bound_to_address(bound(self.objects, changes), target)
        currency = self.objects.currency
        if currency is None or all(h.field != currency.name for h in held):
            return made
        amounts = {rule.name for rule in self.objects.amounts}
        for change in made:
            if change.field in amounts:
                held.append(replace(self._held(NO_CURRENCY, change.field, target, target.side), link=link))
        return [change for change in made if change.field not in amounts]

    def _is_ours(self, side: Side, column: str) -> bool:
        """Whether the connector added this column, known by the prefix that the link id has."""
        return column.startswith(self.objects.link_column[side].partition("_")[0] + "_")

    def _link_changes(self, link: Link, record: Record) -> list[Change]:
        """Our link id and the partner's record id, where the record does not hold them yet."""
        side = record.ref.side
        column = self.objects.link_column[side]
        made: list[Change] = []
        if column in record.values and record.values[column] != link.id:
            made.append(own_change(LINK_ID, column, record.values[column], link.id))
        partner = link.ref(side.other)
        own = self.objects.own_partner(side)
        if own is not None and own in record.values and record.values[own] != (partner.id if partner else ""):
            made.append(own_change(PARTNER_ID, own, record.values[own], link.id))
        return made

    def _own_changes(self, own: Sequence[OwnValue], record: Record) -> list[Change]:
        """Own values that the record does not show yet; a field that is not there, or that the mapping uses
        for something else, is left alone."""
        made: list[Change] = []
        for one, column in self._own_columns(own, record.ref):
            before = record.values.get(column)
            if column in record.values and not reads_as(before, one.value):
                made.append(own_change(one.name, column, before, raw_of(one.value, record.ref.side)))
        return made

    def _own_columns(self, own: Sequence[OwnValue], ref: Ref) -> Iterator[tuple[OwnValue, str]]:
        if not own:
            return
        mapped = {rule.column(ref.side, ref.type) for rule in self.objects.fields}
        fields = self.schemas[ref.side][ref.type].fields
        for one in own:
            column = self.objects.derived.get(one.name, {}).get(ref.side)
            if column is not None and ref.side in one.sides and column in fields and column not in mapped:
                yield one, column

    def _held(self, code: str, field: str, subject: Ref, side: Side, info: FieldInfo | None = None) -> Held:
        text = HELD_MESSAGES.get(code, "{field}: " + code)
        length = info.length if info and info.length else "?"
        return Held(code, "", subject, text.format(field=field, side=side.value, length=length), field)


def own_change(field: str, column: str, before: Raw, after: Raw) -> Change:
    return Change(field, column, before, after, Why.DERIVED, CONNECTOR, None, True)
