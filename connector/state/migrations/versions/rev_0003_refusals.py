"""The CRM's own code of a refusal, beside what is held because of it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("held", sa.Column("refusal", sa.Text, nullable=False, server_default=""))
