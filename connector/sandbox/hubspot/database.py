"""The SQLite file (or memory) under the simulated HubSpot: tables, transactions, small key-value rows.

What enters: SQL from the modules of this package. What leaves: rows. It knows nothing of HubSpot's rules.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import orjson

_RECORD_COLUMNS = """
    type TEXT NOT NULL, id INTEGER NOT NULL, props TEXT NOT NULL, created INTEGER NOT NULL,
    modified INTEGER NOT NULL, archived INTEGER, origin TEXT NOT NULL, merged_into INTEGER,
    PRIMARY KEY (type, id)
"""
_TABLES = f"""
CREATE TABLE IF NOT EXISTS records ({_RECORD_COLUMNS}) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS indexed ({_RECORD_COLUMNS}) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pending (seq INTEGER PRIMARY KEY AUTOINCREMENT, due INTEGER NOT NULL,
    type TEXT NOT NULL, id INTEGER NOT NULL, props TEXT, created INTEGER, modified INTEGER, archived INTEGER,
    origin TEXT, merged_into INTEGER);
CREATE TABLE IF NOT EXISTS versions (type TEXT NOT NULL, id INTEGER NOT NULL, name TEXT NOT NULL,
    before TEXT, at INTEGER NOT NULL, value TEXT, source_type TEXT NOT NULL, source_id TEXT NOT NULL,
    user_id INTEGER);
