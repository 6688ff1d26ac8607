"""People who keep working while both CRMs are served: the clock runs faster than real time.

Enters: a simulation and a speed. Leaves: changed records, a line for each act. It runs in the loop of the
servers, an act at a time, so that no request ever sees half an act. Nights and weekends pass at once, but for
a short pause after each act.
"""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta

from connector.sandbox.people import rhythm
from connector.sandbox.people.acts import Act
from connector.sandbox.people.simulation import Simulation

TICK_S = 1.0
"""The clock of a working hour moves this often."""
OFF_HOURS_S = 0.5
"""How long an act at night stands before the next one."""


async def keep_working(simulation: Simulation, speed: float) -> None:
    """Works and prints until it is canceled. What breaks the work is told once, without the values it
    happened with; the servers go on."""
    try:
        await work(simulation, speed, lambda text: print(text, flush=True))
    except Exception as error:  # noqa: BLE001 - whatever it is
        place = traceback.extract_tb(error.__traceback__)[-1]
        words = f"people stopped working: {type(error).__name__} in {place.name}, line {place.lineno}"
        print(words, file=sys.stderr, flush=True)


async def work(simulation: Simulation, speed: float, say: Callable[[str], None]) -> None:
    """Works until it is canceled. `speed`: so many seconds of a working hour pass in one real second."""
    world = simulation.world
    while True:
        for step in simulation.steps(rhythm.end_of_work(world.clock.now(), 1)):
            await _wait(simulation, step.at, speed)
            act = step.take()
            if act is not None:
                say(line(act))
                world.save()
                await asyncio.sleep(0 if rhythm.somebody_works(act.at) else OFF_HOURS_S)


async def _wait(simulation: Simulation, at: datetime, speed: float) -> None:
    """Until the clock shows `at`; only time in which somebody works takes real time."""
    clock = simulation.world.clock
    while (now := clock.now()) < at:
        if not rhythm.somebody_works(now):
            clock.set(min(at, _next_hour(now)))
            await asyncio.sleep(0)
            continue
        seconds = min(TICK_S, (at - now).total_seconds() / speed)
        await asyncio.sleep(seconds)
        clock.set(max(clock.now(), min(at, now + timedelta(seconds=seconds * speed))))


def _next_hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def line(act: Act) -> str:
    """One act in plain words: when (in the firm's zone), who, what, which records."""
    when = act.at.astimezone(rhythm.ZONE)
    return f"{when:%a %d %b %H:%M:%S}  {act.who}: {act.what.replace('_', ' ')} ({act.named()})"
