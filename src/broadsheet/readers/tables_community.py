"""The tables of the community: what readers say and do for one another."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, SmallInteger, String, Table, Text

from broadsheet.catalog import metadata
from broadsheet.readers.tables import Id, Key

submissions = Table(
    "submissions",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("reader_id", BigInteger, nullable=False),
    # 0 until the paper is here.
    Column("work_id", BigInteger, nullable=False),
    # What was handed in: an id, an address, or the name of a file.
    Column("source_text", Text, nullable=False),
    Column("why", Text, nullable=False),
    # waiting, here, refused
    Column("state", Key, nullable=False),
    Column("at", String(20), nullable=False),
    Column("by_reader", BigInteger, nullable=False),
    Column("answer", Text, nullable=False),
    Index("submissions_state", "state", "id"),
    Index("submissions_reader", "reader_id", "at"),
    Index("submissions_work", "work_id"),
)

picks = Table(
    "picks",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("reader_id", BigInteger, nullable=False),
    Column("work_id", BigInteger, nullable=False),
    # The edition it is picked for.
    Column("day", String(10), nullable=False),
    Column("note", Text, nullable=False),
    Column("at", String(20), nullable=False),
    Index("picks_day", "day", "work_id", "reader_id", unique=True),
    Index("picks_work", "work_id"),
    Index("picks_reader", "reader_id"),
)

comments = Table(
    "comments",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("reader_id", BigInteger, nullable=False),
    Column("work_id", BigInteger, nullable=False),
    # The comment it answers; 0 for none.
    Column("parent_id", BigInteger, nullable=False),
    # Markdown, as it was written.
    Column("body", Text, nullable=False),
    # shown, hidden (by a moderator), deleted (by its author)
    Column("state", Key, nullable=False),
    Column("at", String(20), nullable=False),
    Column("edited_at", String(20), nullable=False),
    Column("by_reader", BigInteger, nullable=False),
    Column("moderation", Text, nullable=False),
    Index("comments_work", "work_id", "id"),
    Index("comments_reader", "reader_id", "at"),
)

reports = Table(
    "comment_reports",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("comment_id", BigInteger, nullable=False),
    Column("reader_id", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", String(20), nullable=False),
    # 1 when a moderator has dealt with it.
    Column("settled", SmallInteger, nullable=False),
    Index("comment_reports_comment", "comment_id", "reader_id", unique=True),
    Index("comment_reports_reader", "reader_id", "at"),
)

locks = Table(
    "comment_locks",
    metadata,
    Column("work_id", Id, primary_key=True, autoincrement=False),
    Column("by_reader", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", String(20), nullable=False),
)

claims = Table(
    "claims",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("reader_id", BigInteger, nullable=False),
    Column("work_id", BigInteger, nullable=False),
    # The author's name as printed.
    Column("author", Text, nullable=False),
    # waiting, confirmed, refused
    Column("state", Key, nullable=False),
    # mail, operator; empty while it waits
    Column("how", Text, nullable=False),
    Column("at", String(20), nullable=False),
    Column("by_reader", BigInteger, nullable=False),
    Column("answer", Text, nullable=False),
    Index("claims_work", "work_id", "reader_id", unique=True),
    Index("claims_reader", "reader_id"),
    Index("claims_state", "state", "id"),
)

links = Table(
    "work_links",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("reader_id", BigInteger, nullable=False),
    Column("work_id", BigInteger, nullable=False),
    # code, data, model, project
    Column("kind", Key, nullable=False),
    Column("url", Text, nullable=False),
    # shown; struck: an author says that this address does not belong to the paper
    Column("state", Key, nullable=False),
    Column("at", String(20), nullable=False),
    Index("work_links_work", "work_id"),
    Index("work_links_reader", "reader_id", "at"),
)

organisations = Table(
    "organisations",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    # The name folded: two spellings that differ in case or accents alone are one.
    Column("slug", Key, nullable=False),
    Column("url", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("at", String(20), nullable=False),
    Index("organisations_slug", "slug", unique=True),
)

members = Table(
    "organisation_members",
    metadata,
    Column("organisation_id", BigInteger, primary_key=True, autoincrement=False),
    Column("reader_id", BigInteger, primary_key=True, autoincrement=False),
    # waiting, confirmed
    Column("state", Key, nullable=False),
    Column("at", String(20), nullable=False),
    Column("by_reader", BigInteger, nullable=False),
    Index("organisation_members_reader", "reader_id"),
    sqlite_with_rowid=False,
)

organisation_works = Table(
    "organisation_works",
    metadata,
    Column("organisation_id", BigInteger, primary_key=True, autoincrement=False),
    Column("work_id", BigInteger, primary_key=True, autoincrement=False),
    # Who said so; 0: the paper's own affiliations.
    Column("by_reader", BigInteger, nullable=False),
    Index("organisation_works_work", "work_id"),
    sqlite_with_rowid=False,
)
