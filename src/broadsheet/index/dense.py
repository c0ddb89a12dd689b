"""The dense leg of one generation at one commit: codes first, then vectors exactly."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from broadsheet.encoders import VectorStore
from broadsheet.index.codes_file import Codes
from broadsheet.index.contract import Ranking

_BLOCK = 4_096  # vectors turned into float32 at a time: 6 MB, which stays in the cache
_DEEPEST = 8_192  # candidates, from which on all works that a filter lets through are cheaper
# So many works are compared exactly faster than by codes: 8,000 of 40,000, 25,000 of 270,000.
_FEW, _FEW_SHARE = 5_000, 0.075
# What the codes name is compared exactly: of 41,600 and of 250,000 papers 1,000 hold .99 of the
# 100 nearest. benchmarks/codes.py measures it.
_LISTED, _LISTED_SHARE, _LISTED_EACH = 1_000, 1 / 500, 5

Accept = Callable[[NDArray[np.int64]], NDArray[np.int64]]


class Similarities:
    """Cosine similarities of rows of a vector store, exactly.

    The store's 8-bit vectors have no unit length; their lengths are worked out once each.
    """

    def __init__(self, store: VectorStore) -> None:
        self.store = store
        self._lengths = np.full(len(store), np.nan, np.float32)

    def refresh(self) -> None:
        """Takes in rows that were stored since."""
        self.store.refresh()
        grown = len(self.store) - len(self._lengths)
        if grown > 0:
            more = np.full(grown, np.nan, np.float32)
            self._lengths = np.concatenate([self._lengths, more])

    def __len__(self) -> int:
        return len(self._lengths)

    def of(self, vector: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The similarities, shape (n,), of a vector of unit length."""
        scores = np.empty(len(rows), np.float32)
        lengths = self._lengths
        for start in range(0, len(rows), _BLOCK):
            block = rows[start : start + _BLOCK]
            vectors = self.store.vectors(block).astype(np.float32)
            length = lengths[block]
            if np.isnan(length).any():
                length = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
                length[length == 0] = np.inf
                lengths[block] = length
            scores[start : start + _BLOCK] = (vectors @ vector) / length
        return scores


