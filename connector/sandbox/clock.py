"""The one clock that both simulated CRMs share.

Enters: real time, and what tests and the control interface say. Leaves: aware UTC datetimes.
It never sleeps: time that passes for the records does not pass for the caller.
"""

import threading
from datetime import UTC, datetime, timedelta

FIRST, LAST = datetime(1971, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""The times that the clock can show: whoever counts years from them stays within what a datetime can be."""


class Clock:
    """Virtual time: real time plus an offset, or a time that stands still.

    `start` (aware; default the real present) is the time shown when the clock is made. With `frozen` the
    time only moves by `advance`, `set`, and one millisecond at each `tick`.
    """

    def __init__(self, start: datetime | None = None, frozen: bool = False) -> None:
        real = datetime.now(UTC)
        self.frozen = frozen
        self.start = _utc(start) if start is not None else real
        self._lock = threading.Lock()
        self._fixed = self.start
        self._offset = self.start - real

    def now(self) -> datetime:
        """The present virtual time, aware, in UTC."""
        with self._lock:
            return self._present()

    def advance(self, seconds: float) -> datetime:
        """Moves the time by so many seconds (negative: back) and returns the new present.

        Raises ValueError for a time before `FIRST` or from `LAST` on, OverflowError for one far outside.
        """
        with self._lock:
            self._shift(timedelta(seconds=seconds))
            return self._present()

    def set(self, moment: datetime) -> datetime:
        """Makes the present `moment` (aware) and returns it.

        Raises ValueError for a naive datetime, and for one before `FIRST` or from `LAST` on.
        """
        target = _utc(moment)
        with self._lock:
            self._shift(target - self._present())
            return self._present()

    @property
    def offset_s(self) -> float:
        """Seconds by which virtual time is ahead of real time."""
        with self._lock:
            return (self._present() - datetime.now(UTC)).total_seconds()

    def tick(self) -> datetime:
        """Called by the stores at each write request: moves a frozen clock by 1 ms; returns the present."""
        with self._lock:
            if self.frozen:
                self._shift(timedelta(milliseconds=1))
            return self._present()

    def _present(self) -> datetime:
        return self._fixed if self.frozen else datetime.now(UTC) + self._offset

    def _shift(self, by: timedelta) -> None:
        if not FIRST <= self._present() + by < LAST:
            raise ValueError(f"the clock goes from {FIRST:%Y} up to {LAST:%Y}")
        if self.frozen:
            self._fixed += by
        else:
            self._offset += by


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("the clock needs a datetime with a time zone")
    return moment.astimezone(UTC)
