"""Backups: the whole state in one file, and back from it, whatever database holds the state.

Enters: an open state, or a backup file. Leaves: a SQLite file of mode 0600 that holds all tables; or the
state replaced by it, whole or not at all. The key is never part of it: without the key a backup tells ids and
field names, and no value of anybody.
"""

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connector.errors import ConfigError, Retry, Stop
from connector.state.database import CHUNK, Database, fsync_folder
from connector.state.key import Key
from connector.state.lock import AdvisoryLock, FileLock
from connector.state.migrate import copy_file, create_file, prepare
from connector.state.runs import DOUBT, put_meta
from connector.state.store import Store, open_store
from connector.state.tables import lease, metadata
from connector.state.translate import translated
from connector.state.verify import examine

COMPANIONS = ("-wal", "-shm")


@dataclass(frozen=True, slots=True)
class Restored:
    """What ``restore`` did. ``aside``: where the state that was there before is kept, None if there was none.
    ``doubtful``: something may have been written since the backup, so that the state must be rebuilt."""

    aside: Path | None
    doubtful: bool
    links: int


def back_up(store: Store, target: Path) -> None:
    """Write a consistent copy of the state to ``target``, also while a run is under way. ConfigError if
    something is there already; Stop(reason="disk") if it cannot be written."""
    if target.exists():
        raise ConfigError(f"{target} exists already; a backup is never overwritten", fix="name another file")
    with translated(str(target)), _draft(target) as draft:
        if store.path is not None:
            copy_file(store.path, draft)
        else:
            create_file(draft)
            _copy(store.database, Database(f"sqlite:///{draft}"))
        _make_plain(draft)
        _put_in_place(draft, target)


def restore(url: str, key: Key, file: Path, folder: Path, seen: int | None, now: datetime) -> Restored:
    """Replace the state behind ``url`` by a backup. The backup is checked in full before anything is touched,
    and the present state is kept aside (in ``folder``, on PostgreSQL).

    ``seen``: the generation noted last, None if that is not known. Unless it proves that nothing was written
    since the backup, the state is marked as doubtful. Raises ConfigError if the file is none, Stop if the
    backup is damaged or belongs to another key, Retry while a run is under way.
    """
    if not file.is_file():
        raise ConfigError(f"there is no file {file}", fix="name a file that `smarketing state backup` wrote")
    database = Database(url)
    try:
        place = database.path or folder / "state.db"
        with translated(str(place)), _draft(place) as draft:
            links, generation = _checked_copy(file, draft, key)
            with _nobody_at_work(database):
                aside = _aside(place, now, "restore")
                newest = _newest(url, key, database, seen)
                doubtful = seen is None or generation is None or generation != newest
                _prepare_draft(draft, doubtful=doubtful)
                if database.path is not None:
                    kept = _swap_files(draft, database.path, aside)
                else:
                    kept = _replace_rows(url, key, draft, aside)
        return Restored(kept, doubtful, links)
    finally:
        database.close()


def set_aside(url: str, now: datetime) -> Path | None:
    """Move a SQLite state out of the way, whatever its condition: the next start begins with an empty one.
    Returns where it is now, None if there was none. Retry while a run is under way."""
    database = Database(url)
    try:
        if database.path is None:
            raise ConfigError(
                "a state in PostgreSQL cannot be set aside by itself",
                fix="name an empty database or schema as state.url",
            )
        if not database.path.exists():
            return None
        with translated(database.place), _nobody_at_work(database):
            aside = _aside(database.path, now, "rebuild")
            _move_away(database.path, aside)
        return aside
    finally:
        database.close()


# ---------------------------------------------------------------- files


@contextmanager
def _draft(place: Path) -> Iterator[Path]:
    """A name beside ``place`` for work in progress; whatever is left of it is removed."""
    draft = place.with_name(f".{place.name}.{secrets.token_hex(8)}")
    try:
        yield draft
    finally:
        for left in draft.parent.glob(f"{draft.name}*"):
            left.unlink(missing_ok=True)


