"""What a rep does about a new lead, step by step, and when.

Enters: how a lead stands. Leaves: the next step and its moment. Pure. A lead's own chance decides once and
for all how it will be treated: after what working time it is accepted and first called (lognormal, each rep
at a pace of their own), how often, and how it ends. Some leads are never touched, which is what reports are
for. How far it has come is read from the records: who owns it, how many calls and meetings it has.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from itertools import accumulate

from connector.sandbox.company.chance import Chance
from connector.sandbox.people.rhythm import Hours

ACCEPT, CALL, MEET, CONVERT, CONVERT_ONLY, REJECT = (
    "lead_accepted",
    "lead_called",
    "lead_met",
    "lead_converted",
    "lead_converted_without_opportunity",
    "lead_rejected",
)
HOUR = 3600.0
ENDINGS = (CONVERT, CONVERT_ONLY, REJECT, None)
ENDING_SHARES = (24, 10, 38, 28)
"""None: the lead is left lying after the last attempt."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How a rep works: `pace` multiplies every delay, `forgets` is the share of leads never touched."""

    pace: float
    forgets: float
    hours: Hours


@dataclass(frozen=True, slots=True)
class Lead:
    """`created` is aware; `touches` counts calls and meetings; `owned`: a rep has it."""

    created: datetime
    owned: bool
    touches: int


def habits_of(chance: Chance) -> Habits:
    """What is typical of the rep to whom this chance belongs."""
    pace = chance.random.lognormvariate(0, 0.45)
    start = time(8 + chance.below(2), 30 * chance.below(2))
    free = chance.one_of((None, None, None, 2, 4))
    return Habits(pace, 0.04 + 0.2 * chance.draw(), Hours(start, 480, free))


def script(chance: Chance, habits: Habits) -> tuple[tuple[str, float], ...]:
    """All steps with the seconds of working time between each and the one before; none for a forgotten lead.

    The median lead is accepted after two hours and called 40 minutes later.
    """
    if chance.happens(habits.forgets):
        return ()
    delays = [(ACCEPT, _after(chance, 2 * HOUR, 1.1)), (CALL, _after(chance, 0.67 * HOUR, 0.9))]
    delays += [(CALL, _after(chance, 9 * HOUR, 0.6)) for _ in range(chance.below(4))]
    ending = chance.random.choices(ENDINGS, ENDING_SHARES)[0]
    if ending in (CONVERT, CONVERT_ONLY):
        delays.append((MEET, _after(chance, 14 * HOUR, 0.5)))
    if ending is not None:
        delays.append((ending, _after(chance, 4 * HOUR, 0.8)))
    return tuple((step, seconds * habits.pace) for step, seconds in delays)


def _after(chance: Chance, median: float, spread: float) -> float:
    return median * chance.random.lognormvariate(0, spread)


def next_step(chance: Chance, habits: Habits, lead: Lead) -> tuple[datetime, str] | None:
    """What is done next with this lead, and when; None when nothing is."""
    steps = script(chance, habits)
    place = 1 + lead.touches if lead.owned else 0
    if place >= len(steps):
        return None
    seconds = list(accumulate(delay for _, delay in steps))[place]
    return habits.hours.after(lead.created, seconds), steps[place][0]
