"""Runs and their counts, cursors, and the small named values of an installation."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from connector.model import Side
from connector.state.database import Database
from connector.state.packing import dumps, loads
from connector.state.rows import RunRow
from connector.state.tables import counts, cursors, meta, runs

INTERRUPTED = "interrupted"
WRITING = ("sync", "undo")
"""Kinds of runs that write to the CRMs."""
DOUBT = "doubt"
"""Name of the meta entry that says why the state must be rebuilt before the next run; blank: it need not."""


# What every run asks many times: built once, for building a statement takes longer than carrying it out.
_VALUE = sa.select(meta.c.value).where(meta.c.name == sa.bindparam("name"))
_CURSOR = sa.select(cursors.c.at).where(
    cursors.c.side == sa.bindparam("side"), cursors.c.type == sa.bindparam("type")
)
_DONE = (
    sa.select(counts.c["class"], sa.func.sum(counts.c.n))
    .where(counts.c.at > sa.bindparam("since"))
    .group_by(counts.c["class"])
)


class Runs:
    """Part of the store: what ran when, how far each side was read, what was pinned."""

    _db: Database

    def get_meta(self, name: str) -> str | None:
        """A named value of this installation, None if it was never set."""
        with self._db.read() as connection:
            return get_value(connection, name)

    def set_meta(self, name: str, value: str) -> None:
        with self._db.write() as connection:
            put_meta(connection, name, value)

    def get_cursor(self, side: Side, type: str) -> datetime | None:
        """Everything of this type up to this moment (the CRM's clock) is settled; None if it was never
        read."""
        with self._db.read() as connection:
            return connection.scalar(_CURSOR, {"side": side.value, "type": type})

    def start_run(self, kind: str, now: datetime, mapping_digest: str) -> int:
        """Note the start of a run and return its number. A holder of the lease thereby also notes that
        earlier runs without an end were killed."""
        values = {
            "kind": kind,
            "started_at": now,
            "mapping_digest": mapping_digest,
            "outcome": "",
            "summary": "{}",
        }
        with self._db.write() as connection:
            if self._db.fence is not None:
                dead = runs.c.finished_at.is_(None) & (runs.c.kind.in_(WRITING))
                connection.execute(runs.update().where(dead).values(finished_at=now, outcome=INTERRUPTED))
            number = connection.scalar(runs.insert().values(values).returning(runs.c.id))
        assert number is not None
        return int(number)

    def finish_run(self, run: int, now: datetime, summary: Mapping[str, Any], outcome: str) -> None:
        """Note the end of a run. ``summary`` is what ``sync --json`` prints: counts and names, no values of
        records."""
        values = {"finished_at": now, "summary": dumps(dict(summary)).decode(), "outcome": outcome}
        with self._db.write() as connection:
            connection.execute(runs.update().where(runs.c.id == run).values(values))

    def run(self, number: int) -> RunRow | None:
        """One run by its number."""
        with self._db.read() as connection:
            row = connection.execute(runs.select().where(runs.c.id == number)).one_or_none()
        return None if row is None else _run(row)

    def last_runs(self, n: int, kind: str | None = None) -> list[RunRow]:
        """The last ``n`` runs (of one kind), newest first."""
        query = runs.select().order_by(runs.c.id.desc()).limit(n)
        if kind is not None:
            query = query.where(runs.c.kind == kind)
        with self._db.read() as connection:
            return [_run(row) for row in connection.execute(query)]

    def counts_since(self, when: datetime) -> dict[str, int]:
        """Writes done per guard class after ``when``, of all runs."""
        with self._db.read() as connection:
            return {class_: int(n) for class_, n in connection.execute(_DONE, {"since": when})}


def _run(row: Any) -> RunRow:
    summary = loads(row.summary)
    return RunRow(row.id, row.kind, row.started_at, row.finished_at, row.mapping_digest, row.outcome, summary)


def get_value(connection: Connection, name: str) -> str | None:
    found: str | None = connection.scalar(_VALUE, {"name": name})
    return found


def put_meta(connection: Connection, name: str, value: str) -> None:
    insert = upsert(connection, meta)
    connection.execute(
        insert.on_conflict_do_update(index_elements=["name"], set_={"value": insert.excluded.value}),
        {"name": name, "value": value},
    )


def move_cursors(connection: Connection, moved: Mapping[tuple[Side, str], datetime]) -> None:
    """Part of a settlement: a cursor only goes forward, so that settling in any order skips nothing."""
    if not moved:
        return
    insert = upsert(connection, cursors)
    later = cursors.c.at < insert.excluded.at
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=["side", "type"], set_={"at": insert.excluded.at}, where=later
        ),
        [{"side": side.value, "type": type_, "at": at} for (side, type_), at in moved.items()],
    )


def add_counts(connection: Connection, run: int, done: Mapping[str, int], now: datetime) -> None:
    rows = [{"run": run, "at": now, "class": name, "n": n} for name, n in done.items() if n]
    if rows:
        connection.execute(counts.insert(), rows)


def upsert(connection: Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that can say what happens on a conflict, in the dialect of the connection."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
