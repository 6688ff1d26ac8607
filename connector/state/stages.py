"""The stage of each person: what is known of it now, and every move, for ever.

Enters: moves and their outcome, of one settlement. Leaves: the same, by link. Only ids, stage keys and keys
of reasons are kept (of a reason that somebody typed a keyed hash). A move that was read twice is kept once;
when two links become one, so do their histories.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connector.domain.history import joined
from connector.model import StageMove, StageNow
from connector.state.database import Database, chunks
from connector.state.packing import SIDES, from_us, from_us_or_none, to_us, to_us_or_none
from connector.state.tables import deal_parts, stage_log, stage_now

MOVE = ("link", "at", "side", "start", "end", "by_kind", "by_id", "why", "source", "reason", "rule")
NOW = tuple(column.name for column in stage_now.columns)


def _names(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)  # "end" is a word of SQL


ADD = (
    f"insert into stage_log ({_names((*MOVE, 'seen_at'))}) values ({', '.join('?' * (len(MOVE) + 1))}) "
    'on conflict (link, side, at, "end") do update set reason = excluded.reason '
    "where stage_log.reason = '' and excluded.reason <> ''"
)
MOVES = f"select {_names(MOVE)} from stage_log where link in ?? order by at, id"
PUT = (
    f"insert into stage_now ({_names(NOW)}) values ({', '.join('?' * len(NOW))}) "
    f"on conflict (link) do update set {', '.join(f'{name} = excluded.{name}' for name in NOW[1:])}"
)
PRESENT = f"select {_names(NOW)} from stage_now where link in ??"


@dataclass(frozen=True, slots=True)
class Keyed:
    """A table that keeps rows by link. ``column`` holds the link id; rows of one link that are equal in
    ``once`` are one."""

    table: sa.Table
    column: str
    once: tuple[str, ...]


KEYED_BY_LINK: tuple[Keyed, ...] = (
    Keyed(stage_log, "link", ("side", "at", "end")),
    Keyed(deal_parts, "link", ("deal", "via")),
    Keyed(deal_parts, "deal", ("link", "via")),
)
"""What goes over to another link when two become one."""


class Stages:
    """Part of the store: the stage of each person and how they got there."""

    _db: Database

    def stages_of(self, links: Iterable[str]) -> dict[str, StageNow]:
        """What is known of the stage of each link (ids of ours); unknown ones are missing."""
        found: dict[str, StageNow] = {}
        with self._db.read() as connection:
            for chunk in chunks(list(links)):
                found.update(map(_now, self._db.rows(connection, PRESENT, self._db.many(chunk))))
        return found

    def stage_moves(self, links: Iterable[str]) -> dict[str, list[StageMove]]:
        """Every known move of each link, oldest first; links without any are missing."""
        found: dict[str, list[StageMove]] = {}
        with self._db.read() as connection:
            for chunk in chunks(list(links)):
                for row in self._db.rows(connection, MOVES, self._db.many(chunk)):
                    found.setdefault(row[0], []).append(_move(row))
        return found


def _now(row: Any) -> tuple[str, StageNow]:
    link, stage, since, episode, handed_over, back_at, back_from, target, wait_until, note = row
    times = (from_us_or_none(handed_over), from_us_or_none(back_at))
    began, ends = from_us_or_none(since), from_us_or_none(wait_until)
    return link, StageNow(stage, began, episode, *times, back_from, target, ends, note)


def _move(row: Any) -> StageMove:
    _, at, side, start, end, by_kind, by_id, why, source, reason, rule = row
    return StageMove(from_us(at), SIDES[side], start, end, by_kind, by_id, why, source, reason, rule)


# ---------------------------------------------------------------- parts of a settlement


def add_moves(
    db: Database, connection: Connection, moves: Iterable[tuple[str, StageMove]], now: datetime
) -> None:
    """Keep moves; one that is known is left as it is, but for a reason that was stated later."""
    rows = [
        (
            *(link, to_us(m.at), m.side.value, m.start, m.end, m.by_kind, m.by_id),
            *(m.why, m.source, m.reason, m.rule, to_us(now)),
        )
        for link, m in moves
    ]
    db.execute_many(connection, ADD, rows)


def put_stages(db: Database, connection: Connection, stages: Mapping[str, StageNow]) -> None:
    """From now on this is known of these links' stages."""
    db.execute_many(connection, PUT, [_row(link, now) for link, now in stages.items()])


def _row(link: str, now: StageNow) -> tuple[Any, ...]:
    times = (to_us_or_none(now.handed_over_at), to_us_or_none(now.back_at))
    marks = (now.back_from, now.target, to_us_or_none(now.wait_until), now.note)
    return (link, now.stage, to_us_or_none(now.since), now.episode, *times, *marks)


def move_links(db: Database, connection: Connection, moved: Mapping[str, str]) -> None:
    """What is kept by these links goes over to the ones they became, over any number of steps."""
    for old in moved:
        new = last_of(moved, old)
        if new == old:
            continue
        for keyed in KEYED_BY_LINK:
            _move_rows(connection, keyed, old, new)
        rows = db.rows(connection, PRESENT, db.many([old, new]))
        present = dict(map(_now, rows))
        if old in present:
            put_stages(db, connection, {new: joined(present.get(new), present[old])})
            connection.execute(stage_now.delete().where(stage_now.c.link == old))


def last_of(moved: Mapping[str, str], link: str) -> str:
    """The link that one became in the end; itself where the steps go round in a circle."""
    steps = {link}
    end = link
    while (following := moved.get(end)) is not None:
        if following in steps:
            return link
        steps.add(following)
        end = following
    return end


def _move_rows(connection: Connection, keyed: Keyed, old: str, new: str) -> None:
    table, mine = keyed.table, keyed.table.c[keyed.column]
    twin = table.alias()
    same = [twin.c[name] == table.c[name] for name in keyed.once]
    known = sa.exists().where(twin.c[keyed.column] == new, *same)
    connection.execute(table.update().where(mine == old, ~known).values({keyed.column: new}))
    connection.execute(table.delete().where(mine == old))
