"""Works read lately, so that a search and the page that shows it read each once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from broadsheet.catalog import Catalog, Readings, Work
from broadsheet.text import Reading

# A work takes about 3 kB.
_ROOM = 4000


class RecentWorks:
    """The catalog as a search sees it, for one state of it; least lately used go first."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._lock = threading.Lock()
        self._kept: OrderedDict[int, Work] = OrderedDict()
        self._readings = Readings(catalog)
        self._read: OrderedDict[int, Reading | None] = OrderedDict()

    def get_many(self, ids: Sequence[int]) -> dict[int, Work]:
        """Works by number, in the order asked for; what is gone is left out."""
        with self._lock:
            found = {number: self._kept[number] for number in ids if number in self._kept}
            for number in found:
                self._kept.move_to_end(number)
        missing = [number for number in ids if number not in found]
        if missing:
            read = self._catalog.get_many(missing)
            found |= read
            with self._lock:
                self._kept |= read
                while len(self._kept) > _ROOM:
                    self._kept.popitem(last=False)
        return {number: found[number] for number in ids if number in found}

    def readings(self, ids: Iterable[int]) -> dict[int, Reading]:
        """What was read from works; those that are not read yet are left out."""
        wanted = list(dict.fromkeys(ids))
        with self._lock:
            found = {number: self._read[number] for number in wanted if number in self._read}
            for number in found:
                self._read.move_to_end(number)
        missing = [number for number in wanted if number not in found]
        if missing:
            read = self._readings.get_many(missing)
            found |= {number: read.get(number) for number in missing}
            with self._lock:
                self._read |= {number: found[number] for number in missing}
                while len(self._read) > _ROOM:
                    self._read.popitem(last=False)
        return {number: reading for number, reading in found.items() if reading is not None}

    def resolve(self, text: str) -> list[int]:
        """The works that an identifier in any form names."""
        return self._catalog.resolve(text)
