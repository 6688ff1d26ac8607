"""Counts of what happened in the last seconds.

What enters: moments in seconds. What leaves: whether one more is allowed. It never looks at a clock.
"""

from __future__ import annotations

from collections import deque

from connector.sandbox.hubspot.errors import ApiError

LOCK_S = 2.0


class Window:
    """The requests of the last `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._times: deque[float] = deque()

    def used(self, now: float) -> int:
        """How many requests are still inside; a clock set back empties it."""
        while self._times and not 0 <= now - self._times[0] < self.seconds:
            self._times.popleft()
        return len(self._times)

    def add(self, now: float, count: int) -> None:
        """Counts so many at once."""
        self._times.extend([now] * count)

    def take(self, now: float, most: int | None) -> bool:
        """Counts one request unless `most` are inside already."""
        if self.used(now) >= (most if most is not None else float("inf")):
            return False
        self._times.append(now)
        return True


class CompanyLock:
    """Upserts of companies that come too quickly are locked out for two seconds.

    Source: HubSpot developers, "Handling errors", 423. Assumption: how many are too many, and the wording.
    """

    def __init__(self) -> None:
        self._upserts = Window(10)
        self._until = 0.0

    def check(self, now: float, count: int, most: int) -> None:
        """Counts so many companies. Raises ApiError 423 while the lock lasts, and when it begins."""
        if now >= self._until:
            if self._upserts.used(now) + count <= most:
                self._upserts.add(now, count)
                return
            self._upserts, self._until = Window(10), now + LOCK_S
        raise ApiError(
            423, "LOCKED", "The companies are locked by a high volume of upserts; retry in 2 seconds"
        )
