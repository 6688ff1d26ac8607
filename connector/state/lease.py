"""The lease: one run at a time, with a fencing number that only rises.

Taking the lease raises the number; every later write of the run checks it (``Database.write``). The lock
tells whether the last holder still lives: if it died on this host, the lease is taken over at once, otherwise
when it has run out.
"""

import os
import socket
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from connector.errors import Retry, SmarketingError
from connector.state.database import Database
from connector.state.lock import Lock
from connector.state.rows import Holder
from connector.state.tables import lease
from connector.state.translate import translated

_THE_LEASE = lease.select()


class Busy(Retry):
    """Another run holds the lease. ``holder`` tells who, where and since when."""

    word = "busy"

    def __init__(self, holder: Holder, after_s: float) -> None:
        super().__init__(
            f"another run is at work: {holder.owner}, process {holder.pid} on {holder.host}, "
            f"since {holder.since:%Y-%m-%d %H:%M:%S} UTC",
            after_s=after_s,
            fix="wait for it to end; if it hangs, end that process and start again",
        )
        self.holder = holder


class Lease:
    """Part of the store: taking, keeping and giving back the lease."""

    _db: Database
    _lock: Lock
    _ttl: timedelta

    @property
    def fence(self) -> int | None:
        """The fencing number of the lease that this store holds, if it holds one."""
        return self._db.fence

    def acquire(self, owner: str, ttl_s: float, now: datetime) -> int:
        """Take the lease for ``ttl_s`` seconds and return its fencing number. Busy (a Retry) if another run
        holds it."""
        self._ttl = timedelta(seconds=ttl_s)
        with translated(self._db.place):
            locked = self._lock.take()
        try:
            self._db.fence = None
            with self._db.write() as connection:
                fence = self._take(connection, owner, now, locked)
        except BaseException:
            self._lock.free()
            raise
        self._db.fence = fence
        return fence

    def _take(self, connection: Connection, owner: str, now: datetime, locked: bool) -> int:
        row = connection.execute(lease.select().with_for_update()).one()
        holder = _holder(row)
        if holder is not None and not _may_replace(holder, now, locked):
            raise Busy(holder, max(0.0, (holder.expires_at - now).total_seconds()))
        fence: int = row.fence + 1
        connection.execute(
            lease.update().values(
                fence=fence,
                generation=row.generation + 1,
                owner=owner,
                host=socket.gethostname(),
                pid=os.getpid(),
                since=now,
                expires_at=now + self._ttl,
                locked=locked,
            )
        )
        return fence

    def renew(self, now: datetime) -> None:
        """Keep the lease for another ``ttl_s`` seconds. Stop(reason="fenced") if it was lost."""
        with self._db.write(fenced=True) as connection:
            connection.execute(lease.update().values(expires_at=now + self._ttl))

    def outrun(self, number: int) -> int:
        """Raise the fence of the lease above every number that a run on a younger state may have had. Returns
        the fence."""
        with self._db.write(fenced=True) as connection:
            higher = lease.update().where(lease.c.fence <= number).values(fence=number + 1)
            if connection.execute(higher).rowcount:
                self._db.fence = number + 1
        assert self._db.fence is not None
        return self._db.fence

    def raise_generation(self, number: int) -> None:
        """From now on the state counts as younger than ``number``."""
        with self._db.write(fenced=True) as connection:
            connection.execute(
                lease.update().where(lease.c.generation <= number).values(generation=number + 1)
            )

    def release(self) -> None:
        """Give the lease back. Quietly does nothing if another run took over or none was held."""
        fence, self._db.fence = self._db.fence, None
        try:
            if fence is not None:
                with self._db.write() as connection:
                    connection.execute(
                        lease.update().where(lease.c.fence == fence).values(owner="", expires_at=None)
                    )
        except SmarketingError:
            pass  # a state that cannot be written frees itself: by the lock, or when the lease runs out
        finally:
            self._lock.free()

    def holder(self) -> Holder | None:
        """Who holds the lease at the moment, expired or not; None if it was given back."""
        with self._db.read() as connection:
            return _holder(connection.execute(_THE_LEASE).one())

    def generation(self) -> int:
        """Counts up with every fenced write: a state with a lower generation than once seen was restored from
        a backup."""
        with self._db.read() as connection:
            return int(connection.execute(_THE_LEASE).one().generation)


def _holder(row: Any) -> Holder | None:
    if not row.owner:
        return None
    return Holder(row.fence, row.owner, row.host, row.pid, row.since, row.expires_at, row.locked)


def _may_replace(holder: Holder, now: datetime, locked: bool) -> bool:
    """Run out: the holder hangs, and the fence keeps it from writing. Or it held the lock on this host and we
    hold that now: so it is dead. A lock held elsewhere proves nothing: that file system or server may have
    lost sight of it."""
    died = locked and holder.locked and holder.host == socket.gethostname()
    return died or holder.expires_at <= now
