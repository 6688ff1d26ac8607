"""Whether a record answers a search.

What enters: a checked `Query` and a `Row`. What leaves: yes or no. It never reads records itself.
Source: HubSpot developers, "Search the CRM" (operators, case rules).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from connector.sandbox.hubspot.derived import value_of
from connector.sandbox.hubspot.records import Row
from connector.sandbox.hubspot.search_query import WITHOUT_VALUE, Filter, Query
from connector.sandbox.hubspot.values import Comparable, comparable

QUERIED = {
    "contacts": ("firstname", "lastname", "email", "phone", "company", "hs_additional_emails"),
    "companies": ("name", "domain", "website", "phone"),
    "deals": ("dealname", "pipeline", "dealstage", "description", "dealtype"),
    "tasks": ("hs_task_subject", "hs_task_body"),
    "notes": ("hs_note_body",),
    "calls": ("hs_call_title", "hs_call_body"),
    "meetings": ("hs_meeting_title", "hs_meeting_body"),
    "emails": ("hs_email_subject", "hs_email_text"),
}


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
    if rule.operator in WITHOUT_VALUE:
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
    if rule.operator in ("IN", "NOT_IN"):
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
