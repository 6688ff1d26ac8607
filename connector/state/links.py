"""Reading and writing links: by record, by our id, by what waits; in bulk, through the driver.

A record is found by the live link that holds it, else as an alias (the lead beside the contact), else by a
tombstone.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from connector.errors import Stop
from connector.model import Kind, Link, LinkState, Ref, Side
from connector.state.database import Database, chunks
from connector.state.packing import (
    KINDS,
    SIDES,
    from_us,
    from_us_or_none,
    pack_link,
    seal,
    to_us,
    to_us_or_none,
    unpack_link,
    unseal,
)
from connector.state.tables import DEAD, LIVE, aliases, held, links, reviews

COLUMNS = tuple(column.name for column in links.columns)
SELECT = f"select {', '.join(COLUMNS)} from links"
# Only names of our own tables are put together here; every value is a parameter.
UPSERT = (
    f"insert into links ({', '.join(COLUMNS)}) values ({', '.join('?' * len(COLUMNS))}) "
    "on conflict (id) do update set "
    + ", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name not in ("id", "kind"))
)
FORGET_REFS = f"update links set {', '.join(f'{side}_id = null' for side in Side)} where id in ??"
ADD_ALIAS = (
    "insert into aliases (side, type, id, link_id, place) values (?, ?, ?, ?, ?) "
    "on conflict (side, type, id) do update set link_id = excluded.link_id, place = excluded.place"
)
BY_ALIAS = "select id, link_id from aliases where side = ? and type = ? and id in ??"
ALIASES_OF = "select link_id, place, side, type, id from aliases where link_id in ??"
BOTH = tuple(Side)
STATES: Mapping[str, LinkState] = {state.value: state for state in LinkState}


def _by_ref(columns: str, side: Side, which: str) -> str:
    return f"select {columns} from links where {side}_type = ? and {side}_id in ?? and {which}"


_COUNT = sa.select(sa.func.count()).select_from(links)
_STAMPED = {
    side: _COUNT.where(
        links.c[f"{side}_type"] == sa.bindparam("type"), links.c[f"{side}_stamp"] >= sa.bindparam("since")
    )
    for side in Side
}
_GUARDED = _COUNT.where(links.c.pending.like("%guard"))
_PER_STATE = sa.select(links.c.kind, links.c.state, sa.func.count()).group_by(links.c.kind, links.c.state)
_WAITING = (
    sa.select(links.c.id)
    .where(links.c.kind == sa.bindparam("kind"), links.c.pending != "")
    .order_by(links.c.retry_at.asc().nulls_first(), links.c.id)
    .limit(sa.bindparam("most"))
)
_IS_DUE = links.c.retry_at.is_(None) | (links.c.retry_at <= sa.bindparam("now"))
_DUE = _WAITING.where(_IS_DUE)
_DUE_OR_EARLY = _WAITING.where(_IS_DUE | links.c.pending.in_(sa.bindparam("early", expanding=True)))


class Links:
    """Part of the store: everything asked about links."""

    _db: Database

    def links_by_ref(self, refs: Iterable[Ref]) -> dict[Ref, Link]:
        """The link of each record that has one (live, alias, or tombstone), in the order asked."""
        wanted = list(refs)
        found = self._live(wanted)
        if missing := [ref for ref in wanted if ref not in found]:
            ids = self.ref_links(missing)
            others = self.links_by_id(set(ids.values()))
            found.update((ref, others[link]) for ref, link in ids.items() if link in others)
        return {ref: found[ref] for ref in wanted if ref in found}

    def _live(self, refs: Iterable[Ref]) -> dict[Ref, Link]:
        found: dict[Ref, Link] = {}
        with self._db.read() as connection:
            for side, type_, ids in _grouped(refs):
                text = _by_ref(", ".join(COLUMNS), side, LIVE)
                for chunk in chunks(ids):
                    rows = self._db.rows(connection, text, type_, self._db.many(chunk))
                    found.update((link.refs[side], link) for link in self._links(connection, rows))
        return found

    def links_by_id(self, ids: Iterable[str]) -> dict[str, Link]:
        """Links by our own id; unknown ids are missing."""
        found: dict[str, Link] = {}
        with self._db.read() as connection:
            for chunk in chunks(list(ids)):
                rows = self._db.rows(connection, f"{SELECT} where id in ??", self._db.many(chunk))
                found.update((link.id, link) for link in self._links(connection, rows))
        return found

    def ref_links(self, refs: Iterable[Ref]) -> dict[Ref, str]:
        """Only the ids of the links of these records: enough to translate a reference."""
        found: dict[Ref, str] = {}
        with self._db.read() as connection:
            for side, type_, ids in _grouped(refs):
                for chunk in chunks(ids):
                    pairs = _link_ids(self._db, connection, side, type_, chunk)
                    found.update((Ref(side, type_, record), link) for record, link in pairs.items())
        return found

    def stamps(self, side: Side, type: str, ids: Iterable[str]) -> dict[str, datetime]:
        """When each record was last changed as of our last look, to skip rows already seen. Aliases have
        none."""
        found: dict[str, datetime] = {}
        columns = f"{side}_id, {side}_stamp"
        with self._db.read() as connection:
            for chunk in chunks(list(ids)):
                for which in (DEAD, LIVE):
                    rows = self._db.rows(
                        connection, _by_ref(columns, side, which), type, self._db.many(chunk)
                    )
                    found.update((record, from_us(stamp)) for record, stamp in rows if stamp is not None)
        return found

    def count_stamped(self, side: Side, type: str, since: datetime) -> int:
        """How many records of a type are known with a stamp at or after ``since``."""
        with self._db.read() as connection:
            return int(connection.scalar(_STAMPED[side], {"type": type, "since": since}) or 0)

    def count_guarded(self) -> int:
        """How many links a guard holds something of."""
        with self._db.read() as connection:
            return int(connection.scalar(_GUARDED) or 0)

    def pending(self, kind: Kind, now: datetime, limit: int, early: Collection[str] = ()) -> list[Link]:
        """Links to look at again though nothing changed: those due by ``now``, the longest waiting first, and
        those that wait for one of the reasons in ``early`` (``guard``, ``waiting``) even before their
        time."""
        which: dict[str, Any] = {"kind": kind, "now": now, "most": limit}
        with self._db.read() as connection:
            if early:
                ids = connection.scalars(_DUE_OR_EARLY, {**which, "early": list(early)}).all()
            else:
                ids = connection.scalars(_DUE, which).all()
        found = self.links_by_id(ids)
        return [found[link] for link in ids if link in found]

    def iter_links(
        self, kind: Kind, states: Collection[LinkState] | None = None, batch: int = 1000
    ) -> Iterator[list[Link]]:
        """All links of a kind in batches, by id. Each batch is read by itself, so settling meanwhile is
        fine."""
        last = ""
        wanted = self._db.many([state.value for state in states or LinkState])
        text = f"{SELECT} where id > ? and kind = ? and state in ?? order by id limit ?"
        while True:
            with self._db.read() as connection:
                rows = self._db.rows(connection, text, last, kind.value, wanted, batch)
                page = list(self._links(connection, rows))
            if not page:
                return
            yield page
            last = page[-1].id

    def count_links(self) -> dict[tuple[Kind, LinkState], int]:
        """How many links there are of each kind and state."""
        with self._db.read() as connection:
            rows = connection.execute(_PER_STATE)
            return {(KINDS[kind], STATES[state]): count for kind, state, count in rows}

    def _links(self, connection: Connection, rows: Sequence[Any]) -> Iterator[Link]:
        others = _aliases(self._db, connection, [row[0] for row in rows])
        return (_unpack(row, others.get(row[0], ())) for row in rows)


# ---------------------------------------------------------------- reading


def _grouped(refs: Iterable[Ref]) -> Iterator[tuple[Side, str, list[str]]]:
    groups: dict[tuple[Side, str], list[str]] = {}
    for ref in refs:
        groups.setdefault((ref.side, ref.type), []).append(ref.id)
    for (side, type_), ids in groups.items():
        yield side, type_, ids


def _link_ids(
    db: Database, connection: Connection, side: Side, type_: str, ids: Sequence[str]
) -> dict[str, str]:
    """Record id -> link id. The common case costs one query; the others look only for what is still
    missing."""
    columns = f"{side}_id, id"
    found = dict(map(tuple, db.rows(connection, _by_ref(columns, side, LIVE), type_, db.many(ids))))
    if missing := [record for record in ids if record not in found]:
        found.update(map(tuple, db.rows(connection, BY_ALIAS, side.value, type_, db.many(missing))))
    if missing := [record for record in missing if record not in found]:
        dead = f"{_by_ref(columns, side, DEAD)} order by id"
        found.update(map(tuple, db.rows(connection, dead, type_, db.many(missing))))
    return found


def _aliases(db: Database, connection: Connection, ids: Sequence[str]) -> dict[str, tuple[Ref, ...]]:
    rows = sorted(db.rows(connection, ALIASES_OF, db.many(ids))) if ids else []
    return {
        link: tuple(Ref(SIDES[side], type_, record) for _, _, side, type_, record in group)
        for link, group in groupby(rows, itemgetter(0))
    }


def _unpack(row: Any, others: tuple[Ref, ...]) -> Link:
    id_, kind, state, *sides, pending, retry_at, fails, packed = row
    body = unseal(packed, tuple(row)[:-1])
    refs: dict[Side, Ref] = {}
    stamps: dict[Side, datetime] = {}
    for at, side in enumerate(BOTH):
        if sides[2 * at + 1] is not None:
            refs[side] = Ref(side, sides[2 * at], sides[2 * at + 1])
        if sides[4 + at] is not None:
            stamps[side] = from_us(sides[4 + at])
    return Link(
        id=id_,
        kind=KINDS[kind],
        refs=refs,
        state=STATES[state],
        stamps=stamps,
        aliases=others,
        pending=pending,
        retry_at=from_us_or_none(retry_at),
        fails=fails,
        **unpack_link(body),
    )


def damaged_links(db: Database, batch: int = 1000) -> Iterator[tuple[int, list[str]]]:
    """All links, batch by batch: how many there are, and the ids of those that cannot be read."""
    last = ""
    while True:
        with db.read() as connection:
            rows = db.rows(connection, f"{SELECT} where id > ? order by id limit ?", last, batch)
        if not rows:
            return
        yield len(rows), [row[0] for row in rows if not _is_readable(row)]
        last = rows[-1][0]


def _is_readable(row: Any) -> bool:
    try:
        _unpack(row, ())
    except (Stop, ValueError, KeyError, TypeError):
        return False
    return True


# ---------------------------------------------------------------- writing, inside a settlement


def _pack(link: Link) -> tuple[Any, ...]:
    refs: list[str | None] = []
    stamps: list[int | None] = []
    for side in BOTH:
        ref, stamp = link.refs.get(side), link.stamps.get(side)
        refs += (None, None) if ref is None else (ref.type, ref.id)
        stamps.append(None if stamp is None else to_us(stamp))
    waits = (link.pending, to_us_or_none(link.retry_at), link.fails)
    columns = (link.id, link.kind.value, link.state.value, *refs, *stamps, *waits)
    return (*columns, seal(pack_link(link), columns))


def write_links(db: Database, connection: Connection, changed: Sequence[Link]) -> None:
    """Add or replace links. Stop(reason="state") if a record would belong to two live links."""
    if not changed:
        return
    rows = [_pack(link) for link in changed]
    ids = db.many([link.id for link in changed])
    try:
        with connection.begin_nested():
            db.execute_many(connection, UPSERT, rows)
    except IntegrityError:
        _rewrite(db, connection, rows, ids)
    db.rows(connection, "delete from aliases where link_id in ?? returning id", ids)
    db.execute_many(
        connection,
        ADD_ALIAS,
        [
            (ref.side.value, ref.type, ref.id, link.id, place)
            for link in changed
            for place, ref in enumerate(link.aliases)
        ],
    )


def _rewrite(db: Database, connection: Connection, rows: Sequence[tuple[Any, ...]], ids: Any) -> None:
    """A record moves from one link of the batch to another: let go of all of them first, then write."""
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(db.sql(FORGET_REFS), (ids,))
            db.execute_many(connection, UPSERT, rows)
    except IntegrityError as exc:
        raise Stop(
            "two live links would hold the same record; nothing of this batch was stored",
            fix="run `smarketing doctor`; if it finds nothing, restore the state from its latest backup",
            reason="state",
        ) from exc


def drop_links(connection: Connection, ids: Sequence[str], now: datetime) -> None:
    """Forget links that were merged into others: their aliases and held rows go, their open reviews are
    settled."""
    for chunk in chunks(ids):
        connection.execute(aliases.delete().where(aliases.c.link_id.in_(chunk)))
        connection.execute(held.delete().where(held.c.link.in_(chunk)))
        connection.execute(links.delete().where(links.c.id.in_(chunk)))
        moot = reviews.c.link.in_(chunk) & reviews.c.resolved_at.is_(None)
        connection.execute(reviews.update().where(moot).values(resolved_at=now, resolution="merged"))
