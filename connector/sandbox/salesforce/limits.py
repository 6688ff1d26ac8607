"""Request limits of an edition: what the org may ask in the last 24 hours, and at the same time.

In: each request with a valid session. Out: the usage header, and a refusal once an edition is set. Without
one requests are counted and nothing is refused. Source: Salesforce Developer Limits, "API Request Limits and
Allocations"; REST API Developer Guide, "Limit Info Header". Assumption: the allocation is a hard wall, and a
refused request does not count.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from connector.sandbox.salesforce.errors import ApiError

APP_NAME = "sandbox"
DAY = timedelta(hours=24)
SHOWN_WITHOUT_EDITION = 100_000
BULK_BATCHES, QUERY_JOBS = 15_000, 10_000  # in 24 hours, of every edition
TOTAL = "TotalRequests Limit exceeded."
CONCURRENT = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."


class ReadsTime(Protocol):
    """What is needed of a clock: the aware present."""

    def now(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Edition:
    """Requests in 24 hours, more of them for each licence, and how many may last 20 seconds at a time."""

    daily: int
    per_licence: int = 0
    concurrent: int = 25


EDITIONS = {
    "developer": Edition(15_000, concurrent=5),
    "professional": Edition(100_000, 1_000),
    "enterprise": Edition(100_000, 1_000),
    "unlimited": Edition(100_000, 5_000),
    "sandbox": Edition(5_000_000),
}


def edition_of(name: str) -> Edition:
    """The figures of an edition. Raises ValueError for an unknown one."""
    if name not in EDITIONS:
        raise ValueError(f"{name!r} is no edition; there are {', '.join(EDITIONS)}")
    return EDITIONS[name]


class Rolling:
    """What was used in the last 24 hours, kept by the second."""

    def __init__(self, clock: ReadsTime) -> None:
        self.clock = clock
        self._taken: deque[tuple[datetime, int]] = deque()
        self._total = 0

    def add(self, count: int = 1) -> None:
        """Counts so many now."""
        now = self._present()
        if self._taken and self._taken[-1][0] == now:
            self._taken[-1] = (now, self._taken[-1][1] + count)
        else:
            self._taken.append((now, count))
        self._total += count

    def used(self, lag: timedelta = timedelta(0)) -> int:
        """The count of the last 24 hours, without what is younger than `lag`. A clock set back empties it."""
        now = self._present()
        young = 0
        for moment, count in reversed(self._taken):
            if not lag or now - moment >= lag:
                break
            young += count
        return self._total - young

    def _present(self) -> datetime:
        """This second, after forgetting what is a day old."""
        now = self.clock.now().replace(microsecond=0)
        while self._taken and not timedelta(0) <= now - self._taken[0][0] < DAY:
            self._total -= self._taken.popleft()[1]
        return now


class Limits:
    """The counts of one org. What is not a method may be set at any time.

    `edition` None: nothing is refused. `licences` count with editions that allow more for each.
    `app_allowance` is what this app alone may ask in 24 hours (None: no such limit). `lag` is how late the
    usage is told.
    """

    def __init__(self, clock: ReadsTime, edition: str | None = None) -> None:
        self.clock = clock
        self.edition = edition
        self.licences = 10
        self.app_allowance: int | None = None
        self.lag = timedelta(0)
        self.own, self.others = Rolling(clock), Rolling(clock)
        self.bulk_batches, self.query_jobs = Rolling(clock), Rolling(clock)
        self._long: list[datetime | None] = []

    @property
    def daily(self) -> int:
        """Requests in 24 hours by all apps together."""
        if self.edition is None:
            return SHOWN_WITHOUT_EDITION
        figures = edition_of(self.edition)
        return figures.daily + figures.per_licence * self.licences

    def used(self) -> int:
        """Requests of the last 24 hours, of all apps."""
        return self.own.used() + self.others.used()

    def told(self) -> int:
        """The same as the usage header and the limits resource tell it."""
        return self.own.used(self.lag) + self.others.used(self.lag)

    def take(self) -> None:
        """Counts a request. Raises ApiError 403 when an edition does not allow it."""
        if self.edition is not None:
            if self.long_requests() >= edition_of(self.edition).concurrent:
                raise ApiError(403, "REQUEST_LIMIT_EXCEEDED", CONCURRENT)
            if self.used() >= self.daily or self._over_the_allowance():
                raise ApiError(403, "REQUEST_LIMIT_EXCEEDED", TOTAL)
        self.own.add()

    def _over_the_allowance(self) -> bool:
        """Assumption: an app beyond its own allowance is told the same as an org beyond its."""
        return self.app_allowance is not None and self.own.used() >= self.app_allowance

    def header(self) -> str:
        """The value of Sforce-Limit-Info."""
        text = f"api-usage={self.told()}/{self.daily}"
        if self.app_allowance is None:
            return text
        own = self.own.used(self.lag)
        return f"{text}; per-app-api-usage={own}/{self.app_allowance}(appName={APP_NAME})"

    # requests of others that last 20 seconds or more

    def occupy(self, count: int, seconds: float | None = None) -> None:
        """So many long requests are at work from now on: for `seconds`, or until this is called again."""
        end = None if seconds is None else self.clock.now() + timedelta(seconds=seconds)
        self._long = [end] * count

    def long_requests(self) -> int:
        """How many are still at work."""
        now = self.clock.now()
        return sum(1 for end in self._long if end is None or now < end)
