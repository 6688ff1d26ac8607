"""Own values: what the connector itself works out of a person and shows in fields of its own.

Enters: what is known of the stage. Leaves: ``OwnValue``, and how a CRM holds one. Never: I/O. Such a value is
never compared with the other side, nobody's edit of it counts, and an undo leaves it alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from connector.mapping.convert import Unmappable
from connector.mapping.converters.moments import parse_moment, write_moment
from connector.model import Raw, Side, StageNow, Value

STAGE_NOTE = "stage_note"
STAGE_ENTERED_AT = "stage_entered_at"
HANDED_OVER_AT = "handed_over_at"


@dataclass(frozen=True, slots=True)
class OwnValue:
    """One value and the sides that show it. ``name``: of a row in ``mapping.own_fields.DERIVED``."""

    name: str
    value: Value
    sides: tuple[Side, ...] = tuple(Side)


def of_stage(now: StageNow | None) -> Iterator[OwnValue]:
    """The clocks of a person's stage, for both teams to see. Nothing while nobody has given a stage."""
    if now is not None and now.stage is not None:
        yield OwnValue(STAGE_ENTERED_AT, now.since)
        yield OwnValue(HANDED_OVER_AT, now.handed_over_at)


def raw_of(value: Value, side: Side) -> Raw:
    """As that CRM holds it: times to the second. ValueError for a kind of value that no own field has."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return value if side is Side.SALESFORCE else str(value).lower()
    if isinstance(value, datetime):
        return write_moment(value, side)
    raise ValueError(f"no own field holds a {type(value).__name__}")


def reads_as(raw: Raw, value: Value) -> bool:
    """Whether a CRM's field shows this value already, however it spells it."""
    if isinstance(value, datetime):
        try:
            return raw is not None and parse_moment(str(raw)) == value.replace(microsecond=0)
        except Unmappable:
            return False
    if isinstance(value, bool):
        return str(raw).lower() == str(value).lower()
    return raw == value or (raw in (None, "") and value in (None, ""))
