"""Announced windows for bulk changes."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "windows",
        sa.Column("id", number, primary_key=True, autoincrement=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("what", "side", "kind", "field")),
        *(
            sa.Column(name, sa.BigInteger, nullable=False)
            for name in ("most", "starts_at", "ends_at", "announced_at")
        ),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("announced_by", "reason")),
        sa.Column("removed_at", sa.BigInteger, nullable=True),
        sqlite_autoincrement=True,
    )
