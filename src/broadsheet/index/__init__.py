"""It is filed: search by words and by vectors over what the catalog holds.

`Index` reads, `IndexWriter` writes; `open_index` and `open_writer` give the backend of a home.
"""

from broadsheet.index.author_names import name_keys, wanted_name_keys
from broadsheet.index.contract import (
    ChangeLog,
    Clause,
    ClauseField,
    Difference,
    Filters,
    Index,
    IndexStatus,
    IndexWriter,
    Pending,
    Progress,
    Ranking,
    Word,
    WordQuery,
)
from broadsheet.index.faults import (
    IndexBroken,
    IndexFault,
    IndexLocked,
    IndexMissing,
    IndexOutdated,
)
from broadsheet.index.live import Live, live_generation, written_since
from broadsheet.index.local import LocalIndex
from broadsheet.index.narrowing import filters_key
from broadsheet.index.writer import LocalWriter
from broadsheet.settings import Settings

__all__ = [
    "ChangeLog",
    "Clause",
    "ClauseField",
    "Difference",
    "Filters",
    "Index",
    "IndexBroken",
    "IndexFault",
    "IndexLocked",
    "IndexMissing",
    "IndexOutdated",
    "IndexStatus",
    "IndexWriter",
    "Live",
    "LocalIndex",
    "LocalWriter",
    "Pending",
    "Progress",
    "Ranking",
    "Word",
    "WordQuery",
    "filters_key",
    "live_generation",
    "name_keys",
    "open_index",
    "open_writer",
    "wanted_name_keys",
    "written_since",
]


def open_index(settings: Settings, generation: str = "") -> Index:
    """Opens the index of a home for reading.

    With ``generation`` it stays with that one when another is put in use: so its encoder never
    changes under a search. Raises `IndexMissing` before the first writer, `IndexOutdated` or
    `IndexBroken`.
    """
    return LocalIndex(settings, generation or None)


def open_writer(
    settings: Settings, encoder: str = "", dimensions: int = 0, *, repair: bool = False
) -> IndexWriter:
    """Opens the index of a home for writing, and makes it when there is none.

    ``encoder`` and ``dimensions`` are the key and size of the encoder in use, '' and 0 while
    there is none: then the encoder that the index knows is kept. With another one than the
    index knows, a new generation is built beside it, or the one before taken up again that
    had this encoder. An outdated index is made anew by the
    next `IndexWriter.sync`; a broken one only with ``repair``. Raises `IndexLocked`.
    """
    return LocalWriter(settings, encoder, dimensions, repair=repair)
