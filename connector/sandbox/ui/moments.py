"""Times as a person in the CRM's time zone reads and writes them.

Enters: the stamps of both CRMs, and what a browser sends. Leaves: local texts, and ISO texts in UTC. It never
asks a clock.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def read(text: str) -> datetime | None:
    """An aware datetime of an ISO text with a zone, else None."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def shown(text: str, zone: ZoneInfo) -> str:
    """`2026-11-23 10:00`; what is no moment is shown as it is."""
    moment = read(text)
    return text if moment is None else _local(moment, zone, " ")


def for_input(text: str, zone: ZoneInfo) -> str:
    """`2026-11-23T10:00`, as a browser's input wants it; blank for what is no moment."""
    moment = read(text)
    return "" if moment is None else _local(moment, zone, "T")


def from_input(text: str, zone: ZoneInfo) -> str:
    """ISO in UTC with milliseconds and Z; what is no local moment is left for the CRM to refuse."""
    try:
        moment = datetime.fromisoformat(text.strip())
        moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (ValueError, OverflowError):
        return text


def sortable(text: str) -> str:
    """A text that orders as the moments do, whichever CRM wrote it."""
    moment = read(text)
    return text if moment is None else moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _local(moment: datetime, zone: ZoneInfo, between: str) -> str:
    try:
        return moment.astimezone(zone).strftime(f"%Y-%m-%d{between}%H:%M")
    except OverflowError:
        return moment.isoformat()
