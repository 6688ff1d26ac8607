"""Who has a part in which deal."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "deal_parts",
        *(sa.Column(name, sa.Text, primary_key=True) for name in ("deal", "link", "via")),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("is_primary", sa.BigInteger, nullable=False),
        sa.Column("roles", sa.Text, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
    )
    op.create_index("deal_parts_link", "deal_parts", ["link"])
