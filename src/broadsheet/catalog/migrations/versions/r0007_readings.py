"""What was read from papers: a row each, and the papers of each term."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Makes every table."""
    op.create_table(
        "readings",
        sa.Column("work_id", _ID, primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )
    op.create_index("readings_day", "readings", ["day"])
    op.create_table(
        "terms",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("key", _KEY, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
    )
    op.create_index("terms_key", "terms", ["key"], unique=True)
    op.create_table(
        "term_papers",
        sa.Column("term_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("day", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("work_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    op.create_index("term_papers_day", "term_papers", ["day", "term_id"])
