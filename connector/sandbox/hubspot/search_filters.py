"""What a search asks for, checked, and whether one record answers it.

What enters: the JSON body. What leaves: a `Query`, or an `ApiError` 400. Pure: it never reads records itself.
Source: HubSpot developers, "Search the CRM" (limits, operators, case rules).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from connector.sandbox.hubspot.catalog import MODIFIED_PROPERTY, TYPE_NAMES
from connector.sandbox.hubspot.definitions import Property
from connector.sandbox.hubspot.derived import value_of
from connector.sandbox.hubspot.errors import ApiError, invalid, malformed
from connector.sandbox.hubspot.records import Row
from connector.sandbox.hubspot.schema import Schema
from connector.sandbox.hubspot.values import parse_moment

MAX_GROUPS, MAX_FILTERS, MAX_ALL_FILTERS = 5, 6, 18
MAX_BODY, MAX_LIMIT, WALL = 3_000, 200, 10_000
_ONE_VALUE = frozenset({"EQ", "NEQ", "LT", "LTE", "GT", "GTE", "CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"})
_LISTS = frozenset({"IN", "NOT_IN"})
_NONE = frozenset({"HAS_PROPERTY", "NOT_HAS_PROPERTY"})
OPERATORS = _ONE_VALUE | _LISTS | _NONE | {"BETWEEN"}
Comparable = str | Decimal | int
QUERIED = {
    "contacts": ("firstname", "lastname", "email", "phone", "company", "hs_additional_emails"),
    "companies": ("name", "domain", "website", "phone"),
    "deals": ("dealname", "pipeline", "dealstage", "description", "dealtype"),
}


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition. `association` is the other object type of an associations.{type} pseudo-property."""

    name: str
    operator: str
    definition: Property | None
    values: tuple[str, ...] = ()
    association: str | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """A checked search. `sort` is (property, descending)."""

    groups: tuple[tuple[Filter, ...], ...]
    sort: tuple[str, bool]
    limit: int
    offset: int
    properties: tuple[str, ...]
    text: str = ""


def parse(schema: Schema, object_type: str, raw: bytes, body: dict[str, Any]) -> Query:
    """A query from the request body. Raises ApiError 400 for whatever the API refuses."""
    if len(raw.decode(errors="replace")) > MAX_BODY:
        raise invalid(f"The request body must not be longer than {MAX_BODY} characters")
    limit, offset = _limit(body), _offset(body)
    if offset + limit > WALL and offset >= WALL:
        raise invalid(f"Paging beyond {WALL} results is not supported", name="after")
    return Query(
        groups=_groups(schema, object_type, body),
        sort=_sort(schema, object_type, body.get("sorts")),
        limit=min(limit, WALL - offset),
        offset=offset,
        properties=_strings(body, "properties"),
        text=str(body.get("query") or "").strip(),
    )


def _limit(body: dict[str, Any]) -> int:
    limit = body.get("limit", 10)
    if isinstance(limit, str) and limit.isdigit():
        limit = int(limit)
    if not isinstance(limit, int) or isinstance(limit, bool) or not 0 <= limit <= MAX_LIMIT:
        raise invalid(f"limit must be between 0 and {MAX_LIMIT}", name="limit")
    return limit or 10


def _offset(body: dict[str, Any]) -> int:
    after = body.get("after")
    if after in (None, ""):
        return 0
    text = str(after)
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise invalid(f"after must be a whole number, but was {text}", name="after")
    return int(text)


def _strings(body: dict[str, Any], name: str) -> tuple[str, ...]:
    found = body.get(name) or []
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise malformed(f"{name} must be a list of strings")
    return tuple(found)


def _groups(schema: Schema, object_type: str, body: dict[str, Any]) -> tuple[tuple[Filter, ...], ...]:
    groups = body.get("filterGroups") or []
    if body.get("filters"):
        groups = [*groups, {"filters": body["filters"]}] if isinstance(groups, list) else None
    if not isinstance(groups, list) or not all(isinstance(each, dict) for each in groups):
        raise malformed("filterGroups must be a list of objects")
    rows = [each.get("filters") or [] for each in groups]
    if not all(isinstance(each, list) for each in rows):
        raise malformed("filters must be a list")
    _check_counts(rows)
    return tuple(tuple(_filter(schema, object_type, each) for each in row) for row in rows if row)


