"""What harvests need to know of the past: when changes were made, and which names are gone."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text

from broadsheet.catalog.tables import metadata

_Key = Text().with_variant(Text(collation="C"), "postgresql")

# The last change made in each second that had any: with the change log it dates every change.
change_times = Table(
    "change_times",
    metadata,
    Column("at", _Key, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# Names that works were told by and that lead nowhere now, with the change that took them away
# and what the work was filed under before it.
departed = Table(
    "departed",
    metadata,
    Column("name", _Key, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("sources", Text, nullable=False),
    Column("categories", Text, nullable=False),
    Index("departed_seq", "seq"),
    sqlite_with_rowid=False,
)
