"""A working day in both CRMs, counted.

Enters: a world, a seed, a number of days. Leaves: the clock at the end of the last day, changed records, and
how often what was done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from connector.sandbox.people.acts import Act
from connector.sandbox.people.diary import HABITS
from connector.sandbox.people.simulation import Simulation
from connector.sandbox.world import World


def work_a_day(world: World, seed: int, days: int = 1) -> dict[str, int]:
    """Works until five o'clock in Amsterdam on the n-th working day whose morning is still to come.

    Returns how often each kind of thing was done; nothing happens that happens only every few weeks. The same
    seed on the same records does the same things.
    """
    return counted(Simulation(world, seed, rare=False).run(days))


def counted(acts: Iterable[Act]) -> dict[str, int]:
    """How often each kind of thing was done, every habit included."""
    return {**{habit.what: 0 for habit in HABITS}, **Counter(act.what for act in acts)}
