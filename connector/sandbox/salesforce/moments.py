"""Dates and times as Salesforce spells them.

In: aware datetimes, or texts from a client. Out: `2026-10-01T12:00:00.000+0000` (always UTC, so that texts
sort as times do) and `2026-10-01`. Never reads a clock.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time

_DATETIME = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?)?", re.IGNORECASE
)
FIRST_YEAR, LAST_YEAR = 1700, 4000


def stamp(moment: datetime) -> str:
    """A system stamp: whole seconds, as all stamps of the API show."""
    return f"{moment.astimezone(UTC).isoformat()[:19]}.000+0000"


def exact(moment: datetime) -> str:
    """A comparable text with milliseconds, for what a client compares stamps with."""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}+0000"


def read_stamp(text: str) -> datetime:
    """The aware datetime of a stored stamp."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z").astimezone(UTC)


def parse_datetime(text: str) -> datetime | None:
    """An aware datetime from ISO 8601 text, or None. Without a zone it is UTC; without a time, midnight."""
    match = _DATETIME.fullmatch(text.strip())
    if match is None:
        return None
    day, clock, fraction, zone = match.groups()
    clock = clock or "00:00:00"
    seconds = clock if len(clock) == 8 else f"{clock}:00"
    offset = "+00:00" if zone is None or zone in "zZ" else zone
    offset = offset if ":" in offset else f"{offset[:3]}:{offset[3:]}"
    try:
        parsed = datetime.fromisoformat(f"{day}T{seconds}.{(fraction or '0')[:6].ljust(6, '0')}{offset}")
        return parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def parse_date(text: str) -> date | None:
    """A date from the text `YYYY-MM-DD`, or None."""
    if len(text) != 10:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def midnight(day: date) -> datetime:
    """The start of that day in UTC."""
    return datetime.combine(day, time(), tzinfo=UTC)


def in_range(day: date) -> bool:
    """Whether Salesforce can store this day."""
    return FIRST_YEAR <= day.year <= LAST_YEAR
