"""What only a person can decide: review items."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connector.errors import ConfigError
from connector.model import Kind, Ref, Review
from connector.state.database import Database
from connector.state.packing import KINDS, SIDES, pack_refs, to_us, unpack_refs
from connector.state.rows import OpenReview
from connector.state.tables import reviews

SETTLED = "settled"
TAKEN = " (taken up)"
# An item that was resolved and comes up anew is opened again under its old number; an open one keeps its age,
# and so does one that was settled in this same transaction, because its record was looked at once more.
OPEN = (
    "insert into reviews (code, kind, side, type, record_id, field, link, message, candidates, opened_at, "
    "resolution) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '') "
    "on conflict (kind, side, type, record_id, code, field) do update set "
    "opened_at = case when reviews.resolved_at is null "
    "or (reviews.resolution = 'settled' and reviews.resolved_at = excluded.opened_at) "
    "then reviews.opened_at else excluded.opened_at end, "
    "resolved_at = null, resolution = '', link = excluded.link, message = excluded.message, "
    "candidates = excluded.candidates"
)
CLOSE = (
    "update reviews set resolved_at = ?, resolution = ? where link = ? and field = ? and resolved_at is null"
)


_OPEN = reviews.select().where(reviews.c.resolved_at.is_(None)).order_by(reviews.c.opened_at, reviews.c.id)
_DECIDED = (
    reviews.select()
    .where(
        reviews.c.resolved_at.is_not(None),
        reviews.c.resolution.not_in(("", SETTLED, "merged")),
        reviews.c.resolution.not_like(f"%{TAKEN}"),
    )
    .order_by(reviews.c.id)
)
_PER_CODE = (
    sa.select(reviews.c.code, sa.func.count()).where(reviews.c.resolved_at.is_(None)).group_by(reviews.c.code)
)


class Reviews:
    """Part of the store: asking for, resolving and counting questions to people."""

    _db: Database

    def open_reviews(self, kind: Kind | None = None) -> list[OpenReview]:
        """Open items (of one kind), oldest first."""
        query = _OPEN if kind is None else _OPEN.where(reviews.c.kind == kind.value)
        with self._db.read() as connection:
            return [_review(row) for row in connection.execute(query)]

    def review(self, id: int) -> OpenReview | None:
        """One item by its number, open or resolved."""
        with self._db.read() as connection:
            row = connection.execute(reviews.select().where(reviews.c.id == id)).one_or_none()
        return None if row is None else _review(row)

    def resolve_review(self, id: int, resolution: str, now: datetime) -> OpenReview:
        """Note a person's decision. ConfigError if there is no such open item."""
        mine = (reviews.c.id == id) & reviews.c.resolved_at.is_(None)
        with self._db.write() as connection:
            done = connection.execute(
                reviews.update().where(mine).values(resolved_at=now, resolution=resolution)
            )
        found = self.review(id)
        if done.rowcount == 0 or found is None:
            raise ConfigError(
                f"there is no open review item {id}", fix="`smarketing review list` shows the open ones"
            )
        return found

    def verdicts(self) -> list[OpenReview]:
        """Items that a person decided and no run has taken up yet, oldest first."""
        with self._db.read() as connection:
            return [_review(row) for row in connection.execute(_DECIDED)]

    def verdict_taken(self, id: int) -> None:
        """A run has taken up the decision: it is not taken up twice."""
        with self._db.write() as connection:
            taken = reviews.c.resolution + TAKEN
            connection.execute(reviews.update().where(reviews.c.id == id).values(resolution=taken))

    def count_reviews(self) -> dict[str, int]:
        """Open items by code."""
        with self._db.read() as connection:
            return {code: n for code, n in connection.execute(_PER_CODE)}


# ---------------------------------------------------------------- parts of a settlement


def open_items(db: Database, connection: Connection, found: Iterable[Review], now: datetime) -> None:
    db.execute_many(connection, OPEN, [_open_row(review, to_us(now)) for review in found])


def close_items(
    db: Database, connection: Connection, settled: Iterable[tuple[str, str]], now: datetime
) -> None:
    db.execute_many(connection, CLOSE, [(to_us(now), SETTLED, link, field) for link, field in settled])


def _open_row(review: Review, at: int) -> tuple[Any, ...]:
    ref = review.subject
    key = (review.code, review.kind.value, ref.side.value, ref.type, ref.id, review.field)
    return (*key, review.link, review.message, pack_refs(review.candidates).decode(), at)


def _review(row: Any) -> OpenReview:
    item = Review(
        code=row.code,
        kind=KINDS[row.kind],
        subject=_subject(row),
        message=row.message,
        field=row.field,
        candidates=unpack_refs(row.candidates),
        link=row.link,
    )
    return OpenReview(row.id, item, row.opened_at, row.resolved_at, row.resolution)


def _subject(row: Any) -> Ref:
    return Ref(SIDES[row.side], row.type, row.record_id)
