"""The log behind change events: the database itself notes every row before and after, whoever writes it.

In: a connection and the tables to watch. Out: rows of the log, in the order of commits. Nothing is logged of
tables that are not watched.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

TABLE = """
CREATE TABLE IF NOT EXISTS _change (
    seq INTEGER PRIMARY KEY, tx INTEGER NOT NULL, at TEXT NOT NULL, origin TEXT NOT NULL,
    gap INTEGER NOT NULL, type TEXT NOT NULL, id TEXT NOT NULL, old TEXT, new TEXT
);
"""
ONE_CALL = 50  # columns: SQLite's functions take a limited number of arguments
_SIDES = {"INSERT": (None, "NEW"), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD", None)}


@dataclass(slots=True)
class Circumstances:
    """What the log notes with each row. `moment` gives the present as a text."""

    moment: Callable[[], str] = lambda: ""
    transaction: int = 0
    origin: str = ""
    gap: bool = False


class ChangeLog:
    """Watches tables of one connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.now = Circumstances()
        connection.executescript(TABLE)
        (self.now.transaction,) = connection.execute("SELECT ifnull(max(tx), 0) FROM _change").fetchone()
        self.is_on = True
        """Whether any table may be watched: rows are then written in the moment in which they are logged."""
        self.look()
        connection.create_function("change_tx", 0, lambda: self.now.transaction)
        connection.create_function("change_at", 0, lambda: self.now.moment())
        connection.create_function("change_origin", 0, lambda: self.now.origin)
        connection.create_function("change_gap", 0, lambda: int(self.now.gap))

    @contextmanager
    def of(self, origin: str) -> Iterator[None]:
        """What is logged in here was done by a client of this API."""
        self.now.origin = origin
        try:
            yield
        finally:
            self.now.origin = ""

    def look(self) -> None:
        """Finds out whether any table is watched."""
        found = self._connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'trigger'").fetchone()
        self.is_on = found is not None

    def watch(self, table: str) -> None:
        """Logs what happens to this table from now on."""
        self.is_on = True
        columns = [
            row[1] for row in self._connection.execute(f'PRAGMA table_info("{table}")') if row[1] != "_n"
        ]
        for event, (old, new) in _SIDES.items():
            some = new or old
            self._connection.execute(
                f'CREATE TRIGGER IF NOT EXISTS "{_name(table, event)}" AFTER {event} ON "{table}" BEGIN '
                "INSERT INTO _change (tx, at, origin, gap, type, id, old, new) VALUES (change_tx(), "
                f"change_at(), change_origin(), change_gap(), '{table}', {some}.\"Id\", "
                f"{_row(old, columns)}, {_row(new, columns)}); END"
            )

    def unwatch(self, table: str) -> None:
        """Logs nothing more of this table."""
        for event in _SIDES:
            self._connection.execute(f'DROP TRIGGER IF EXISTS "{_name(table, event)}"')
        self.look()

    def watched(self, table: str) -> bool:
        sql = "SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND name = ?"
        return self._connection.execute(sql, (_name(table, "INSERT"),)).fetchone() is not None

    @contextmanager
    def reshaping(self, table: str) -> Iterator[None]:
        """Lets the columns of a table change."""
        watched = self.watched(table)
        if watched:
            self.unwatch(table)
        yield
        if watched:
            self.watch(table)


def _name(table: str, event: str) -> str:
    return f"{table} {event.lower()}"


def _row(side: str | None, columns: list[str]) -> str:
    """SQL that gives one side of a change as a JSON object."""
    if side is None:
        return "NULL"
    sql = "'{}'"
    for start in range(0, len(columns), ONE_CALL):
        pairs = ", ".join(f"'{name}', {side}.\"{name}\"" for name in columns[start : start + ONE_CALL])
        sql = f"json_patch({sql}, json_object({pairs}))"
    return sql
