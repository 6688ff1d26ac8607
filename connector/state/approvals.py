"""Plans that were shown, and the approval of exactly their actions.

An action is known by its digest. An approval lets it through until it was carried out or the approval ran
out; anything the plan did not list is judged afresh.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connector.errors import ConfigError
from connector.state.database import CHUNK, Database
from connector.state.packing import dumps, loads
from connector.state.rows import Approval, Plan
from connector.state.runs import upsert
from connector.state.tables import plan_actions, plans, runs

LIFETIME = timedelta(days=1)
AGAIN = "run `smarketing plan` and approve the hash it shows"
SHORTEST = 4
"""Characters of a hash that a person must type at least."""


_VALID = (plan_actions.c.approved_until > sa.bindparam("now")) & plan_actions.c.used_at.is_(None)
_ANY = sa.select(plan_actions.c.digest).where(_VALID).limit(1)


class Approvals:
    """Part of the store: saving plans, approving them, asking what is approved."""

    _db: Database

    def save_plan(
        self,
        hash: str,
        run: int,
        actions: Iterable[tuple[str, bytes]],
        mapping_digest: str,
        now: datetime,
        lifetime: timedelta = LIFETIME,
    ) -> Plan:
        """Keep a plan for approval. ``actions``: guard class and digest of each held action. A plan of the
        same hash is the same plan: it lives on, and what was carried out of it stays carried out."""
        per_class: Counter[str] = Counter()
        row = {"hash": hash, "run": run, "created_at": now, "expires_at": now + lifetime}
        source = iter(actions)
        with self._db.write() as connection:
            _put_plan(connection, {**row, "mapping_digest": mapping_digest, "counts": "{}"})
            while chunk := list(islice(source, CHUNK)):
                per_class.update(class_ for class_, _ in chunk)
                _put_actions(connection, hash, [digest for _, digest in chunk])
            counted = dumps(dict(per_class)).decode()
            connection.execute(plans.update().where(plans.c.hash == hash).values(counts=counted))
        return Plan(hash, run, now, now + lifetime, mapping_digest, dict(per_class))

    def plan(self, hash: str) -> Plan | None:
        """A kept plan by its whole hash."""
        with self._db.read() as connection:
            row = connection.execute(plans.select().where(plans.c.hash == hash)).one_or_none()
        return None if row is None else _plan(row)

    def approve(
        self, hash_prefix: str, now: datetime, expires_at: datetime, mapping_digest: str | None = None
    ) -> Approval:
        """Let the plan's actions through until ``expires_at``. ConfigError if the hash is unknown, ambiguous
        or too old, or its plan was made by another mapping than ``mapping_digest`` (None: by any)."""
        with self._db.write() as connection:
            plan = _find(connection, hash_prefix.strip().lower(), now)
            if mapping_digest not in (None, plan.mapping_digest) and not _undoes(connection, plan):
                raise ConfigError(f"the mapping files were edited after plan {plan.hash} was made", fix=AGAIN)
            still = (plan_actions.c.plan == plan.hash) & plan_actions.c.used_at.is_(None)
            done = connection.execute(plan_actions.update().where(still).values(approved_until=expires_at))
        return Approval(plan, now, expires_at, done.rowcount)

    def approved(self, digests: Iterable[bytes], now: datetime) -> set[bytes]:
        """Which of these actions somebody approved and nobody carried out yet."""
        found: set[bytes] = set()
        source = iter(digests)
        with self._db.read() as connection:
            while chunk := list(islice(source, CHUNK)):
                query = sa.select(plan_actions.c.digest).where(plan_actions.c.digest.in_(chunk), _VALID)
                found.update(connection.scalars(query, {"now": now}))
        return found

    def forget_plans(self) -> None:
        """No plan waits any more, and nothing is approved."""
        with self._db.write() as connection:
            connection.execute(plans.delete())

    def any_approved(self, now: datetime) -> bool:
        """Whether anything is approved and not carried out yet."""
        with self._db.read() as connection:
            return connection.execute(_ANY, {"now": now}).first() is not None


def use_approvals(connection: Connection, digests: Iterable[bytes], now: datetime) -> None:
    """Part of a settlement: these approved actions were carried out and need a new approval from now on."""
    source = iter(digests)
    while chunk := list(islice(source, CHUNK)):
        mine = plan_actions.c.digest.in_(chunk) & plan_actions.c.approved_until.is_not(None)
        connection.execute(plan_actions.update().where(mine).values(used_at=now))


def _put_plan(connection: Connection, row: dict[str, Any]) -> None:
    insert = upsert(connection, plans).values(row)
    fresh = {name: insert.excluded[name] for name in ("run", "created_at", "expires_at", "mapping_digest")}
    connection.execute(insert.on_conflict_do_update(index_elements=["hash"], set_=fresh))


def _put_actions(connection: Connection, plan: str, digests: list[bytes]) -> None:
    """An action that comes up again after it was carried out needs a new approval; one approved meanwhile
    keeps it."""
    insert = upsert(connection, plan_actions)
    again = {"approved_until": None, "used_at": None}
    keys = ["plan", "digest"]
    renew = insert.on_conflict_do_update(
        index_elements=keys, set_=again, where=plan_actions.c.used_at.is_not(None)
    )
    connection.execute(renew, [{"plan": plan, "digest": digest} for digest in digests])


def _plan(row: Any) -> Plan:
    return Plan(row.hash, row.run, row.created_at, row.expires_at, row.mapping_digest, loads(row.counts))


def _undoes(connection: Connection, plan: Plan) -> bool:
    """Whether a plan is that of an undo, which no mapping file decides."""
    kind = connection.scalar(sa.select(runs.c.kind).where(runs.c.id == plan.run))
    return str(kind).startswith("undo")


def _find(connection: Connection, prefix: str, now: datetime) -> Plan:
    """The one plan that the typed characters mean."""
    if len(prefix) < SHORTEST:
        raise ConfigError(f"type at least {SHORTEST} characters of the plan's hash", fix=AGAIN)
    rows = connection.execute(
        plans.select().where(plans.c.hash.startswith(prefix, autoescape=True)).limit(3)
    ).all()
    if not rows:
        raise ConfigError(f"no plan has the hash {prefix!r}", fix=AGAIN)
    live = [row for row in rows if row.expires_at > now]
    if not live:
        raise ConfigError(f"the plan {rows[0].hash[:12]} is too old to approve", fix=AGAIN)
    if len(live) > 1:
        raise ConfigError(f"several plans start with {prefix!r}", fix="type more characters of the hash")
    return _plan(live[0])
