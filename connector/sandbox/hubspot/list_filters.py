"""The filters of a list: which records a dynamic list holds.

What enters: a `filterBranch` and a row. What leaves: yes or no, or an `ApiError` 400. It never reads records.
Property filters in OR, AND, NOT_ALL and NOT_ANY branches are understood; the rest is refused in words.
Source: HubSpot developers, "List filters overview". Assumption: texts are compared without regard to case;
blanks answer only with includeObjectsWithNoValueSet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from connector.sandbox.hubspot.derived import value_of
from connector.sandbox.hubspot.errors import ApiError, invalid, malformed
from connector.sandbox.hubspot.records import Row
from connector.sandbox.hubspot.schema import Schema

Branch = dict[str, Any]
MAX_DEPTH = 12
_JOINS: dict[str, Callable[[Iterator[bool]], bool]] = {
    "OR": any,
    "AND": all,
    "NOT_ALL": lambda each: not all(each),
    "NOT_ANY": lambda each: not any(each),
}
Texts = tuple[str, ...]
_TEXTS: dict[str, Callable[[str, Texts], bool]] = {
    "IS_EQUAL_TO": lambda have, wanted: have in wanted,
    "IS_NOT_EQUAL_TO": lambda have, wanted: have not in wanted,
    "CONTAINS": lambda have, wanted: any(each in have for each in wanted),
    "DOES_NOT_CONTAIN": lambda have, wanted: not any(each in have for each in wanted),
    "STARTS_WITH": lambda have, wanted: have.startswith(wanted),
    "ENDS_WITH": lambda have, wanted: have.endswith(wanted),
}
_CHOICES: dict[str, Callable[[set[str], set[str]], bool]] = {
    "IS_ANY_OF": lambda have, wanted: bool(have & wanted),
    "IS_NONE_OF": lambda have, wanted: not have & wanted,
    "IS_EXACTLY": lambda have, wanted: have == wanted,
    "IS_NOT_EXACTLY": lambda have, wanted: have != wanted,
    "CONTAINS_ALL": lambda have, wanted: wanted <= have,
    "DOES_NOT_CONTAIN_ALL": lambda have, wanted: not wanted <= have,
}
_NUMBERS: dict[str, Callable[[float, float], bool]] = {
    "IS_EQUAL_TO": lambda have, wanted: have == wanted,
    "IS_NOT_EQUAL_TO": lambda have, wanted: have != wanted,
    "IS_GREATER_THAN": lambda have, wanted: have > wanted,
    "IS_GREATER_THAN_OR_EQUAL_TO": lambda have, wanted: have >= wanted,
    "IS_LESS_THAN": lambda have, wanted: have < wanted,
    "IS_LESS_THAN_OR_EQUAL_TO": lambda have, wanted: have <= wanted,
}
_KNOWN = ("IS_KNOWN", "IS_UNKNOWN")
_OPERATORS: dict[str, tuple[str, ...]] = {
    "STRING": tuple(_TEXTS),
    "MULTISTRING": tuple(_TEXTS),
    "ENUMERATION": tuple(_CHOICES),
    "NUMBER": tuple(_NUMBERS),
    "BOOL": ("IS_EQUAL_TO", "IS_NOT_EQUAL_TO"),
    "ALL_PROPERTY": _KNOWN,
}


def check(schema: Schema, object_type: str, branch: Any) -> Branch:
    """The branch itself. Raises ApiError 400: the outermost is OR, each filter is one that is understood."""
    if not isinstance(branch, dict) or branch.get("filterBranchType") != "OR":
        raise _refused("The root filter branch must be of type OR")
    _check_branch(schema, object_type, branch, 0)
    return branch


def _refused(message: str) -> ApiError:
    return invalid(message, name="filterBranch")


def _check_branch(schema: Schema, object_type: str, branch: Any, depth: int) -> None:
    if not isinstance(branch, dict) or depth > MAX_DEPTH:
        raise malformed("a filter branch must be an object")
    kind, inner, filters = branch.get("filterBranchType"), *_parts(branch)
    if not isinstance(kind, str) or kind not in _JOINS:
        raise _refused(f"filterBranchType {kind} is not supported")
    for each in inner:
        _check_branch(schema, object_type, each, depth + 1)
    for each in filters:
        _check_filter(schema, object_type, each)


def _parts(branch: Branch) -> tuple[list[Any], list[Any]]:
    inner, filters = branch.get("filterBranches") or [], branch.get("filters") or []
    if not isinstance(inner, list) or not isinstance(filters, list):
        raise malformed("filterBranches and filters must be lists")
    return inner, filters


def _check_filter(schema: Schema, object_type: str, rule: Any) -> None:
    operation = rule.get("operation") if isinstance(rule, dict) else None
    if not isinstance(operation, dict):
        raise malformed("a filter needs an operation")
    if rule.get("filterType") != "PROPERTY":
        raise _refused(f"filterType {rule.get('filterType')} is not supported")
    name, kind, operator = rule.get("property"), operation.get("operationType"), operation.get("operator")
    if not isinstance(name, str) or schema.find(object_type, name) is None:
        raise _refused(f"Property {name} does not exist")
    if not isinstance(kind, str) or operator not in _OPERATORS.get(kind, ()):
        raise _refused(f"operator {operator} of operationType {kind} is not supported")
    if kind != "ALL_PROPERTY" and not _values(operation):
        raise _refused(f"operator {operator} needs a value")
    if kind == "NUMBER":
        _number(_values(operation)[0])


def _values(operation: dict[str, Any]) -> Texts:
    """Values of a filter as texts."""
    found = operation.get("values")
    found = found if isinstance(found, list) else [operation.get("value")]
    return tuple(
        str(each).lower() if isinstance(each, bool) else str(each) for each in found if each is not None
    )


def _number(text: str) -> float:
    number = _as_number(text)
    if number is None:
        raise _refused(f"{text} is not a number")
    return number


def _as_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def holds(branch: Branch, row: Row) -> bool:
    """Whether a record belongs to a list with this (checked) branch."""
    return _JOINS[branch["filterBranchType"]](_answers(branch, row))


def _answers(branch: Branch, row: Row) -> Iterator[bool]:
    inner, filters = _parts(branch)
    yield from (holds(each, row) for each in inner)
    yield from (_answer(each["operation"], value_of(row, each["property"])) for each in filters)


def _answer(operation: dict[str, Any], have: str | None) -> bool:
    kind, operator = operation["operationType"], operation["operator"]
    if kind == "ALL_PROPERTY":
        return (have is not None) is (operator == "IS_KNOWN")
    if have is None:
        return operation.get("includeObjectsWithNoValueSet") is True
    values = _values(operation)
    if kind == "ENUMERATION":
        return _CHOICES[operator](set(have.split(";")), set(values))
    if kind == "NUMBER":
        number = _as_number(have)
        return number is not None and _NUMBERS[operator](number, _number(values[0]))
    return _TEXTS[operator](have.casefold(), tuple(each.casefold() for each in values))
