"""Is the state whole? Every question is asked of all rows, not of a sample.

Enters: an open state. Leaves: one ``Check`` per question. It only reads.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from connector.errors import SmarketingError
from connector.model import Kind, LinkState, Side
from connector.state.database import Database
from connector.state.key import Key
from connector.state.ledger import damaged_secrets, verify_chain
from connector.state.links import damaged_links
from connector.state.store import Store
from connector.state.tables import LIVE, links, metadata

SHOWN = 3
"""Link ids that a finding names."""


@dataclass(frozen=True, slots=True)
class Check:
    """One answer. ``damaged``: the state must not be used; ``waits``: fine, but something is unfinished."""

    topic: str
    message: str
    damaged: bool = False
    waits: bool = False


def examine(store: Store) -> Iterator[Check]:
    """All answers, as they become known. What cannot be read is an answer, too."""
    db, key = store.database, store.key
    yield _asked("database", lambda: _file(db))
    yield _asked("foreign keys", lambda: _foreign_keys(db))
    yield _asked("links", lambda: _injective(db))
    yield _asked("bases", lambda: _bases(db, store))
    yield _asked("audit", lambda: _audit(db, key))
    yield _asked("ledger", lambda: _ledger(db, key))
    yield _asked("open writes", lambda: _intents(store))


def _asked(topic: str, ask: Callable[[], Check]) -> Check:
    try:
        return ask()
    except SmarketingError as error:
        return Check(topic, error.message, damaged=True)


def _file(db: Database) -> Check:
    if not db.lite:
        return Check("database", "PostgreSQL answers, and checks its own pages")
    with db.read() as connection:
        found = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one()
    return Check("database", "every page is whole" if found == "ok" else str(found), damaged=found != "ok")


def _foreign_keys(db: Database) -> Check:
    """Asked of the rows themselves: a damaged file, or a restore by hand, does not keep what it promised."""
    orphans: list[str] = []
    with db.read() as connection:
        for table in metadata.sorted_tables:
            for key in table.foreign_keys:
                parents = sa.select(key.column)
                query = sa.select(sa.func.count()).select_from(table).where(key.parent.not_in(parents))
                if n := connection.scalar(query):
                    orphans.append(f"{n} rows of {table.name} belong to nothing")
    return Check("foreign keys", "; ".join(orphans) or "every row has what it belongs to", bool(orphans))


def _injective(db: Database) -> Check:
    """A record belongs to one live link, and a pair has a record on each side."""
    problems: list[str] = []
    # an index that is damaged must not answer for itself
    source = "links not indexed" if db.lite else "links"
    with db.read() as connection:
        for side in Side:
            text = (
                f"select {side}_type, {side}_id, count(*) from {source} where {LIVE} and "
                f"{side}_id is not null group by {side}_type, {side}_id having count(*) > 1 limit {SHOWN}"
            )
            problems += [
                f"{side}:{type}:{id} belongs to {n} links" for type, id, n in db.rows(connection, text)
            ]
        half = sa.or_(*(links.c[f"{side}_id"].is_(None) for side in Side))
        pairs = (links.c.state == LinkState.LINKED.value) & half
        if n := connection.scalar(sa.select(sa.func.count()).select_from(links).where(pairs)):
            problems.append(f"{n} pairs lack a record")
    return Check("links", "; ".join(problems) or "each record belongs to one", bool(problems))


def _bases(db: Database, store: Store) -> Check:
    count, bad = 0, 0
    named: list[str] = []
    for n, ids in damaged_links(db):
        count, bad = count + n, bad + len(ids)
        named += ids[: SHOWN - len(named)]
    if bad:
        return Check("bases", f"{bad} links cannot be read, first {', '.join(named)}", damaged=True)
    kinds = {kind: sum(n for (k, _), n in store.count_links().items() if k is kind) for kind in Kind}
    split = ", ".join(f"{kind} {n:,}" for kind, n in kinds.items() if n)
    return Check("bases", f"{count:,} links can be read" + (f" ({split})" if split else ""))


def _audit(db: Database, key: Key) -> Check:
    problems = verify_chain(db, key)
    return Check("audit", "; ".join(problems) or "its chain is whole", bool(problems))


def _ledger(db: Database, key: Key) -> Check:
    count, bad = damaged_secrets(db, key)
    if bad:
        return Check("ledger", f"{bad} of {count:,} kept values do not open", damaged=True)
    return Check("ledger", f"{count:,} kept values open")


def _intents(store: Store) -> Check:
    """While a run is under way, writes are open; after one that was killed the next run resolves them."""
    count = len(store.open_intents())
    if not count:
        return Check("open writes", "none")
    if store.holder() is not None:
        return Check("open writes", f"{count}, of the run that is under way")
    return Check("open writes", f"{count}, of a run that was killed: the next sync resolves them", waits=True)
