"""Lifecycle stages: their order, the dates at which they were entered, and the moves HubSpot makes by itself.

What enters: a row and the stage wanted. What leaves: property changes. It never writes.
Source: HubSpot knowledge base, "Use contact and company lifecycle stages"; developers' community on the
API that only moves forward.
"""

from __future__ import annotations

from connector.sandbox.hubspot.schema import Schema
from connector.sandbox.hubspot.values import iso, parse_moment

Changes = dict[str, str | None]


def is_backward(schema: Schema, object_type: str, now: str | None, wanted: str | None) -> bool:
    """True when the API would silently leave the stage as it is. Clearing is never backward."""
    order = schema.stages(object_type)
    if not now or not wanted or now not in order or wanted not in order:
        return False
    return order.index(wanted) < order.index(now)


def furthest(schema: Schema, object_type: str, first: str | None, second: str | None) -> str | None:
    """The later of two stages; a blank counts as before all."""
    return first if is_backward(schema, object_type, first, second) else second or first


def stage_dates(props: dict[str, str], before: str | None, after: str | None, now_ms: int) -> Changes:
    """What a stage change sets: entered, exited, milliseconds spent, and the legacy "became a ... date".

    Assumption: the time spent in a stage is known when it is left.
    """
    if before == after:
        return {}
    out: Changes = {}
    if after:
        out[f"hs_v2_date_entered_{after}"] = iso(now_ms)
        legacy = f"hs_lifecyclestage_{after}_date"
        out[legacy] = props.get(legacy) or iso(now_ms)
    if before:
        out[f"hs_v2_date_exited_{before}"] = iso(now_ms)
        entered = parse_moment(props.get(f"hs_v2_date_entered_{before}", ""))
        spent = max(0, now_ms - entered) if entered is not None else 0
        total = f"hs_v2_cumulative_time_in_{before}"
        out[f"hs_v2_latest_time_in_{before}"] = str(spent)
        out[total] = str(int(props.get(total, "0")) + spent)
    return out


def stage_wanted_by_deal(is_won: bool, is_lost: bool) -> str | None:
    """The stage of the people and companies of a deal; a lost deal moves nobody."""
    if is_lost:
        return None
    return "customer" if is_won else "opportunity"
