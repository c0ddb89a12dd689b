"""Imports keep how their file was read and why they stopped, and what they found here already."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Makes the table and the columns; of earlier imports nothing is known."""
    for name in ("format", "date_is", "problem"):
        column = sa.Column(name, sa.Text(), nullable=False, server_default="")
        op.add_column("imports", column)
    for name in ("size", "undated"):
        number = sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")
        op.add_column("imports", number)
    op.create_table(
        "sightings",
        sa.Column("first_record", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("last_record", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("import_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("announced", _KEY),
        sqlite_with_rowid=False,
    )