def _make_plain(path: Path) -> None:
    """One file without companions, that can also be read from where nothing can be written; and whole."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if found != "ok":
        raise Stop(
            "the backup is damaged, because the state is",
            fix="run `smarketing state verify`; keep the backups that you have",
            reason="state",
        )


def _put_in_place(draft: Path, target: Path) -> None:
    try:
        os.link(draft, target)  # unlike a rename it never replaces anything
    except FileExistsError:
        raise ConfigError(f"{target} exists already; a backup is never overwritten") from None
    fsync_folder(target.parent)


def _aside(place: Path, now: datetime, what: str) -> Path:
    return place.with_name(f"{place.name}.before-{what}-{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}")


def _swap_files(draft: Path, path: Path, aside: Path) -> Path | None:
    kept = path.exists()
    _move_away(path, aside)
    os.link(draft, path)
    fsync_folder(path.parent)
    return aside if kept else None


def _move_away(path: Path, aside: Path) -> None:
    """The log goes before its file: a log that is left beside another file would be played into it."""
    for suffix in (*COMPANIONS, ""):
        companion = path.with_name(path.name + suffix)
        if companion.exists():
            os.rename(companion, aside.with_name(aside.name + suffix))
    fsync_folder(path.parent)


# ---------------------------------------------------------------- checking


def _checked_copy(file: Path, draft: Path, key: Key) -> tuple[int, int | None]:
    """A copy of the backup with the newest schema, checked in full: how many links it has, and its generation
    if it was made while no run was under way."""
    try:
        copy_file(file, draft)
        with open_store(f"sqlite:///{draft}", key) as store:
            bad = next((check for check in examine(store) if check.damaged), None)
            at_rest = store.holder() is None and not store.open_intents() and not store.get_meta(DOUBT)
            found = sum(store.count_links().values()), store.generation() if at_rest else None
    except Stop as error:
        if error.reason != "state":
            raise
        raise _useless(file, error.message.replace(str(draft), str(file))) from error
    if bad is not None:
        raise _useless(file, f"{bad.topic}: {bad.message}")
    return found


def _useless(file: Path, why: str) -> Stop:
    message = f"the backup {file} cannot be restored: {why}"
    return Stop(message, fix="nothing was changed; take another backup", reason="state")


def _prepare_draft(draft: Path, *, doubtful: bool) -> None:
    """Nobody holds the lease of a restored state; a doubtful one says so itself."""
    database = Database(f"sqlite:///{draft}")
    with closing(database), database.write() as connection:
        connection.execute(lease.update().values(owner="", expires_at=None))
        if doubtful:
            put_meta(connection, DOUBT, "restored")
    database.close()
    _make_plain(draft)


@contextmanager
def _nobody_at_work(database: Database) -> Iterator[None]:
    path = database.path
    lock = AdvisoryLock(database.engine) if path is None else FileLock(path.with_name(path.name + ".lock"))
    if not lock.take():
        raise Retry("a run is under way on this state", fix="wait for it to end, or end it")
    try:
        yield
    finally:
        lock.free()


def _newest(url: str, key: Key, database: Database, seen: int | None) -> int | None:
    """The highest generation that is known of; None when nothing is."""
    if database.path is not None and not database.path.exists():
        return seen
    try:
        with open_store(url, key) as present:
            return max(seen or 0, present.generation())
    except Stop:
        return seen  # damaged, or of another key: that is why a backup is put back


# ---------------------------------------------------------------- rows


def _replace_rows(url: str, key: Key, draft: Path, aside: Path) -> Path:
    """All rows of a PostgreSQL state, in one transaction; what was there is backed up first."""
    with open_store(url, key) as present:
        back_up(present, aside)
    database = prepare(url)
    try:
        _copy(Database(f"sqlite:///{draft}"), database)
    finally:
        database.close()
    return aside


def _copy(source: Database, target: Database) -> None:
    """Everything in the tables of the target gives way to what the source holds at one moment."""
    with closing(source), closing(target), source.read() as out, target.write() as into:
        if not source.lite:
            out.exec_driver_sql("set transaction isolation level repeatable read")
        for table in reversed(metadata.sorted_tables):
            into.execute(table.delete())
        for table in metadata.sorted_tables:
            _copy_table(table, out, into)
        if not target.lite:
            _set_sequences(into)


def _copy_table(table: sa.Table, out: Connection, into: Connection) -> None:
    rows = out.execution_options(yield_per=CHUNK).execute(table.select()).mappings()
    for chunk in rows.partitions(CHUNK):
        into.execute(table.insert(), [dict(row) for row in chunk])


def _set_sequences(connection: Connection) -> None:
    """Numbers go on where the copied rows end."""
    for table in metadata.sorted_tables:
        column = table.autoincrement_column
        if column is None:
            continue
        last = connection.scalar(sa.select(sa.func.max(column)))
        name = sa.func.pg_get_serial_sequence(table.name, column.name)
        if last is not None and connection.scalar(sa.select(name)) is not None:
            connection.execute(sa.select(sa.func.setval(name, last)))


__all__ = ["Restored", "back_up", "restore"]
