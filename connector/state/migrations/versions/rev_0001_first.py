"""The first schema."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# A migration never changes once it is shipped, so it spells the schema out instead of importing tables.py.
SIDES = ("hubspot", "salesforce")


def _text(name: str, *, null: bool = False, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=null, primary_key=key)


def _number(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=null)


def _blob(name: str, *, key: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=False, primary_key=key)


def _id(*, serial: bool = True) -> sa.Column[int]:
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    return sa.Column("id", number, primary_key=True, autoincrement=serial)


def _ref() -> tuple[sa.Column[str], ...]:
    return _text("side"), _text("type"), _text("record_id")


def upgrade() -> None:
    _create_settings()
    _create_links()
    _create_runs()
    _create_history()
    _create_reviews()


def _create_settings() -> None:
    op.create_table("meta", _text("name", key=True), _text("value"))
    op.create_table("cursors", _text("side", key=True), _text("type", key=True), _number("at"))
    lease = op.create_table(
        "lease",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        _number("fence"),
        _number("generation"),
        _text("owner"),
        _text("host"),
        _number("pid"),
        _number("since", null=True),
        _number("expires_at", null=True),
        sa.Column("locked", sa.Boolean, nullable=False),
    )
    row = {"id": 1, "fence": 0, "generation": 0, "owner": "", "host": "", "pid": 0, "locked": False}
    op.bulk_insert(lease, [row])


def _create_links() -> None:
    op.create_table(
        "links",
        _text("id", key=True),
        _text("kind"),
        _text("state"),
        *(_text(f"{side}_{part}", null=True) for side in SIDES for part in ("type", "id")),
        *(_number(f"{side}_stamp", null=True) for side in SIDES),
        _text("pending"),
        _number("retry_at", null=True),
        _number("fails"),
        _blob("packed"),
    )
    for side in SIDES:
        for name, where, unique in (
            ("live", "state <> 'tombstone'", True),
            ("dead", "state = 'tombstone'", False),
        ):
            _create_partial(
                f"links_{name}_{side}", "links", [f"{side}_type", f"{side}_id"], where, unique=unique
            )
    _create_partial("links_pending", "links", ["kind", "retry_at"], "pending <> ''", unique=False)
    op.create_table(
        "aliases",
        *(_text(name, key=True) for name in ("side", "type", "id")),
        sa.Column("link_id", sa.Text, sa.ForeignKey("links.id", ondelete="CASCADE"), nullable=False),
        _number("place"),
    )
    op.create_index("aliases_link", "aliases", ["link_id"])


def _create_partial(name: str, table: str, columns: list[str], where: str, *, unique: bool) -> None:
    op.create_index(
        name, table, columns, unique=unique, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )


def _create_runs() -> None:
    op.create_table(
        "runs",
        _id(),
        _text("kind"),
        _number("started_at"),
        _number("finished_at", null=True),
        _text("mapping_digest"),
        _text("outcome"),
        _text("summary"),
        sqlite_autoincrement=True,
    )
    op.create_table("counts", _id(), _number("run"), _number("at"), _text("class"), _number("n"))
    op.create_index("counts_at", "counts", ["at"])
    op.create_table(
        "plans",
        _text("hash", key=True),
        _number("run"),
        _number("created_at"),
        _number("expires_at"),
        _text("mapping_digest"),
        _text("counts"),
    )
    op.create_table(
        "plan_actions",
        sa.Column("plan", sa.Text, sa.ForeignKey("plans.hash", ondelete="CASCADE"), primary_key=True),
        _blob("digest", key=True),
        _number("approved_until", null=True),
        _number("used_at", null=True),
    )
    op.create_index("plan_actions_digest", "plan_actions", ["digest"])


def _create_history() -> None:
    op.create_table(
        "intents",
        _text("id", key=True),
        _number("run"),
        _text("link"),
        _text("kind"),
        _text("op"),
        *_ref(),
        _text("columns"),
        _blob("before"),
        _blob("after"),
        _number("at"),
    )
    op.create_index("intents_one_open", "intents", ["link", "side"], unique=True)
    op.create_table(
        "audit",
        _id(serial=False),
        _number("run"),
        _number("at"),
        _text("link"),
        *_ref(),
        *(_text(name) for name in ("op", "field", "column", "why", "rule")),
        _blob("before"),
        _blob("after"),
        _number("fence"),
        _blob("chain"),
    )
    op.create_index("audit_link", "audit", ["link", "id"])
    op.create_table(
        "ledger",
        _id(),
        _number("run"),
        _number("at"),
        _text("link"),
        *_ref(),
        _text("field"),
        _text("role"),
        _blob("value"),
        _number("expires_at"),
    )
    op.create_index("ledger_link", "ledger", ["link"])
    op.create_index("ledger_expiry", "ledger", ["expires_at"])


def _create_reviews() -> None:
    op.create_table(
        "reviews",
        _id(),
        _text("code"),
        _text("kind"),
        *_ref(),
        _text("field"),
        _text("link", null=True),
        _text("message"),
        _text("candidates"),
        _number("opened_at"),
        _number("resolved_at", null=True),
        _text("resolution"),
        sqlite_autoincrement=True,
    )
    subject = ["kind", "side", "type", "record_id", "code", "field"]
    op.create_index("reviews_subject", "reviews", subject, unique=True)
    op.create_index("reviews_link", "reviews", ["link", "field"])
    op.create_table(
        "held", _id(), _text("link"), _text("code"), *_ref(), _text("field"), _text("message"), _number("at")
    )
    op.create_index("held_link", "held", ["link"])
