"""Works read lately, so that a search and the page that shows it read each once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

from broadsheet.catalog import Catalog, Work

# A work takes about 3 kB.
_ROOM = 4000


class RecentWorks:
    """The catalog as a search sees it, for one state of it; least lately used go first."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._lock = threading.Lock()
        self._kept: OrderedDict[int, Work] = OrderedDict()

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

    def resolve(self, text: str) -> list[int]:
        """The works that an identifier in any form names."""
        return self._catalog.resolve(text)
