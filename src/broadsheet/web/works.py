"""Works read lately, so that a search and the page that shows it read each once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from broadsheet.cache import Cache
from broadsheet.catalog import Catalog, Readings, Work
from broadsheet.text import Reading

# A work takes about 3 kB.
_ROOM = 4000


class RecentWorks:
    """The catalog as a search sees it, for one state of it; least lately used go first."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._kept: Cache[int, Work] = Cache(_ROOM)
        self._readings = Readings(catalog)
        # None for those that are not read yet.
        self._read: Cache[int, Reading | None] = Cache(_ROOM)

    def get_many(self, ids: Sequence[int]) -> dict[int, Work]:
        """Works by number, in the order asked for; what is gone is left out."""
        found = self._kept.found(ids)
        missing = [number for number in ids if number not in found]
        if missing:
            read = self._catalog.get_many(missing)
            found |= read
            for number, work in read.items():
                self._kept.put(number, work)
        return {number: found[number] for number in ids if number in found}

    def readings(self, ids: Iterable[int]) -> dict[int, Reading]:
        """What was read from works; those that are not read yet are left out."""
        wanted = list(dict.fromkeys(ids))
        found = self._read.found(wanted)
        missing = [number for number in wanted if number not in found]
        if missing:
            read = self._readings.get_many(missing)
            for number in missing:
                found[number] = read.get(number)
                self._read.put(number, found[number])
        return {number: reading for number, reading in found.items() if reading is not None}

    def resolve(self, text: str) -> list[int]:
        """The works that an identifier in any form names."""
        return self._catalog.resolve(text)
