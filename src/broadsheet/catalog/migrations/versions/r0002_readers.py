"""Readers: accounts, what each keeps, and what they say to one another."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Makes every table, and the one reader that a home always has."""
    op.create_index(
        "works_merged",
        "works",
        ["merged_into"],
        sqlite_where=sa.text("merged_into IS NOT NULL"),
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    _accounts()
    _doors()
    _acts()
    _lists()
    _reading()
    _submitted()
    _comments()
    _claims()
    _organisations()
    _first()


def _accounts() -> None:
    op.create_table(
        "readers",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("name", _KEY, nullable=False),
        sa.Column("display", sa.Text(), nullable=False),
        sa.Column("email", _KEY, nullable=False),
        sa.Column("email_confirmed", sa.SmallInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("public_votes", sa.SmallInteger(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("digest_hour", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(20), nullable=False),
        sa.Column("disabled", sa.SmallInteger(), nullable=False),
    )
    op.create_index("readers_email", "readers", ["email"])
    op.create_index("readers_name", "readers", ["name"], unique=True)


def _doors() -> None:
    op.create_table(
        "reader_sessions",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("reader_id", sa.BigInteger(), nullable=False),
        sa.Column("secret_hash", _KEY, nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("created_at", sa.String(20), nullable=False),
        sa.Column("seen_at", sa.String(20), nullable=False),
    )
    op.create_index("reader_sessions_reader", "reader_sessions", ["reader_id"])
    op.create_index("reader_sessions_secret", "reader_sessions", ["secret_hash"], unique=True)
    op.create_table(
        "reader_tokens",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("reader_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_hash", _KEY, nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", sa.String(20), nullable=False),
        sa.Column("expires_at", sa.String(20), nullable=False),
        sa.Column("used_at", sa.String(20), nullable=False),
    )
    op.create_index("reader_tokens_reader", "reader_tokens", ["reader_id"])
    op.create_index("reader_tokens_secret", "reader_tokens", ["secret_hash"], unique=True)
    op.create_table(
        "login_attempts",
        sa.Column("subject", _KEY, primary_key=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.String(20), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reader_letters",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("reader_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", _KEY, nullable=False),
        sa.Column("secret_hash", _KEY, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("created_at", sa.String(20), nullable=False),
        sa.Column("expires_at", sa.String(20), nullable=False),
    )
    op.create_index("reader_letters_reader", "reader_letters", ["reader_id", "purpose"])
    op.create_index("reader_letters_secret", "reader_letters", ["secret_hash"], unique=True)


def _acts() -> None:
    op.create_table(
        "acts",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("reader_id", sa.BigInteger(), nullable=False),
        sa.Column("work_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", _KEY, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.String(20), nullable=False),
        sa.Column("undone_at", sa.String(20), nullable=False),
        sa.Column("replaced_by", sa.BigInteger(), nullable=False),
    )
    op.create_index("acts_at", "acts", ["at"])
    op.create_index(
        "acts_held",
        "acts",
        ["reader_id", "work_id", "kind"],
        unique=True,
        sqlite_where=sa.text("undone_at = ''"),
        postgresql_where=sa.text("undone_at = ''"),
    )
    op.create_index("acts_reader", "acts", ["reader_id", "at"])
    op.create_index("acts_work", "acts", ["work_id", "kind", "reader_id", "at", "undone_at"])


def _lists() -> None:
    op.create_table(
        "lists",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("reader_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slug", _KEY, nullable=False),
        sa.Column("public", sa.SmallInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("secret", _KEY, nullable=False),
        sa.Column("created_at", sa.String(20), nullable=False),
    )
    op.create_index("lists_reader", "lists", ["reader_id", "slug"], unique=True)
    op.create_index("lists_secret", "lists", ["secret"], unique=True)
    op.create_table(
        "list_entries",
        sa.Column("list_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("work_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("reader_id", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("added_at", sa.String(20), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("list_entries_reader", "list_entries", ["reader_id", "work_id"])
    op.create_table(
        "follows",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("reader_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", _KEY, nullable=False),
        sa.Column("value", _KEY, nullable=False),
        sa.Column("at", sa.String(20), nullable=False),
    )
    op.create_index("follows_reader", "follows", ["reader_id", "kind", "value"], unique=True)
    op.create_index("follows_value", "follows", ["kind", "value"])


def _reading() -> None:
    op.create_table(
        "saved_searches",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("reader_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("secret", _KEY, nullable=False),
        sa.Column("created_at", sa.String(20), nullable=False),
    )
    op.create_index("saved_searches_reader", "saved_searches", ["reader_id"])
    op.create_index("saved_searches_secret", "saved_searches", ["secret"], unique=True)
    op.create_table(
        "shown",
        sa.Column("reader_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("work_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("place", _KEY, primary_key=True),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("text_hash", sa.LargeBinary(16), nullable=False),
        sqlite_with_rowid=False,
    )


def _submitted() -> None:
    op.create_table(
        "submissions",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("reader_id", sa.BigInteger(), nullable=False),
        sa.Column("work_id", sa.BigInteger(), nullable=False),
        sa.Column("source_text", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("state", _KEY, nullable=False),
        sa.Column("at", sa.String(20), nullable=False),
        sa.Column("by_reader", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
    )
    op.create_index("submissions_reader", "submissions", ["reader_id", "at"])
    op.create_index("submissions_state", "submissions", ["state", "id"])
    op.create_index("submissions_work", "submissions", ["work_id"])
    op.create_table(
        "picks",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("reader_id", sa.BigInteger(), nullable=False),
        sa.Column("work_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.String(20), nullable=False),
    )
    op.create_index("picks_day", "picks", ["day", "work_id", "reader_id"], unique=True)
    op.create_index("picks_reader", "picks", ["reader_id"])
    op.create_index("picks_work", "picks", ["work_id"])


def _comments() -> None:
    op.create_table(
        "comments",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("reader_id", sa.BigInteger(), nullable=False),
        sa.Column("work_id", sa.BigInteger(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", _KEY, nullable=False),
        sa.Column("at", sa.String(20), nullable=False),
        sa.Column("edited_at", sa.String(20), nullable=False),
        sa.Column("by_reader", sa.BigInteger(), nullable=False),
        sa.Column("moderation", sa.Text(), nullable=False),
    )
    op.create_index("comments_reader", "comments", ["reader_id", "at"])
    op.create_index("comments_work", "comments", ["work_id", "id"])
    op.create_table(
        "comment_reports",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("comment_id", sa.BigInteger(), nullable=False),
        sa.Column("reader_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.String(20), nullable=False),
        sa.Column("settled", sa.SmallInteger(), nullable=False),
    )
    op.create_index(
        "comment_reports_comment", "comment_reports", ["comment_id", "reader_id"], unique=True
    )
    op.create_index("comment_reports_reader", "comment_reports", ["reader_id", "at"])
    op.create_table(
        "comment_locks",
        sa.Column("work_id", _ID, primary_key=True, autoincrement=False),
        sa.Column("by_reader", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.String(20), nullable=False),
    )


def _claims() -> None:
    op.create_table(
        "claims",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("reader_id", sa.BigInteger(), nullable=False),
        sa.Column("work_id", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("state", _KEY, nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("at", sa.String(20), nullable=False),
        sa.Column("by_reader", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
    )
    op.create_index("claims_reader", "claims", ["reader_id"])
    op.create_index("claims_state", "claims", ["state", "id"])
    op.create_index("claims_work", "claims", ["work_id", "reader_id"], unique=True)
    op.create_table(
        "work_links",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("reader_id", sa.BigInteger(), nullable=False),
        sa.Column("work_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", _KEY, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("state", _KEY, nullable=False),
        sa.Column("at", sa.String(20), nullable=False),
    )
    op.create_index("work_links_reader", "work_links", ["reader_id", "at"])
    op.create_index("work_links_work", "work_links", ["work_id"])


def _organisations() -> None:
    op.create_table(
        "organisations",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slug", _KEY, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("at", sa.String(20), nullable=False),
    )
    op.create_index("organisations_slug", "organisations", ["slug"], unique=True)
    op.create_table(
        "organisation_members",
        sa.Column("organisation_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("reader_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("state", _KEY, nullable=False),
        sa.Column("at", sa.String(20), nullable=False),
        sa.Column("by_reader", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("organisation_members_reader", "organisation_members", ["reader_id"])
    op.create_table(
        "organisation_works",
        sa.Column("organisation_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("work_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("by_reader", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("organisation_works_work", "organisation_works", ["work_id"])


def _first() -> None:
    counters = sa.table("counters", sa.column("name"), sa.column("value"))
    op.bulk_insert(counters, [{"name": "reader", "value": 1}, {"name": "reading", "value": 0}])
    local = {
        "id": 1,
        "name": "local",
        "display": "You",
        "email": "",
        "email_confirmed": 0,
        "role": "local",
        "password": "",
        "public_votes": 0,
        "timezone": "UTC",
        "minutes": 15,
        "digest": "off",
        "digest_hour": 7,
        "created_at": "",
        "disabled": 0,
    }
    op.bulk_insert(sa.table("readers", *map(sa.column, local)), [local])
