"""The room where papers are kept: works, their versions and ids, the change log, the ledger.

It is the only truth: everything else in a home can be made again from it.
"""

from broadsheet.catalog.archive import backup, restore
from broadsheet.catalog.catalog import Catalog
from broadsheet.catalog.database import Database, chunked, last, take
from broadsheet.catalog.describing import work_json
from broadsheet.catalog.errors import CatalogError
from broadsheet.catalog.intake import import_file, ingest
from broadsheet.catalog.tables import metadata
from broadsheet.catalog.values import (
    Change,
    Counts,
    ImportResult,
    ImportRun,
    Listed,
    Merge,
    Work,
)

__all__ = [
    "Catalog",
    "CatalogError",
    "Change",
    "Counts",
    "Database",
    "ImportResult",
    "ImportRun",
    "Listed",
    "Merge",
    "Work",
    "backup",
    "chunked",
    "import_file",
    "ingest",
    "last",
    "metadata",
    "restore",
    "take",
    "work_json",
]
