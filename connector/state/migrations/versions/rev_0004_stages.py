"""The history of each person's stage, and what is known of it now."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "stage_log",
        sa.Column("id", number, primary_key=True, autoincrement=True),
        sa.Column("link", sa.Text, nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("at", "seen_at")),
        sa.Column("side", sa.Text, nullable=False),
        sa.Column("start", sa.Text, nullable=True),
        *(
            sa.Column(name, sa.Text, nullable=False)
            for name in ("end", "by_kind", "by_id", "why", "rule", "reason", "source")
        ),
    )
    op.create_index("stage_log_once", "stage_log", ["link", "side", "at", "end"], unique=True)
    op.create_table(
        "stage_now",
        sa.Column("link", sa.Text, primary_key=True),
        sa.Column("stage", sa.Text, nullable=True),
        sa.Column("since", sa.BigInteger, nullable=True),
        sa.Column("episode", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=True) for name in ("handed_over_at", "back_at")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("back_from", "target")),
        sa.Column("wait_until", sa.BigInteger, nullable=True),
        sa.Column("note", sa.Text, nullable=False),
    )
