"""Who belongs to a list with filters.

What enters: a checked `filterBranch`, a row, and a `Look` at what is not in the row. What leaves: yes or no.
Assumptions: texts are compared without regard to case; blanks answer only with includeObjectsWithNoValueSet.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.sandbox.hubspot.catalog import TYPE_NAMES
from connector.sandbox.hubspot.derived import value_of
from connector.sandbox.hubspot.errors import malformed
from connector.sandbox.hubspot.list_times import TIME_OPERATORS, answers
from connector.sandbox.hubspot.records import Row
from connector.sandbox.hubspot.values import parse_moment

Branch = dict[str, Any]
Texts = tuple[str, ...]
JOINS: dict[str, Callable[[Iterator[bool]], bool]] = {
    "OR": any,
    "AND": all,
    "NOT_ALL": lambda each: not all(each),
    "NOT_ANY": lambda each: not any(each),
}
TEXTS: dict[str, Callable[[str, Texts], bool]] = {
    "IS_EQUAL_TO": lambda have, wanted: have in wanted,
    "IS_NOT_EQUAL_TO": lambda have, wanted: have not in wanted,
    "CONTAINS": lambda have, wanted: any(each in have for each in wanted),
    "DOES_NOT_CONTAIN": lambda have, wanted: not any(each in have for each in wanted),
    "STARTS_WITH": lambda have, wanted: have.startswith(wanted),
    "ENDS_WITH": lambda have, wanted: have.endswith(wanted),
}
CHOICES: dict[str, Callable[[set[str], set[str]], bool]] = {
    "IS_ANY_OF": lambda have, wanted: bool(have & wanted),
    "IS_NONE_OF": lambda have, wanted: not have & wanted,
    "IS_EXACTLY": lambda have, wanted: have == wanted,
    "IS_NOT_EXACTLY": lambda have, wanted: have != wanted,
    "CONTAINS_ALL": lambda have, wanted: wanted <= have,
    "DOES_NOT_CONTAIN_ALL": lambda have, wanted: not wanted <= have,
}
NUMBERS: dict[str, Callable[[float, float], bool]] = {
    "IS_EQUAL_TO": lambda have, wanted: have == wanted,
    "IS_NOT_EQUAL_TO": lambda have, wanted: have != wanted,
    "IS_GREATER_THAN": lambda have, wanted: have > wanted,
    "IS_GREATER_THAN_OR_EQUAL_TO": lambda have, wanted: have >= wanted,
    "IS_LESS_THAN": lambda have, wanted: have < wanted,
    "IS_LESS_THAN_OR_EQUAL_TO": lambda have, wanted: have <= wanted,
}


@dataclass(frozen=True, slots=True)
class Look:
    """What a filter may ask beside the row: the present (aware), the members of a list by its id, the living
    records associated with a row by (row, their type, association type)."""

    now: datetime
    members: Callable[[str], Container[int]]
    associated: Callable[[Row, str, int], Iterable[Row]]


def parts(branch: Branch) -> tuple[list[Any], list[Any]]:
    """Inner branches and filters. Raises ApiError 400 when they are no lists."""
    inner, filters = branch.get("filterBranches") or [], branch.get("filters") or []
    if not isinstance(inner, list) or not isinstance(filters, list):
        raise malformed("filterBranches and filters must be lists")
    return inner, filters


def values(operation: dict[str, Any]) -> Texts:
    """Values of a filter as texts."""
    found = operation.get("values")
    found = found if isinstance(found, list) else [operation.get("value")]
    return tuple(
        str(each).lower() if isinstance(each, bool) else str(each) for each in found if each is not None
    )


def as_number(text: str) -> float | None:
    """None for what is no number."""
    try:
        return float(text)
    except ValueError:
        return None


def holds(branch: Branch, row: Row, look: Look) -> bool:
    """Whether a record belongs to a list with this (checked) branch."""
    if branch["filterBranchType"] != "ASSOCIATION":
        return JOINS[branch["filterBranchType"]](_answers(branch, row, look))
    others = look.associated(row, TYPE_NAMES[str(branch["objectTypeId"])], branch["associationTypeId"])
    return any(all(_answers(branch, other, look)) for other in others)


def _answers(branch: Branch, row: Row, look: Look) -> Iterator[bool]:
    inner, filters = parts(branch)
    yield from (holds(each, row, look) for each in inner)
    for each in filters:
        if each["filterType"] == "IN_LIST":
            yield (row.id in look.members(str(each["listId"]))) is (each["operator"] == "IN_LIST")
        else:
            yield _answer(each["operation"], value_of(row, each["property"]), look.now)


def _answer(operation: dict[str, Any], have: str | None, now: datetime) -> bool:
    kind, operator = operation["operationType"], operation["operator"]
    if kind == "ALL_PROPERTY":
        return (have is not None) is (operator == "IS_KNOWN")
    if have is None:
        return operation.get("includeObjectsWithNoValueSet") is True
    if kind in TIME_OPERATORS:
        moment = parse_moment(have)
        return moment is not None and answers(operation, moment, now)
    wanted = values(operation)
    if kind == "ENUMERATION":
        return CHOICES[operator](set(have.split(";")), set(wanted))
    if kind == "NUMBER":
        number, other = as_number(have), as_number(wanted[0])
        return number is not None and other is not None and NUMBERS[operator](number, other)
    return TEXTS[operator](have.casefold(), tuple(each.casefold() for each in wanted))
