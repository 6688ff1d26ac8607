"""Date literals: TODAY, LAST_N_DAYS:3 and their kin, as half-open ranges of days.

In: the literal and today's date in the user's time zone. Out: first day and the day after the last.
Source: SOQL and SOSL Reference, "Date Formats and Date Literals". Weeks start on Monday, as in the simulated
org's locale; the fiscal year is the calendar year.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

Range = tuple[date, date]
_COUNTED = re.compile(r"(LAST|NEXT)_N_(DAY|WEEK|MONTH|QUARTER|YEAR)S|N_(DAY|WEEK|MONTH|QUARTER|YEAR)S_AGO")
_NAMED = re.compile(r"(LAST|THIS|NEXT)_(WEEK|MONTH|QUARTER|YEAR)")
_SINGLE_DAYS = {"TODAY": 0, "YESTERDAY": -1, "TOMORROW": 1}


def day_range(word: str, count: int | None, today: date) -> Range | None:
    """The days that a literal means, or None for an unknown one or a missing or surplus number."""
    name = word.upper().replace("_FISCAL_", "_")
    if count is None:
        return _uncounted(name, today)
    match = _COUNTED.fullmatch(name)
    if match is None:
        return None
    direction, unit, unit_ago = match.groups()
    if unit_ago:
        start = _shift(_start_of(unit_ago, today), unit_ago, -count)
        return start, _shift(start, unit_ago, 1)
    return _counted(direction, unit, count, today)


def _uncounted(name: str, today: date) -> Range | None:
    if name in _SINGLE_DAYS:
        day = today + timedelta(_SINGLE_DAYS[name])
        return day, day + timedelta(1)
    if name == "LAST_90_DAYS":
        return today - timedelta(90), today + timedelta(1)
    if name == "NEXT_90_DAYS":
        return today + timedelta(1), today + timedelta(91)
    match = _NAMED.fullmatch(name)
    if match is None:
        return None
    offset = {"LAST": -1, "THIS": 0, "NEXT": 1}[match[1]]
    start = _shift(_start_of(match[2], today), match[2], offset)
    return start, _shift(start, match[2], 1)


def _counted(direction: str, unit: str, count: int, today: date) -> Range:
    """LAST_N_DAYS reaches from n days ago through today; longer units leave the present one out."""
    if unit == "DAY":
        if direction == "LAST":
            return today - timedelta(count), today + timedelta(1)
        return today + timedelta(1), today + timedelta(count + 1)
    present = _start_of(unit, today)
    if direction == "LAST":
        return _shift(present, unit, -count), present
    return _shift(present, unit, 1), _shift(present, unit, count + 1)


def _months(start: date, months: int) -> date:
    total = start.year * 12 + start.month - 1 + months
    return date(total // 12, total % 12 + 1, 1)


_SHIFTS: dict[str, Callable[[date, int], date]] = {
    "DAY": lambda start, by: start + timedelta(by),
    "WEEK": lambda start, by: start + timedelta(7 * by),
    "MONTH": _months,
    "QUARTER": lambda start, by: _months(start, 3 * by),
    "YEAR": lambda start, by: _months(start, 12 * by),
}


def _shift(start: date, unit: str, by: int) -> date:
    return _SHIFTS[unit](start, by)


def _start_of(unit: str, day: date) -> date:
    if unit == "WEEK":
        return day - timedelta(day.weekday())
    if unit == "MONTH":
        return day.replace(day=1)
    if unit == "QUARTER":
        return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return date(day.year, 1, 1) if unit == "YEAR" else day
