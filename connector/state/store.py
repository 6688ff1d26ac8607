"""The state of one pair of CRMs, opened: ``open_store``, and ``settle``, which stores what a batch changed.

The parts of ``Store`` stand in files of their own: links, intents, runs, approvals, reviews, ledger, lease.
"""

import shutil
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from connector.errors import Stop
from connector.state.approvals import Approvals, use_approvals
from connector.state.database import BUSY_S, Database
from connector.state.deals import Deals, put_parts
from connector.state.intents import Intents, close_intents
from connector.state.key import Key
from connector.state.lease import Lease
from connector.state.ledger import Ledger, add_audit
from connector.state.links import Links, drop_links, write_links
from connector.state.lock import AdvisoryLock, FileLock, Lock
from connector.state.migrate import MIGRATIONS, prepare
from connector.state.reviews import Reviews, close_items, open_items
from connector.state.rows import Settlement
from connector.state.runs import Runs, add_counts, move_cursors
from connector.state.stages import Stages, add_moves, move_links, put_stages
from connector.state.waiting import WaitingItems, replace_held
from connector.state.windows import Windows

KEY_CHECK = "key_check"
RESERVE = 32 * 1024 * 1024
"""Bytes that must be free before a run may start: an intent that cannot be stored must not be discovered
half-way."""


class Store(Links, Intents, Runs, Approvals, Windows, Reviews, WaitingItems, Ledger, Stages, Deals, Lease):
    """One pair's state. Opened by ``open_store``; closing gives the lease back. Not shared between
    threads."""

    def __init__(self, database: Database, key: Key) -> None:
        self._db = database
        self._key = key
        self._lock: Lock = _lock(database)

    @property
    def path(self) -> Path | None:
        """The SQLite file, None on PostgreSQL."""
        return self._db.path

    @property
    def place(self) -> str:
        """Where the state stands, for messages: a path, or a URL without its password."""
        return self._db.place

    @property
    def database(self) -> Database:
        """For the other parts of this package: what they ask of all rows at once."""
        return self._db

    @property
    def key(self) -> Key:
        return self._key

    def settle(self, settlement: Settlement, now: datetime) -> None:
        """Store everything a batch changed, in one transaction: all of it or nothing. Needs the lease.

        Raises Stop (reason ``fenced``, ``disk`` or ``state``) or Retry; in each case nothing of the
        settlement was stored.
        """
        with self._db.write(fenced=True) as connection:
            move_links(self._db, connection, settlement.moved_links)
            drop_links(connection, settlement.drop_links, now)
            write_links(self._db, connection, settlement.links)
            add_audit(self._db, self._key, connection, settlement.audit)
            close_intents(connection, settlement.done_intents)
            close_items(self._db, connection, settlement.close_reviews, now)
            open_items(self._db, connection, settlement.reviews, now)
            replace_held(
                self._db, connection, settlement.held_for, settlement.parked_for, settlement.held, now
            )
            add_counts(connection, settlement.run, settlement.counts, now)
            use_approvals(connection, settlement.used_approvals, now)
            move_cursors(connection, settlement.cursors)
            add_moves(self._db, connection, settlement.stage_moves, now)
            put_stages(self._db, connection, settlement.stages)
            put_parts(self._db, connection, settlement.parts)

    def acquire(self, owner: str, ttl_s: float, now: datetime) -> int:
        """Take the lease for ``ttl_s`` seconds and return its fencing number. Busy (a Retry) if another run
        holds it, Stop(reason="disk") if there is too little space to be sure that every write can be
        noted."""
        if self.path is not None and shutil.disk_usage(self.path.parent).free < RESERVE:
            raise Stop(
                f"less than {RESERVE // 2**20} MB are free beside {self.path}",
                fix="free some space and start again",
                reason="disk",
            )
        return super().acquire(owner, ttl_s, now)

    def close(self) -> None:
        """Give back the lease and close all connections."""
        try:
            self.release()
        finally:
            self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_store(url: str, key: Key, *, busy_s: float = BUSY_S, migrations: Path = MIGRATIONS) -> Store:
    """Open (on the first start: create) the state behind ``sqlite:////path/state.db`` or
    ``postgresql+psycopg://…``.

    An older state is migrated after a backup beside it. ``busy_s``: seconds to wait for another process's
    transaction. Raises Stop(reason="state") if the state is damaged, newer than this program or made with
    another key, Stop(reason="disk") if it cannot be written, Retry if it is locked or doesn't answer,
    ConfigError if the URL is wrong.
    """
    store = Store(prepare(url, busy_s, migrations), key)
    try:
        _check_key(store, key)
    except BaseException:
        store.close()
        raise
    return store


def _check_key(store: Store, key: Key) -> None:
    """With another key every base would look changed on both sides, and every record would clash."""
    mine = key.hash("smarketing", KEY_CHECK).hex()
    known = store.get_meta(KEY_CHECK)
    if known is None:
        store.set_meta(KEY_CHECK, mine)
    elif known != mine:
        raise Stop(
            "the key file is not the one that this state was made with",
            fix="restore the key file that belongs to this state",
            reason="state",
        )


def _lock(database: Database) -> Lock:
    if database.path is None:
        return AdvisoryLock(database.engine)
    return FileLock(database.path.with_name(database.path.name + ".lock"))
