"""The completeness ledger: what was announced, how far syncs are, troubles."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_OPEN = sa.text("closed_at = ''")


def upgrade() -> None:
    """Makes every table."""
    _make_listings()
    _make_syncs()
    op.create_table(
        "troubles",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("source", _KEY, nullable=False),
        sa.Column("set_name", _KEY, nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("kind", _KEY, nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.String(20), nullable=False),
        sa.Column("told_at", sa.String(20), nullable=False),
        sa.Column("closed_at", sa.String(20), nullable=False),
        sa.Column("ending", sa.Text(), nullable=False),
    )
    op.create_index(
        "troubles_open",
        "troubles",
        ["source", "set_name", "day", "kind"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )


def _make_listings() -> None:
    op.create_table(
        "announced",
        sa.Column("listing", _KEY, primary_key=True),
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("set_name", _KEY, primary_key=True),
        sa.Column("value", _KEY, primary_key=True),
        sa.Column("scheme", _KEY, primary_key=True),
        sa.Column("kind", _KEY, nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("outcome", _KEY, nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("announced_name", "announced", ["value", "scheme"])
    op.create_table(
        "listings",
        sa.Column("listing", _KEY, primary_key=True),
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("set_name", _KEY, primary_key=True),
        sa.Column("built", sa.Text(), nullable=False),
        sa.Column("fingerprint", _KEY, nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("state", _KEY, nullable=False),
        sa.Column("first_at", sa.String(20), nullable=False),
        sa.Column("last_at", sa.String(20), nullable=False),
        sqlite_with_rowid=False,
    )


def _make_syncs() -> None:
    op.create_table(
        "syncs",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("remote", _KEY, nullable=False),
        sa.Column("want", sa.Text(), nullable=False),
        sa.Column("source", _KEY, nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("state", _KEY, nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("pages", sa.BigInteger(), nullable=False),
        sa.Column("announced", sa.BigInteger(), nullable=False),
        sa.Column("resumed", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("started_at", sa.String(20), nullable=False),
        sa.Column("moved_at", sa.String(20), nullable=False),
        sa.Column("finished_at", sa.String(20), nullable=False),
    )
    op.create_index("syncs_remote", "syncs", ["remote", "id"])
    op.create_table(
        "sync_times",
        sa.Column("remote", _KEY, primary_key=True),
        sa.Column("tried_at", sa.String(20), nullable=False),
        sa.Column("done_at", sa.String(20), nullable=False),
        sa.Column("next_at", sa.String(20), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )
