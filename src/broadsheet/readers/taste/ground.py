"""Lenses that were ground already: what a reader's next request need not work out again.

A lens depends on the papers judged, not on who judged them or on which day, and on papers in
general only by counts and averages that a day's intake hardly moves. So it is kept by what it
was made of, and made anew when the index has grown or shrunk by more than a fiftieth.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from broadsheet.cache import Cache
from broadsheet.index import Index
from broadsheet.readers.taste.judged import Judged
from broadsheet.readers.taste.lens import Lens
from broadsheet.readers.taste.terms import WordScores

_KEPT = 1_024
_GROWN = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    """A lens with the state of the index that it looks at, and the size it was made at."""

    state: str
    size: int
    lens: Lens


class Ground:
    """Lenses over one index by what they were made of; safe for threads."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._made: Cache[bytes, _Made] = Cache(_KEPT)

    def lens(
        self, liked: Judged, disliked: Judged, regress: bool, make: Callable[[], Lens]
    ) -> Lens:
        """The lens made of these papers, or what ``make`` returns."""
        index = self._index
        key = _key(index, liked, disliked, regress)
        state, size = index.state, index.size
        held = self._made.get(key)
        if held is not None and held.state == state:
            found = held
        elif held is not None and abs(size - held.size) <= _GROWN * held.size:
            # What the words say of a paper may have changed with its text: that is asked anew.
            fresh = replace(held.lens, scores=WordScores(index, held.lens.terms))
            found = _Made(state, held.size, fresh)
        else:
            found = _Made(state, size, make())
        self._made.put(key, found)
        return found.lens


def _key(index: Index, liked: Judged, disliked: Judged, regress: bool) -> bytes:
    told = hashlib.blake2b(repr((index.generation, index.encoder, regress)).encode())
    for judged in (liked, disliked):
        told.update(judged.works.tobytes())
        told.update(judged.weights.tobytes())
        told.update(judged.vectors.tobytes())
        told.update(repr((judged.titles, judged.texts)).encode())
    return told.digest()