def _check_counts(rows: list[list[Any]]) -> None:
    if len(rows) > MAX_GROUPS:
        raise _too_many(f"at most {MAX_GROUPS} filterGroups are allowed, but there are {len(rows)}")
    longest = max((len(row) for row in rows), default=0)
    if longest > MAX_FILTERS:
        raise _too_many(f"at most {MAX_FILTERS} filters per filterGroup are allowed, but there are {longest}")
    total = sum(len(row) for row in rows)
    if total > MAX_ALL_FILTERS:
        raise _too_many(f"at most {MAX_ALL_FILTERS} filters are allowed in all, but there are {total}")


def _too_many(text: str) -> ApiError:
    return invalid(f"There was a problem with the request: {text}", name="filterGroups")


def _filter(schema: Schema, object_type: str, raw: Any) -> Filter:
    if not isinstance(raw, dict) or not isinstance(raw.get("propertyName"), str):
        raise malformed("every filter needs a propertyName")
    name, operator = raw["propertyName"], raw.get("operator")
    if operator not in OPERATORS:
        raise invalid(
            f"operator {operator} is not supported; it must be one of {sorted(OPERATORS)}", name="operator"
        )
    values = _values(name, operator, raw)
    if name.startswith("associations."):
        return _association_filter(name, operator, values)
    definition = schema.find(object_type, name)
    if definition is None:
        raise invalid(
            f"There was a problem with the request: property {name} does not exist", name="propertyName"
        )
    if definition.type in ("datetime", "date", "number") and operator not in _NONE:
        _check_comparable(definition, values)
    return Filter(name, operator, definition, values)


def _association_filter(name: str, operator: str, values: tuple[str, ...]) -> Filter:
    other = TYPE_NAMES.get(name.removeprefix("associations."))
    if other is None or operator not in ("EQ", "IN"):
        raise invalid(f"There was a problem with the request: {name} cannot be used with {operator}")
    return Filter(name, operator, None, values, other)


def _values(name: str, operator: str, raw: dict[str, Any]) -> tuple[str, ...]:
    if operator in _NONE:
        return ()
    if operator in _LISTS:
        found = raw.get("values")
        if not isinstance(found, list) or not found:
            raise invalid(f"operator {operator} on {name} requires values", name="values")
    else:
        found = [raw.get("value"), raw.get("highValue")] if operator == "BETWEEN" else [raw.get("value")]
        if any(each is None for each in found):
            raise invalid(f"operator {operator} on {name} requires a value", name="value")
    return tuple("true" if each is True else "false" if each is False else str(each) for each in found)


def _check_comparable(definition: Property, values: tuple[str, ...]) -> None:
    for value in values:
        if comparable(definition, value) is None:
            raise invalid(
                f"There was a problem with the request: {value} is no valid {definition.type}", name="value"
            )


def _sort(schema: Schema, object_type: str, raw: Any) -> tuple[str, bool]:
    """Exactly one sort; `sorts: ["name"]`, `["-name"]` and the object form are accepted."""
    if not raw:
        return "createdate", False
    if not isinstance(raw, list) or len(raw) > 1:
        raise invalid("There was a problem with the request: only one sort is supported", name="sorts")
    rule = raw[0]
    if isinstance(rule, str):
        name, down = rule.lstrip("-"), rule.startswith("-")
    elif isinstance(rule, dict) and isinstance(rule.get("propertyName"), str):
        name, down = rule["propertyName"], rule.get("direction") == "DESCENDING"
    else:
        raise malformed("a sort needs a propertyName")
    if schema.find(object_type, name) is None:
        raise invalid(f"There was a problem with the request: property {name} does not exist", name="sorts")
    return name, down


# Matching


def comparable(definition: Property, text: str) -> Comparable | None:
    """A value in a form that orders as HubSpot orders it; None if it is not of the type."""
    if definition.type in ("date", "datetime"):
        return parse_moment(text)
    if definition.type == "number":
        try:
            value = Decimal(text.strip())
        except InvalidOperation:
            return None
        return value if value.is_finite() else None
    return text if definition.type == "enumeration" else text.casefold()


