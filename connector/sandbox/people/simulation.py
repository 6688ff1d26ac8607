"""People at work in both CRMs: what they do, in the order of time.

Enters: a world and a seed. Leaves: changed records, the clock moved along, and acts. Everything is done as
people, workflows and imports do it, by the stores' own rules. Nothing is remembered from one call to the
next: what happens follows from the seed, the clock and the records alone, so that a simulation that was
stopped goes on as if it had not been.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from heapq import heappop, heappush
from itertools import count

from connector.sandbox.company.chance import chance_of
from connector.sandbox.company.seeding import hire_if_empty
from connector.sandbox.hubspot.errors import ApiError as HubSpotRefusal
from connector.sandbox.people import diary, events, rhythm, routines
from connector.sandbox.people.acts import Act, Planned, Scene
from connector.sandbox.salesforce.errors import ApiError, RecordError
from connector.sandbox.world import World

REFUSALS = (HubSpotRefusal, ApiError, RecordError)
"""What a person reads on the screen when the CRM does not take it."""


@dataclass(frozen=True, slots=True)
class Step:
    """What comes next, at `at` (aware): an act, or a look around that is none. `take` may answer None."""

    at: datetime
    take: Callable[[], Act | None]


@dataclass(slots=True)
class Agenda:
    """What is still to come, the earliest first; what is due at once, in the order of noting."""

    _heap: list[tuple[datetime, int, Planned]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    def note(self, plans: Iterable[Planned]) -> None:
        for planned in plans:
            heappush(self._heap, (planned.at, next(self._numbers), planned))

    def before(self, end: datetime) -> Planned | None:
        """Takes the next thing that is due before `end`."""
        return heappop(self._heap)[2] if self._heap and self._heap[0][0] < end else None


class Simulation:
    """A company at work. With `rare`, also what happens only every few weeks: imports, people who leave,
    renamed fields, new stages. `refused` counts what the CRMs did not take, by kind of act."""

    def __init__(self, world: World, seed: int, rare: bool = True) -> None:
        self.world, self.seed, self.rare = world, seed, rare
        self.refused: Counter[str] = Counter()
        self._diary: dict[date, list[Planned]] = {}
        hire_if_empty(world)

    def run(self, days: int = 1) -> list[Act]:
        """Works until five o'clock on the n-th working day whose morning is still to come; nights and
        weekends pass too. Returns what was done."""
        return self.run_until(rhythm.end_of_work(self.world.clock.now(), days))

    def run_until(self, moment: datetime) -> list[Act]:
        """Works until the clock shows `moment` (aware). Returns what was done."""
        return list(self.acts(moment))

    def acts(self, until: datetime) -> Iterator[Act]:
        """The same as a stream: each act is done when it is asked for, at its own time."""
        return _taken(self.steps(until))

    def steps(self, until: datetime) -> Iterator[Step]:
        """What will be done up to `until`, for whoever wants to wait before each step. After the last one the
        clock shows `until` at least."""
        agenda = Agenda()
        for start, end in rhythm.hours(self.world.clock.now().astimezone(UTC), until.astimezone(UTC)):
            yield Step(start, partial(self._look, agenda, start, end))
            while (planned := agenda.before(end)) is not None:
                yield Step(planned.at, partial(self._do, agenda, planned))
        yield from self._rest(agenda, until)
        yield Step(until, partial(self._be_at, until))

    def happen(self, what: str, **options: int | str) -> list[Act]:
        """Lets one of the `EVENTS` happen now, with its options, and what follows from it.

        Raises LookupError for an unknown one, ValueError for options that it does not take.
        """
        return list(_taken(self.happening(what, **options)))

    def happening(self, what: str, **options: int | str) -> Iterator[Step]:
        """The same in steps; raises before the first."""
        agenda, now = Agenda(), self.world.clock.now()
        agenda.note([events.planned(what, now, options)])
        return self._rest(agenda, now)

    def _rest(self, agenda: Agenda, end: datetime) -> Iterator[Step]:
        """What is noted, and what follows from it within a day of `end`."""
        while (planned := agenda.before(end + timedelta(days=1))) is not None:
            yield Step(planned.at, partial(self._do, agenda, planned))

    def _look(self, agenda: Agenda, start: datetime, end: datetime) -> None:
        """Everybody looks at the records and at the diary for what is to be done in this hour."""
        self._be_at(start)
        for day in sorted({each.astimezone(rhythm.ZONE).date() for each in (start, end)}):
            agenda.note(each for each in self._day(day) if start <= each.at < end)
        agenda.note(routines.due(self.world, self.seed, start, end))

    def _day(self, day: date) -> list[Planned]:
        if day not in self._diary:
            self._diary = {each: plans for each, plans in self._diary.items() if (day - each).days == 1}
            self._diary[day] = diary.entries(self.world, self.seed, day, self.rare)
        return self._diary[day]

    def _do(self, agenda: Agenda, planned: Planned) -> Act | None:
        self._be_at(planned.at)
        scene = Scene(self.world, self.seed, planned.at, chance_of(self.seed, *planned.key))
        try:
            done = planned.deed(scene)
        except REFUSALS:
            self.refused[planned.what] += 1
            return None
        if done is None:
            return None
        agenda.note(done.then)
        return Act(planned.at, done.who, planned.what, done.records)

    def _be_at(self, moment: datetime) -> None:
        """Moves the clock there, never back."""
        if moment > self.world.clock.now():
            self.world.clock.set(moment)


def _taken(steps: Iterable[Step]) -> Iterator[Act]:
    for step in steps:
        act = step.take()
        if act is not None:
            yield act
