"""Announced windows: a person said that many changes of a kind are coming, and until when.

Enters: an announcement. Leaves: windows with how much of each is used. Nothing is ever deleted: who announced
what, and what was made of it, stays to be read.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connector.errors import ConfigError
from connector.state.database import Database
from connector.state.packing import to_us
from connector.state.rows import Window
from connector.state.tables import counts, runs, windows

DAY_US = 86_400_000_000
CHARGED = "window "
"""Beginning of the class under which the changes of a window are counted."""
_OPEN = (
    windows.select()
    .where(
        windows.c.starts_at <= sa.bindparam("now"),
        windows.c.ends_at > sa.bindparam("now"),
        windows.c.removed_at.is_(None),
    )
    .order_by(windows.c.id)
)
_FIRST_SYNC = sa.select(sa.func.min(runs.c.started_at)).where(runs.c.kind == "sync")


class Windows:
    """Part of the store: announcing, listing and ending windows; and what past days were like."""

    _db: Database

    def add_window(self, window: Window) -> Window:
        """Note an announcement and return it with its number."""
        row = {
            "what": window.what,
            "side": window.side,
            "kind": window.kind,
            "field": window.field,
            "most": window.most,
            "starts_at": window.starts_at,
            "ends_at": window.ends_at,
            "announced_at": window.announced_at,
            "announced_by": window.announced_by,
            "reason": window.reason,
        }
        with self._db.write() as connection:
            number = connection.scalar(windows.insert().values(row).returning(windows.c.id))
        assert number is not None
        return self._windows(windows.c.id == number)[0]

    def open_windows(self, now: datetime) -> list[Window]:
        """Windows that are open now, oldest first."""
        with self._db.read() as connection:
            return _with_use(connection, connection.execute(_OPEN, {"now": now}).all())

    def windows(self) -> list[Window]:
        """All windows there ever were, oldest first."""
        return self._windows(sa.true())

    def remove_window(self, number: int, now: datetime) -> Window:
        """End a window before its time. ConfigError if there is none of that number that has not ended."""
        mine = (windows.c.id == number) & (windows.c.ends_at > now) & windows.c.removed_at.is_(None)
        with self._db.write() as connection:
            done = connection.execute(windows.update().where(mine).values(removed_at=now)).rowcount
        if not done:
            raise ConfigError(f"no window {number} is open or to come", fix="See: smarketing window list")
        return self._windows(windows.c.id == number)[0]

    def busiest_days(self, now: datetime, days: int, least: int) -> dict[str, int] | None:
        """Per guard class, the most that was done on one of the ``days`` days before the last 24 hours. None
        when the first sync is not ``least`` days ago."""
        with self._db.read() as connection:
            first = connection.scalar(_FIRST_SYNC)
            if first is None or now - first < least * timedelta(days=1):
                return None
            return {name: int(n) for name, n in connection.execute(_busiest(now, days))}

    def _windows(self, which: sa.ColumnElement[bool]) -> list[Window]:
        with self._db.read() as connection:
            rows = connection.execute(windows.select().where(which).order_by(windows.c.id)).all()
            return _with_use(connection, rows)


def _busiest(now: datetime, days: int) -> sa.Select[Any]:
    day = timedelta(days=1)
    ago = sa.literal(to_us(now), sa.BigInteger) - sa.type_coerce(counts.c.at, sa.BigInteger)
    bucket = ago // DAY_US
    per_day = (
        sa.select(counts.c["class"].label("name"), bucket.label("day"), sa.func.sum(counts.c.n).label("n"))
        .where((counts.c.at <= now - day) & (counts.c.at > now - (days + 1) * day))
        .group_by(counts.c["class"], bucket)
        .subquery()
    )
    return sa.select(per_day.c.name, sa.func.max(per_day.c.n)).group_by(per_day.c.name)


def _with_use(connection: Connection, rows: Sequence[Any]) -> list[Window]:
    used = _used(connection, [row.id for row in rows]) if rows else {}
    return [_window(row, used.get(row.id, 0)) for row in rows]


def _used(connection: Connection, numbers: Sequence[int]) -> dict[int, int]:
    """Changes made on the account of each window."""
    names = [f"{CHARGED}{number}" for number in numbers]
    name = counts.c["class"]
    query = sa.select(name, sa.func.sum(counts.c.n)).where(name.in_(names)).group_by(name)
    return {int(each.removeprefix(CHARGED)): int(n) for each, n in connection.execute(query)}


def _window(row: Any, used: int) -> Window:
    return Window(
        what=row.what,
        most=row.most,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        side=row.side,
        kind=row.kind,
        field=row.field,
        announced_at=row.announced_at,
        announced_by=row.announced_by,
        reason=row.reason,
        removed_at=row.removed_at,
        id=row.id,
        used=used,
    )
