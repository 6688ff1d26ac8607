"""The working space of one run: records read, keys to match, decisions, on disk so that memory doesn't
grow with their number.

What enters: records, key hashes, decisions. What leaves: the same, in order. The file is encrypted with a key
that exists only in this process's memory; it is deleted at the end, and by the next run if this one is
killed. Nothing is ever restored from it.
"""

import fcntl
import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from connector.errors import SmarketingError
from connector.model import Decision, Kind, Record, Ref, Side
from connector.state.packing import (
    SIDES,
    pack_decision,
    pack_record,
    unpack_decision,
    unpack_record,
)
from connector.state.translate import translated

PREFIX = "spool-"
SUFFIX = ".tmp"
BATCH = 1000

KeyRow: TypeAlias = tuple[Kind, Side, str, str, int, bytes]
"""(kind, side, type, record id, number of the key in the mapping, keyed hash of its value)."""

# A spool that a crash cuts short is thrown away, so it needs no journal and no syncing.
PREPARE = """
PRAGMA journal_mode=OFF;
PRAGMA synchronous=OFF;
PRAGMA locking_mode=EXCLUSIVE;
PRAGMA temp_store=MEMORY;
PRAGMA cache_size=-32000;
CREATE TABLE records (side TEXT, type TEXT, id TEXT, kind TEXT, body BLOB, PRIMARY KEY (side, type, id))
WITHOUT ROWID; CREATE TABLE keys (kind TEXT, key_no INTEGER, key_hash BLOB, side TEXT, type TEXT, id TEXT,
                   PRIMARY KEY (kind, key_no, key_hash, side, type, id)) WITHOUT ROWID;
CREATE TABLE decisions (no INTEGER PRIMARY KEY, kind TEXT, body BLOB);
CREATE INDEX decisions_kind ON decisions (kind, no);
"""


class Spool:
    """One run's working space in ``folder``. Use as a context manager: leaving it deletes the file."""

    def __init__(self, folder: Path) -> None:
        with translated(str(folder)):
            remove_leftovers(folder)
            self.path = folder / f"{PREFIX}{os.getpid()}-{secrets.token_hex(4)}{SUFFIX}"
            with _alone(folder):  # nobody may take the new file for a leftover before it is locked
                self._guard = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
                fcntl.flock(self._guard, fcntl.LOCK_EX)  # tells other runs that this file is in use
            try:
                self._db = sqlite3.connect(self.path, isolation_level=None)
                self._db.executescript(PREPARE)
            except BaseException:
                self._delete()
                raise
        self._cipher = AESGCM(AESGCM.generate_key(bit_length=256))
        self._nonce = 0

    # ------------------------------------------------------------ records

    def put_records(self, records: Iterable[Record], kind: Kind | None = None) -> None:
        """Keep records; a later one of the same ref replaces the earlier. ``kind`` makes ``refs`` list
        them."""
        name = "" if kind is None else kind.value
        rows = ((r.ref.side.value, r.ref.type, r.ref.id, name, self._seal(pack_record(r))) for r in records)
        self._put("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?)", rows)

    def get_records(self, refs: Iterable[Ref]) -> dict[Ref, Record]:
        """The kept records among these; what was never put is missing."""
        found: dict[Ref, Record] = {}
        text = (
            "SELECT body FROM records WHERE side = ? AND type = ? AND id IN (SELECT value FROM json_each(?))"
        )
        for (side, type_), ids in _grouped(refs).items():
            for start in range(0, len(ids), BATCH):
                for (body,) in self._rows(
                    text, side, type_, orjson.dumps(ids[start : start + BATCH]).decode()
                ):
                    record = unpack_record(self._open(body))
                    found[record.ref] = record
        return found

    def refs(self, kind: Kind, side: Side) -> Iterator[Ref]:
        """Every record of this kind and side that was put, or that has a key, once, ordered by type and id.
        What is put meanwhile may or may not be listed."""
        text = (
            "SELECT type, id FROM records WHERE side = ?1 AND kind = ?2 AND (type, id) > (?3, ?4) UNION "
            "SELECT type, id FROM keys WHERE side = ?1 AND kind = ?2 AND (type, id) > (?3, ?4) "
            "ORDER BY type, id LIMIT ?5"
        )
        last = ("", "")
        while page := self._rows(text, side.value, kind.value, *last, BATCH):
            yield from (Ref(side, type_, id_) for type_, id_ in page)
            last = page[-1]

    # ------------------------------------------------------------ keys

    def put_keys(self, rows: Iterable[KeyRow]) -> None:
        """Keep the hashes by which records may match: (kind, side, type, id, key number, hash)."""
        ordered = ((kind.value, no, key, side.value, type_, id_) for kind, side, type_, id_, no, key in rows)
        self._put("INSERT OR IGNORE INTO keys VALUES (?, ?, ?, ?, ?, ?)", ordered)

    def groups(self, kind: Kind, key_no: int, beside: int | None = None) -> Iterator[tuple[bytes, list[Ref]]]:
        """Each hash that occurs under this number, with all records that have it, of both sides; ordered by
        hash, then side, type, id. ``beside``: with those that have it under that number."""
        rows = self._stream(
            "SELECT key_hash, side, type, id FROM keys WHERE kind = ?1 AND key_no = ?2 UNION "
            "SELECT o.key_hash, o.side, o.type, o.id FROM keys AS k JOIN keys AS o "
            "ON o.kind = ?1 AND o.key_no = ?3 AND o.key_hash = k.key_hash "
            "WHERE k.kind = ?1 AND k.key_no = ?2 ORDER BY key_hash, side, type, id"
            if beside is not None
            else "SELECT key_hash, side, type, id FROM keys WHERE kind = ?1 AND key_no = ?2 "
            "ORDER BY key_hash, side, type, id",
            kind.value,
            key_no,
            *([] if beside is None else [beside]),
        )
        for key, group in groupby(rows, itemgetter(0)):
            yield key, [Ref(SIDES[side], type_, id_) for _, side, type_, id_ in group]

    def on_both_sides(self, kind: Kind, key_no: int, keys: Iterable[bytes]) -> set[bytes]:
        """Those of these hashes that records of both sides have."""
        found: set[bytes] = set()
        source = iter(set(keys))
        while some := list(islice(source, BATCH)):
            text = (
                "SELECT key_hash FROM keys WHERE kind = ? AND key_no = ? AND key_hash IN "
                f"({','.join('?' * len(some))}) GROUP BY key_hash HAVING count(DISTINCT side) = 2"
            )
            found.update(key for (key,) in self._rows(text, kind.value, key_no, *some))
        return found

    # ------------------------------------------------------------ decisions

    def put_decisions(self, kind: Kind, decisions: Iterable[Decision]) -> None:
        """Keep what was decided about records of a kind, in order."""
        rows = ((kind.value, self._seal(pack_decision(decision))) for decision in decisions)
        self._put("INSERT INTO decisions (kind, body) VALUES (?, ?)", rows)

    def decisions(self, kind: Kind) -> Iterator[Decision]:
        """What was decided about a kind, in the order it was put."""
        for (body,) in self._stream("SELECT body FROM decisions WHERE kind = ? ORDER BY no", kind.value):
            yield unpack_decision(self._open(body))

    # ------------------------------------------------------------ the file

    def close(self) -> None:
        """Delete the file. Closing twice is fine. Raises Stop(reason="disk") when it cannot be deleted: the
        next run tries again."""
        self._db.close()
        with translated(str(self.path)):
            self._delete()

    def _delete(self) -> None:
        """Once it is unlocked, anybody may take it for a leftover."""
        guard, self._guard = self._guard, -1
        if guard >= 0:
            try:
                self.path.unlink(missing_ok=True)
            finally:
                os.close(guard)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(SmarketingError) if error else nullcontext():  # the first error is the one to tell
            self.close()

    def _seal(self, plain: bytes) -> bytes:
        # The key is never used for another file, so counting makes every nonce unique.
        self._nonce += 1
        nonce = self._nonce.to_bytes(12, "big")
        return nonce + self._cipher.encrypt(nonce, plain, None)

    def _open(self, sealed: bytes) -> bytes:
        return self._cipher.decrypt(sealed[:12], sealed[12:], None)

    def _put(self, text: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """In batches of one transaction each; the rows may come from reading this same spool."""
        source = iter(rows)
        while batch := list(islice(source, BATCH)):
            with self._errors():
                self._db.execute("BEGIN")
                self._db.executemany(text, batch)
                self._db.execute("COMMIT")

    def _rows(self, text: str, *values: Any) -> list[Any]:
        with self._errors():
            return self._db.execute(text, values).fetchall()

    def _stream(self, text: str, *values: Any) -> Iterator[Any]:
        """Rows in order without holding them all; writing to other tables meanwhile is fine."""
        with self._errors():
            cursor = self._db.execute(text, values)
        while batch := cursor.fetchmany(BATCH):
            yield from batch

    @contextmanager
    def _errors(self) -> Iterator[None]:
        with translated(str(self.path)):
            yield


def remove_leftovers(folder: Path) -> int:
    """Delete spools whose run was killed; those in use are locked. Returns how many."""
    with _alone(folder):
        return sum(_removed(path) for path in folder.glob(f"{PREFIX}*{SUFFIX}"))


def _removed(path: Path) -> bool:
    """Delete a spool that nobody has locked."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False  # its run has just ended
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink(missing_ok=True)
        return True
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Only one process at a time looks for leftovers or makes a new file in the folder."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _grouped(refs: Iterable[Ref]) -> dict[tuple[str, str], list[str]]:
    groups: dict[tuple[str, str], list[str]] = {}
    for ref in refs:
        groups.setdefault((ref.side.value, ref.type), []).append(ref.id)
    return groups
