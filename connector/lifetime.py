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
from connector.state.runs import DOUBT
from connector.state.store import Store
from connector.state.translate import damaged, translated
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


def refuse_doubtful(store: Store, mark: Path | None) -> None:
    """Raises Stop(reason="state") when the state may be behind what was written: it was put back from a
    backup, begun anew, or its history was tampered with. From an old base, old values would win.
    Stop(reason="disk") when the mark cannot be read."""
    problems = store.verify_recent()
    if problems:
        raise damaged(store.place, problems[0])
    why = doubt(store, mark)
    if why:
        fix = (
            "put the latest state back (`smarketing state restore FILE`), or run `smarketing state rebuild`: "
            "it reads both CRMs, writes to neither, and leaves what differs to you"
        )
        raise Stop(why, fix=fix, reason="state")


def doubt(store: Store, mark: Path | None) -> str:
    """Why the state must be rebuilt before anything is written from it, "" when it need not."""
    noted = store.get_meta(DOUBT)
    if noted:
        return DOUBTS.get(noted, noted)
    seen = seen_generation(mark)
    if seen is not None and store.generation() < seen:
        return (
            f"the state is older than the one used last (so says {mark}): it was put back from a backup, "
            "or begun anew"
        )
    return ""


def begin_rebuild(store: Store, mark: Path | None) -> int:
    """From here to the end of the rebuild no other run starts; what was approved of older plans is forgotten.
    Returns the fence, which is now above that of any run on a younger state."""
    store.set_meta(DOUBT, "rebuilding")
    store.forget_plans()
    return store.outrun(seen_generation(mark) or 0)  # every run counted the generation up at least once


def end_rebuild(store: Store, mark: Path | None) -> None:
    """The state is the youngest again."""
    store.raise_generation(seen_generation(mark) or 0)
    store.set_meta(DOUBT, "")
    note_generation(store, mark)


DOUBTS = {
    "restored": "the state was restored from a backup, and something was written since that backup was made",
    "rebuilding": "a rebuild of the state was broken off",
}


def seen_generation(mark: Path | None) -> int | None:
    """The generation that was noted last, None where nothing was. Raises Stop(reason="disk")."""
    try:
        with translated(str(mark)):
            return int(mark.read_text()) if mark is not None and mark.exists() else None
    except ValueError:
        return None
