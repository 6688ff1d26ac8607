"""One database behind the state: connections, transactions, the fence, and the little that differs between
SQLite and PostgreSQL.

Every transaction that writes counts the state's generation up and, while a lease is held, checks its fencing
number, so that a run that was only thought dead cannot write any more.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError

from connector.errors import ConfigError, Stop
from connector.state.tables import lease
from connector.state.translate import translated

CHUNK = 1000
"""Ids looked up in one query."""

BUSY_S = 10.0
"""Seconds to wait for another process's transaction on SQLite."""

PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # a settled batch survives a power cut
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",  # expired values are overwritten, not only unlinked
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-16000",
)


_COUNTED = (
    lease.update().where(lease.c.fence == sa.bindparam("mine")).values(generation=lease.c.generation + 1)
)


class Database:
    """Connections to one state. ``fence`` is the lease's number while this process holds it."""

    def __init__(self, url: str, busy_s: float = BUSY_S) -> None:
        self.url = _parse(url)
        self.lite = self.url.get_backend_name() == "sqlite"
        self.path = Path(self.url.database or "") if self.lite else None
        self.place = str(self.path) if self.lite else self.url.render_as_string(hide_password=True)
        self.fence: int | None = None
        self.engine = _lite_engine(self.url, busy_s) if self.lite else _postgres_engine(self.url)

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads."""
        with translated(self.place), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self, *, fenced: bool = False) -> Iterator[Connection]:
        """A transaction that writes: all of it or nothing. ``fenced``: only the holder of the lease may;
        while a lease is held, each write checks it anyway. Stop(reason="fenced") if another run took over."""
        with translated(self.place), self.engine.connect() as plain:
            connection = plain.execution_options(smarketing_writes=True)
            with connection.begin():
                if fenced or self.fence is not None:
                    self._check_fence(connection)
                yield connection

    def _check_fence(self, connection: Connection) -> None:
        # Counting up locks the row, so on PostgreSQL, too, writers follow one another.
        if connection.execute(_COUNTED, {"mine": self.fence or -1}).rowcount == 0:
            raise Stop(
                "this run no longer holds the lease on the state: another run has taken over",
                fix="nothing to mend: the other run goes on; look at `smarketing status`",
                reason="fenced",
            )

    def fold(self) -> None:
        """Take what was deleted out of SQLite's log, too; a reader at work delays that to the next time."""
        if self.lite:
            with translated(self.place), self.engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    # ------------------------------------------------------------ the hot path, through the driver

    def sql(self, text: str) -> str:
        """The statement in this driver's notation; written with ``?`` for a value and ``in ??`` for a list of
        texts."""
        if self.lite:
            return text.replace("in ??", "in (select value from json_each(?))")
        return text.replace("in ??", "= any(?)").replace("?", "%s")

    def many(self, values: Sequence[str]) -> Any:
        """A list of texts as the one parameter that ``in ??`` takes: the statement stays the same, so it is
        prepared once."""
        return orjson.dumps(values).decode() if self.lite else list(values)

    def rows(self, connection: Connection, text: str, *values: Any) -> Sequence[Any]:
        return connection.exec_driver_sql(self.sql(text), values).fetchall()

    def execute_many(self, connection: Connection, text: str, rows: Sequence[tuple[Any, ...]]) -> None:
        if rows:
            connection.exec_driver_sql(self.sql(text), list(rows))


def _parse(url: str) -> sa.URL:
    try:
        parsed = sa.make_url(url)
    except ArgumentError:
        raise ConfigError(
            "the state URL is malformed", fix='e.g. url = "sqlite:////var/lib/smarketing/state.db"'
        ) from None
    backend = parsed.get_backend_name()
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if backend != "sqlite" or not parsed.database or parsed.database == ":memory:":
        raise ConfigError(
            f"the state URL names {backend!r} without a place to keep it",
            fix="use sqlite:////path/state.db or postgresql://…",
        )
    return parsed


def _lite_engine(url: sa.URL, busy_s: float) -> Engine:
    engine = sa.create_engine(url, hide_parameters=True, connect_args={"timeout": busy_s})

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _record: object) -> None:
        assert isinstance(connection, sqlite3.Connection)
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in PRAGMAS:
            connection.execute(pragma)

    @sa.event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer takes its lock at once: one that starts as a reader can be refused half-way.
        writes = connection.get_execution_options().get("smarketing_writes")
        raw = connection.connection.dbapi_connection
        assert raw is not None
        raw.execute("BEGIN IMMEDIATE" if writes else "BEGIN")  # past SQLAlchemy, where it takes longest

    return engine


def _postgres_engine(url: sa.URL) -> Engine:
    try:
        return sa.create_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=True,
            connect_args={"connect_timeout": 10, "application_name": "smarketing"},
        )
    except ModuleNotFoundError:
        raise ConfigError("PostgreSQL needs its driver", fix="pip install 'smarketing[postgres]'") from None


def chunks(values: Sequence[str], size: int = CHUNK) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


def fsync_folder(folder: Path) -> None:
    """Make a new name in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
