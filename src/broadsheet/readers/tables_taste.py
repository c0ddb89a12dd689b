"""The tables of taste: what a reader changed in their profile, and trials of rankers.

Interests are found from acts every time anew; these rows keep their numbers, and what the
reader decided about them.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
)

from broadsheet.catalog import metadata
from broadsheet.readers.tables import Id, Key

interests = Table(
    "taste_interests",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("reader_id", BigInteger, nullable=False),
    # What the reader called it; empty: it is named by its terms.
    Column("name", Text, nullable=False),
    Column("weight", Float, nullable=False),
    Column("muted", SmallInteger, nullable=False),
    # 1 when the reader put it together by hand: it is not clustered again.
    Column("pinned", SmallInteger, nullable=False),
    Column("created_at", String(20), nullable=False),
    Index("taste_interests_reader", "reader_id"),
)

# Which liked work belongs to which interest; the work of a seed is its number, negative.
members = Table(
    "taste_members",
    metadata,
    Column("reader_id", BigInteger, primary_key=True, autoincrement=False),
    Column("work_id", BigInteger, primary_key=True, autoincrement=False),
    Column("interest_id", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

seeds = Table(
    "taste_seeds",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("reader_id", BigInteger, nullable=False),
    # paper, sentence
    Column("kind", Key, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    # 0 when it is not in the catalog.
    Column("work_id", BigInteger, nullable=False),
    # float32 of `encoder`; empty until there is one.
    Column("encoder", Text, nullable=False),
    Column("vector", LargeBinary, nullable=False),
    Column("at", String(20), nullable=False),
    Index("taste_seeds_reader", "reader_id"),
)

settings = Table(
    "taste_settings",
    metadata,
    Column("reader_id", BigInteger, primary_key=True, autoincrement=False),
    # 1: what other readers think counts too.
    Column("popularity", SmallInteger, nullable=False),
    # The last act before the profile was reset, which is not looked at any more; 0: all are.
    Column("since_act", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# What was shown in a trial of two rankers, and which one put it there.
trials = Table(
    "taste_trials",
    metadata,
    Column("reader_id", BigInteger, primary_key=True, autoincrement=False),
    Column("day", String(10), primary_key=True),
    Column("work_id", BigInteger, primary_key=True, autoincrement=False),
    Column("pair", Key, nullable=False),
    Column("ranker", Key, nullable=False),
    Column("place", Integer, nullable=False),
    sqlite_with_rowid=False,
)
