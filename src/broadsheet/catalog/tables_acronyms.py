"""The table of what papers define short forms as; derived, like all that is read."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text

from broadsheet.catalog.tables import _Key, metadata

acronym_papers = Table(
    "acronym_papers",
    metadata,
    # As they are compared: "gnn", "graph neural network".
    Column("short_key", _Key, primary_key=True),
    Column("long_key", _Key, primary_key=True),
    Column("work_id", BigInteger, primary_key=True, autoincrement=False),
    # As this paper prints them.
    Column("short", Text, nullable=False),
    Column("long", Text, nullable=False),
    Index("acronym_papers_long", "long_key", "short_key"),
    Index("acronym_papers_work", "work_id"),
    sqlite_with_rowid=False,
)
