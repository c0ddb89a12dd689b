"""What papers define short forms as."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "acronym_papers",
        sa.Column("short_key", _KEY, primary_key=True),
        sa.Column("long_key", _KEY, primary_key=True),
        sa.Column("work_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("short", sa.Text(), nullable=False),
        sa.Column("long", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("acronym_papers_long", "acronym_papers", ["long_key", "short_key"])
    op.create_index("acronym_papers_work", "acronym_papers", ["work_id"])
