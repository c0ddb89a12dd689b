"""Which readers let the paper learn from their acts."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "reader_learning",
        sa.Column("reader_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("given_at", sa.String(20), nullable=False),
        sqlite_with_rowid=False,
    )