CREATE INDEX IF NOT EXISTS versions_record ON versions (type, id);
CREATE TABLE IF NOT EXISTS uniques (type TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
    id INTEGER NOT NULL, PRIMARY KEY (type, name, value)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS aliases (type TEXT NOT NULL, old_id INTEGER NOT NULL, new_id INTEGER NOT NULL,
    PRIMARY KEY (type, old_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS edges (from_type TEXT NOT NULL, from_id INTEGER NOT NULL, to_type TEXT NOT NULL,
    to_id INTEGER NOT NULL, type_id INTEGER NOT NULL,
    PRIMARY KEY (from_type, from_id, to_type, to_id, type_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS list_members (list_id TEXT NOT NULL, record_id INTEGER NOT NULL,
    joined INTEGER NOT NULL, PRIMARY KEY (list_id, record_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, due INTEGER NOT NULL,
    attempt INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS documents (kind TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (kind, name)) WITHOUT ROWID;
"""
_INDEXES = """
CREATE INDEX IF NOT EXISTS {0}_modified ON {0} (type, modified, id, archived) WHERE archived IS NULL;
CREATE INDEX IF NOT EXISTS {0}_created ON {0} (type, created, id, archived) WHERE archived IS NULL;
CREATE INDEX IF NOT EXISTS {0}_archived ON {0} (type, id) WHERE archived IS NOT NULL;
CREATE INDEX IF NOT EXISTS {0}_domain
    ON {0} (lower(json_extract(props, '$.domain'))) WHERE type = 'companies';
CREATE INDEX IF NOT EXISTS {0}_company
    ON {0} (lower(json_extract(props, '$.name'))) WHERE type = 'companies';
"""
_NAMES = (
    "records",
    "indexed",
    "pending",
    "versions",
    "uniques",
    "aliases",
    "edges",
    "list_members",
    "outbox",
    "documents",
)
PUT_DOCUMENT = "INSERT OR REPLACE INTO documents VALUES (?, ?, ?)"


class Database:
    """One connection behind one lock: callers may come from any thread, one at a time.

    `path` is a file or ":memory:". Changes happen inside `transaction()`.
    """

    def __init__(self, path: str) -> None:
        self.lock = threading.RLock()
        self._connection = sqlite3.connect(
            path, check_same_thread=False, isolation_level=None, cached_statements=512
        )
        self._depth = 0
        self._waiting: dict[str, list[tuple[Any, ...]]] = {}
        self._marks: dict[str, int] | None = None
        self._saved = False
        self.settled = 0
        """How often rows that waited stopped waiting: written, or undone."""
        self.rolled_back: list[Callable[[], None]] = []  # for whoever keeps a copy of rows in memory
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-65536", "temp_store=MEMORY"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.executescript(_TABLES)
        for table in ("records", "indexed"):
            self._connection.executescript(_INDEXES.format(table))

    def close(self) -> None:
        """Closes the file; the object is of no use afterwards."""
        with self.lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. May be nested: only the outermost commits, and any error rolls everything back."""
        with self.lock:
            if self._depth == 0:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
                if self._depth == 1:
                    self._settle()
                    self._connection.execute("COMMIT")
            except BaseException:
                if self._depth == 1:
                    self._forget()
                    self._roll_back()
                raise
            finally:
                self._depth -= 1

    def _roll_back(self) -> None:
        if self._connection.in_transaction:  # some errors, such as a full disk, end it by themselves
            self._connection.execute("ROLLBACK")
        for tell in self.rolled_back:
            tell()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undoes only what happened inside it when an error leaves it. Needs a transaction around it."""
        assert self._marks is None, "savepoints do not nest"
        self._marks, self._saved = {sql: len(rows) for sql, rows in self._waiting.items()}, False
        try:
            yield
        except BaseException:
            self._undo()
            raise
        finally:
            if self._saved:
                self._connection.execute("RELEASE one_row")
            self._marks, self._saved = None, False

    def _undo(self) -> None:
        if self._saved:
            self._connection.execute("ROLLBACK TO one_row")
            self._forget()
            return
        self.settled += 1
        for sql, rows in self._waiting.items():
            del rows[(self._marks or {}).get(sql, 0) :]

    def later(self, sql: str, *params: Any) -> None:
        """Executes a statement before anybody can see that it wasn't, many rows at once.

        Only for inserts whose order does not matter to each other (of one statement it is kept).
        """
        with self.lock:
            if self._depth == 0:
                self.run(sql, *params)
            else:
                self._waiting.setdefault(sql, []).append(params)

    def later_once(self, sql: str, *params: Any) -> None:
        """As `later`; a row that waits and is the same but for its last value gives way to this one."""
        waiting = self.waiting(sql)
        if waiting and waiting[-1][:-1] == params[:-1]:
            waiting[-1] = params
        else:
            self.later(sql, *params)

    def waiting(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a statement that waits: what `peek` does not see."""
        return self._waiting.get(sql, [])

    def _settle(self) -> None:
        """Executes what waits, and marks the place that an error of the row at work leads back to."""
        if self._marks is not None and not self._saved:
            marks = self._marks
            self._write({sql: rows[: marks.get(sql, 0)] for sql, rows in self._waiting.items()})
            self._connection.execute("SAVEPOINT one_row")
            self._saved = True
            self._write({sql: rows[marks.get(sql, 0) :] for sql, rows in self._waiting.items()})
        else:
            self._write(self._waiting)
        self._forget()

    def _forget(self) -> None:
        self._waiting.clear()
        self.settled += 1

    def _write(self, waiting: Mapping[str, Sequence[tuple[Any, ...]]]) -> None:
        for sql, rows in waiting.items():
            if rows:
                self._connection.executemany(sql, rows)

    def run(self, sql: str, *params: Any) -> int:
        """Executes one statement; returns the number of rows changed."""
        with self.lock:
            self._settle()
            return self._connection.execute(sql, params).rowcount

    def run_many(self, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Executes one statement for each row."""
        with self.lock:
            self._settle()
            self._connection.executemany(sql, rows)

    def rows(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with self.lock:
            if self._waiting:
                self._settle()
            return self._connection.execute(sql, params).fetchall()

    def row(self, sql: str, *params: Any) -> tuple[Any, ...] | None:
        """The first row of a query."""
        with self.lock:
            if self._waiting:
                self._settle()
            return self.peek(sql, *params)

    def peek(self, sql: str, *params: Any) -> tuple[Any, ...] | None:
        """The first row of a query, blind to what waits."""
        with self.lock:
            found: tuple[Any, ...] | None = self._connection.execute(sql, params).fetchone()
            return found

    def peek_all(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        """All rows of a query, blind to what waits."""
        with self.lock:
            return self._connection.execute(sql, params).fetchall()

    def scalar(self, sql: str, *params: Any) -> Any:
        """The first column of the first row, or None."""
        found = self.row(sql, *params)
        return found[0] if found else None

    def changes(self) -> int:
        """A number that grows with every row written: equal numbers mean that nothing changed."""
        with self.lock:
            self._settle()
            return self._connection.total_changes

    def clear(self) -> None:
        """Deletes every row of every table."""
        with self.transaction():
            for table in _NAMES:
                self.run(f"DELETE FROM {table}")

    def become(self, other: Database) -> None:
        """Holds what another database holds, and nothing else."""
        with other.lock, self.lock:
            other._connection.backup(self._connection)
            self.settled += 1

    def put(self, kind: str, name: str, body: Any) -> None:
        """Keeps one JSON document (definitions, pipelines, owners, settings)."""
        text = orjson.dumps(body).decode()
        self.run(PUT_DOCUMENT, kind, name, text)

    def take(self, kind: str, name: str) -> Any:
        """One document, or None."""
        found = self.peek("SELECT body FROM documents WHERE kind = ? AND name = ?", kind, name)
        return None if found is None else orjson.loads(found[0])

    def drop(self, kind: str, name: str) -> None:
        """Forgets one document."""
        self.run("DELETE FROM documents WHERE kind = ? AND name = ?", kind, name)

    def documents(self, kind: str) -> dict[str, Any]:
        """All documents of a kind by name."""
        return {name: orjson.loads(body) for name, body in self.texts(kind).items()}

    def texts(self, kind: str) -> dict[str, str]:
        """All documents of a kind by name, as JSON texts."""
        return dict(self.rows("SELECT name, body FROM documents WHERE kind = ? ORDER BY name", kind))
