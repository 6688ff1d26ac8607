"""The tables of the state, as SQLAlchemy Core sees them. The migrations create them; a test compares the two.

Times are microseconds since 1970 in UTC, the same on SQLite and PostgreSQL: they sort, compare and carry no
zone to get wrong.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

from connector.model import Side
from connector.state.packing import from_us, to_us


class UtcTime(TypeDecorator[datetime]):
    """An aware datetime, stored as microseconds since 1970 in UTC."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> int | None:  # noqa: ARG002
        return None if value is None else to_us(value)

    def process_result_value(self, value: int | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else from_us(value)


# SQLite numbers rows by itself only in a column of exactly the type INTEGER.
Number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
metadata = sa.MetaData()


def _text(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=null)


def _time(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, UtcTime, nullable=null)


def _blob(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary, nullable=False)


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _serial() -> sa.Column[Any]:
    return sa.Column("id", Number, primary_key=True, autoincrement=True)


def _ref() -> tuple[sa.Column[Any], ...]:
    return _text("side"), _text("type"), _text("record_id")


def _key(*names: str) -> tuple[sa.Column[Any], ...]:
    return tuple(sa.Column(name, sa.Text, primary_key=True) for name in names)


def _refs_to(column: str, target: str) -> sa.Column[Any]:
    return sa.Column(column, sa.Text, sa.ForeignKey(target, ondelete="CASCADE"), nullable=False)


meta = sa.Table("meta", metadata, *_key("name"), _text("value"))

cursors = sa.Table("cursors", metadata, *_key("side", "type"), _time("at"))

lease = sa.Table(
    "lease",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    _number("fence"),
    _number("generation"),
    _text("owner"),
    _text("host"),
    _number("pid"),
    _time("since", null=True),
    _time("expires_at", null=True),
    sa.Column("locked", sa.Boolean, nullable=False),
)

links = sa.Table(
    "links",
    metadata,
    *_key("id"),
    _text("kind"),
    _text("state"),
    _text("hubspot_type", null=True),
    _text("hubspot_id", null=True),
    _text("salesforce_type", null=True),
    _text("salesforce_id", null=True),
    _time("hubspot_stamp", null=True),
    _time("salesforce_stamp", null=True),
    _text("pending"),
    _time("retry_at", null=True),
    _number("fails"),
    _blob("packed"),
)

LIVE = "state <> 'tombstone'"
DEAD = "state = 'tombstone'"
# A record belongs to one live link; of tombstones any number may remember it. Each row stands in exactly one
# index per side.
for _side in Side:
    _columns = (links.c[f"{_side}_type"], links.c[f"{_side}_id"])
    for _name, _where, _unique in (("live", LIVE, True), ("dead", DEAD, False)):
        sa.Index(
            f"links_{_name}_{_side}",
            *_columns,
            unique=_unique,
            sqlite_where=sa.text(_where),
            postgresql_where=sa.text(_where),
        )
sa.Index(
    "links_pending",
    links.c.kind,
    links.c.retry_at,
    sqlite_where=sa.text("pending <> ''"),
    postgresql_where=sa.text("pending <> ''"),
)

aliases = sa.Table(
    "aliases",
    metadata,
    *_key("side", "type", "id"),
    _refs_to("link_id", "links.id"),
    _number("place"),
)
sa.Index("aliases_link", aliases.c.link_id)

intents = sa.Table(
    "intents",
    metadata,
    *_key("id"),
    _number("run"),
    _text("link"),
    _text("kind"),
    _text("op"),
    *_ref(),
    _text("columns"),
    _blob("before"),
    _blob("after"),
    _time("at"),
)
sa.Index("intents_one_open", intents.c.link, intents.c.side, unique=True)

runs = sa.Table(
    "runs",
    metadata,
    _serial(),
    _text("kind"),
    _time("started_at"),
    _time("finished_at", null=True),
    _text("mapping_digest"),
    _text("outcome"),
    _text("summary"),
    sqlite_autoincrement=True,
)

counts = sa.Table("counts", metadata, _serial(), _number("run"), _time("at"), _text("class"), _number("n"))
sa.Index("counts_at", counts.c.at)

plans = sa.Table(
    "plans",
    metadata,
    *_key("hash"),
    _number("run"),
    _time("created_at"),
    _time("expires_at"),
    _text("mapping_digest"),
    _text("counts"),
)
plan_actions = sa.Table(
    "plan_actions",
    metadata,
    sa.Column("plan", sa.Text, sa.ForeignKey("plans.hash", ondelete="CASCADE"), primary_key=True),
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    _time("approved_until", null=True),
    _time("used_at", null=True),
)
sa.Index("plan_actions_digest", plan_actions.c.digest)

windows = sa.Table(
    "windows",
    metadata,
    _serial(),
    _text("what"),
    _text("side"),
    _text("kind"),
    _text("field"),
    _number("most"),
    _time("starts_at"),
    _time("ends_at"),
    _time("announced_at"),
    _text("announced_by"),
    _text("reason"),
    _time("removed_at", null=True),
    sqlite_autoincrement=True,
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", Number, primary_key=True, autoincrement=False),
    _number("run"),
    _time("at"),
    _text("link"),
    *_ref(),
    _text("op"),
    _text("field"),
    _text("column"),
    _text("why"),
    _text("rule"),
    _blob("before"),
    _blob("after"),
    _number("fence"),
    _blob("chain"),
)
sa.Index("audit_link", audit.c.link, audit.c.id)

ledger = sa.Table(
    "ledger",
    metadata,
    _serial(),
    _number("run"),
    _time("at"),
    _text("link"),
    *_ref(),
    _text("field"),
    _text("role"),
    _blob("value"),
    _time("expires_at"),
)
sa.Index("ledger_link", ledger.c.link)
sa.Index("ledger_expiry", ledger.c.expires_at)

reviews = sa.Table(
    "reviews",
    metadata,
    _serial(),
    _text("code"),
    _text("kind"),
    *_ref(),
    _text("field"),
    _text("link", null=True),
    _text("message"),
    _text("candidates"),
    _time("opened_at"),
    _time("resolved_at", null=True),
    _text("resolution"),
    sqlite_autoincrement=True,
)
sa.Index(
    "reviews_subject",
    *(reviews.c[name] for name in ("kind", "side", "type", "record_id", "code", "field")),
    unique=True,
)
sa.Index("reviews_link", reviews.c.link, reviews.c.field)

held = sa.Table(
    "held",
    metadata,
    _serial(),
    _text("link"),
    _text("code"),
    *_ref(),
    _text("field"),
    _text("message"),
    _time("at"),
    sa.Column("refusal", sa.Text, nullable=False, server_default=""),
)
sa.Index("held_link", held.c.link)

stage_log = sa.Table(
    "stage_log",
    metadata,
    _serial(),
    _text("link"),
    _time("at"),
    _time("seen_at"),
    _text("side"),
    _text("start", null=True),
    *(_text(name) for name in ("end", "by_kind", "by_id", "why", "rule", "reason", "source")),
)
sa.Index("stage_log_once", *(stage_log.c[name] for name in ("link", "side", "at", "end")), unique=True)

stage_now = sa.Table(
    "stage_now",
    metadata,
    *_key("link"),
    _text("stage", null=True),
    _time("since", null=True),
    _number("episode"),
    _time("handed_over_at", null=True),
    _time("back_at", null=True),
    _text("back_from"),
    _text("target"),
    _time("wait_until", null=True),
    _text("note"),
)

deal_parts = sa.Table(
    "deal_parts",
    metadata,
    *_key("deal", "link", "via"),
    _text("state"),
    _number("is_primary"),
    _text("roles"),
    _time("since"),
)
sa.Index("deal_parts_link", deal_parts.c.link)
