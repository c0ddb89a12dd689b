"""For harvests: when changes were made, and the names that lead nowhere any more."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Makes both tables; what changed before is dated by this moment, which is never too early."""
    op.create_table(
        "change_times",
        sa.Column("at", _KEY, primary_key=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "departed",
        sa.Column("name", _KEY, primary_key=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("sources", sa.Text(), nullable=False),
        sa.Column("categories", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("departed_seq", "departed", ["seq"])
    last = sa.text(
        "INSERT INTO change_times (at, seq) "
        "SELECT :at, value FROM counters WHERE name = 'seq' AND value > 0"
    )
    op.get_bind().execute(last, {"at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")})
