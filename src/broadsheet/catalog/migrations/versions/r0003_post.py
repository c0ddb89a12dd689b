"""The post: the log of mails, and what is known of readers' addresses."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Makes both tables."""
    op.create_table(
        "post",
        sa.Column("reader_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("key", _KEY, primary_key=True),
        sa.Column("state", _KEY, nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.String(20), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("made_at", sa.String(20), nullable=False),
        sa.Column("sent_at", sa.String(20), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("post_state", "post", ["state", "next_at"])
    op.create_table(
        "postboxes",
        sa.Column("reader_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("bouncing_at", sa.String(20), nullable=False),
        sa.Column("quiet", sa.SmallInteger(), nullable=False),
        sa.Column("feed_key", _KEY, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("postboxes_feed_key", "postboxes", ["feed_key"], unique=True)
