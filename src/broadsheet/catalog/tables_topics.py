"""The tables of the map of topics; all of it can be made again from the works, day by day."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, SmallInteger, Table, Text

from broadsheet.catalog.tables import _Id, _Key, metadata

# What the next day begins from, and what the newest mapped day began from: packed maps.
topic_maps = Table(
    "topic_maps",
    metadata,
    Column("name", _Key, primary_key=True),
    Column("day", _Key, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

# The days that are mapped, with how many papers each had then.
topic_days = Table(
    "topic_days",
    metadata,
    Column("day", _Key, primary_key=True),
    Column("papers", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# The sections of a day under the names that they had on it.
topic_sections = Table(
    "topic_sections",
    metadata,
    Column("day", _Key, primary_key=True),
    Column("topic", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    sqlite_with_rowid=False,
)

# Where a paper stands: its topic (0 for none) and how near it is, in thousandths.
topic_papers = Table(
    "topic_papers",
    metadata,
    Column("day", _Key, primary_key=True),
    Column("work_id", BigInteger, primary_key=True, autoincrement=False),
    Column("topic", Integer, nullable=False),
    Column("near", SmallInteger, nullable=False),
    sqlite_with_rowid=False,
)

# What changed of the topics, in words, in the order it did.
topic_changes = Table(
    "topic_changes",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("day", _Key, nullable=False),
    Column("change", Text, nullable=False),
)
