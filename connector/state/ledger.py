"""History: the audit of every written field (hashes, chained) and the encrypted, expiring ledger of values
for undo.

What enters: audit rows and secrets of a settlement. What leaves: the same, decrypted for who holds the key.
No value is ever stored readable, and a row of the audit that was changed, removed or put in shows.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connector.errors import Stop
from connector.model import Op, Ref, Why
from connector.state.database import Database, chunks
from connector.state.key import Key
from connector.state.packing import SIDES, dumps, from_us, loads, raw_from, to_us
from connector.state.rows import Audit, Role, Secret, Written
from connector.state.runs import get_value, put_meta
from connector.state.tables import audit, counts, ledger, plans

KEEP_AUDIT = timedelta(days=730)
KEEP_COUNTS = timedelta(days=30)
KEEP_PLANS = timedelta(days=30)
CHAIN_BYTES = 16
ANCHOR = "audit_anchor"
HEAD = "audit_head"
RECENT = 200
"""Rows of the audit that are proved at the start of a run."""

COLUMNS = tuple(column.name for column in audit.columns)
# "column" is a word of SQL, so all names are quoted; they are those of our own table.
NAMES = ", ".join(f'"{name}"' for name in COLUMNS)
ADD_AUDIT = f"insert into audit ({NAMES}) values ({', '.join('?' * len(COLUMNS))})"
READ_AUDIT = f"select {NAMES} from audit"
WRITTEN = "select link, side, field, at, why, after from audit where link in ?? and at > ? order by id"
ADD_SECRET = (
    "insert into ledger (run, at, link, side, type, record_id, field, role, value, expires_at) "
    "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


class Ledger:
    """Part of the store: what was written when and why, the old values, and their end."""

    _db: Database
    _key: Key

    def audit_of(self, link: str, field: str | None = None, limit: int = 200) -> list[Audit]:
        """What was written to a link's records (to one field), newest first."""
        return self._audit("where link = ?", (link,), field, limit)

    def written_since(self, links: Sequence[str], when: datetime) -> list[Written]:
        """What was written to these links' records after ``when``, oldest first."""
        rows: list[Any] = []
        with self._db.read() as connection:
            for chunk in chunks(links):
                rows += self._db.rows(connection, WRITTEN, self._db.many(chunk), to_us(when))
        return [_written(row) for row in rows]

    def audit_of_run(self, run: int, limit: int = 100_000) -> list[Audit]:
        """What one run wrote, newest first."""
        return self._audit("where run = ?", (run,), None, limit)

    def links_of_run(self, run: int) -> list[str]:
        """Ids of the links whose records one run wrote to."""
        query = sa.select(audit.c.link).where(audit.c.run == run).distinct().order_by(audit.c.link)
        with self._db.read() as connection:
            return list(connection.scalars(query))

    def written_by(self, run: int, links: Sequence[str]) -> list[Audit]:
        """What one run wrote to the records of these links, oldest first."""
        text = f"{READ_AUDIT} where link in ?? and run = ? order by id"
        with self._db.read() as connection:
            return [_audit(row) for row in self._db.rows(connection, text, self._db.many(links), run)]

    def replaced_by(self, run: int, links: Sequence[str], now: datetime) -> list[Secret]:
        """The values that one run replaced in the records of these links, decrypted; expired ones are
        missing."""
        mine = (ledger.c.run == run) & ledger.c.link.in_(links) & (ledger.c.expires_at > now)
        with self._db.read() as connection:
            rows = connection.execute(ledger.select().where(mine).order_by(ledger.c.id))
            return [_secret(self._key, row) for row in rows]

    def _audit(self, where: str, values: tuple[Any, ...], field: str | None, limit: int) -> list[Audit]:
        if field is not None:
            where, values = f"{where} and field = ?", (*values, field)
        with self._db.read() as connection:
            rows = self._db.rows(connection, f"{READ_AUDIT} {where} order by id desc limit ?", *values, limit)
        return [_audit(row) for row in rows]

    def secrets_of(self, link: str, field: str | None = None) -> list[Secret]:
        """The kept values of a link (of one field), decrypted, newest first. Stop if the key is another
        one."""
        query = ledger.select().where(ledger.c.link == link).order_by(ledger.c.id.desc())
        if field is not None:
            query = query.where(ledger.c.field == field)
        with self._db.read() as connection:
            return [_secret(self._key, row) for row in connection.execute(query)]

    def purge(self, now: datetime, keep_audit: timedelta = KEEP_AUDIT) -> dict[str, int]:
        """Delete expired values, audit rows older than ``keep_audit``, old plans and counts. Returns how many
        of each."""
        with self._db.write() as connection:
            removed = {
                "ledger": _delete(connection, ledger, ledger.c.expires_at <= now),
                "audit": _purge_audit(connection, now - keep_audit),
                "plans": _delete(connection, plans, plans.c.expires_at <= now - KEEP_PLANS),
                "counts": _delete(connection, counts, counts.c.at <= now - KEEP_COUNTS),
            }
        self._db.fold()
        return removed

    def verify_audit(self) -> list[str]:
        """What is wrong with the chain of the audit, one line each; empty if nobody tampered with it."""
        return verify_chain(self._db, self._key)

    def verify_recent(self, rows: int = RECENT) -> list[str]:
        """The same for the newest rows alone: cheap enough for the start of every run."""
        return verify_chain(self._db, self._key, rows)


