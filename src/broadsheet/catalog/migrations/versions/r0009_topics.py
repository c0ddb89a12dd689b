"""The map of topics: its state, the sections of days, and where papers stand."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Makes every table."""
    op.create_table(
        "topic_maps",
        sa.Column("name", _KEY, primary_key=True),
        sa.Column("day", _KEY, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "topic_days",
        sa.Column("day", _KEY, primary_key=True),
        sa.Column("papers", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "topic_sections",
        sa.Column("day", _KEY, primary_key=True),
        sa.Column("topic", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "topic_papers",
        sa.Column("day", _KEY, primary_key=True),
        sa.Column("work_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("topic", sa.Integer(), nullable=False),
        sa.Column("near", sa.SmallInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "topic_changes",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("day", _KEY, nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
    )
