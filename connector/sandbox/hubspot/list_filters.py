"""The filters of a list, checked.

What enters: a `filterBranch`. What leaves: the same, or an `ApiError` 400. It never reads records.
Filters on properties and on other lists, in OR, AND, NOT_ALL, NOT_ANY and ASSOCIATION branches, are
understood; the rest (forms, emails, page views, events) is refused in words.
Source: HubSpot developers, "List filters overview".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from connector.sandbox.hubspot.catalog import TYPE_NAMES
from connector.sandbox.hubspot.edges import Edges
from connector.sandbox.hubspot.errors import ApiError, invalid, malformed
from connector.sandbox.hubspot.list_match import CHOICES, JOINS, NUMBERS, TEXTS, as_number, parts, values
from connector.sandbox.hubspot.list_times import TIME_OPERATORS, check_times, is_relative
from connector.sandbox.hubspot.schema import Schema

Branch = dict[str, Any]
MAX_DEPTH = 12
_OPERATORS: dict[str, tuple[str, ...]] = {
    "STRING": tuple(TEXTS),
    "MULTISTRING": tuple(TEXTS),
    "ENUMERATION": tuple(CHOICES),
    "NUMBER": tuple(NUMBERS),
    "BOOL": ("IS_EQUAL_TO", "IS_NOT_EQUAL_TO"),
    "ALL_PROPERTY": ("IS_KNOWN", "IS_UNKNOWN"),
    **TIME_OPERATORS,
}
_WITHOUT_VALUE = ("ALL_PROPERTY", *TIME_OPERATORS)


class FilterCheck:
    """Checks branches. `list_type` gives the object type of a list by its id, and raises ApiError 404."""

    def __init__(self, schema: Schema, edges: Edges, list_type: Callable[[str], str]) -> None:
        self.schema, self.edges, self.list_type = schema, edges, list_type

    def check(self, object_type: str, branch: Any) -> Branch:
        """The branch itself. Raises ApiError 400: the outermost is OR, each filter is understood."""
        if not isinstance(branch, dict) or branch.get("filterBranchType") != "OR":
            raise _refused("The root filter branch must be of type OR")
        self._branch(object_type, branch, 0)
        return branch

    def _branch(self, object_type: str, branch: Any, depth: int) -> None:
        if not isinstance(branch, dict) or depth > MAX_DEPTH:
            raise malformed("a filter branch must be an object")
        kind, inner, filters = branch.get("filterBranchType"), *parts(branch)
        if kind == "ASSOCIATION":
            object_type = self._associated(object_type, branch)
        elif not isinstance(kind, str) or kind not in JOINS:
            raise _refused(f"filterBranchType {kind} is not supported")
        for each in inner:
            self._branch(object_type, each, depth + 1)
        for each in filters:
            self._filter(object_type, each)

    def _associated(self, object_type: str, branch: Branch) -> str:
        """The type on the other side, whose records the inner filters are about."""
        other = TYPE_NAMES.get(str(branch.get("objectTypeId")))
        type_id, category = branch.get("associationTypeId"), branch.get("associationCategory")
        if other is None or branch.get("operator") != "IN_LIST":
            raise _refused("an ASSOCIATION branch needs objectTypeId and the operator IN_LIST")
        if not isinstance(type_id, int) or not self.edges.knows((object_type, other), type_id, str(category)):
            raise _refused(f"{type_id} is no association type of {category} from {object_type} to {other}")
        return other

    def _filter(self, object_type: str, rule: Any) -> None:
        kind = rule.get("filterType") if isinstance(rule, dict) else None
        if kind == "IN_LIST":
            self._in_list(object_type, rule)
        elif kind == "PROPERTY":
            self._property(object_type, rule)
        else:
            raise _refused(f"filterType {kind} is not supported")

    def _in_list(self, object_type: str, rule: dict[str, Any]) -> None:
        if rule.get("operator") not in ("IN_LIST", "NOT_IN_LIST"):
            raise _refused("the operator must be IN_LIST or NOT_IN_LIST")
        if self.list_type(str(rule.get("listId"))) != object_type:
            raise _refused(f"list {rule.get('listId')} holds records of another type")

    def _property(self, object_type: str, rule: dict[str, Any]) -> None:
        operation = rule.get("operation")
        if not isinstance(operation, dict):
            raise malformed("a filter needs an operation")
        name, kind, operator = rule.get("property"), operation.get("operationType"), operation.get("operator")
        if not isinstance(name, str) or self.schema.find(object_type, name) is None:
            raise _refused(f"Property {name} does not exist")
        if not isinstance(kind, str) or operator not in _OPERATORS.get(kind, ()):
            raise _refused(f"operator {operator} of operationType {kind} is not supported")
        if kind not in _WITHOUT_VALUE and not values(operation):
            raise _refused(f"operator {operator} needs a value")
        if kind == "NUMBER" and as_number(values(operation)[0]) is None:
            raise _refused(f"{values(operation)[0]} is not a number")
        if kind in TIME_OPERATORS:
            check_times(operation)


def _refused(message: str) -> ApiError:
    return invalid(message, name="filterBranch")


def _filters(branch: Branch) -> Iterator[dict[str, Any]]:
    inner, filters = parts(branch)
    yield from filters
    for each in inner:
        yield from _filters(each)


def lists_in(branch: Branch) -> set[str]:
    """Ids of the lists that a checked branch asks."""
    return {str(each["listId"]) for each in _filters(branch) if each["filterType"] == "IN_LIST"}


def follows_the_clock(branch: Branch) -> bool:
    """Whether time alone changes who belongs to it."""
    return any(
        is_relative(each["operation"]) for each in _filters(branch) if each["filterType"] == "PROPERTY"
    )
