"""Every point at which a run touches the world outside: a request, a transaction, a file. One of them fails.

Enters: which point, and how. Leaves: how many there were. Nothing of the product is replaced: Python's own
audit events tell of requests and files (docs.python.org, "Audit events table"), SQLAlchemy's of
transactions. Audit hooks stay for good, so this belongs into a process that soon ends.
"""

import errno
import sqlite3
import sys
import threading
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa

from connector.state.spool import PREFIX

Way = Literal["kill", "full", "locked", "io", "spool"]


class Killed(BaseException):
    """The process is dead from here on: whatever it still tries to do fails like this."""


class Points:
    """Counts the points of a run in this folder, by kind; the n-th one fails in one way.

    ``kill``: dead before any point. ``full``: no room at a commit. ``locked``: another program holds the
    state as a transaction begins. ``io``: a file cannot be opened, renamed or removed. ``spool``: the
    working file may have n pages and no more.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder)
        self.seen: Counter[str] = Counter()
        self._thread = threading.get_ident()
        self._way: Way | None = None
        self._at = 0
        self._dead = False
        self._opened = ""
        self._spool: sqlite3.Connection | None = None
        sys.addaudithook(self._audited)
        sa.event.listen(sa.Engine, "begin", self._begun)
        sa.event.listen(sa.Engine, "commit", self._committed)

    def arm(self, way: Way, at: int) -> None:
        """From now on points are counted from one, and the ``at``-th fails this way."""
        self.seen.clear()
        self._way, self._at, self._dead = way, at, False

    def disarm(self) -> bool:
        """Nothing fails any more; whether something had."""
        fired, self._way, self._dead = self._dead or self._at < 0, None, False
        return fired

    # ------------------------------------------------------------ what tells us

    def _audited(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._way is None or threading.get_ident() != self._thread:
            return
        if event == "http.client.send":
            self._limit_spool()
            self._point("request")
        elif event in ("open", "os.rename", "os.remove", "sqlite3.connect"):
            self._opened = str(arguments[0])
            if self.folder in self._opened:
                self._point("file")
            if event == "sqlite3.connect" and PREFIX in self._opened and self._way == "spool":
                self._small_pages(self._opened)
        elif event == "sqlite3.connect/handle" and self._way == "spool" and PREFIX in self._opened:
            self._spool = arguments[0]  # not open yet

    def _small_pages(self, path: str) -> None:
        """Many small pages, so that there are many places to run out of them."""
        way, self._way = self._way, None
        with closing(sqlite3.connect(path, isolation_level=None)) as file:
            file.executescript("PRAGMA page_size=512; CREATE TABLE one (a); DROP TABLE one;")
        self._way = way

    def _limit_spool(self) -> None:
        if self._spool is not None:
            self._spool.execute(f"PRAGMA max_page_count={self._at}")
            self._spool = None

    def _begun(self, connection: sa.Connection) -> None:
        if connection.get_execution_options().get("smarketing_writes"):
            self._point("begin")

    def _committed(self, connection: sa.Connection) -> None:
        if connection.get_execution_options().get("smarketing_writes"):
            self._point("commit")

    def _point(self, kind: str) -> None:
        if self._way is None or threading.get_ident() != self._thread:
            return
        if self._dead:
            raise Killed
        self.seen[kind] += 1
        if self._way == "kill":
            if self.seen.total() == self._at:
                self._dead = True
                raise Killed
            return
        wanted = {"full": "commit", "locked": "begin", "io": "file"}.get(self._way)
        if kind == wanted and self.seen[kind] == self._at:
            self._at = -1
            raise self._error()

    def _error(self) -> Exception:
        if self._way == "io":
            return OSError(errno.ENOSPC, "No space left on device")
        code = sqlite3.SQLITE_FULL if self._way == "full" else sqlite3.SQLITE_BUSY
        error = sqlite3.OperationalError("database or disk is full" if self._way == "full" else "locked")
        error.sqlite_errorcode = code
        return error
