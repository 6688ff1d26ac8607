"""The parts that people and companies have in deals, so that a person's stage can follow without asking.

Enters: the parts of each deal that was looked at, in one settlement. Leaves: the same, by deal, or by person
or company. Only ids, states and names of roles are kept.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.engine import Connection

from connector.model import DealPart, DealState, Via
from connector.state.database import Database, chunks
from connector.state.packing import dumps, from_us, loads, to_us
from connector.state.tables import deal_parts

COLUMNS = tuple(column.name for column in deal_parts.columns)
ADD = f"insert into deal_parts ({', '.join(COLUMNS)}) values ({', '.join('?' * len(COLUMNS))})"
OF_LINKS = f"select {', '.join(COLUMNS)} from deal_parts where link in ?? order by deal, link, via"
OF_DEALS = f"select {', '.join(COLUMNS)} from deal_parts where deal in ?? order by deal, link, via"


class Deals:
    """Part of the store: who has a part in which deal."""

    _db: Database

    def parts_of(self, links: Iterable[str]) -> dict[str, list[DealPart]]:
        """The parts that these people or companies (link ids) have in deals; who has none is missing."""
        return _by(self._read(OF_LINKS, links), "link")

    def parts_in(self, deals: Iterable[str]) -> dict[str, list[DealPart]]:
        """The parts in these deals (link ids); a deal of which nothing is known is missing."""
        return _by(self._read(OF_DEALS, deals), "deal")

    def _read(self, query: str, ids: Iterable[str]) -> list[DealPart]:
        found: list[DealPart] = []
        with self._db.read() as connection:
            for chunk in chunks(list(ids)):
                found += [_part(row) for row in self._db.rows(connection, query, self._db.many(chunk))]
        return found


def _by(parts: Iterable[DealPart], name: str) -> dict[str, list[DealPart]]:
    found: dict[str, list[DealPart]] = {}
    for part in parts:
        found.setdefault(getattr(part, name), []).append(part)
    return found


def _part(row: Any) -> DealPart:
    deal, link, via, state, is_primary, roles, since = row
    return DealPart(
        deal, link, Via(via), DealState(state), bool(is_primary), tuple(loads(roles)), from_us(since)
    )


def put_parts(db: Database, connection: Connection, parts: Mapping[str, tuple[DealPart, ...]]) -> None:
    """Part of a settlement: from now on these are the parts in these deals, and no others."""
    for chunk in chunks(list(parts)):
        connection.execute(deal_parts.delete().where(deal_parts.c.deal.in_(chunk)))
    rows = [
        (
            *(part.deal, part.link, part.via.value, part.state.value, int(part.primary)),
            *(dumps(list(part.roles)).decode(), to_us(part.since)),
        )
        for mine in parts.values()
        for part in mine
    ]
    if rows:
        db.execute_many(connection, ADD, rows)
