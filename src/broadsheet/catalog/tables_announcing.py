"""The tables of the completeness ledger: what sources announced, how far syncs are, troubles.

Truth like the rest of the catalog: what a source listed on a day cannot be asked for again a
year later.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text, text

from broadsheet.catalog.tables import _Id, _Key, metadata

# What a source's own listing of a day named, one row a paper, set and day.
announced = Table(
    "announced",
    metadata,
    # The name of what was asked: "arxiv-rss"; the papers' source is that of their identifiers.
    Column("listing", _Key, primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("set_name", _Key, primary_key=True),
    # As in `identifiers`.
    Column("value", _Key, primary_key=True),
    Column("scheme", _Key, primary_key=True),
    # new, cross, replace, replace-cross, listed, deleted
    Column("kind", _Key, nullable=False),
    # "v2" where the listing names it
    Column("version", Text, nullable=False),
    # What became of it when it was fetched: new, updated, merged, unchanged, rejected; '' not yet.
    Column("outcome", _Key, nullable=False),
    # The import that brought it; 0 not yet, or it was here before.
    Column("import_id", BigInteger, nullable=False),
    Index("announced_name", "value", "scheme"),
    sqlite_with_rowid=False,
)

# What a source says of one batch.
listings = Table(
    "listings",
    metadata,
    Column("listing", _Key, primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("set_name", _Key, primary_key=True),
    Column("built", Text, nullable=False),
    Column("fingerprint", _Key, nullable=False),
    # As the source states it; -1 where it does not.
    Column("total", Integer, nullable=False),
    # fresh; stale: an earlier day's batch under this day's date
    Column("state", _Key, nullable=False),
    Column("first_at", String(20), nullable=False),
    Column("last_at", String(20), nullable=False),
    sqlite_with_rowid=False,
)

# One row a run of `sync`.
syncs = Table(
    "syncs",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("remote", _Key, nullable=False),
    # JSON of what was wanted; the same again goes on with an interrupted run.
    Column("want", Text, nullable=False),
    Column("source", _Key, nullable=False),
    # Where to go on; committed with the page before it.
    Column("cursor", Text, nullable=False),
    # running (or interrupted), finished, failed
    Column("state", _Key, nullable=False),
    # Its import: papers of a sync are taken back like those of any other. 0: no paper yet.
    Column("import_id", BigInteger, nullable=False),
    Column("pages", BigInteger, nullable=False),
    Column("announced", BigInteger, nullable=False),
    # How often it was taken up again.
    Column("resumed", Integer, nullable=False),
    # What stopped it last, in one line.
    Column("problem", Text, nullable=False),
    Column("started_at", String(20), nullable=False),
    Column("moved_at", String(20), nullable=False),
    Column("finished_at", String(20), nullable=False),
    Index("syncs_remote", "remote", "id"),
)

# When the worker asks what again: survives restarts.
sync_times = Table(
    "sync_times",
    metadata,
    Column("remote", _Key, primary_key=True),
    Column("tried_at", String(20), nullable=False),
    Column("done_at", String(20), nullable=False),
    Column("next_at", String(20), nullable=False),
    # In a row.
    Column("failures", Integer, nullable=False),
    Column("problem", Text, nullable=False),
    sqlite_with_rowid=False,
)

# What is wrong with a listing: opened once, told once, closed when repaired.
troubles = Table(
    "troubles",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("source", _Key, nullable=False),
    # '' where it is not about one set or one day
    Column("set_name", _Key, nullable=False),
    Column("day", String(10), nullable=False),
    # gap, stale, quiet, absent, disagreement, broken, throttled, unreachable, interrupted
    Column("kind", _Key, nullable=False),
    Column("sentence", Text, nullable=False),
    # JSON: the figures behind the sentence
    Column("figures", Text, nullable=False),
    Column("opened_at", String(20), nullable=False),
    # When an operator was told; '' not yet
    Column("told_at", String(20), nullable=False),
    Column("closed_at", String(20), nullable=False),
    # How it ended, in a few words
    Column("ending", Text, nullable=False),
    # There is one open row of a kind about the same thing.
    Index(
        "troubles_open",
        "source",
        "set_name",
        "day",
        "kind",
        unique=True,
        sqlite_where=text("closed_at = ''"),
        postgresql_where=text("closed_at = ''"),
    ),
)
