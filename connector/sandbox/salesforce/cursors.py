"""Open query results: what `nextRecordsUrl` goes on with.

In: the rows that a query found, by row number. Out: the next page's row numbers. A cursor is a list of which
records come next, not of their values. Assumption: values are read when the page is asked for.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.sandbox.salesforce.ids import new_id
from connector.sandbox.salesforce.soql.plan import Compiled

LIFETIME = timedelta(days=2)
MOST_OPEN = 10  # per user; the oldest is closed (SOAP API Developer Guide, "query()")


@dataclass(frozen=True, slots=True)
class Cursor:
    """One open result."""

    query: Compiled
    rows: array[int]
    opened: datetime
    text: str  # of the whole statement, to point at places in it
    include_deleted: bool


class Cursors:
    """The open results of the running user. In memory only: a restart loses them."""

    def __init__(self) -> None:
        self.lifetime = LIFETIME
        self._open: OrderedDict[str, Cursor] = OrderedDict()
        self._opened = 0

    def clear(self) -> None:
        """Loses every open result."""
        self._open.clear()

    def add(self, cursor: Cursor) -> str:
        """Keeps a result and returns its locator."""
        self._opened += 1
        locator = new_id("0r8", self._opened)
        self._open[locator] = cursor
        while len(self._open) > MOST_OPEN:
            self._open.popitem(last=False)
        return locator

    def get(self, locator: str, now: datetime) -> Cursor | None:
        """The open result, or None when it is unknown, closed or too old."""
        cursor = self._open.get(locator)
        return cursor if cursor is not None and now - cursor.opened <= self.lifetime else None