AssociatedIds = Callable[[int, str], set[str]]


def matches(query: Query, row: Row, associated: AssociatedIds) -> bool:
    """Whether a record answers: all filters of one group, and the free text."""
    if query.text and not _text_matches(query.text, row):
        return False
    return not query.groups or any(
        all(_holds(each, row, associated) for each in group) for group in query.groups
    )


def _text_matches(text: str, row: Row) -> bool:
    """Assumption: every word of the query begins a word of one of the searched properties."""
    words = _tokens(" ".join(row.props.get(name, "") for name in QUERIED[row.type]))
    return all(any(word.startswith(part) for word in words) for part in _tokens(text))


def _holds(rule: Filter, row: Row, associated: AssociatedIds) -> bool:
    if rule.association is not None:
        return bool(associated(row.id, rule.association) & set(rule.values))
    value = value_of(row, rule.name)
    if rule.name == "email" and rule.operator in ("EQ", "IN") and row.type == "contacts":
        return _email_matches(rule, row)
    if rule.operator in _NONE:
        return (value is not None) is (rule.operator == "HAS_PROPERTY")
    return _compare(rule, value)


def _email_matches(rule: Filter, row: Row) -> bool:
    """Secondary addresses are found too; IN, like on all strings, wants lower-case values."""
    have = {row.props.get("email", ""), *row.props.get("hs_additional_emails", "").split(";")} - {""}
    wanted = {value.casefold() for value in rule.values} if rule.operator == "EQ" else set(rule.values)
    return bool(have & wanted)


def _compare(rule: Filter, value: str | None) -> bool:
    """Assumption: a blank answers NEQ, NOT_IN and NOT_CONTAINS_TOKEN, and no other operator."""
    assert rule.definition is not None
    negative = rule.operator in ("NEQ", "NOT_IN", "NOT_CONTAINS_TOKEN")
    if value is None:
        return negative
    if rule.operator in ("CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"):
        return _has_token(value, rule.values[0]) is not negative
    if rule.definition.multiple:
        parts = set(value.split(";"))
        return bool(parts & set(rule.values)) is not negative
    have = comparable(rule.definition, value)
    if rule.operator in _LISTS:
        return _in_list(rule, have) is not negative
    return have is not None and _ordered(rule, have)


def _in_list(rule: Filter, have: Comparable | None) -> bool:
    """Values of strings must be given in lower case: "Boston" finds nothing."""
    assert rule.definition is not None
    if rule.definition.type in ("string", "phone_number"):
        return have in rule.values
    return have in {comparable(rule.definition, value) for value in rule.values}


def _ordered(rule: Filter, have: Comparable) -> bool:
    assert rule.definition is not None
    wanted: list[Any] = [comparable(rule.definition, value) for value in rule.values]
    left: Any = have
    if rule.operator == "BETWEEN":
        return bool(wanted[0] <= left <= wanted[1])
    return bool(_ORDER[rule.operator](left, wanted[0]))


_ORDER: dict[str, Callable[[Any, Any], Any]] = {
    "EQ": lambda left, right: left == right,
    "NEQ": lambda left, right: left != right,
    "LT": lambda left, right: left < right,
    "LTE": lambda left, right: left <= right,
    "GT": lambda left, right: left > right,
    "GTE": lambda left, right: left >= right,
}


def _tokens(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _has_token(value: str, wanted: str) -> bool:
    """Whole words; a star stands for any characters."""
    if "*" in wanted:
        pattern = re.escape(wanted.casefold()).replace(r"\*", ".*")
        words = [*re.split(r"\s+", value.casefold()), *_tokens(value)]
        return any(re.fullmatch(pattern, word) for word in words)
    have = _tokens(value)
    return all(word in have for word in _tokens(wanted))


def is_stamp(object_type: str, name: str) -> str | None:
    """The column of a property that is kept in one: id, created or modified."""
    columns = {"hs_object_id": "id", "createdate": "created", MODIFIED_PROPERTY[object_type]: "modified"}
    return columns.get(name)
