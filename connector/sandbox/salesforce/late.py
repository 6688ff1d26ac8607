"""Transactions that commit later than their stamps say.

In: work that writes records. Out: nothing of it until a moment of virtual time has come, then all of it, with
the stamps of when it was done. Meanwhile nobody sees it, and the records that it changes are locked. A change
of the schema is not kept back. Source: reports of rows that appear below a SystemModstamp already read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from connector.sandbox.salesforce.db import Database, Statement
from connector.sandbox.salesforce.errors import ApiError
from connector.sandbox.salesforce.locks import Locks
from connector.sandbox.salesforce.undoing import trial

OF_ONE_RECORD = 'WHERE "Id" = ?'


class ReadsTime(Protocol):
    """The part of the shared clock that is needed here."""

    def now(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """One transaction that waits for its moment, and the ids of the records that it changes."""

    due: datetime
    statements: list[Statement]
    ids: frozenset[str]


class LateCommits:
    """What waits to be committed. Its records are held in `locks`, however soon it comes; `seen` is told
    whenever what can be seen has changed."""

    def __init__(self, db: Database, clock: ReadsTime, locks: Locks, seen: Callable[[], None]) -> None:
        self.db, self.clock, self.locks, self.seen = db, clock, locks, seen
        self._waiting: list[Kept] = []
        db.before_transaction = self.settle

    def clear(self) -> None:
        """Forgets what waits: it will never have happened."""
        self._waiting.clear()

    @contextmanager
    def transaction(self, seconds: float) -> Iterator[None]:
        """A transaction like any other, but that others see it `seconds` of virtual time later."""
        with trial(self.db) as tried, self.db.recording() as statements:
            yield
            if all(each.of_rows for each in statements):
                tried.undo()
        if tried.undone:
            ids = frozenset(str(each.values[-1]) for each in statements if each.sql.endswith(OF_ONE_RECORD))
            due = self.clock.now() + timedelta(seconds=seconds)
            self._waiting.append(Kept(due, statements, ids))
            self.locks.hold(set(ids))
            self.seen()

    def check_free(self, table: str) -> None:
        """Raises ApiError while a transaction that waits writes this table: its columns have to stay.

        Assumption: code and wording; that an admin's change waits for open transactions is documented.
        """
        if any(f'"{table}"' in each.sql for kept in self._waiting for each in kept.statements):
            raise ApiError(400, "UNABLE_TO_LOCK_ROW", f"unable to obtain exclusive access to {table}")

    def settle(self) -> None:
        """Commits what has come to its moment."""
        if self._waiting:
            self._commit(self.clock.now())

    def settle_all(self) -> None:
        """Commits everything, due or not: the org is put away."""
        self._commit(None)

    def _commit(self, now: datetime | None) -> None:
        due = [each for each in self._waiting if now is None or each.due <= now]
        self._waiting = [each for each in self._waiting if each not in due]
        for kept in due:
            with self.db.transaction():
                for statement in kept.statements:
                    self.db.run(statement.sql, statement.values)
                self.db.note_numbers()
            self.locks.free(set(kept.ids))
            self.seen()
