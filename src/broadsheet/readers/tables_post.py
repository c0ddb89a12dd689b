"""The tables of the post: which mail was made for whom, and what became of it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, SmallInteger, String, Table, Text

from broadsheet.catalog import metadata
from broadsheet.readers.tables import Key

# Keys of mails about an account start so; all others are digests. What such a mail says holds a
# link that is worth as much as the mailbox it is sent to.
LETTER = "letter "

# One row a mail. The key is used once a reader, which is what makes sending idempotent.
post = Table(
    "post",
    metadata,
    Column("reader_id", BigInteger, primary_key=True, autoincrement=False),
    # "daily 2026-08-21", "weekly 2026-W34"
    Column("key", Key, primary_key=True),
    # prepared, sending, sent, failed, unanswered, quiet
    Column("state", Key, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("address", Text, nullable=False),
    # JSON: what it says, so that it can be written again and shown in the browser.
    Column("content", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    # Not to be tried before.
    Column("next_at", String(20), nullable=False),
    # Whose journal knows what became of it while it is being sent.
    Column("owner", Text, nullable=False),
    # The server's words, or ours.
    Column("answer", Text, nullable=False),
    Column("made_at", String(20), nullable=False),
    Column("sent_at", String(20), nullable=False),
    Index("post_state", "state", "next_at"),
    sqlite_with_rowid=False,
)

postboxes = Table(
    "postboxes",
    metadata,
    Column("reader_id", BigInteger, primary_key=True, autoincrement=False),
    # The address that refused mail, how often in a row, and since when nothing is sent to it.
    Column("address", Text, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("bouncing_at", String(20), nullable=False),
    # 1: a digest also on a day that has nothing for them.
    Column("quiet", SmallInteger, nullable=False),
    # The secret part of the addresses of their own feeds.
    Column("feed_key", Key, nullable=False),
    Index("postboxes_feed_key", "feed_key", unique=True),
    sqlite_with_rowid=False,
)
