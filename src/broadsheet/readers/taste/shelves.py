"""Vectors of works, read once and shared by all readers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from broadsheet.cache import Cache
from broadsheet.index import Index
from broadsheet.readers.taste.lens import Field

# Papers in general: so many of the newest ones, taken evenly from so many.
_SAMPLE, _OUT_OF = 200, 2_000
_FIELDS = 8


class Shelves:
    """Fields of papers with their vectors; safe for threads."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self._fields: Cache[bytes, Field] = Cache(_FIELDS)
        self._background: Cache[None, Field] = Cache(1)

    @property
    def dimensions(self) -> int:
        """How long vectors are; 0 where there is none."""
        vectors = self.background().vectors
        return int(vectors.shape[1])

    def field(self, ids: NDArray[np.int64]) -> Field:
        """The works with their vectors, (m, d): zeros for what is not encoded."""
        key = np.ascontiguousarray(ids, np.int64).tobytes()
        state = self.index.state
        made = self._fields.get(key, state)
        if made is None:
            made = self._read(np.asarray(ids, np.int64))
            self._fields.put(key, made, state)
        return made

    def background(self) -> Field:
        """Papers in general: a spread of the newest, always the same for one state."""
        state = self.index.state
        made = self._background.get(None, state)
        if made is None:
            newest = self.index.newest(None, _OUT_OF)
            step = max(1, len(newest) // _SAMPLE)
            made = self._read(np.sort(newest[::step][:_SAMPLE]))
            self._background.put(None, made, state)
        return made

    def _read(self, ids: NDArray[np.int64]) -> Field:
        vectors = self.index.vectors(ids)
        missing = np.isnan(vectors).any(axis=1) if vectors.size else np.zeros(len(ids), np.bool_)
        vectors[missing] = 0
        return Field(ids, vectors)
