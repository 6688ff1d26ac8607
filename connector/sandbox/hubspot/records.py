"""CRM records in SQLite: reading, writing, unique values, history, aliases, and the late search index.

What enters and leaves: `Row`. It never validates: what it is given is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import orjson

from connector.sandbox.hubspot.database import PUT_DOCUMENT, Database
from connector.sandbox.hubspot.values import iso

_COLUMNS = "id, props, created, modified, archived, origin, merged_into"
_INDEX_DUE = f"""
INSERT INTO indexed SELECT type, {_COLUMNS} FROM pending WHERE due <= ? ORDER BY seq
ON CONFLICT (type, id) DO UPDATE SET props = excluded.props, created = excluded.created,
modified = excluded.modified, archived = excluded.archived, origin = excluded.origin,
merged_into = excluded.merged_into WHERE excluded.modified >= indexed.modified
"""
"""With jitter an older version may be due later than a newer one: it is too late then."""
FIRST_ID = {
    "contacts": 70_000_000_001,
    "companies": 20_000_000_001,
    "deals": 30_000_000_001,
    "tasks": 41_000_000_001,
    "notes": 42_000_000_001,
    "calls": 43_000_000_001,
    "meetings": 44_000_000_001,
    "emails": 45_000_000_001,
}
_PUT = """INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
    props = excluded.props, created = excluded.created, modified = excluded.modified,
    archived = excluded.archived, merged_into = excluded.merged_into"""
_PUT_VALUES = """INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
    props = excluded.props, modified = excluded.modified"""
"""Leaves alone the columns that hardly ever change: each is part of an index."""
_ABOUT = """SELECT value, name, id FROM uniques
    WHERE type = 'contacts' AND name IN ('email', 'blocked email') AND value IN ({0})
    UNION ALL SELECT name, 'opted out', 0 FROM documents WHERE kind = 'optout' AND name IN ({0})"""
_HOLD = "INSERT OR REPLACE INTO uniques VALUES (?, ?, ?, ?)"
_ADD_VERSION = "INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
Version = list[Any]
"""One version of one property: [epoch ms, value or None, source type, source id, user id or None]."""


@dataclass(slots=True)
class Row:
    """One record. Times are epoch milliseconds. `props` holds only what is not blank and not a column."""

    type: str
    id: int
    props: dict[str, str] = field(default_factory=dict)
    created: int = 0
    modified: int = 0
    archived: int | None = None
    origin: str = "INTEGRATION"
    merged_into: int | None = None

    def as_params(self) -> tuple[Any, ...]:
        """In the order of the table's columns."""
        text = orjson.dumps(self.props).decode()
        tail = (self.created, self.modified, self.archived, self.origin, self.merged_into)
        return (self.type, self.id, text, *tail)


def row_from(object_type: str, columns: Sequence[Any]) -> Row:
    """A row from the columns id, props, created, modified, archived, origin, merged_into."""
    return Row(object_type, columns[0], orjson.loads(columns[1]), *columns[2:])


def version_json(version: Version) -> dict[str, Any]:
    """One version as propertiesWithHistory shows it."""
    out = {
        "value": version[1] or "",
        "timestamp": iso(version[0]),
        "sourceType": version[2],
        "sourceId": version[3] or None,
        "updatedByUserId": version[4],
    }
    return {key: value for key, value in out.items() if value is not None}


