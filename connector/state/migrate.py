"""Brings a state to this program's schema: creates a new one, migrates an older one after a backup, refuses a
newer one.

Alembic runs from here, in one transaction; users need no alembic.ini. A kill at any moment leaves the old
schema or the new one.
"""

import os
import secrets
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connector.errors import Stop
from connector.state.database import BUSY_S, Database, fsync_folder
from connector.state.tables import metadata
from connector.state.translate import RESTORE, damaged, translated

MIGRATIONS = Path(__file__).parent / "migrations"
HEAD = "0005"
"""The newest migration shipped; a test compares it with the folder."""

SMALLEST = 512
"""Bytes of the smallest page that a SQLite file can consist of."""

FIRST_START = 0x534D4B31
"""Advisory lock under which PostgreSQL states are created and migrated: two first starts must not race."""


def prepare(url: str, busy_s: float = BUSY_S, migrations: Path = MIGRATIONS) -> Database:
    """Open the database behind ``url``, whole, writable and with the newest schema. Raises Stop, Retry or
    ConfigError."""
    database = Database(url, busy_s)
    try:
        if database.path is not None:
            _prepare_file(database, database.path, migrations)
        _bring_up(database, migrations)
    except BaseException:
        database.close()
        raise
    return database


def _bring_up(database: Database, migrations: Path) -> None:
    with database.read() as connection:
        found = _revision(connection)
    if found == HEAD and migrations == MIGRATIONS:
        return  # the usual case, without loading Alembic
    script = _scripts(migrations)
    if found is not None and not _knows(script, found):
        raise Stop(
            f"the state {database.place} was written by a newer version of smarketing "
            f"(its schema is {found}, this program knows {script.get_current_head()})",
            fix="install that version again, or restore the backup made before it was installed",
            reason="state",
        )
    if found == script.get_current_head():
        return
    if found is None and (database.lite or _has_foreign_tables(database)):
        if _has_come_up(database):
            _bring_up(database, migrations)
            return
        raise Stop(
            f"{database.place} is a database, but not a state of smarketing",
            fix="correct the state URL",
            reason="state",
        )
    backup = _back_up(database, found) if found is not None else None
    _upgrade(database, script, backup)


def _has_come_up(database: Database) -> bool:
    """Whether another first start has made the state since we looked."""
    with database.read() as connection:
        return _revision(connection) is not None


def _upgrade(database: Database, script: Any, backup: Path | None) -> None:
    try:
        with database.write() as connection:
            if not database.lite:
                connection.exec_driver_sql("select pg_advisory_xact_lock(%s)", (FIRST_START,))
            _run_migrations(connection, script)
    except sa.exc.SQLAlchemyError as exc:
        kept = f"; a backup stands at {backup}" if backup else ""
        raise Stop(
            f"the state {database.place} could not be migrated and was left as it was ({type(exc).__name__})",
            fix=f"install the previous version again and report this{kept}",
            reason="state",
        ) from exc


def _run_migrations(connection: Connection, script: Any) -> None:
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext

    steps: Callable[[Any, Any], Any] = lambda revision, _context: script._upgrade_revs("head", revision)  # noqa: E731
    with EnvironmentContext(Config(), script, fn=steps) as environment:
        environment.configure(connection=connection)
        environment.run_migrations()


def _scripts(migrations: Path) -> Any:
    from alembic.script import ScriptDirectory  # a quarter of a second that only a migration needs to spend

    return ScriptDirectory(str(migrations))


def _knows(script: Any, revision: str) -> bool:
    return revision in {known.revision for known in script.walk_revisions()}


def _revision(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.exec_driver_sql("select version_num from alembic_version").scalar_one_or_none()


def _has_foreign_tables(database: Database) -> bool:
    """In a PostgreSQL database other tables may live beside ours, but not under our names."""
    with database.read() as connection:
        return not metadata.tables.keys().isdisjoint(sa.inspect(connection).get_table_names())


# ---------------------------------------------------------------- the SQLite file


def _prepare_file(database: Database, path: Path, migrations: Path) -> None:
    from connector.state.lock import refuse_network_file

    refuse_network_file(path)
    with translated(str(path)):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            create_file(path, migrations)
        _check_file(database, path)


def create_file(path: Path, migrations: Path = MIGRATIONS) -> None:
    """Make the new state under another name and give it its own when it is whole: an empty file is never a
    state."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    os.close(descriptor)
    database = Database(f"sqlite:///{draft}")
    try:
        _upgrade(database, _scripts(migrations), None)
        database.close()  # the last connection folds the WAL into the file
        with suppress(FileExistsError):  # another first start was quicker: its file is as good
            os.link(draft, path)
        fsync_folder(path.parent)
    finally:
        database.close()
        for suffix in ("", "-wal", "-shm"):
            draft.with_name(draft.name + suffix).unlink(missing_ok=True)


def _check_file(database: Database, path: Path) -> None:
    """Refuse a damaged file before anything is decided from it."""
    info = path.stat()
    if info.st_size < SMALLEST:  # SQLite would take it for an empty database
        raise damaged(str(path), f"the file has {info.st_size} bytes")
    if info.st_mode & 0o077 and info.st_uid == os.geteuid():
        path.chmod(0o600)
    if not all(os.access(each, os.W_OK, effective_ids=True) for each in (path, path.parent)):
        raise Stop(
            f"the state {path} cannot be written",
            fix="check the owner and mode of the file and of its folder; SQLite needs to write both",
            reason="disk",
        )
    with database.read() as connection:
        found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    if found != "ok":
        raise damaged(str(path), "SQLite's check fails")


def _back_up(database: Database, revision: str) -> Path | None:
    """Copy a SQLite state beside itself before a migration; a copy that is killed half-way has no such name.
    PostgreSQL needs none: its migration is one transaction."""
    if database.path is None:
        return None
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    target = database.path.with_name(
        f"{database.path.name}.before-migration-{revision}-{stamp}-{secrets.token_hex(2)}"
    )
    draft = target.with_name(f".{target.name}")
    copy_file(database.path, draft)
    with translated(str(target)):
        draft.rename(target)
        fsync_folder(target.parent)
    return target


def copy_file(source: Path, target: Path) -> None:
    """A consistent copy of a SQLite file, also while it is in use (SQLite's backup interface). Mode 0600,
    synced."""
    with translated(str(target)):
        descriptor = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
                old.backup(new)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        fsync_folder(target.parent)


__all__ = ["HEAD", "MIGRATIONS", "RESTORE", "copy_file", "create_file", "prepare"]
