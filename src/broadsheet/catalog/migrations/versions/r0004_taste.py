"""Taste: interests as readers changed them, what they told of themselves, trials of rankers."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Makes every table."""
    op.create_table(
        "taste_interests",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("reader_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("muted", sa.SmallInteger(), nullable=False),
        sa.Column("pinned", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.String(20), nullable=False),
    )
    op.create_index("taste_interests_reader", "taste_interests", ["reader_id"])
    op.create_table(
        "taste_members",
        sa.Column("reader_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("work_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("interest_id", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "taste_seeds",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("reader_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", _KEY, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("work_id", sa.BigInteger(), nullable=False),
        sa.Column("encoder", sa.Text(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.String(20), nullable=False),
    )
    op.create_index("taste_seeds_reader", "taste_seeds", ["reader_id"])
    op.create_table(
        "taste_settings",
        sa.Column("reader_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("popularity", sa.SmallInteger(), nullable=False),
        sa.Column("since_act", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "taste_trials",
        sa.Column("reader_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("work_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("pair", _KEY, nullable=False),
        sa.Column("ranker", _KEY, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sqlite_with_rowid=False,
    )
