"""The room where papers are kept: works, their versions and ids, the change log, the ledger.

It is the only truth: everything else in a home can be made again from it.
"""

from broadsheet.catalog.acronyms import AcronymEntry, Acronyms
from broadsheet.catalog.announcing import Syncs
from broadsheet.catalog.announcing_ledger import Completeness
from broadsheet.catalog.announcing_troubles import Troubles
from broadsheet.catalog.announcing_values import (
    DayCount,
    LedgerRow,
    Reach,
    SyncRun,
    SyncTime,
    Trouble,
    TroubleKind,
)
from broadsheet.catalog.archive import backup, restore
from broadsheet.catalog.catalog import Catalog
from broadsheet.catalog.database import (
    Database,
    chunked,
    has_catalog,
    last,
    require_catalog,
    take,
)
from broadsheet.catalog.describing import work_json
from broadsheet.catalog.errors import CatalogError, reported
from broadsheet.catalog.harvests import Harvests, Section, Told
from broadsheet.catalog.intake import import_file, ingest
from broadsheet.catalog.readings import Read, Readings, TermCount, TermStats
from broadsheet.catalog.readings_terms import Beside, Risen, TermCounts
from broadsheet.catalog.scanning import Twin
from broadsheet.catalog.tables import metadata
from broadsheet.catalog.topics import MappedDay, Place, Topics
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
    "AcronymEntry",
    "Acronyms",
    "Beside",
    "Catalog",
    "CatalogError",
    "Change",
    "Completeness",
    "Counts",
    "Database",
    "DayCount",
    "Harvests",
    "ImportResult",
    "ImportRun",
    "LedgerRow",
    "Listed",
    "MappedDay",
    "Merge",
    "Place",
    "Reach",
    "Read",
    "Readings",
    "Risen",
    "Section",
    "SyncRun",
    "SyncTime",
    "Syncs",
    "TermCount",
    "TermCounts",
    "TermStats",
    "Told",
    "Topics",
    "Trouble",
    "TroubleKind",
    "Troubles",
    "Twin",
    "Work",
    "backup",
    "chunked",
    "has_catalog",
    "import_file",
    "ingest",
    "last",
    "metadata",
    "reported",
    "require_catalog",
    "restore",
    "take",
    "work_json",
]