class Records:
    """Storage of records. `lag_ms` and `jitter_ms` are asked at each write and search: how late the search
    index is, and by how much more an entry may be late."""

    def __init__(self, db: Database, lag_ms: Callable[[], int], jitter_ms: Callable[[], int]) -> None:
        self.db = db
        self._lag_ms, self._jitter_ms = lag_ms, jitter_ms
        self._last: dict[str, int] = {}
        self._held: dict[Any, int] = {}
        self._held_at = -1
        self._foreseen: dict[str, dict[str, int]] = {}
        self._foreseen_at = -1
        self._late_ms = 0
        self._some_late = False

    def next_id(self, object_type: str) -> int:
        """A fresh id; ids only grow."""
        return self.reserve(object_type, 1)[0]

    def reserve(self, object_type: str, count: int) -> range:
        """`count` fresh ids at once."""
        last = self._last.get(object_type)
        if last is None:
            last = self.db.take("sequence", object_type) or FIRST_ID.get(object_type, 1) - 1
        self._last[object_type] = last + count
        self.db.later_once(PUT_DOCUMENT, "sequence", object_type, str(last + count))
        return range(last + 1, last + count + 1)

    def forget_ids(self) -> None:
        """Ids start anew: the account was emptied."""
        self._last.clear()

    def get(self, object_type: str, record_id: int) -> Row | None:
        """The row with this id, archived or merged ones included."""
        sql = f"SELECT {_COLUMNS} FROM records WHERE type = ? AND id = ?"
        found = self.db.row(sql, object_type, record_id)
        return row_from(object_type, found) if found else None

    def get_many(self, object_type: str, ids: Iterable[int]) -> dict[int, Row]:
        """Rows by id; ids that are unknown are left out."""
        wanted = list(dict.fromkeys(ids))
        marks = ",".join("?" * len(wanted))
        sql = f"SELECT {_COLUMNS} FROM records WHERE type = ? AND id IN ({marks})"
        return {found[0]: row_from(object_type, found) for found in self.db.rows(sql, object_type, *wanted)}

    def page(self, object_type: str, after: int, limit: int, archived_since: int | None = None) -> list[Row]:
        """Rows with id >= `after` in the order of ids: the living, or those archived since a moment.

        Merged ones never.
        """
        bin_ = f"archived >= {archived_since} AND archived IS NOT NULL AND merged_into IS NULL"
        which = "archived IS NULL" if archived_since is None else bin_
        sql = f"SELECT {_COLUMNS} FROM records WHERE type = ? AND {which} AND id >= ? ORDER BY id LIMIT ?"
        return [row_from(object_type, found) for found in self.db.rows(sql, object_type, after, limit)]

    def every(self, object_type: str) -> Iterator[Row]:
        """All rows, archived and merged ones included, by id, a thousand at a time."""
        after = 0
        sql = f"SELECT {_COLUMNS} FROM records WHERE type = ? AND id >= ? ORDER BY id LIMIT 1000"
        while chunk := self.db.rows(sql, object_type, after):
            yield from (row_from(object_type, found) for found in chunk)
            after = chunk[-1][0] + 1

    def put(self, row: Row, values_only: bool = False) -> None:
        """Inserts or replaces one row and lets the search index follow later. `values_only`: of a row that is
        there, nothing but its properties and its modification date has changed."""
        columns = row.as_params()
        if values_only:
            self.db.later(_PUT_VALUES, *columns)
        else:  # at once: what waits is not written in the order of its statements
            self.db.run(_PUT, *columns)
        if self._has_index:
            sql = "INSERT INTO pending VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            late = crc32(f"{row.id}:{row.modified}".encode()) % (self._jitter_ms() + 1) + self._late_ms
            self.db.later(sql, row.modified + self._lag_ms() + late, *columns)

    def touch(self, object_type: str, now_ms: int) -> int:
        """Gives all living records of a type this modification date; returns how many there are."""
        live = "type = ? AND archived IS NULL"
        count = self.db.run(f"UPDATE records SET modified = ? WHERE {live}", now_ms, object_type)
        if self._has_index:
            sql = f"INSERT INTO pending SELECT NULL, ?, type, {_COLUMNS} FROM records WHERE {live}"
            self.db.run(sql, now_ms + self._lag_ms(), object_type)
        return count

    def load(self, rows: Sequence[Row]) -> None:
        """Inserts many fresh rows; the search index knows them at once."""
        params = [row.as_params() for row in rows]
        self.db.run_many("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?)", params)
        if self._has_index:
            self.db.run_many("INSERT OR REPLACE INTO indexed VALUES (?, ?, ?, ?, ?, ?, ?, ?)", params)

    def erase(self, row: Row) -> None:
        """Removes a row and its history for good."""
        for table in ("records", "indexed", "pending", "versions"):
            self.db.run(f"DELETE FROM {table} WHERE type = ? AND id = ?", row.type, row.id)

    # The search index

    @property
    def _has_index(self) -> bool:
        """Whether search reads a copy: as long as it is late, or some records are."""
        return self._some_late or self._lag_ms() > 0

    @contextmanager
    def indexed_later(self, seconds: float) -> Iterator[None]:
        """What is stored inside it, search finds `seconds` of virtual time later than other records."""
        if not self._has_index:
            self._some_late = True
            self.rebuild_index()
        self._some_late, self._late_ms = True, int(seconds * 1000)
        try:
            yield
        finally:
            self._late_ms = 0

    def rebuild_index(self) -> None:
        """Makes the index equal to the records, or empties it when there is no lag."""
        with self.db.transaction():
            self.db.run("DELETE FROM pending")
            self.db.run("DELETE FROM indexed")
            if self._has_index:
                self.db.run("INSERT INTO indexed SELECT * FROM records")

    def index_table(self, now_ms: int) -> str:
        """The table that search reads at `now_ms`: the records themselves without lag, else the late copy."""
        if not self._has_index:
            return "records"
        with self.db.transaction():
            self.db.run(_INDEX_DUE, now_ms)
            self.db.run("DELETE FROM pending WHERE due <= ?", now_ms)
            if self._some_late and not self.db.scalar("SELECT 1 FROM pending LIMIT 1"):
                self._some_late = False
                if not self._has_index:
                    self.rebuild_index()
                    return "records"
        return "indexed"

    # Unique values and aliases

    def holder(self, object_type: str, name: str, value: str) -> int | None:
        """The id of the record that has this value of a unique property."""
        key = (object_type, name, value)
        waiting = self._holding().get(key)
        if waiting is not None:
            return waiting
        found = self.db.peek("SELECT id FROM uniques WHERE type = ? AND name = ? AND value = ?", *key)
        return None if found is None else int(found[0])

    def foresee(self, addresses: Iterable[str]) -> None:
        """Looks up all that `about` will be asked, at once; good until anything else is written."""
        wanted = list(dict.fromkeys(addresses))
        self._foreseen = {address: {} for address in wanted}
        marks = ",".join("?" * len(wanted))
        for address, name, record_id in self.db.peek_all(_ABOUT.format(marks), *wanted, *wanted):
            self._foreseen[address][name] = record_id
        self._foreseen_at = self.db.settled

    def about(self, address: str) -> dict[str, int]:
        """What is known of an email address: which contact has it ("email"), which had it until a privacy
        deletion ("blocked email"), and, with a number that means nothing, that it is "opted out"."""
        if self._foreseen_at != self.db.settled or address not in self._foreseen:
            self.foresee([address])
        known = self._foreseen[address]
        waiting = self._holding().get(("contacts", "email", address))
        return known if waiting is None else {**known, "email": waiting}

    def _holding(self) -> dict[tuple[str, str, str], int]:
        """Who has the unique values that still wait to be written."""
        if self._held_at != self.db.settled:
            self._held = {row[:3]: row[3] for row in self.db.waiting(_HOLD)}
            self._held_at = self.db.settled
        return self._held

    def hold(self, object_type: str, name: str, value: str, record_id: int) -> None:
        """Notes who has a unique value."""
        self._holding()[object_type, name, value] = record_id
        self.db.later(_HOLD, object_type, name, value, record_id)

    def release(self, object_type: str, name: str, value: str, record_id: int) -> None:
        """Frees a unique value if this record has it."""
        sql = "DELETE FROM uniques WHERE type = ? AND name = ? AND value = ? AND id = ?"
        self.db.run(sql, object_type, name, value, record_id)

    def with_domain(self, domain: str) -> list[int]:
        """Ids of living companies that have this domain (lower case); several may."""
        where = "type = 'companies' AND archived IS NULL AND lower(json_extract(props, '$.domain')) = ?"
        return [
            found[0] for found in self.db.rows(f"SELECT id FROM records WHERE {where} ORDER BY id", domain)
        ]

    def survivor(self, object_type: str, record_id: int) -> int:
        """The present id of a record that may have been merged."""
        sql = "SELECT new_id FROM aliases WHERE type = ? AND old_id = ?"
        found = self.db.scalar(sql, object_type, record_id)
        return record_id if found is None else int(found)

    def alias(self, object_type: str, old_id: int, new_id: int) -> None:
        """Makes an old id, and all that already pointed to it, resolve to `new_id`."""
        sql = "UPDATE aliases SET new_id = ? WHERE type = ? AND new_id = ?"
        self.db.run(sql, new_id, object_type, old_id)
        self.db.run("INSERT OR REPLACE INTO aliases VALUES (?, ?, ?)", object_type, old_id, new_id)

    # History

    def versions(self, row: Row) -> dict[str, list[Version]]:
        """The newest versions by property, oldest first. Values that never changed have none.

        Source of how many are kept: HubSpot developers, "Contacts" guide on property history.
        """
        sql = (
            "SELECT name, before, at, value, source_type, source_id, user_id FROM versions "
            "WHERE type = ? AND id = ? ORDER BY rowid"
        )
        found: dict[str, list[Version]] = {}
        for name, before, *version in self.db.rows(sql, row.type, row.id):
            if name not in found:
                found[name] = [] if before is None else [[row.created, before, row.origin, "", None]]
            found[name].append(version)
        most = 45 if row.type == "contacts" else 20
        return {name: versions[-most:] for name, versions in found.items()}

    def add_version(self, row: Row, name: str, version: Version) -> None:
        """Keeps the value that a property gets now, beside the one that it has in `row`."""
        before = row.props.get(name)
        self.db.later(_ADD_VERSION, row.type, row.id, name, before, *version)

    def copy_versions(self, object_type: str, from_id: int, to_id: int) -> None:
        """Gives a record the history of another one."""
        columns = "name, before, at, value, source_type, source_id, user_id"
        sql = f"INSERT INTO versions SELECT type, ?, {columns} FROM versions WHERE type = ? AND id = ?"
        self.db.run(sql, to_id, object_type, from_id)
