"""What a search asks for, checked.

What enters: the JSON body. What leaves: a `Query`, or an `ApiError` 400. It never reads records.
Source: HubSpot developers, "Search the CRM" (limits, operators, case rules).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from connector.sandbox.hubspot.catalog import CREATED_PROPERTY, TYPE_NAMES
from connector.sandbox.hubspot.definitions import Property
from connector.sandbox.hubspot.errors import ApiError, invalid, malformed
from connector.sandbox.hubspot.schema import Schema
from connector.sandbox.hubspot.values import comparable

MAX_GROUPS, MAX_FILTERS, MAX_ALL_FILTERS = 5, 6, 18
MAX_BODY, MAX_LIMIT, WALL = 3_000, 200, 10_000
_ONE_VALUE = frozenset({"EQ", "NEQ", "LT", "LTE", "GT", "GTE", "CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"})
_LISTS = frozenset({"IN", "NOT_IN"})
WITHOUT_VALUE = frozenset({"HAS_PROPERTY", "NOT_HAS_PROPERTY"})
OPERATORS = _ONE_VALUE | _LISTS | WITHOUT_VALUE | {"BETWEEN"}


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
    if isinstance(limit, str) and limit.isascii() and limit.isdigit() and len(limit) < 9:
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
    if not isinstance(operator, str) or operator not in OPERATORS:
        raise invalid(
            f"operator {operator} is not supported; it must be one of {sorted(OPERATORS)}", name="operator"
        )
    values = _values(name, operator, raw)
    if name.startswith("associations."):
        return _association_filter(name, operator, values)
    definition = schema.shown(object_type, name)
    if definition is None:
        raise invalid(
            f"There was a problem with the request: property {name} does not exist", name="propertyName"
        )
    if definition.type in ("datetime", "date", "number") and operator not in WITHOUT_VALUE:
        _check_comparable(definition, values)
    return Filter(name, operator, definition, values)


def _association_filter(name: str, operator: str, values: tuple[str, ...]) -> Filter:
    other = TYPE_NAMES.get(name.removeprefix("associations."))
    if other is None or operator not in ("EQ", "IN"):
        raise invalid(f"There was a problem with the request: {name} cannot be used with {operator}")
    return Filter(name, operator, None, values, other)


def _values(name: str, operator: str, raw: dict[str, Any]) -> tuple[str, ...]:
    if operator in WITHOUT_VALUE:
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
        return CREATED_PROPERTY[object_type], False
    if not isinstance(raw, list) or len(raw) > 1:
        raise invalid("There was a problem with the request: only one sort is supported", name="sorts")
    rule = raw[0]
    if isinstance(rule, str):
        name, down = rule.lstrip("-"), rule.startswith("-")
    elif isinstance(rule, dict) and isinstance(rule.get("propertyName"), str):
        name, down = rule["propertyName"], rule.get("direction") == "DESCENDING"
    else:
        raise malformed("a sort needs a propertyName")
    if schema.shown(object_type, name) is None:
        raise invalid(f"There was a problem with the request: property {name} does not exist", name="sorts")
    return name, down
