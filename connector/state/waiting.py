"""What is left alone for now, with the reason and since when: held fields and records, and parked ones, whose
write did not succeed. And the one list of everything that waits.

A row keeps its number and its age as long as the same thing is held for the same reason.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connector.model import Held, Ref
from connector.state.database import Database, chunks
from connector.state.packing import KINDS, SIDES, to_us
from connector.state.rows import PARKED, Waiting
from connector.state.runs import get_value
from connector.state.tables import held, links, meta, reviews

ASKED = "retry_asked"
"""Name of the meta entry that lists the links that a person wants to be looked at again."""
INSERT = (
    "insert into held (link, code, side, type, record_id, field, message, at, refusal) "
    "values (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
RENEW = "update held set type = ?, record_id = ?, message = ?, refusal = ? where id = ?"
KNOWN = "select id, link, code, side, field from held where link in ??"

Key = tuple[str, str, str, str]


_PER_CODE = sa.select(held.c.code, sa.func.count()).group_by(held.c.code)


class WaitingItems:
    """Part of the store: what waits, and asking for another look at it."""

    _db: Database

    def held_items(self, link: str | None = None) -> list[Held]:
        """Held fields and records (of one link), oldest first."""
        query = held.select().order_by(held.c.id)
        if link is not None:
            query = query.where(held.c.link == link)
        with self._db.read() as connection:
            return [_held(row) for row in connection.execute(query)]

    def count_held(self) -> dict[str, int]:
        """Held rows by code."""
        with self._db.read() as connection:
            return {code: n for code, n in connection.execute(_PER_CODE)}

    def waiting_items(self) -> list[Waiting]:
        """Everything that waits for a person, a correction or a retry: questions and what is held, oldest
        first. What guards hold is not among them."""
        with self._db.read() as connection:
            asked = connection.execute(reviews.select().where(reviews.c.resolved_at.is_(None)))
            found = [_question(row) for row in asked]
            columns = (held, links.c.kind, links.c.retry_at)
            joined = sa.select(*columns).join(links, links.c.id == held.c.link, isouter=True)
            found += [_parked(row) for row in connection.execute(joined)]
        return sorted(found, key=lambda item: (item.since, item.id.zfill(12)))

    def ask_retry(self, ids: Iterable[str]) -> None:
        """Have the next sync look at these links (ids of ours) again, whatever they wait for."""
        with self._db.write() as connection:
            wanted = sorted({*_asked(connection), *ids})
            _set_asked(connection, wanted)

    def retries_asked(self) -> list[str]:
        """Links that a person wants to be looked at again, and no run has taken up yet."""
        with self._db.read() as connection:
            return _asked(connection)

    def retries_taken(self, ids: Iterable[str]) -> None:
        """A run has taken these up."""
        with self._db.write() as connection:
            _set_asked(connection, sorted({*_asked(connection)} - {*ids}))


def _asked(connection: Connection) -> list[str]:
    found: list[str] = orjson.loads(get_value(connection, ASKED) or "[]")
    return found


def _set_asked(connection: Connection, ids: Sequence[str]) -> None:
    connection.execute(meta.delete().where(meta.c.name == ASKED))
    if ids:
        connection.execute(meta.insert().values(name=ASKED, value=orjson.dumps(ids).decode()))


# ---------------------------------------------------------------- parts of a settlement


def replace_held(
    db: Database,
    connection: Connection,
    held_for: Iterable[str],
    parked_for: Iterable[str],
    items: Sequence[Held],
    now: datetime,
) -> None:
    """What is held for these links is from now on exactly this; of ``parked_for`` what failed to be written,
    of ``held_for`` everything else."""
    wanted = {_key(item): item for item in items}
    for_held = {*held_for, *(item.link for item in items if item.code not in PARKED)}
    for_parked = {*parked_for, *(item.link for item in items if item.code in PARKED)}
    known: dict[Key, int] = {}
    for chunk in chunks(sorted(for_held | for_parked)):
        rows = db.rows(connection, KNOWN, db.many(chunk))
        known.update(((link, code, side, field), id) for id, link, code, side, field in rows)
    over = [
        (id,)
        for key, id in known.items()
        if key not in wanted and key[0] in (for_parked if key[1] in PARKED else for_held)
    ]
    db.execute_many(connection, "delete from held where id = ?", over)
    renewed = [
        (i.subject.type, i.subject.id, i.message, i.refusal, known[key])
        for key, i in wanted.items()
        if key in known
    ]
    db.execute_many(connection, RENEW, renewed)
    fresh = [_row(item, to_us(now)) for key, item in wanted.items() if key not in known]
    db.execute_many(connection, INSERT, fresh)


def _key(item: Held) -> Key:
    return item.link, item.code, item.subject.side.value, item.field


def _row(item: Held, at: int) -> tuple[Any, ...]:
    ref = item.subject
    return (
        item.link,
        item.code,
        ref.side.value,
        ref.type,
        ref.id,
        item.field,
        item.message,
        at,
        item.refusal,
    )


# ---------------------------------------------------------------- reading


def _held(row: Any) -> Held:
    subject = Ref(SIDES[row.side], row.type, row.record_id)
    return Held(row.code, row.link, subject, row.message, row.field, row.refusal)


def _question(row: Any) -> Waiting:
    return Waiting(
        id=str(row.id),
        code=row.code,
        kind=KINDS[row.kind],
        subject=Ref(SIDES[row.side], row.type, row.record_id),
        field=row.field,
        message=row.message,
        link=row.link,
        since=row.opened_at,
    )


def _parked(row: Any) -> Waiting:
    return Waiting(
        id=f"h{row.id}",
        code=row.code,
        kind=KINDS[row.kind] if row.kind else None,
        subject=Ref(SIDES[row.side], row.type, row.record_id),
        field=row.field,
        message=row.message,
        link=row.link,
        since=row.at,
        retry_at=row.retry_at,
        refusal=row.refusal,
    )
