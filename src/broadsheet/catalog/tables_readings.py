"""The tables of what was read from papers; all of it can be read again from the works.

Bytes and numbers rather than text: there is a row for each paper, and one for each of its terms.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from broadsheet.catalog.tables import _Id, _Key, metadata

readings = Table(
    "readings",
    metadata,
    Column("work_id", _Id, primary_key=True, autoincrement=False),
    # The version of reading that made it, and the day its terms are filed under.
    Column("version", Integer, nullable=False),
    Column("day", Integer, nullable=False),
    # `readings_coding.pack`.
    Column("data", LargeBinary, nullable=False),
    # Counts of papers by month and week.
    Index("readings_day", "day"),
)

terms = Table(
    "terms",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=False),
    # As it is addressed, and as the first paper that was read printed it.
    Column("key", _Key, nullable=False),
    Column("text", Text, nullable=False),
    Index("terms_key", "key", unique=True),
)

term_papers = Table(
    "term_papers",
    metadata,
    Column("term_id", BigInteger, primary_key=True, autoincrement=False),
    # 20260821; 0 for a paper without a date.
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("work_id", BigInteger, primary_key=True, autoincrement=False),
    Index("term_papers_day", "day", "term_id"),
    sqlite_with_rowid=False,
)
