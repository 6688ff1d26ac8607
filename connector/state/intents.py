"""Intents: what is about to be written to a CRM, durable before the request leaves.

An intent that is open at the start of a run tells that a run died between writing and settling; it is
resolved by reading the CRM.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from connector.errors import Stop
from connector.model import Op, Ref
from connector.state.database import Database, chunks
from connector.state.key import Key
from connector.state.ledger import add_secrets
from connector.state.packing import KINDS, SIDES, dumps, from_us, loads, to_us
from connector.state.rows import Intent, Secret
from connector.state.tables import intents

COLUMNS = tuple(column.name for column in intents.columns)
INSERT = f"insert into intents ({', '.join(COLUMNS)}) values ({', '.join('?' * len(COLUMNS))})"
SELECT = f"select {', '.join(COLUMNS)} from intents order by at, id"


class Intents:
    """Part of the store: announcing writes, and finding those that a killed run left open."""

    _db: Database
    _key: Key

    def begin(self, run: int, announced: Sequence[Intent], kept: Sequence[Secret] = ()) -> None:
        """Make the intents of one batch durable, and with them the values that it may replace (``kept``): a
        value that nobody keeps is never overwritten, whatever happens next. Stop if this process doesn't
        hold the lease, or if a record still has an open intent: that one must be resolved by reading
        first."""
        rows = [_pack(intent, run) for intent in announced]
        with self._db.write(fenced=True) as connection:
            try:
                self._db.execute_many(connection, INSERT, rows)
                add_secrets(self._db, self._key, connection, kept)
            except IntegrityError as exc:
                raise Stop(
                    "a record is announced for writing while an earlier write of it is unresolved",
                    fix="start `smarketing sync` again: it resolves open writes first",
                    reason="intents",
                ) from exc

    def open_intents(self) -> list[Intent]:
        """Intents that were never settled, oldest first."""
        with self._db.read() as connection:
            return [_unpack(row) for row in self._db.rows(connection, SELECT)]


def close_intents(connection: Connection, ids: Sequence[str]) -> None:
    """Part of a settlement: what became of these writes is known. History is the audit's, so they are
    forgotten."""
    for chunk in chunks(ids):
        connection.execute(intents.delete().where(intents.c.id.in_(chunk)))


def _pack(intent: Intent, run: int) -> tuple[Any, ...]:
    ref = intent.target
    columns = dumps(intent.columns).decode()
    head = (intent.id, run, intent.link, intent.kind.value, intent.op.value, ref.side.value, ref.type, ref.id)
    return (*head, columns, intent.before, intent.after, to_us(intent.at))


def _unpack(row: Any) -> Intent:
    id_, run, link, kind, op, side, type_, record, columns, before, after, at = row
    target = Ref(SIDES[side], type_, record)
    return Intent(id_, run, link, KINDS[kind], Op(op), target, _names(columns), before, after, from_us(at))


def _names(text: str) -> tuple[str, ...]:
    """The columns of an intent; none where another version of the program has left something else."""
    try:
        found = loads(text)
    except ValueError:
        return ()
    return tuple(found) if isinstance(found, list) and all(isinstance(n, str) for n in found) else ()
