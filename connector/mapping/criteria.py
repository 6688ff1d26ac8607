"""Criteria: CEL expressions over shared field names, compiled once, with limits.

Enters: the text of a criterion and the names it may use; later, shared values. Leaves: yes, no, or "cannot
say" (None). Never: I/O, an exception for a value, or unbounded work: length is capped, macros don't nest,
expressions run in linear time.

What differs from plain CEL, so that people without programming get what they expect:

- a blank text is ``""``; any other comparison with a blank is false (``score != 50`` too); a blank yes/no is
  no; a blank list is empty;
- numbers are doubles; dates and times are timestamps (``closed >= date("2026-01-01")``);
- ``stage`` is the place of the stage in pipeline.yaml and ``stages.sql`` the place of that one, so
  ``stage >= stages.sql`` works; a blank stage stands before the first (-1);
- ``lower()``, ``trim()`` and ``date()`` exist besides CEL's ``size``, ``contains``, ``startsWith``,
  ``endsWith``, ``matches``, ``exists`` and ``all``;
- a field that was not read makes the answer None: the record is held.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import StrEnum
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from typing import Any, Protocol

from connector.mapping import celtext
from connector.model import Value


def _evaluator() -> Any:
    """The compiled part of the package ``cel`` alone: the package itself imports its interactive shell, and
    with it a tenth of what a command takes to start."""
    package = find_spec("cel")
    places = None if package is None else package.submodule_search_locations
    found = PathFinder.find_spec("cel.cel", places)
    if found is None or found.loader is None:  # another layout than in the pinned version
        return import_module("cel")
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module


cel = _evaluator()


class Criterion(Protocol):
    """One compiled expression. ``text`` as written."""

    @property
    def text(self) -> str: ...

    @property
    def names(self) -> frozenset[str]:
        """Shared fields it uses."""
        ...

    def holds(self, values: Mapping[str, Value]) -> bool | None:
        """True or False; None when a field that it uses was not read (the record is held)."""
        ...


class Of(StrEnum):
    """What a shared field holds, as far as criteria care."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    MOMENT = "moment"
    SET = "set"
    STAGE = "stage"


class CriterionError(ValueError):
    """The text is no criterion. ``column``: place in it, from 1. ``unknown``: the word that is no field."""

    def __init__(self, message: str, column: int = 1, unknown: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.column = column
        self.unknown = unknown


FAILED = "puts together values of different kinds, or calls a function on what it cannot read"
NO_ANSWER = "gives no yes or no"
BEFORE_ALL = datetime(1, 1, 2, tzinfo=UTC)
BLANKS: Mapping[Of, Any] = {
    Of.TEXT: "",
    Of.NUMBER: 0.0,
    Of.BOOLEAN: False,
    Of.MOMENT: BEFORE_ALL,
    Of.SET: [],
    Of.STAGE: -1.0,
}
SAMPLES: Mapping[Of, tuple[Any, ...]] = {
    Of.TEXT: ("", "a"),
    Of.NUMBER: (0.0, 1e9),
    Of.BOOLEAN: (False, True),
    Of.MOMENT: (BEFORE_ALL, datetime(2100, 1, 1, tzinfo=UTC)),
    Of.SET: ([], ["a"]),
    Of.STAGE: (-1.0, 99.0),
}


def _day(text: Any) -> Any:
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except (TypeError, ValueError):
        return None


def _of_text(change: Callable[[str], str]) -> Callable[[Any], Any]:
    """For anything but a text the answer is null, which no comparison accepts: the criterion cannot say."""
    return lambda given: change(given) if isinstance(given, str) else None


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "lower": _of_text(str.lower),
    "trim": _of_text(str.strip),
    "date": _day,
}


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled criterion. ``uses``: field -> what it holds; ``ranks``: stage key -> place."""

    text: str
    names: frozenset[str]
    uses: tuple[tuple[str, Of], ...]
    guarded: frozenset[str]
    ranks: Mapping[str, int]
    program: Any = field(repr=False, compare=False)
    always: bool | None = None

    def holds(self, values: Mapping[str, Value]) -> bool | None:
        """Source of the three answers: see the module's text."""
        return self.always if self.always is not None else self.judge(values)[0]

    def judge(self, values: Mapping[str, Value]) -> tuple[bool | None, str]:
        """The answer, and for None the reason in plain words without values."""
        facts: dict[str, Any] = {}
        for name, of in self.uses:
            if name not in values:
                return None, f"{name} was not read"
            value = values[name]
            if name in self.guarded:
                facts[celtext.KNOWN + name] = value is not None
            facts[name] = BLANKS[of] if value is None else _native(value, of, self.ranks)
        return self._run(facts)

    def _run(self, facts: dict[str, Any]) -> tuple[bool | None, str]:
        try:
            answer = self.program.execute(cel.Context(facts, FUNCTIONS))
        except (ValueError, TypeError, RuntimeError, OverflowError):
            return None, FAILED  # the error's own text may quote somebody's values
        return (answer, "") if isinstance(answer, bool) else (None, NO_ANSWER)


def _native(value: Value, of: Of, ranks: Mapping[str, int]) -> Any:
    """A shared value as CEL takes it."""
    if isinstance(value, str):
        return float(ranks.get(value, -1)) if of is Of.STAGE else value
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time(), UTC)
    return value


MAX_LENGTH = 1000


def compile(text: str, names: Mapping[str, Of], stages: Sequence[str]) -> Expression:
    """A criterion ready for use. ``names``: the shared fields it may use and what they hold; ``stages``:
    stage keys in order.

    Raises CriterionError with the column for everything that can be known beforehand: syntax, unknown
    names, comparisons of different kinds, an answer that is not yes or no.
    """
    if len(text) > MAX_LENGTH:
        raise CriterionError(f"longer than {MAX_LENGTH} characters")
    ranks = {stage: place for place, stage in enumerate(stages)}
    try:
        reading = celtext.rewrite(text, {name: of.value for name, of in names.items()}, ranks)
    except celtext.CelTextError as error:
        raise CriterionError(error.message, error.column, error.unknown) from None
    uses = tuple((name, names[name]) for name in reading.fields)
    always = {"true": True, "false": False}.get(text.strip())
    made = Expression(
        text, frozenset(reading.fields), uses, reading.guarded, ranks, _program(reading.text), always=always
    )
    _try_out(made)
    return made


def _program(text: str) -> Any:
    try:
        return cel.compile(text)
    except ValueError as error:
        raise CriterionError(_plain_syntax(str(error))) from None


def _plain_syntax(message: str) -> str:
    if "'<EOF>'" in message or not message:
        return "ends too early; something is missing"
    found = message.partition("input '")[2].partition("'")[0]
    return f'cannot be read near "{found}"' if found else "cannot be read as a CEL expression"


def _try_out(made: Expression) -> None:
    """Evaluate with a low and a high value everywhere: what can give no answer shows here."""
    for pick in (0, 1):
        facts = {name: SAMPLES[of][pick] for name, of in made.uses}
        answer, reason = made._run(facts | {celtext.KNOWN + name: True for name in made.guarded})
        if answer is None:
            raise CriterionError(reason)