class DenseLeg:
    """Searches by vectors among the encoded works of one commit; safe for many threads."""

    def __init__(
        self,
        works: NDArray[np.int64],
        rows: NDArray[np.int64],
        similarities: Similarities,
        codes: Codes | None,
    ) -> None:
        """``works`` ascending, ``rows`` of the same shape with -1 for works not encoded."""
        stored = len(similarities)
        # A store that lost rows (restored from elsewhere) must not be read past its end.
        there = (rows >= 0) & (rows < stored)
        self._works = works[there]
        self._rows = rows[there]
        self._similarities = similarities
        self._codes = codes
        # A table by row instead of a sort: readers make one at every commit.
        place = np.arange(len(self._rows), dtype=np.int32)
        self._owner = np.full(stored, -1, np.int32)
        self._owner[self._rows] = place
        others = np.flatnonzero(self._owner[self._rows] != place)
        order = np.argsort(self._rows[others], kind="stable")
        self._others = others[order]  # works of a text that another work has too
        self._other_rows = self._rows[self._others]
        coded = 0 if codes is None else min(len(codes), stored)
        live = self._owner >= 0  # works change and leave rows behind
        self._coded = live[:coded]
        self._tail = coded + np.flatnonzero(live[coded:])

    def __len__(self) -> int:
        return len(self._works)

    @property
    def tail(self) -> int:
        """How many vectors are compared one by one because they have no code."""
        return len(self._tail)

    def scores(self, vector: NDArray[np.float32], works: NDArray[np.int64]) -> NDArray[np.float32]:
        """Similarities of given works; nan for those without a vector."""
        scores = np.full(len(works), np.nan, np.float32)
        if len(self._works):
            at = np.searchsorted(self._works, works)
            at[at == len(self._works)] = 0
            there = self._works[at] == works
            scores[there] = self._similarities.of(vector, self._rows[at[there]])
        return scores

    def vector(self, work: int) -> NDArray[np.float32] | None:
        """The vector of a work at length 1; None when it has none."""
        at = int(np.searchsorted(self._works, work))
        if at == len(self._works) or self._works[at] != work:
            return None
        vector = self._similarities.store.vectors(self._rows[at : at + 1])[0].astype(np.float32)
        length = np.float32(np.linalg.norm(vector))
        return vector / length if length else None

    def vectors(self, works: NDArray[np.int64]) -> NDArray[np.float32]:
        """The vectors of works at length 1, shape (n, d); rows of nan for those without."""
        store = self._similarities.store
        found = np.full((len(works), store.dimensions), np.nan, np.float32)
        if len(self._works):
            at = np.searchsorted(self._works, works)
            at[at == len(self._works)] = 0
            there = self._works[at] == works
            vectors = store.vectors(self._rows[at[there]]).astype(np.float32)
            length = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))[:, None]
            found[there] = np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0)
        return found

    def places(self, works: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where the encoded ones of the works stand, ascending: what `scan` goes through."""
        if not len(self._works):
            return np.empty(0, np.int64)
        works = np.unique(works)
        at = np.searchsorted(self._works, works)
        at[at == len(self._works)] = 0
        places: NDArray[np.int64] = at[self._works[at] == works]
        return places

    def scan(
        self, vector: NDArray[np.float32], limit: int, places: NDArray[np.int64] | None = None
    ) -> Ranking:
        """The nearest of the works at the places (None: of all).

        A few are compared one by one, of many those alone that their codes put in front.
        """
        works, rows = self._works, self._rows
        if places is not None:
            works, rows = works[places], rows[places]
        if len(rows) > _FEW + _FEW_SHARE * len(self._rows):
            wanted = np.zeros(len(self._owner), np.bool_)
            wanted[rows] = True
            coded = self._coded & wanted[: len(self._coded)]
            listed = np.zeros(len(self._owner), np.bool_)
            listed[self._listed(vector, limit, coded)] = True
            listed[self._tail] = True
            chosen = listed[rows]
            works, rows = works[chosen], rows[chosen]
        return _best(works, self._similarities.of(vector, rows), limit)

    def nearest(
        self,
        vector: NDArray[np.float32],
        limit: int,
        accept: Accept | None = None,
        share: float = 1.0,
    ) -> Ranking | None:
        """About the nearest works that ``accept`` leaves; ``share`` is how many it may leave.

        None when too few were found within a sensible depth: `scan` all that it leaves then.
        """
        tail = self._similarities.of(vector, self._tail)
        depth = int(limit / max(share, 1e-6) * 1.2) + 8
        while depth <= _DEEPEST or depth < 2 * limit:
            found = self._candidates(vector, depth, tail)
            if accept is not None:
                kept = np.isin(found.ids, accept(found.ids))
                found = Ranking(found.ids[kept], found.scores[kept])
            if len(found) >= limit or depth >= len(self._works):
                return Ranking(found.ids[:limit], found.scores[:limit])
            depth *= 4
        return None

    def _candidates(
        self, vector: NDArray[np.float32], depth: int, tail: NDArray[np.float32]
    ) -> Ranking:
        rows, scores = _top(self._tail, tail, depth)
        near = self._listed(vector, depth, self._coded)
        rows = np.concatenate([rows, near])
        scores = np.concatenate([scores, self._similarities.of(vector, near)])
        works, scores = self._named(rows, scores)
        return _best(works, scores, depth)

    def _listed(
        self, vector: NDArray[np.float32], depth: int, among: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        """The rows among which the ``depth`` nearest are to be looked for, by their codes."""
        if self._codes is None or not len(among):
            return np.empty(0, np.int64)
        count = max(_LISTED + int(_LISTED_SHARE * len(among)), _LISTED_EACH * depth)
        return self._codes.nearest(vector, count, among)

    def _named(
        self, rows: NDArray[np.int64], scores: NDArray[np.float32]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The works behind rows; several works of the same text share one."""
        works = self._works[self._owner[rows]]
        if not len(self._others):
            return works, scores
        first = np.searchsorted(self._other_rows, rows, "left")
        count = np.searchsorted(self._other_rows, rows, "right") - first
        start = np.repeat(first - np.cumsum(count) + count, count)
        more = self._works[self._others[start + np.arange(count.sum())]]
        return np.concatenate([works, more]), np.concatenate([scores, np.repeat(scores, count)])


def _top(
    ids: NDArray[np.int64], scores: NDArray[np.float32], count: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    if len(ids) <= count:
        return ids, scores
    best = np.argpartition(scores, len(scores) - count)[-count:]
    return ids[best], scores[best]


def _best(ids: NDArray[np.int64], scores: NDArray[np.float32], limit: int) -> Ranking:
    """The best, ties by id, so that the same search gives the same order."""
    ids, scores = _top(ids, scores, limit)
    order = np.lexsort((ids, -scores))
    return Ranking(ids[order], scores[order])
