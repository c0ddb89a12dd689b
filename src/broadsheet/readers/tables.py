"""The tables of readers: accounts, and what each keeps.

Two names are a rule for every table of this and later rooms. ``reader_id`` marks a row as a
reader's own: it is exported with their data and deleted with them. ``by_reader`` names the one
who decided something about another's row; it becomes 0 when that reader goes. Whatever keeps
to it is carried, exported and deleted without being listed anywhere.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    text,
)

from broadsheet.catalog import metadata

Id = BigInteger().with_variant(Integer(), "sqlite")
Key = Text().with_variant(Text(collation="C"), "postgresql")

works = metadata.tables["works"]
counters = metadata.tables["counters"]
meta = metadata.tables["meta"]

readers = Table(
    "readers",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    # In small letters: what is typed at the door and stands in addresses.
    Column("name", Key, nullable=False),
    Column("display", Text, nullable=False),
    Column("email", Key, nullable=False),
    Column("email_confirmed", SmallInteger, nullable=False),
    Column("role", Text, nullable=False),
    # An argon2id hash; empty: no one can log in with a password.
    Column("password", Text, nullable=False),
    Column("public_votes", SmallInteger, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("digest_hour", Integer, nullable=False),
    Column("created_at", String(20), nullable=False),
    Column("disabled", SmallInteger, nullable=False),
    Index("readers_name", "name", unique=True),
    Index("readers_email", "email"),
)

sessions = Table(
    "reader_sessions",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("reader_id", BigInteger, nullable=False),
    # SHA-256 of the secret in the cookie.
    Column("secret_hash", Key, nullable=False),
    Column("agent", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("created_at", String(20), nullable=False),
    Column("seen_at", String(20), nullable=False),
    Index("reader_sessions_secret", "secret_hash", unique=True),
    Index("reader_sessions_reader", "reader_id"),
)

tokens = Table(
    "reader_tokens",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("reader_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("secret_hash", Key, nullable=False),
    # One a line.
    Column("scopes", Text, nullable=False),
    Column("created_at", String(20), nullable=False),
    # Empty: never.
    Column("expires_at", String(20), nullable=False),
    Column("used_at", String(20), nullable=False),
    Index("reader_tokens_secret", "secret_hash", unique=True),
    Index("reader_tokens_reader", "reader_id"),
)

# Log-ins that failed, by "name:NAME" and "address:ADDRESS".
attempts = Table(
    "login_attempts",
    metadata,
    Column("subject", Key, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", String(20), nullable=False),
    sqlite_with_rowid=False,
)

# Secrets that were sent to someone: invitations, and what confirms an address, a claim or a reset.
letters = Table(
    "reader_letters",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    # Whom it is about; for an invitation, who made it.
    Column("reader_id", BigInteger, nullable=False),
    # invitation, email, password, claim; lapsed: another took its place
    Column("purpose", Key, nullable=False),
    Column("secret_hash", Key, nullable=False),
    # The invited role; the new address; the number of the claim.
    Column("subject", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("created_at", String(20), nullable=False),
    Column("expires_at", String(20), nullable=False),
    Index("reader_letters_secret", "secret_hash", unique=True),
    Index("reader_letters_reader", "reader_id", "purpose"),
)

acts = Table(
    "acts",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("reader_id", BigInteger, nullable=False),
    # The work it was done to; merges are followed when it is read.
    Column("work_id", BigInteger, nullable=False),
    Column("kind", Key, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", String(20), nullable=False),
    # Empty while it holds; rows are never changed otherwise, and never removed.
    Column("undone_at", String(20), nullable=False),
    # The later act that contradicted this one; 0 for none.
    Column("replaced_by", BigInteger, nullable=False),
    # No two that hold: a vote cannot be doubled, whoever writes.
    Index(
        "acts_held",
        "reader_id",
        "work_id",
        "kind",
        unique=True,
        sqlite_where=text("undone_at = ''"),
        postgresql_where=text("undone_at = ''"),
    ),
    Index("acts_reader", "reader_id", "at"),
    Index("acts_work", "work_id", "kind", "reader_id", "at", "undone_at"),
    Index("acts_at", "at"),
)

lists = Table(
    "lists",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("reader_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("slug", Key, nullable=False),
    Column("public", SmallInteger, nullable=False),
    Column("note", Text, nullable=False),
    Column("secret", Key, nullable=False),
    Column("created_at", String(20), nullable=False),
    Index("lists_reader", "reader_id", "slug", unique=True),
    Index("lists_secret", "secret", unique=True),
)

entries = Table(
    "list_entries",
    metadata,
    Column("list_id", BigInteger, primary_key=True, autoincrement=False),
    Column("work_id", BigInteger, primary_key=True, autoincrement=False),
    Column("reader_id", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    # One a line.
    Column("tags", Text, nullable=False),
    Column("added_at", String(20), nullable=False),
    Index("list_entries_reader", "reader_id", "work_id"),
    sqlite_with_rowid=False,
)

follows = Table(
    "follows",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("reader_id", BigInteger, nullable=False),
    Column("kind", Key, nullable=False),
    Column("value", Key, nullable=False),
    Column("at", String(20), nullable=False),
    Index("follows_reader", "reader_id", "kind", "value", unique=True),
    Index("follows_value", "kind", "value"),
)

searches = Table(
    "saved_searches",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("reader_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("query", Text, nullable=False),
    Column("secret", Key, nullable=False),
    Column("created_at", String(20), nullable=False),
    Index("saved_searches_reader", "reader_id"),
    Index("saved_searches_secret", "secret", unique=True),
)

shown = Table(
    "shown",
    metadata,
    Column("reader_id", BigInteger, primary_key=True, autoincrement=False),
    Column("work_id", BigInteger, primary_key=True, autoincrement=False),
    # for_you, digest
    Column("place", Key, primary_key=True),
    Column("day", String(10), nullable=False),
    # The text it was shown with: another text may be shown again.
    Column("text_hash", LargeBinary(16), nullable=False),
    sqlite_with_rowid=False,
)
