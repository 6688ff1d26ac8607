"""The SQLite file (or memory) behind the simulated Salesforce: connection, lock, nested transactions, tables.

In: object types and rows of stored values. Out: rows. It checks nothing: what may be written is decided
above.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from connector.sandbox.salesforce.change_log import ChangeLog
from connector.sandbox.salesforce.ids import new_id
from connector.sandbox.salesforce.schema import Field, ObjectType, Row, Value

INDEXED = frozenset({"Email", "SystemModstamp", "Username", "Field"})
ROW_WRITES = ('INSERT INTO "', 'UPDATE "', 'DELETE FROM "')
"""How writes to the tables of records begin; notes and tokens are written without quotes."""
WRITES = (*ROW_WRITES, "ALTER TABLE", "DROP")
SYSTEM_TABLES = """
CREATE TABLE IF NOT EXISTS _note (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS _token (token TEXT PRIMARY KEY, user TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS _component (
    type TEXT NOT NULL, name TEXT NOT NULL COLLATE NOCASE, id TEXT NOT NULL, body TEXT NOT NULL,
    created TEXT NOT NULL, modified TEXT NOT NULL, PRIMARY KEY (type, name)
);
"""


@dataclass(frozen=True, slots=True)
class Statement:
    """One write, as it can be done again."""

    sql: str
    values: Sequence[Value]

    @property
    def of_rows(self) -> bool:
        """Whether it changes rows, and not tables."""
        return self.sql.startswith(ROW_WRITES)


class Database:
    """One connection, shared by threads under `lock`. Every public store operation holds the lock."""

    def __init__(self, path: str) -> None:
        self.lock = threading.RLock()
        self._depth = 0
        self._numbers: dict[str, int] = {}
        self._given_out: set[str] = set()
        self._recorded: list[Statement] | None = None
        self._waiting: list[tuple[str, list[Sequence[Value]]]] = []
        self._ahead: dict[str, tuple[tuple[str, ...], Row]] = {}
        self.before_transaction: Callable[[], None] = lambda: None
        self.rolled_back: Callable[[], None] = lambda: None  # for whoever keeps a copy of rows in memory
        self._connection = sqlite3.connect(
            path, check_same_thread=False, isolation_level=None, cached_statements=1024
        )
        self._connection.create_function("fold", 1, _fold, deterministic=True)
        self._tune()
        self.is_new = self._connection.execute("SELECT 1 FROM sqlite_master").fetchone() is None
        self._connection.executescript(SYSTEM_TABLES)
        self.changes = ChangeLog(self._connection)

    def _tune(self) -> None:
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")

    def close(self) -> None:
        with self.lock:
            self._connection.close()

    def run(self, sql: str, parameters: Sequence[Value] = ()) -> sqlite3.Cursor:
        if self._waiting:
            self._settle()
        if sql.startswith(WRITES):
            self._ahead.clear()
            if self._recorded is not None:
                self._recorded.append(Statement(sql, parameters))
        return self._connection.execute(sql, parameters)

    def _later(self, sql: str, parameters: Sequence[Value]) -> None:
        """Writes before anybody can see that it wasn't: rows in a row of one statement go at once."""
        if self._depth == 0 or self._recorded is not None or self.changes.is_on:
            self.run(sql, parameters)
        elif self._waiting and self._waiting[-1][0] == sql:
            self._waiting[-1][1].append(parameters)
        else:
            self._waiting.append((sql, [parameters]))

    def _settle(self) -> None:
        waiting, self._waiting = self._waiting, []
        for sql, rows in waiting:
            self._connection.executemany(sql, rows)

    @contextmanager
    def recording(self) -> Iterator[list[Statement]]:
        """The writes to records and tables inside it, in their order."""
        assert self._recorded is None, "recordings do not nest"
        statements: list[Statement] = []
        self._recorded = statements
        try:
            yield statements
        finally:
            self._recorded = None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; nested ones become savepoints."""
        with self.lock:
            if self._depth == 0:
                self.before_transaction()
            name = f"level{self._depth}"
            self.run("BEGIN IMMEDIATE" if self._depth == 0 else f"SAVEPOINT {name}")
            self.changes.now.transaction += self._depth == 0
            recorded = len(self._recorded or ())
            self._depth += 1
            try:
                yield
                if self._depth == 1:
                    self._note_given_out()
                self.run("COMMIT" if self._depth == 1 else f"RELEASE {name}")
            except BaseException:
                self._undo(name, recorded)
                raise
            finally:
                self._depth -= 1

    def _undo(self, name: str, recorded: int) -> None:
        self._waiting.clear()  # of this level alone: each begins with nothing waiting
        self._ahead.clear()
        if not self._connection.in_transaction:
            pass  # some errors, such as a full disk, end it by themselves
        elif self._depth == 1:
            self.run("ROLLBACK")
        else:
            self.run(f"ROLLBACK TO {name}")
            self.run(f"RELEASE {name}")
        if self._recorded is not None:
            del self._recorded[recorded:]
        self.rolled_back()

    # tables

    def create_table(self, kind: ObjectType) -> None:
        columns = ", ".join(column_definition(field) for field in kind.stored)
        self.run(f'CREATE TABLE IF NOT EXISTS "{kind.name}" (_n INTEGER PRIMARY KEY, {columns})')
        for field in kind.stored:
            self._create_index(kind.name, field)
        if kind.soft_delete and "SystemModstamp" in kind.columns:
            binned = f'ON "{kind.name}" ("SystemModstamp") WHERE "IsDeleted" = 1'
            self.run(f'CREATE INDEX IF NOT EXISTS "{kind.name}_bin" {binned}')

    def _create_index(self, table: str, field: Field) -> None:
        unique = "UNIQUE " if field.type == "id" else ""
        wanted = field.is_id or field.name in INDEXED or field.external_id or field.unique
        if wanted and field.name not in ("CreatedById", "LastModifiedById", "OwnerId"):
            name, column = f"{table}_{field.name}", f'"{field.name}"'
            filled = "" if field.name in INDEXED else f"WHERE {column} IS NOT NULL"  # most have no value
            self.run(f'CREATE {unique}INDEX IF NOT EXISTS "{name}" ON "{table}" ({column}) {filled}')

    def add_column(self, table: str, field: Field) -> None:
        with self.changes.reshaping(table):
            self.run(f'ALTER TABLE "{table}" ADD COLUMN {column_definition(field)}')
        self._create_index(table, field)
        if field.type == "boolean":
            self.run(f'UPDATE "{table}" SET "{field.name}" = ?', (bool(field.default),))

    def drop_column(self, table: str, name: str) -> None:
        self.run(f'DROP INDEX IF EXISTS "{table}_{name}"')
        with self.changes.reshaping(table):
            self.run(f'ALTER TABLE "{table}" DROP COLUMN "{name}"')

    def rename_column(self, table: str, before: Field, after: Field) -> None:
        self.run(f'DROP INDEX IF EXISTS "{table}_{before.name}"')
        with self.changes.reshaping(table):
            self.run(f'ALTER TABLE "{table}" RENAME COLUMN "{before.name}" TO "{after.name}"')
        self._create_index(table, after)

    def become(self, other: Database) -> None:
        """Holds what another database holds, and nothing else."""
        with other.lock, self.lock:
            other._connection.backup(self._connection)
            self._tune()  # the mode of the journal stands in the file
            self.changes.look()
            self._numbers.clear()

    # rows

    def next_id(self, kind: ObjectType) -> str:
        """An id that no record of this type ever had. LeadStatus and OpportunityStage share a key prefix."""
        if kind.prefix not in self._numbers:
            self._numbers[kind.prefix] = self._note_number(kind.prefix)
        self._numbers[kind.prefix] += 1
        return new_id(kind.prefix, self._numbers[kind.prefix])

    def _note_number(self, prefix: str) -> int:
        row = self.run("SELECT value FROM _note WHERE key = ?", (f"last {prefix}",)).fetchone()
        return int(row[0]) if row else 0

    def insert(self, kind: ObjectType, rows: Iterable[Mapping[str, Value]]) -> None:
        """Adds rows that carry an `Id`; columns that a row lacks are null, or false."""
        listed = rows if isinstance(rows, list) else list(rows)
        if len(listed) == 1:
            names = tuple([name for name, value in listed[0].items() if value is not None])
        else:
            filled = {name for row in listed for name, value in row.items() if value is not None}
            names = tuple(name for name in kind.columns if name in filled)
        sql = _insert(kind.name, names)
        for row in listed:
            self._later(sql, [*map(row.get, names)])
        self._given_out.add(kind.prefix)
        if self._depth == 0:
            self._note_given_out()

    def _note_given_out(self) -> None:
        for prefix in self._given_out & self._numbers.keys():
            self.note(f"last {prefix}", str(self._numbers[prefix]))
        self._given_out.clear()

    def note_numbers(self) -> None:
        """Notes the last numbers given out, whatever became of the transactions that took them."""
        for prefix, number in self._numbers.items():
            self.note(f"last {prefix}", str(number))

    def update(self, table: str, record_id: str, changes: Mapping[str, Value]) -> None:
        names = ", ".join([f'"{name}" = ?' for name in changes])
        self._later(f'UPDATE "{table}" SET {names} WHERE "Id" = ?', (*changes.values(), record_id))
        if record_id in self._ahead:
            self._ahead[record_id][1].update(changes)

    def remove(self, table: str, record_id: str) -> None:
        self.run(f'DELETE FROM "{table}" WHERE "Id" = ?', (record_id,))

    def read(self, kind: ObjectType, record_id: str) -> Row | None:
        """The whole stored row, deleted or not."""
        columns, row = self._ahead.get(record_id, ((), {}))
        if columns == kind.columns:
            return dict(row)
        return next(self.find(kind, '"Id" = ?', record_id), None)

    def look_ahead(self, kind: ObjectType, ids: Collection[str]) -> None:
        """Reads rows that `read` will be asked for, all at once; kept until something else is written."""
        marks = ", ".join("?" * len(ids))
        rows = self.find(kind, f'"Id" IN ({marks})', *ids)
        self._ahead |= {str(row["Id"]): (kind.columns, row) for row in rows}

    def find(self, kind: ObjectType, where: str, *parameters: Value) -> Iterator[Row]:
        """Stored rows in the order of their creation; the result is fetched at once."""
        found = self.run(f"{_select(kind)} WHERE {where} ORDER BY _n", parameters).fetchall()
        return (shaped(kind, row) for row in found)

    # notes

    def note(self, key: str, value: str) -> None:
        self.run("INSERT OR REPLACE INTO _note VALUES (?, ?)", (key, value))

    def noted(self, key: str) -> str | None:
        row = self.run("SELECT value FROM _note WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])


@lru_cache(maxsize=4096)
def _insert(table: str, names: tuple[str, ...]) -> str:
    listed = ", ".join(f'"{name}"' for name in names)
    return f'INSERT INTO "{table}" ({listed}) VALUES ({", ".join("?" * len(names))})'


def _select(kind: ObjectType) -> str:
    return f'SELECT {kind.column_list} FROM "{kind.name}"'


def shaped(kind: ObjectType, values: Sequence[Value]) -> Row:
    """A row of the columns of `kind`, with booleans as booleans."""
    row = dict(zip(kind.columns, values, strict=False))  # as many as its SELECT names
    for name in kind.booleans:
        row[name] = bool(row[name])
    return row


def column_definition(field: Field) -> str:
    """Texts compare without regard to case, as in Salesforce; ids and case-sensitive texts do not."""
    if field.type == "boolean":
        return f'"{field.name}" INTEGER NOT NULL DEFAULT 0'
    if field.is_number:
        return f'"{field.name}" {"INTEGER" if field.type == "int" else "REAL"}'
    collation = " COLLATE NOCASE" if field.is_text and not field.case_sensitive else ""
    return f'"{field.name}" TEXT{collation}'


def _fold(value: Value) -> Value:
    return value.casefold() if isinstance(value, str) else value
