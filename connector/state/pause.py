"""The kill switch: a file in the state's folder, and, where the state is shared, a word in it.

Enters: a folder, and the state if it is open. Leaves: whether a person has paused the sync. The file is
looked at without the state, so that the switch works while the state is busy; a file that cannot be
understood pauses too.
"""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson

from connector.errors import Stop
from connector.state.store import Store

FILE = "paused"
"""Name of the file; an empty one made by hand (``touch``) counts."""
META = "paused"
"""Name of the meta entry of a state on PostgreSQL, which all its hosts see; blank: not paused."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Who paused the sync, when (aware; None when nobody said), and why."""

    at: datetime | None = None
    by: str = ""
    reason: str = ""

    def __str__(self) -> str:
        since = f" since {self.at:%Y-%m-%d %H:%M} UTC" if self.at is not None else ""
        by = f" by {self.by}" if self.by else ""
        return f"paused{since}{by}" + (f": {self.reason}" if self.reason else "")


@dataclass(frozen=True, slots=True)
class Switch:
    """``folder``: where the state's work files are; ``store``: the open state, None to look at the file
    alone."""

    folder: Path
    store: Store | None = None

    def pause(self) -> Pause | None:
        """What keeps the sync from writing, on this host or on all; None when nothing does."""
        here = _read(self.folder / FILE)
        return here if here is not None or not self._is_shared() else self._told()

    def is_on(self) -> bool:
        return self.pause() is not None

    def refuse(self) -> None:
        """Raises Stop(reason="paused") while a pause lasts."""
        pause = self.pause()
        if pause is not None:
            fix = "smarketing resume, when the reason is gone; nothing is lost meanwhile"
            raise Stop(f"the sync is {pause}", fix=fix, reason="paused")

    def turn_on(self, pause: Pause) -> None:
        """Pause this host: at once, without the state. Raises OSError."""
        fresh = self.folder / f"{FILE}.new"
        fresh.write_bytes(_dumps(pause))
        os.replace(fresh, self.folder / FILE)

    def tell(self, pause: Pause | None) -> None:
        """Pause, or no longer pause, all hosts of a state on PostgreSQL. Raises Retry when it does not
        answer."""
        if self.store is not None and self._is_shared():
            self.store.set_meta(META, _dumps(pause).decode() if pause is not None else "")

    def turn_off(self) -> None:
        """End the pause of this host. Raises OSError."""
        (self.folder / FILE).unlink(missing_ok=True)

    def _is_shared(self) -> bool:
        return self.store is not None and self.store.path is None

    def _told(self) -> Pause | None:
        text = self.store.get_meta(META) if self.store is not None else None
        return _parsed(text.encode()) if text else None


def _read(file: Path) -> Pause | None:
    try:
        return _parsed(file.read_bytes())
    except FileNotFoundError:
        return None
    except OSError:
        return Pause()


def _dumps(pause: Pause) -> bytes:
    return orjson.dumps({"at": pause.at, "by": pause.by, "reason": pause.reason})


def _parsed(text: bytes) -> Pause:
    try:
        found = orjson.loads(text)
        return Pause(datetime.fromisoformat(found["at"]), str(found["by"]), str(found["reason"]))
    except (ValueError, TypeError, KeyError):
        return Pause()
