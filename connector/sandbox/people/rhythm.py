"""When people are at work, and when the public fills in forms: hours of the firm's zone.

Enters: days, aware moments, chance. Leaves: aware moments. Pure. Public holidays are not kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from connector.sandbox.company.chance import Chance

ZONE = ZoneInfo("Europe/Amsterdam")
SATURDAY = 5
MIDNIGHT = time()
BY_OFFICE_HOUR = (6, 9, 8, 5, 7, 9, 8, 5)
"""How much is done in each hour of an office day; lunch is at noon."""
BY_HOUR = (1, 1, 1, 1, 1, 1, 2, 4, 7, 9, 10, 9, 6, 7, 9, 9, 8, 6, 5, 6, 7, 6, 4, 2)
"""How many forms are filled in in each hour from midnight."""
WEEKEND = 0.35
"""The public on a Saturday or Sunday, beside a weekday."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Somebody's working hours from Monday to Friday; `off` is a weekday that is free (0 is Monday)."""

    start: time = time(9)
    minutes: int = 480
    off: int | None = None

    def works_on(self, day: date) -> bool:
        """Whether this is a working day."""
        return day.weekday() < SATURDAY and day.weekday() != self.off

    def begin(self, day: date) -> datetime:
        """When work begins on that day."""
        return datetime.combine(day, self.start, ZONE).astimezone(UTC)

    def end(self, day: date) -> datetime:
        """When it ends."""
        return self.begin(day) + timedelta(minutes=self.minutes)

    def after(self, moment: datetime, seconds: float) -> datetime:
        """The moment at which so many seconds of work have passed since `moment`."""
        left = timedelta(seconds=seconds)
        day = moment.astimezone(ZONE).date()
        while True:
            if self.works_on(day):
                begin = max(moment, self.begin(day))
                if begin + left < self.end(day):
                    return begin + left
                left -= max(self.end(day) - begin, timedelta(0))
            day += timedelta(days=1)


OFFICE = Hours()


def end_of_work(now: datetime, days: int) -> datetime:
    """Five o'clock on the n-th working day whose morning is still to come."""
    day = now.astimezone(ZONE).date()
    if now >= OFFICE.begin(day):
        day += timedelta(days=1)
    left = days
    while True:
        left -= OFFICE.works_on(day)
        if not left:
            return OFFICE.end(day)
        day += timedelta(days=1)


def somebody_works(moment: datetime) -> bool:
    """Whether anybody may be at work: early birds begin at eight, others stay until six."""
    local = moment.astimezone(ZONE)
    return OFFICE.works_on(local.date()) and 8 <= local.hour < 18


def office_moment(chance: Chance, day: date) -> datetime:
    """Some moment of an office day."""
    hour = chance.random.choices(range(len(BY_OFFICE_HOUR)), BY_OFFICE_HOUR)[0]
    return OFFICE.begin(day) + timedelta(hours=hour, seconds=chance.below(3600))


def public_moment(chance: Chance, day: date) -> datetime:
    """Some moment of any day, seldom at night."""
    hour = chance.random.choices(range(len(BY_HOUR)), BY_HOUR)[0]
    return midnight(day) + timedelta(hours=hour, seconds=chance.below(3600))


def midnight(day: date) -> datetime:
    """When that day begins in the firm's zone."""
    return datetime.combine(day, MIDNIGHT, ZONE).astimezone(UTC)


def hours(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The clock hours from `start` to `end`, the first and the last cut off there."""
    while start < end:
        whole = start.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        yield start, min(whole, end)
        start = whole
