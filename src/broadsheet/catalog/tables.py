"""The tables as they are now; the migrations lead to exactly these.

Ids are handed out from `counters`, never by the database: they are known before a row is
written, and never used again. Lists are text: one entry a line, because no name, source or
category holds a line break; everything nested is JSON.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    text,
)

# Every schema there has been, oldest first; the last is the one this program works with.
REVISIONS = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0006",
    "0007",
    "0008",
    "0009",
    "0010",
    "0011",
    "0012",
    "0013",
    "0014",
)

# Later rooms hang their tables on it too: all of a home is one database.
metadata = MetaData()

# SQLite makes only the exact type INTEGER the key that rows are stored by.
_Id = BigInteger().with_variant(Integer(), "sqlite")
# Text that is compared and sorted, by its bytes on either database.
_Key = Text().with_variant(Text(collation="C"), "postgresql")

works = Table(
    "works",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    # The record that is shown; none when an undone import took the last one away.
    Column("record_id", BigInteger),
    Column("published", _Key, nullable=False),
    Column("announced", _Key, nullable=False),
    Column("updated", _Key, nullable=False),
    Column("versions", Integer, nullable=False),
    # 1 when it is shown: it has a record, was not deleted by hand and not merged away.
    Column("alive", SmallInteger, nullable=False),
    Column("deleted", SmallInteger, nullable=False),
    # The work that this one was taken into; a chain is followed to its end.
    Column("merged_into", BigInteger),
    Column("sources", Text, nullable=False),
    Column("identifiers", Text, nullable=False),
    # Those of the record shown, as "\ncs.LG\nstat.ML\n", so that one is found as "\ncs.LG\n".
    Column("categories", _Key, nullable=False),
    # 1 when the record shown has both title and abstract.
    Column("complete", SmallInteger, nullable=False),
    Index("works_seq", "seq", unique=True),
    # The pages of days, weeks and months read nothing but this index.
    Index(
        "works_announced",
        "announced",
        "id",
        "categories",
        "complete",
        sqlite_where=text("alive = 1"),
        postgresql_where=text("alive = 1"),
    ),
    # What was merged into a work is found from it: the acts of readers follow.
    Index(
        "works_merged",
        "merged_into",
        sqlite_where=text("merged_into IS NOT NULL"),
        postgresql_where=text("merged_into IS NOT NULL"),
    ),
)

# What sources said, as it came; the long columns last, so that the short ones are read alone.
records = Table(
    "records",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=False),
    # The work it shows under now, and the one it belongs to when no merge holds.
    Column("work_id", BigInteger, nullable=False),
    Column("origin_id", BigInteger, nullable=False),
    Column("import_id", BigInteger, nullable=False),
    Column("source", _Key, nullable=False),
    # The id as it came, and what it says: scheme, tab, value without version.
    Column("external_id", Text, nullable=False),
    Column("name", _Key, nullable=False),
    Column("version", Text, nullable=False),
    Column("published", _Key, nullable=False),
    Column("announced", _Key, nullable=False),
    Column("updated", _Key, nullable=False),
    Column("arrived_at", String(20), nullable=False),
    Column("content_hash", LargeBinary(16), nullable=False),
    Column("text_hash", LargeBinary(16), nullable=False),
    # 1 title, 2 abstract, 3 both, 0 a summary alone.
    Column("fullness", SmallInteger, nullable=False),
    Column("identifiers", Text, nullable=False),
    Column("categories", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("authors", Text, nullable=False),
    Column("links", Text, nullable=False),
    Column("extra", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("abstract", Text, nullable=False),
    # JSON of the fields that cleaning changed, as they came; empty when it changed none.
    Column("original", Text, nullable=False),
    Index("records_work", "work_id"),
    Index("records_source", "source", "work_id"),
)

identifiers = Table(
    "identifiers",
    metadata,
    # The value first: an id without its scheme finds all that bear it.
    Column("value", _Key, primary_key=True),
    Column("scheme", _Key, primary_key=True),
    Column("work_id", BigInteger, nullable=False),
    Column("origin_id", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# Records by what they are called: see `titles`. Made from the records, and made again from them.
titles = Table(
    "titles",
    metadata,
    Column("title_key", BigInteger, primary_key=True, autoincrement=False),
    Column("record_id", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

imports = Table(
    "imports",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("path", Text, nullable=False),
    # Hash of the file's bytes; empty for what did not come from a file.
    Column("fingerprint", Text, nullable=False),
    Column("source", _Key, nullable=False),
    # How the file is read; empty where nothing is known of it.
    Column("format", Text, nullable=False, server_default=""),
    Column("date_is", Text, nullable=False, server_default=""),
    # Bytes of the file.
    Column("size", BigInteger, nullable=False, server_default="0"),
    # running, finished, undoing, undone
    Column("state", Text, nullable=False),
    # Why one that is running has stopped: its file breaks off. Else empty.
    Column("problem", Text, nullable=False, server_default=""),
    # The last line of the file that is dealt with.
    Column("position", BigInteger, nullable=False),
    # Records of this import have ids from the first up to the last of these.
    Column("first_record", BigInteger, nullable=False),
    Column("last_record", BigInteger, nullable=False),
    Column("read", BigInteger, nullable=False),
    Column("new", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    Column("merged", BigInteger, nullable=False),
    Column("unchanged", BigInteger, nullable=False),
    Column("rejected", BigInteger, nullable=False),
    # Papers that state a date which could not be read.
    Column("undated", BigInteger, nullable=False, server_default="0"),
    Column("rejected_file", Text, nullable=False),
    # Bytes of that file that are committed; a torn end is cut off before going on.
    Column("rejected_bytes", BigInteger, nullable=False),
    Column("started_at", String(20), nullable=False),
    Column("finished_at", String(20), nullable=False),
)

# Records that another import brought before and that this one found unchanged, from the first to
# the last of these: when the other is taken back they are this one's.
sightings = Table(
    "sightings",
    metadata,
    Column("first_record", BigInteger, primary_key=True, autoincrement=False),
    Column("last_record", BigInteger, primary_key=True, autoincrement=False),
    Column("import_id", BigInteger, primary_key=True, autoincrement=False),
    # The day of announcement that this one states; none: that of the record.
    Column("announced", _Key),
    sqlite_with_rowid=False,
)

merges = Table(
    "merges",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("import_id", BigInteger, nullable=False),
    Column("record_id", BigInteger, nullable=False),
    Column("survivor_id", BigInteger, nullable=False),
    Column("absorbed_id", BigInteger, nullable=False),
    # The identifier that joined them, or in words what else did.
    Column("reason", Text, nullable=False),
    Column("merged_at", String(20), nullable=False),
    # Empty while it holds; "hand" or "import" says who took it back.
    Column("undone_at", String(20), nullable=False),
    Column("undone_by", Text, nullable=False),
    Index("merges_absorbed", "absorbed_id"),
    Index("merges_import", "import_id"),
)

# seq, work, record, import, merge: the last number given out. works, "source:NAME" and
# "day:DATE": how many works are alive, in all, of a source, and announced on a day. Writers lock
# the row `seq` first, which puts their commits in the order of their numbers.
counters = Table(
    "counters",
    metadata,
    Column("name", _Key, primary_key=True),
    Column("value", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

meta = Table(
    "meta",
    metadata,
    Column("name", _Key, primary_key=True),
    Column("value", Text, nullable=False),
    sqlite_with_rowid=False,
)
