"""A working day in both CRMs.

Enters: a world and a seed. Leaves: the clock at the end of the day, changed records, and counts of what was
done. Everything is done as people do it: by the stores' own rules, at the time shown by the clock.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from connector.sandbox.company.acts import ACTS, Day
from connector.sandbox.company.chance import Chance
from connector.sandbox.company.seeding import Summary
from connector.sandbox.company.workplace import workplace
from connector.sandbox.world import World

ZONE = ZoneInfo("Europe/Amsterdam")
MORNING, HOURS = time(9), 8
SHARE = 0.03
"""Acts for each HubSpot contact."""


def work_a_day(world: World, seed: int) -> Summary:
    """Moves the clock to the next working morning, nine o'clock in Amsterdam, and works for eight hours.

    Returns how often each kind of thing was done. The same seed on the same records does the same things.
    """
    morning = next_working_morning(world.clock.now())
    chance = Chance(seed * 100_003 + morning.toordinal(), morning)
    place = workplace(world, chance)
    day = Day(world, chance, place, morning.toordinal())
    planned = _planned(chance, place.contacts_in_hubspot)
    done: Summary = {act.__name__: 0 for act in ACTS}
    world.clock.set(morning)
    for act in planned:
        done[act.__name__] += act(day)
        world.clock.advance(HOURS * 3600 / len(planned))
    return done


def next_working_morning(now: datetime) -> datetime:
    """Nine o'clock in Amsterdam on the first Monday to Friday whose morning is still to come; aware."""
    local = now.astimezone(ZONE)
    day = local.date() if local.time() < MORNING else local.date() + timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return datetime.combine(day, MORNING, ZONE)


def _planned(chance: Chance, contacts: int) -> list[Callable[[Day], bool]]:
    acts = [
        act for act, percent in ACTS.items() for _ in range(max(1, ceil(SHARE * contacts * percent / 100)))
    ]
    chance.random.shuffle(acts)
    return acts