def verify_chain(db: Database, key: Key, newest: int | None = None) -> list[str]:
    """What is wrong with the chain (of its ``newest`` rows), one line each. What an older row says of itself
    is then taken from that row."""
    with db.read() as connection:
        last, chain = _place(connection, ANCHOR)
        end = _place(connection, HEAD)
        if newest is not None and end[0] - newest > last:
            before = sa.select(audit.c.id, audit.c.chain).where(audit.c.id == end[0] - newest)
            row = connection.execute(before).one_or_none()
            if row is None:
                return [f"audit row {end[0] - newest} is missing"]
            last, chain = row.id, bytes(row.chain)
        state = _chain(key)
        text = db.sql(f"{READ_AUDIT} where id > ? order by id")
        for row in connection.execution_options(yield_per=1000).exec_driver_sql(text, (last,)):
            *values, stored = row
            chain = _link_up(state, chain, values)
            if row[0] != last + 1:
                return [f"audit rows {last + 1} to {row[0] - 1} are missing"]
            if chain != bytes(stored):
                return [f"audit row {row[0]} was changed"]
            last = row[0]
    return [] if (last, chain) == end else [f"audit rows after {last} are missing"]


def damaged_secrets(db: Database, key: Key) -> tuple[int, int]:
    """How many values the ledger keeps, and how many of them do not open."""
    count = bad = 0
    with db.read() as connection:
        for row in connection.execution_options(yield_per=1000).execute(ledger.select()):
            count += 1
            try:
                _secret(key, row)
            except Stop:
                bad += 1
    return count, bad


# ---------------------------------------------------------------- parts of a settlement


def add_audit(db: Database, key: Key, connection: Connection, entries: Sequence[Audit]) -> None:
    """Append to the audit, each row's chain value covering the row and all before it."""
    if not entries:
        return
    last, chain = _place(connection, HEAD)
    state = _chain(key)
    rows = []
    for number, entry in enumerate(entries, last + 1):
        values = _audit_row(number, entry)
        chain = _link_up(state, chain, values)
        rows.append((*values, chain))
    db.execute_many(connection, ADD_AUDIT, rows)
    _set_place(connection, HEAD, last + len(entries), chain)


def add_secrets(db: Database, key: Key, connection: Connection, secrets: Iterable[Secret]) -> None:
    db.execute_many(connection, ADD_SECRET, [_secret_row(key, secret) for secret in secrets])


# ---------------------------------------------------------------- the chain


def _chain(key: Key) -> Any:
    return hashlib.blake2b(key=key.derive("audit"), digest_size=CHAIN_BYTES)


def _link_up(state: Any, before: bytes, values: Sequence[Any]) -> bytes:
    digest = state.copy()
    digest.update(before)
    digest.update(
        dumps([bytes(value).hex() if isinstance(value, (bytes, memoryview)) else value for value in values])
    )
    return bytes(digest.digest())


def _place(connection: Connection, name: str) -> tuple[int, bytes]:
    """The number and chain value of the last audit row (head), or of the last one purged (anchor)."""
    text = get_value(connection, name)
    if text is None:
        return 0, bytes(CHAIN_BYTES)
    number, _, chain = text.partition(":")
    return int(number), bytes.fromhex(chain)


def _set_place(connection: Connection, name: str, number: int, chain: bytes) -> None:
    put_meta(connection, name, f"{number}:{chain.hex()}")


def _purge_audit(connection: Connection, before: datetime) -> int:
    """Remove the oldest rows, up to the first that is young enough: the chain stays whole from there on."""
    young = connection.scalar(sa.select(sa.func.min(audit.c.id)).where(audit.c.at > before))
    old = sa.true() if young is None else audit.c.id < young
    last = connection.execute(
        sa.select(audit.c.id, audit.c.chain).where(old).order_by(audit.c.id.desc()).limit(1)
    ).one_or_none()
    if last is None:
        return 0
    _set_place(connection, ANCHOR, last.id, last.chain)
    return _delete(connection, audit, audit.c.id <= last.id)


def _delete(connection: Connection, table: sa.Table, which: sa.ColumnElement[bool]) -> int:
    return connection.execute(table.delete().where(which)).rowcount


# ---------------------------------------------------------------- rows


def _audit_row(number: int, entry: Audit) -> tuple[Any, ...]:
    ref = entry.target
    head = (number, entry.run, to_us(entry.at), entry.link, ref.side.value, ref.type, ref.id, entry.op.value)
    return (
        *head,
        entry.field,
        entry.column,
        entry.why.value,
        entry.rule,
        entry.before,
        entry.after,
        entry.fence,
    )


def _audit(row: Any) -> Audit:
    (
        _number,
        run,
        at,
        link,
        side,
        type_,
        record,
        op,
        field,
        column,
        why,
        rule,
        before,
        after,
        fence,
        _chain,
    ) = row
    target = Ref(SIDES[side], type_, record)
    return Audit(run, from_us(at), link, target, Op(op), field, column, Why(why), rule, before, after, fence)


def _binding(link: str, field: str, role: str) -> bytes:
    """A value opens only in the place it was kept for: moved to another link or field, it doesn't."""
    return dumps([link, field, role])


def _secret_row(key: Key, secret: Secret) -> tuple[Any, ...]:
    ref = secret.target
    sealed = key.encrypt(dumps(secret.value), _binding(secret.link, secret.field, secret.role.value))
    head = (secret.run, to_us(secret.at), secret.link, ref.side.value, ref.type, ref.id)
    return (*head, secret.field, secret.role.value, sealed, to_us(secret.expires_at))


def _written(row: Any) -> Written:
    link, side, field, at, why, after = row
    return Written(link, SIDES[side], field, from_us(at), Why(why), bytes(after))


def _secret(key: Key, row: Any) -> Secret:
    target = Ref(SIDES[row.side], row.type, row.record_id)
    value = raw_from(loads(key.decrypt(row.value, _binding(row.link, row.field, row.role))))
    return Secret(row.run, row.at, row.link, target, row.field, Role(row.role), value, row.expires_at)
