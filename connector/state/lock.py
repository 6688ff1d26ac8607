"""Locks that the operating system frees by itself when their holder dies, so that a killed run never blocks
the next.

Beside a SQLite file: flock on ``<file>.lock``. On PostgreSQL: an advisory lock of a connection kept open.
They tell who is alive; the fencing number in the state decides who may write.
"""

import contextlib
import fcntl
import os
from pathlib import Path
from typing import Protocol

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from connector.errors import ConfigError

NETWORK = {
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "afs",
    "ceph",
    "glusterfs",
    "fuse.sshfs",
    "fuse.glusterfs",
    "fuse.s3fs",
}
MOUNTS = Path("/proc/self/mountinfo")
ADVISORY = 0x534D4B
"""First half of the advisory lock's number; the second half is the schema, so that pairs in one database
don't meet."""


class Lock(Protocol):
    def take(self) -> bool:
        """Take the lock without waiting; False if someone alive has it. Taking it twice is fine."""
        ...

    def free(self) -> None: ...


class FileLock:
    """flock on a file of its own: the state's file itself is locked and unlocked by SQLite."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def take(self) -> bool:
        if self._descriptor is not None:
            return True
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def free(self) -> None:
        """The file stays: removing it would let two processes lock two files of the same name."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class AdvisoryLock:
    """A PostgreSQL advisory lock: the server frees it when the connection of its holder is gone."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    def take(self) -> bool:
        if self._connection is not None:
            return True
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        taken = connection.exec_driver_sql(
            "select pg_try_advisory_lock(%s, hashtext(current_schema()))", (ADVISORY,)
        ).scalar_one()
        if taken:
            self._connection = connection
        else:
            connection.close()
        return bool(taken)

    def free(self) -> None:
        """Closing the session frees the lock; a connection given back to the pool would keep it."""
        if self._connection is not None:
            with contextlib.suppress(SQLAlchemyError):  # already gone, and the lock with it
                self._connection.invalidate()
                self._connection.close()
            self._connection = None


def refuse_network_file(path: Path, mounts: Path = MOUNTS) -> None:
    """ConfigError if the file would stand on a network file system: neither SQLite's WAL nor flock can be
    trusted there (sqlite.org, "Write-Ahead Logging": all processes must be on the same host)."""
    kind = _file_system(path.absolute(), mounts)
    if kind in NETWORK:
        raise ConfigError(
            f"the state {path} stands on a network file system ({kind}), where SQLite can be damaged",
            fix="put it on a local disk, or use PostgreSQL",
        )


def _file_system(path: Path, mounts: Path) -> str:
    """The type of the file system that holds the path, "" where the system doesn't tell (it isn't Linux)."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    best, kind = "", ""
    for line in lines:
        before, _, after = line.partition(" - ")
        point = before.split()[4].replace("\\040", " ")
        if len(point) >= len(best) and path.is_relative_to(point):
            best, kind = point, after.split()[0]
    return kind
