"""Dates and points in time.

Enters: HubSpot's ISO texts or milliseconds since 1970, Salesforce's ISO texts
(``2026-10-01T12:00:00.000+0000``). Leaves: ``date``, or aware ``datetime`` in UTC with whole seconds.
Never: I/O, never the machine's own time zone. Sources: HubSpot developers, "Properties" guide; Salesforce
REST API guide, "Valid Date and DateTime Formats".
"""
# ruff: noqa: ARG002 - all converters have one signature, whether or not they need every argument

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from connector.mapping.convert import Context, Unmappable
from connector.mapping.converters.text import clean
from connector.model import Raw, Side, Value

MILLISECONDS = re.compile(r"-?\d{1,15}", re.ASCII)
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOON = time(12)


def parse_moment(text: str) -> datetime:
    """ISO text with an offset, or milliseconds since 1970, to UTC with whole seconds. A text without an
    offset is UTC. Raises Unmappable."""
    try:
        moment = _from_ms(text) if MILLISECONDS.fullmatch(text) else datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        raise Unmappable("invalid", "is not a date with a time") from None


def _from_ms(text: str) -> datetime:
    return EPOCH + timedelta(milliseconds=int(text))


def write_moment(moment: datetime, side: Side) -> str:
    """As that CRM likes it."""
    tail = "Z" if side is Side.HUBSPOT else ".000+0000"
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat() + tail


@dataclass(frozen=True, slots=True)
class Datetime:
    """A point in time, to the second: Salesforce keeps no fractions."""

    name: str = "datetime"
    lossy: bool = False

    def read(self, raw: Raw, side: Side, type: str, ctx: Context) -> Value:
        text = clean(raw)
        return None if text is None else parse_moment(text)

    def write(self, value: Value, side: Side, type: str, ctx: Context) -> Raw:
        if value is None:
            return None
        if not isinstance(value, datetime):
            raise Unmappable("invalid", "is not a date with a time")
        return write_moment(value, side)


@dataclass(frozen=True, slots=True)
class Date:
    """A calendar day. ``with_time``: the side that keeps a point in time instead (HubSpot's closedate); its
    day is taken in that account's time zone, and it is written as noon there, so that no clock change and
    hardly any reader's zone moves the day."""

    name: str = "date"
    with_time: Side | None = None

    @property
    def lossy(self) -> bool:
        return self.with_time is not None

    def read(self, raw: Raw, side: Side, type: str, ctx: Context) -> Value:
        text = clean(raw)
        if text is None:
            return None
        if side is self.with_time and not ISO_DATE.fullmatch(text):
            return _day(parse_moment(text), ctx, side)
        return _parse_day(text)

    def write(self, value: Value, side: Side, type: str, ctx: Context) -> Raw:
        if value is None:
            return None
        if not isinstance(value, date) or isinstance(value, datetime):
            raise Unmappable("invalid", "is not a date")
        if side is not self.with_time:
            return value.isoformat()
        try:
            return write_moment(datetime.combine(value, NOON, ctx.zone[side]), side)
        except OverflowError:
            raise Unmappable("invalid", "is too far away") from None


def _day(moment: datetime, ctx: Context, side: Side) -> date:
    try:
        return moment.astimezone(ctx.zone[side]).date()
    except OverflowError:
        raise Unmappable("invalid", "is too far away") from None


def _parse_day(text: str) -> date:
    """``2026-10-01``, or HubSpot's midnight UTC in milliseconds."""
    try:
        if ISO_DATE.fullmatch(text):
            return date.fromisoformat(text)
        if MILLISECONDS.fullmatch(text):
            return _from_ms(text).date()
    except (ValueError, OverflowError):
        pass
    raise Unmappable("invalid", "is not a date")
