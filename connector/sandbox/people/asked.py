"""What the control interface asks of the people at work.

Enters: a world and a JSON body. Leaves: JSON. Raises ValueError for a body that makes no sense and
LookupError for an event that there is not.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from connector.sandbox.people import rhythm
from connector.sandbox.people.acts import Act
from connector.sandbox.people.day import work_a_day
from connector.sandbox.people.simulation import Simulation
from connector.sandbox.world import World

LONGEST = timedelta(days=366)


def day(world: World, body: dict[str, Any]) -> dict[str, int]:
    """{"seed"?, "days"?}: how often what was done."""
    counts = work_a_day(world, _whole(body, "seed", world.seed), _days(body))
    world.save()
    return counts


def people(world: World, body: dict[str, Any]) -> dict[str, Any]:
    """{"seed"?, "rare"?} with one of {"days"}, {"hours"}, {"until"} or {"event", "options"?}: the acts."""
    simulation = Simulation(world, _whole(body, "seed", world.seed), rare=body.get("rare", True) is True)
    acts = _acts(simulation, body)
    world.save()
    now, refused = world.clock.now().isoformat(), dict(simulation.refused)
    return {"now": now, "acts": [act.as_json() for act in acts], "refused": refused}


def _acts(simulation: Simulation, body: dict[str, Any]) -> list[Act]:
    if "event" in body:
        options = body.get("options", {})
        if not isinstance(options, dict):
            raise ValueError('"options" must be an object')
        return simulation.happen(str(body["event"]), **options)
    return simulation.run_until(_until(simulation.world, body))


def _until(world: World, body: dict[str, Any]) -> datetime:
    now = world.clock.now()
    if "until" in body:
        until = datetime.fromisoformat(str(body["until"]))
        if until.tzinfo is None:
            raise ValueError('"until" must be an ISO time with a zone')
    elif "hours" in body:
        until = now + timedelta(hours=_whole(body, "hours", 1, LONGEST.days * 24))
    else:
        until = rhythm.end_of_work(now, _days(body))
    if until - now > LONGEST:
        raise ValueError("people work for a year at most")
    return until


def _days(body: dict[str, Any]) -> int:
    days = _whole(body, "days", 1, LONGEST.days * 5 // 7)
    if not days:
        raise ValueError('"days" must be 1 or more')
    return days


def _whole(body: dict[str, Any], key: str, default: int, most: int = 10**9) -> int:
    value = body.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise ValueError(f'"{key}" must be a whole number from 0 to {most}')
    return value
