"""While a run lives: its clock, its lease, and the mark by which a restored state is recognised.

Enters: the state, a file beside the key. Leaves: the time, a renewed lease, the mark. Never: a decision about
a record.
"""

import os
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from connector.errors import Stop
from connector.state.store import Store
from connector.state.translate import translated
from connector.sync.progress import Progress

RENEW_S = 10.0


@dataclass(slots=True)
class Clock:
    """The CRMs' time now, by our own stopwatch. Asking for it renews the lease and notes how far the state
    has come."""

    store: Store
    mark: Path | None
    start: datetime
    started: float = field(default_factory=time.monotonic)

    def __call__(self) -> datetime:
        """The time, aware. Raises Stop when another run has taken the lease."""
        now = self.start + timedelta(seconds=time.monotonic() - self.started)
        self.store.renew(now)
        note_generation(self.store, self.mark)
        return now


@dataclass(slots=True)
class Alive:
    """Progress that also keeps the lease while long reads go on."""

    inner: Progress
    clock: Clock
    renewed: float = field(default_factory=time.monotonic)

    def step(self, stage: str, done: int, total: int | None) -> None:
        """Pass it on; every few seconds renew the lease."""
        if time.monotonic() - self.renewed > RENEW_S:
            self.clock()
            self.renewed = time.monotonic()
        self.inner.step(stage, done, total)


def note_generation(store: Store, mark: Path | None) -> None:
    """Write the state's generation to the mark, whole or not at all. The mark stands beside the key, not
    beside the state, so that a backup of the state does not bring it along. Raises Stop(reason="disk")."""
    if mark is None:
        return
    fresh = mark.with_name(mark.name + ".new")
    generation = store.generation()
    with translated(str(mark)):
        fresh.write_text(f"{generation}\n")
        os.replace(fresh, mark)


def refuse_restored(store: Store, mark: Path | None) -> None:
    """Raises Stop(reason="state") when the state is older than what was noted last: from an old base, old
    values would win; Stop(reason="disk") when the mark cannot be read."""
    try:
        with translated(str(mark)):
            seen = int(mark.read_text()) if mark is not None and mark.exists() else 0
    except ValueError:
        return
    if store.generation() < seen:
        fix = (
            f"put the latest state back; or move the state and {mark} away: both CRMs are then compared as "
            "at first contact, and a plan shows it before anything is written"
        )
        message = "the state is older than the one used last: it was restored from a backup, or begun anew"
        raise Stop(message, fix=fix, reason="state")
