"""The first schema: works, their records and identifiers, the ledger, the counters."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Makes every table."""
    _works()
    _records()
    _ledger()
    _counters()


def _works() -> None:
    op.create_table(
        "works",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("record_id", sa.BigInteger()),
        sa.Column("published", _KEY, nullable=False),
        sa.Column("announced", _KEY, nullable=False),
        sa.Column("updated", _KEY, nullable=False),
        sa.Column("versions", sa.Integer(), nullable=False),
        sa.Column("alive", sa.SmallInteger(), nullable=False),
        sa.Column("deleted", sa.SmallInteger(), nullable=False),
        sa.Column("merged_into", sa.BigInteger()),
        sa.Column("sources", sa.Text(), nullable=False),
        sa.Column("identifiers", sa.Text(), nullable=False),
        sa.Column("categories", _KEY, nullable=False),
        sa.Column("complete", sa.SmallInteger(), nullable=False),
    )
    op.create_index("works_seq", "works", ["seq"], unique=True)
    op.create_index(
        "works_announced",
        "works",
        ["announced", "id", "categories", "complete"],
        sqlite_where=sa.text("alive = 1"),
        postgresql_where=sa.text("alive = 1"),
    )


def _records() -> None:
    op.create_table(
        "records",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("work_id", sa.BigInteger(), nullable=False),
        sa.Column("origin_id", sa.BigInteger(), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("source", _KEY, nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("name", _KEY, nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("published", _KEY, nullable=False),
        sa.Column("announced", _KEY, nullable=False),
        sa.Column("updated", _KEY, nullable=False),
        sa.Column("arrived_at", sa.String(20), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(16), nullable=False),
        sa.Column("text_hash", sa.LargeBinary(16), nullable=False),
        sa.Column("fullness", sa.SmallInteger(), nullable=False),
        sa.Column("identifiers", sa.Text(), nullable=False),
        sa.Column("categories", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("authors", sa.Text(), nullable=False),
        sa.Column("links", sa.Text(), nullable=False),
        sa.Column("extra", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("abstract", sa.Text(), nullable=False),
        sa.Column("original", sa.Text(), nullable=False),
    )
    op.create_index("records_work", "records", ["work_id"])
    op.create_index("records_source", "records", ["source", "work_id"])
    op.create_table(
        "identifiers",
        sa.Column("value", _KEY, primary_key=True),
        sa.Column("scheme", _KEY, primary_key=True),
        sa.Column("work_id", sa.BigInteger(), nullable=False),
        sa.Column("origin_id", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )


def _ledger() -> None:
    op.create_table(
        "imports",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("source", _KEY, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("first_record", sa.BigInteger(), nullable=False),
        sa.Column("last_record", sa.BigInteger(), nullable=False),
        sa.Column("read", sa.BigInteger(), nullable=False),
        sa.Column("new", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.Column("merged", sa.BigInteger(), nullable=False),
        sa.Column("unchanged", sa.BigInteger(), nullable=False),
        sa.Column("rejected", sa.BigInteger(), nullable=False),
        sa.Column("rejected_file", sa.Text(), nullable=False),
        sa.Column("rejected_bytes", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.String(20), nullable=False),
        sa.Column("finished_at", sa.String(20), nullable=False),
    )
    op.create_table(
        "merges",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("survivor_id", sa.BigInteger(), nullable=False),
        sa.Column("absorbed_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("merged_at", sa.String(20), nullable=False),
        sa.Column("undone_at", sa.String(20), nullable=False),
        sa.Column("undone_by", sa.Text(), nullable=False),
    )
    op.create_index("merges_absorbed", "merges", ["absorbed_id"])
    op.create_index("merges_import", "merges", ["import_id"])


def _counters() -> None:
    op.create_table(
        "counters",
        sa.Column("name", _KEY, primary_key=True),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "meta",
        sa.Column("name", _KEY, primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )
