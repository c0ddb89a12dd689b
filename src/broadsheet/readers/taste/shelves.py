"""Vectors of works, read once and shared by all readers."""

from __future__ import annotations

import threading
from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from broadsheet.index import Index
from broadsheet.readers.taste.lens import Field

# Papers in general: so many of the newest ones, taken evenly from so many.
_SAMPLE, _OUT_OF = 200, 2_000
_FIELDS = 8


class Shelves:
    """Fields of papers with their vectors; safe for threads."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self._lock = threading.Lock()
        self._state = ""
        self._fields: OrderedDict[bytes, Field] = OrderedDict()
        self._background: Field | None = None

    @property
    def dimensions(self) -> int:
        """How long vectors are; 0 where there is none."""
        vectors = self.background().vectors
        return int(vectors.shape[1])

    def field(self, ids: NDArray[np.int64]) -> Field:
        """The works with their vectors, (m, d): zeros for what is not encoded."""
        key = np.ascontiguousarray(ids, np.int64).tobytes()
        with self._lock:
            self._fresh()
            if key in self._fields:
                self._fields.move_to_end(key)
                return self._fields[key]
        made = self._read(np.asarray(ids, np.int64))
        with self._lock:
            self._fields[key] = made
            while len(self._fields) > _FIELDS:
                self._fields.popitem(last=False)
        return made

    def background(self) -> Field:
        """Papers in general: a spread of the newest, always the same for one state."""
        with self._lock:
            self._fresh()
            if self._background is not None:
                return self._background
        newest = self.index.newest(None, _OUT_OF)
        step = max(1, len(newest) // _SAMPLE)
        made = self._read(np.sort(newest[::step][:_SAMPLE]))
        with self._lock:
            self._background = made
        return made

    def _fresh(self) -> None:
        state = self.index.state
        if state != self._state:
            self._state = state
            self._fields.clear()
            self._background = None

    def _read(self, ids: NDArray[np.int64]) -> Field:
        vectors = self.index.vectors(ids)
        missing = np.isnan(vectors).any(axis=1) if vectors.size else np.zeros(len(ids), np.bool_)
        vectors[missing] = 0
        return Field(ids, vectors)
