"""What the control interface asks of the people at work.

Enters: a world and a JSON body. Leaves: JSON. Raises ValueError for a body that makes no sense and
LookupError for an event that there is not. It runs in the loop of the servers, an act at a time, so that
requests are answered in between; of two such requests the second waits for the first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from connector.sandbox.people import rhythm
from connector.sandbox.people.acts import Act
from connector.sandbox.people.day import counted
from connector.sandbox.people.simulation import Simulation, Step
from connector.sandbox.world import World

LONGEST = timedelta(days=366)


async def day(world: World, body: dict[str, Any]) -> dict[str, int]:
    """{"seed"?, "days"?}: how often what was done."""
    seed, days = _whole(body, "seed", world.seed), _days(body)
    async with world.at_work:
        simulation = Simulation(world, seed, rare=False)
        return counted(await _done(simulation, _until_end_of_work(simulation, days)))


async def people(world: World, body: dict[str, Any]) -> dict[str, Any]:
    """{"seed"?, "rare"?} with one of {"days"}, {"hours"}, {"until"} or {"event", "options"?}: the acts."""
    seed = _whole(body, "seed", world.seed)
    async with world.at_work:
        simulation = Simulation(world, seed, rare=body.get("rare", True) is True)
        acts = await _done(simulation, _steps(simulation, body))
        now, refused = world.clock.now().isoformat(), dict(simulation.refused)
    return {"now": now, "acts": [act.as_json() for act in acts], "refused": refused}


async def _done(simulation: Simulation, steps: Iterator[Step]) -> list[Act]:
    done = []
    for step in steps:
        act = step.take()
        if act is not None:
            done.append(act)
        await asyncio.sleep(0)
    simulation.world.save()
    return done


def _until_end_of_work(simulation: Simulation, days: int) -> Iterator[Step]:
    return simulation.steps(rhythm.end_of_work(simulation.world.clock.now(), days))


def _steps(simulation: Simulation, body: dict[str, Any]) -> Iterator[Step]:
    if "event" in body:
        options = body.get("options", {})
        if not isinstance(options, dict):
            raise ValueError('"options" must be an object')
        return simulation.happening(str(body["event"]), **options)
    return simulation.steps(_until(simulation.world, body))


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
