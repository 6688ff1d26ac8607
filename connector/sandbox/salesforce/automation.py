"""What admins have set up to happen at a write: flows, triggers, validation rules, duplicate rules.

In: the row before and the row about to be stored. Out: the row to store, or the refusal. Flows and triggers
come first, validation rules see what they made, duplicate rules come last. Source: Apex Developer Guide,
"Triggers and Order of Execution".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from connector.sandbox.salesforce.errors import Problem, RecordError
from connector.sandbox.salesforce.schema import Row, Value

DUPLICATE = "You're creating a duplicate record. We recommend you use an existing record instead."

Condition = Mapping[str, tuple[Value, ...]]
"""Each field named holds one of these values (None: blank); no fields: always."""

CHANGES: dict[str, Callable[[str], str]] = {
    "upper": str.upper,
    "lower": str.lower,
    "title": str.title,
    "reverse": lambda text: text[::-1],
    "first 10": lambda text: text[:10],
    "digits": lambda text: "".join(c for c in text if c.isdigit()),
}
"""What a flow can do to a text."""


@dataclass(frozen=True, slots=True)
class Validation:
    """A validation rule: records for which `when` holds are refused with the admin's words."""

    type: str
    message: str
    when: Condition = field(default_factory=dict)
    field: str | None = None

    def problem(self) -> Problem:
        fields = (self.field,) if self.field else ()
        return Problem("FIELD_CUSTOM_VALIDATION_EXCEPTION", self.message, fields)


@dataclass(frozen=True, slots=True)
class Automation:
    """A flow or trigger: sets values, changes texts (CHANGES), or fails with an error of its own."""

    type: str
    on: Literal["create", "update", "both"] = "both"
    when: Condition = field(default_factory=dict)
    set: Row = field(default_factory=dict)
    change: Mapping[str, str] = field(default_factory=dict)
    error: str | None = None

    def fits(self, type_name: str, before: Row | None, row: Row) -> bool:
        """Whether it runs at this write."""
        timely = self.on == "both" or (self.on == "create") == (before is None)
        return self.type == type_name and timely and holds(self.when, row)

    def applied(self, before: Row | None, row: Row) -> Row:
        """The row after it. Raises RecordError when it fails."""
        if self.error is not None:
            moment = "BeforeInsert" if before is None else "BeforeUpdate"
            text = f"{self.type}Trigger: execution of {moment}\n\ncaused by: {self.error}"
            raise RecordError([Problem("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", text)])
        changed: Row = {
            name: CHANGES[how](value)
            for name, how in self.change.items()
            if isinstance(value := row.get(name), str)
        }
        return {**row, **self.set, **changed}


@dataclass(frozen=True, slots=True)
class DuplicateRule:
    """One rule: records of `type` are compared by all `fields` with those of each type in `against`."""

    type: str
    action: Literal["alert", "block"] = "alert"
    fields: tuple[str, ...] = ("Email",)
    against: tuple[str, ...] = ()
    message: str = DUPLICATE
    show_matches: bool = False

    @property
    def name(self) -> str:
        return f"Standard_{self.type}_Duplicate_Rule"


def holds(when: Condition, row: Row) -> bool:
    """Texts are compared without regard to case."""
    return all(_folded(row.get(name)) in map(_folded, values) for name, values in when.items())


def _folded(value: Value) -> Value:
    return value.casefold() if isinstance(value, str) else value


def refuse_invalid(rules: list[Validation], type_name: str, row: Row) -> None:
    """Raises RecordError with the words of every rule that this row breaks."""
    broken = [rule.problem() for rule in rules if rule.type == type_name and holds(rule.when, row)]
    if broken:
        raise RecordError(broken)
