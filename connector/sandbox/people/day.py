"""A working day in both CRMs, counted.

Enters: a world, a seed, a number of days. Leaves: the clock at the end of the last day, changed records, and
how often what was done.
"""

from __future__ import annotations

from collections import Counter

from connector.sandbox.people.diary import HABITS
from connector.sandbox.people.simulation import Simulation
from connector.sandbox.world import World


def work_a_day(world: World, seed: int, days: int = 1) -> dict[str, int]:
    """Works until five o'clock in Amsterdam on the n-th working day whose morning is still to come.

    Returns how often each kind of thing was done; nothing happens that happens only every few weeks. The same
    seed on the same records does the same things.
    """
    done = Counter(act.what for act in Simulation(world, seed, rare=False).run(days))
    return {**{habit.what: 0 for habit in HABITS}, **done}
