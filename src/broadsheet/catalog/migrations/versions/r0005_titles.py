"""Titles: records are found by what they are called, so that one work is known again."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the table; whoever runs the migrations fills it from the records."""
    op.create_table(
        "titles",
        sa.Column("title_key", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("record_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
