"""Moments in the filters of a list: a day, a time of a day, so many days before today or now.

What enters: time points as HubSpot's JSON has them, and the present. What leaves: yes or no, or an `ApiError`
400. Days are those of the time point's zone.
Source: HubSpot developers, "List filters overview", time points. Assumption: an exclusive end of a day is its
other end; other references than TODAY and NOW, and UPDATED_AT, are not understood.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from connector.sandbox.hubspot.errors import ApiError, invalid
from connector.sandbox.hubspot.values import millis

TIME_OPERATORS = {"TIME_POINT": ("IS_AFTER", "IS_BEFORE"), "TIME_RANGED": ("IS_BETWEEN", "IS_NOT_BETWEEN")}
_CLOCK = ("hour", "minute", "second")
_OFFSETS = ("weeks", "days", "hours", "minutes")
_DAY = timedelta(days=1)
Span = tuple[int, int]
"""From the first to the last millisecond of a time point; equal for a moment."""


def check_times(operation: dict[str, Any]) -> None:
    """Raises ApiError 400 for a time point that is not understood."""
    if operation.get("propertyParser", "VALUE") != "VALUE":
        raise _refused(f"propertyParser {operation['propertyParser']} is not supported")
    for point in _points(operation):
        try:
            _span(point, datetime(2026, 1, 1, tzinfo=UTC))
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
            raise _refused("a time point needs timeType DATE or INDEXED with what belongs to it") from None


def _refused(message: str) -> ApiError:
    return invalid(message, name="filterBranch")


def _points(operation: dict[str, Any]) -> list[Any]:
    if operation["operationType"] == "TIME_POINT":
        return [operation.get("timePoint")]
    return [operation.get("lowerBoundTimePoint"), operation.get("upperBoundTimePoint")]


def is_relative(operation: dict[str, Any]) -> bool:
    """Whether the answer changes with the present alone."""
    return operation["operationType"] in TIME_OPERATORS and any(
        point["timeType"] == "INDEXED" for point in _points(operation)
    )


def answers(operation: dict[str, Any], have_ms: int, now: datetime) -> bool:
    """Whether a moment fits a checked operation. `now` is aware."""
    spans = [_span(point, now) for point in _points(operation)]
    if operation["operationType"] == "TIME_POINT":
        inclusive = operation.get("endpointBehavior") == "INCLUSIVE"
        after = operation["operator"] == "IS_AFTER"
        return _after(spans[0], have_ms, inclusive) if after else _before(spans[0], have_ms, inclusive)
    lower, upper = (
        operation.get(f"{name}BoundEndpointBehavior", "INCLUSIVE") == "INCLUSIVE"
        for name in ("lower", "upper")
    )
    inside = _after(spans[0], have_ms, lower) and _before(spans[1], have_ms, upper)
    return inside is (operation["operator"] == "IS_BETWEEN")


def _after(span: Span, have_ms: int, inclusive: bool) -> bool:
    return have_ms >= span[0] if inclusive else have_ms > span[1]


def _before(span: Span, have_ms: int, inclusive: bool) -> bool:
    return have_ms <= span[1] if inclusive else have_ms < span[0]


def _span(point: dict[str, Any], now: datetime) -> Span:
    """Raises ValueError, KeyError or TypeError for what is not understood."""
    zone_name = point.get("zoneId") or "UTC"
    if zone_name not in available_timezones():
        raise ValueError(zone_name)
    here = now.astimezone(ZoneInfo(zone_name))
    if point["timeType"] == "DATE":
        clock = [int(point.get(name) or 0) for name in _CLOCK]
        start = here.replace(year=point["year"], month=point["month"], day=point["day"])
        start = start.replace(hour=clock[0], minute=clock[1], second=clock[2], microsecond=0)
        return _day_from(start) if point.get("hour") is None else (millis(start), millis(start))
    if point["timeType"] != "INDEXED":
        raise ValueError(point["timeType"])
    given = point.get("offset") or {}
    offset = timedelta(**{name: int(given.get(name) or 0) for name in _OFFSETS})
    if point["indexReference"]["referenceType"] == "NOW":
        return millis(here + offset), millis(here + offset)
    if point["indexReference"]["referenceType"] != "TODAY":
        raise ValueError(point["indexReference"])
    return _day_from(here.replace(hour=0, minute=0, second=0, microsecond=0) + offset)


def _day_from(start: datetime) -> Span:
    return millis(start), millis(start + _DAY) - 1
