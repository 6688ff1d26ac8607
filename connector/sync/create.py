"""Creation: what a new record is given, and whether that is all that its CRM requires.

Enters: the record without a partner. Leaves: changes and what is held. Never: I/O.
"""

from collections.abc import Collection
from dataclasses import dataclass

from connector.mapping.convert import Unmappable
from connector.mapping.rules import FieldRule, Rule
from connector.model import (
    Change,
    Delta,
    Held,
    Raw,
    Record,
    Ref,
    Side,
    Value,
    Why,
)
from connector.sync.changes import NO_SUCH_OWNER, Changes
from connector.sync.consent import bound_to_address
from connector.sync.money import NO_CURRENCY, known_there


@dataclass(frozen=True)
class Creation(Changes):
    """Part of the planner: the values of new records."""

    def _create_changes(self, record: Record, target: Ref) -> tuple[list[Change], list[Held], bool]:
        """What a new record gets, what is held, and whether all that the CRM requires is there."""
        changes: list[Change] = []
        held: list[Held] = []
        lacking: set[str] = set()
        for rule in self.objects.fields:
            column = rule.column(target.side, target.type)
            if column is None or _owner_is(rule, target.side):
                continue
            made = self._create_change(rule, record, target, column)
            if isinstance(made, Change):
                changes.append(made)
            elif made is not None:
                held.append(made)
                lacking.add(column)
        if not known_there(self.objects, changes, record, self._columns(target), self.ctx.currency):
            amounts = {rule.name for rule in self.objects.amounts}
            lost = [c for c in changes if c.field in amounts]
            held += [self._held(NO_CURRENCY, c.field, record.ref, target.side) for c in lost]
            changes = [c for c in changes if c not in lost]
        changes = bound_to_address(changes, target)
        missing = self._required(changes, target)
        held += [self._held("required", name, target, target.side) for name in missing if name not in lacking]
        return changes, held, not missing

    def _columns(self, target: Ref) -> Collection[str]:
        return self.schemas[target.side][target.type].fields.keys()

    def _create_change(
        self, rule: FieldRule, record: Record, target: Ref, column: str
    ) -> Change | Held | None:
        value, given, problem = self._source_value(rule, record)
        if rule.rule is Rule.STRICTEST and not value and not problem:
            return None  # a new record has not opted out of anything
        if value is None or value == frozenset():
            told = problem and rule.convert.name != "owner"
            return self._held(problem, rule.name, record.ref, record.ref.side) if told else None
        wanted = (
            Delta(add=value) if isinstance(value, frozenset) and rule.convert.name == "references" else value
        )
        made = self._make(rule, target, column, None, given, wanted, Why.CREATE)
        return None if isinstance(made, Held) and made.code == NO_SUCH_OWNER else made

    def _source_value(self, rule: FieldRule, record: Record) -> tuple[Value, Raw, str]:
        """Shared value, raw value and held code of one field for a create; blank fields fall back as the
        mapping says."""
        source = rule.column(record.ref.side, record.ref.type)
        raw = record.values.get(source) if source else None
        value: Value = None
        code = ""
        if source is not None and source not in record.values:
            return None, None, "not_read"
        try:
            value = (
                rule.convert.read(raw, record.ref.side, record.ref.type, self.of(record)) if source else None
            )
        except Unmappable as problem:
            code = problem.code
        if value is None:
            value = self._fallback(rule, record)
        return value, raw, "" if code == "unlinked" else code

    def _fallback(self, rule: FieldRule, record: Record) -> Value:
        for name in rule.fallback:
            other = self.objects.field(name)
            column = other.column(record.ref.side, record.ref.type)
            raw = record.values.get(column) if column else None
            if raw is None:
                continue
            text = str(raw)
            if other.convert.name != "email":
                return text
            local, _, domain = text.partition("@")
            return local if "name" in rule.name else domain
        return None

    def _required(self, changes: list[Change], target: Ref) -> list[str]:
        """Columns the CRM requires on create that would get no value."""
        filled = {c.column for c in changes}
        ours = {self.objects.link_column[target.side], *self.objects.partner_columns[target.side]}
        fields = self.schemas[target.side][target.type].fields.values()
        return [f.name for f in fields if f.required and f.name not in filled and f.name not in ours]


def _owner_is(rule: FieldRule, side: Side) -> bool:
    """Whether that side owns the field: a blank owner is not filled by the other side, on create neither. Who
    works a new record is told all the same: there is nobody yet whose word could count more."""
    return rule.rule.value == f"{side.value}_owns" and rule.convert.name != "owner"
