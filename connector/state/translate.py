"""Turns what the database drivers raise into the product's errors, each with its remedy.

SQLite tells by result code (sqlite.org, "Result and Error Codes"), PostgreSQL by SQLSTATE (its manual,
appendix A).
"""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from connector.errors import ConfigError, Retry, SmarketingError, Stop

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
CROWDED = {errno.EMFILE, errno.ENFILE}
DISK = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}
UNWRITABLE = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}

RESTORE = (
    "nothing was written to the CRMs; put a backup back with `smarketing state restore FILE`, "
    "or begin anew from what the CRMs hold with `smarketing state rebuild --anew`; both keep the damaged one"
)


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Raise our errors instead of a driver's. ``place`` names the state in messages: a path, or a URL without
    its password. What no remedy is known for passes through: it is a bug."""
    try:
        yield
    except DBAPIError as exc:
        found = explain(exc.orig, place) if exc.orig is not None else None
        if found is None:
            raise
        raise found from exc
    except sqlite3.Error as exc:
        found = explain(exc, place)
        if found is None:
            raise
        raise found from exc
    except OSError as exc:
        if exc.errno in FULL:
            raise _disk_full(place) from exc
        if exc.errno in CROWDED:
            raise Stop(
                f"the state {place} cannot be used: too many open files",
                fix="allow more of them (`ulimit -n`), or stop what uses them up",
                reason="disk",
            ) from exc
        raise Stop(
            f"the state {place} cannot be used: {exc.strerror}", fix="check the folder", reason="disk"
        ) from exc


def explain(cause: BaseException, place: str) -> SmarketingError | None:
    """The product's error for a driver's error, or None where none fits."""
    if isinstance(cause, sqlite3.Error):
        return _explain_sqlite(getattr(cause, "sqlite_errorcode", None), place)
    return _explain_postgres(getattr(cause, "sqlstate", None), cause, place)


def damaged(place: str, detail: str) -> Stop:
    return Stop(f"the state {place} is damaged ({detail})", fix=RESTORE, reason="state")


def _explain_sqlite(code: int | None, place: str) -> SmarketingError | None:
    if code is None:
        return None
    primary = code & 0xFF  # the higher bits only tell where
    if primary in BUSY:
        return Retry(
            f"the state {place} is being written by another program", fix="try again when it has finished"
        )
    if primary in DAMAGED:
        return damaged(place, "SQLite cannot read it")
    if primary in DISK:
        return _disk_full(place)
    if primary in UNWRITABLE:
        return Stop(
            f"the state {place} cannot be written",
            fix="check the owner and mode of the file and of its folder; SQLite needs to write both",
            reason="disk",
        )
    return None


def _explain_postgres(sqlstate: str | None, cause: BaseException, place: str) -> SmarketingError | None:
    if sqlstate is None:
        return _explain_connection(str(cause), place)
    if sqlstate in {"53100", "58030"}:  # disk_full, io_error
        return _disk_full(place)
    if sqlstate in {"XX001", "XX002"}:  # data_corrupted, index_corrupted
        return damaged(place, "PostgreSQL reports damaged data")
    if sqlstate in {"25006", "42501"}:  # read_only_sql_transaction, insufficient_privilege
        return Stop(f"the state {place} cannot be written", fix="grant the user write access", reason="disk")
    if (
        sqlstate[:2] in {"08", "53", "57", "40"} or sqlstate == "55P03"
    ):  # connection, resources, shutdown, rollback, lock
        return Retry(f"the state {place} does not answer now", fix="check the PostgreSQL server")
    return None


def _explain_connection(message: str, place: str) -> SmarketingError | None:
    """psycopg gives no SQLSTATE for a connection that never came about, only the server's words."""
    if "authentication failed" in message or "does not exist" in message or "no password supplied" in message:
        return ConfigError(
            f"PostgreSQL refuses the connection to {place}", fix="check the state URL and its password"
        )
    if "connection" in message or "server" in message:
        return Retry(
            f"the state {place} does not answer now", fix="check that PostgreSQL runs and can be reached"
        )
    return None


def _disk_full(place: str) -> Stop:
    return Stop(
        f"the state {place} cannot grow: the disk is full or fails",
        fix="free some space and start again; what was settled before is safe",
        reason="disk",
    )
