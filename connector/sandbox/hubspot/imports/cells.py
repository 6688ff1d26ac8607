"""What a cell of an imported file means.

What enters: a property and the text of a cell. What leaves: a value as the API takes it, or a `CellError`. It
never looks at records. Labels of choices, names and emails of owners, and dates in the file's order are
understood, which the API does not. Source: HubSpot knowledge base, "Set up your import file".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from connector.sandbox.hubspot.definitions import Property
from connector.sandbox.hubspot.values import RefusedError, iso, millis, normalized

_DAY = re.compile(r"(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})(?:[ T](\d{1,2}):(\d{2}))?", re.ASCII)
_ERROR_TYPES = {
    "INVALID_EMAIL": "INVALID_EMAIL",
    "INVALID_LONG": "COULD_NOT_PARSE_NUMBER",
    "INVALID_DATE": "COULD_NOT_PARSE_DATE",
    "INVALID_OPTION": "INVALID_ENUMERATION_OPTION",
}
Owners = Mapping[str, Mapping[str, Any]]


class CellError(Exception):
    """A cell that is not taken over. `type` is the import's error type."""

    def __init__(self, type_: str, message: str) -> None:
        super().__init__(message)
        self.type, self.message = type_, message


def value_of_cell(
    definition: Property, text: str, date_order: str, owners: Owners, current: str | None = None
) -> str:
    """The value of a cell that is not blank. Raises CellError."""
    if definition.name == "hubspot_owner_id":
        return _owner(text, owners)
    if definition.type in ("date", "datetime"):
        text = _moment(definition, text, date_order)
    elif definition.type in ("enumeration", "bool"):
        text = _choices(definition, text)
    try:
        return normalized(definition, text, current) or ""
    except RefusedError as refusal:
        problem = refusal.problem
        raise CellError(_ERROR_TYPES.get(problem.code, "FAILED_VALIDATION"), problem.message) from None


def _owner(text: str, owners: Owners) -> str:
    """By id, email or full name; only those who are active."""
    wanted = text.strip().casefold()
    found = [
        key
        for key, each in owners.items()
        if not each["archived"]
        and wanted
        in (key, (each["email"] or "").casefold(), f"{each['firstName']} {each['lastName']}".casefold())
    ]
    if not found:
        raise CellError("COULD_NOT_FIND_OWNER", f"No owner was found for {text}")
    if len(found) > 1:
        raise CellError("MULTIPLE_OWNERS_FOUND", f"Several owners were found for {text}")
    return found[0]


def _moment(definition: Property, text: str, date_order: str) -> str:
    """A day in the order of the file, with hours and minutes (UTC) if it has them; ISO texts stay."""
    found = _DAY.fullmatch(text.strip())
    if found is None:
        return text
    parts = dict(zip(date_order, found.groups()[:3], strict=True))
    try:
        day = datetime(
            int(parts["y"]),
            int(parts["m"]),
            int(parts["d"]),
            int(found[4] or 0),
            int(found[5] or 0),
            tzinfo=UTC,
        )
    except ValueError:
        raise CellError("COULD_NOT_PARSE_DATE", f"{text} was not a valid date.") from None
    return day.date().isoformat() if definition.type == "date" else iso(millis(day))


def _choices(definition: Property, text: str) -> str:
    """Labels or internal names, without regard to case; several are separated by semicolons."""
    names = {each.label.casefold(): each.value for each in definition.options}
    names |= {each.value.casefold(): each.value for each in definition.options}
    parts = text.split(";") if definition.multiple else [text]
    return ";".join(names.get(part.strip().casefold(), part) for part in parts)
