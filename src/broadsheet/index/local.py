"""The reader of the first backend: Tantivy and codes of vectors in one folder."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tantivy
from numpy.typing import NDArray
from typing_extensions import override

from broadsheet.encoders import StoreError, VectorStore
from broadsheet.index import analysis, generation, ledger, wordleg
from broadsheet.index.checking import differences
from broadsheet.index.codes_file import Codes, codes_path
from broadsheet.index.contract import (
    ChangeLog,
    Clause,
    Difference,
    Filters,
    Index,
    IndexStatus,
    Ranking,
    Word,
    WordQuery,
)
from broadsheet.index.dense import DenseLeg, Similarities
from broadsheet.index.faults import IndexBroken, IndexFault
from broadsheet.index.generation import Folder, Meta
from broadsheet.index.narrowing import filters_key, narrowing
from broadsheet.index.wordleg import WordLeg
from broadsheet.settings import Settings

# Up to so many allowed works, asking for them all beats asking about those found (19 ms, once).
SCAN_AT_MOST = 40_000
_CACHED_FILTERS = 64
_ATTEMPTS = 5


def vector_folder(settings: Settings, encoder: str) -> Path:
    """Where the vectors of an encoder are kept."""
    return settings.vectors_path / encoder


def open_store(settings: Settings, meta: Meta) -> VectorStore:
    """The vectors that a commit files, for reading; raises `IndexBroken`."""
    try:
        return VectorStore(vector_folder(settings, meta.encoder), meta.dimensions, read_only=True)
    except StoreError as error:
        raise IndexBroken(f"index: {error}") from error


@dataclass(frozen=True, slots=True)
class _State:
    """All that belongs to one commit."""

    name: str
    stamp: tuple[int, ...]
    meta: Meta
    tantivy: tantivy.Index
    words: WordLeg
    records: ledger.Records
    similarities: Similarities | None
    codes: Codes | None
    dense: DenseLeg | None
    # By filters: the places in the dense leg, or only how many when there are many.
    allowed: OrderedDict[object, NDArray[np.int64] | int]


class LocalIndex(Index):
    """Reads the generation that ``CURRENT`` names."""

    def __init__(self, settings: Settings, generation_name: str | None = None) -> None:
        self._settings = settings
        self._folder = Folder(settings.index_path)
        self._fixed = generation_name
        self._lock = threading.Lock()
        self._state = self._load(None)

    @property
    @override
    def generation(self) -> str:
        return self._state.name

    @property
    @override
    def applied_seq(self) -> int:
        return self._state.meta.applied_seq

    @property
    @override
    def encoder(self) -> str:
        return self._state.meta.encoder

    @property
    @override
    def state(self) -> str:
        return "-".join(map(str, (self._state.name, *self._state.stamp)))

    @property
    @override
    def size(self) -> int:
        return self._state.meta.works

    @property
    @override
    def mean_words(self) -> float:
        return self._state.words.mean_words

    @override
    def refresh(self) -> bool:
        state = self._state
        if self._stamp(state.name) == state.stamp and self._name() == state.name:
            return False
        if not self._lock.acquire(blocking=False):
            return False  # another thread is at it; this one goes on with what it has
        try:
            self._state = self._load(self._state)
        finally:
            self._lock.release()
        return True

    @override
    def search_words(self, query: WordQuery, limit: int, filters: Filters | None = None) -> Ranking:
        return self._state.words.search(query, limit, filters)

    @override
    def score_words(
        self, query: WordQuery, ids: Sequence[int] | NDArray[np.int64]
    ) -> NDArray[np.float32]:
        return self._state.words.score(query, np.asarray(ids, np.int64))

    @override
    def matches(
        self, clauses: Sequence[Clause], ids: Sequence[int] | NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        return self._state.words.matches(clauses, np.asarray(ids, np.int64))

    @override
    def frequencies(self, terms: Sequence[str]) -> NDArray[np.int64]:
        return self._state.words.frequencies(terms)

    @override
    def tally(
        self, query: WordQuery, filters: Filters | None = None, most: int = 20
    ) -> dict[str, list[tuple[str, int]]]:
        return self._state.words.tally(query, filters, most)

    @override
    def alike(self, term: str, distance: int, limit: int, field: str = "text") -> NDArray[np.int64]:
        return self._state.words.alike(term, distance, limit, field)

    @override
    def count_words(self, query: WordQuery, filters: Filters | None = None) -> int:
        return self._state.words.count(query, filters)

    @override
    def explain_words(self, query: WordQuery, work_id: int) -> dict[str, float]:
        return self._state.words.explain(query, work_id)

    @override
    def newest(self, filters: Filters | None, limit: int, offset: int = 0) -> NDArray[np.int64]:
        return self._state.words.newest(filters, limit, offset)

    @override
    def count(self, filters: Filters | None = None) -> int:
        return self._state.words.matching_count(filters)

    @override
    def words(self, text: str) -> list[Word]:
        return analysis.words(text)

    @override
    def search_vectors(
        self, vector: NDArray[np.float32], limit: int, filters: Filters | None = None
    ) -> Ranking:
        state = self._state
        unit = _unit(vector, state.meta)
        if state.dense is None or unit is None or limit <= 0 or not len(state.dense):
            return Ranking.empty()
        without = _ids(filters.without if filters else None)
        narrower = narrowing(filters)
        depth = limit + len(without)
        if narrower is None:
            near = state.dense.nearest(unit, depth)
            found = state.dense.scan(unit, depth) if near is None else near
        else:
            found = _narrowed(state, state.dense, unit, depth, narrower)
        kept = ~np.isin(found.ids, without)
        return Ranking(found.ids[kept][:limit], found.scores[kept][:limit])

    @override
    def score_vectors(
        self, vector: NDArray[np.float32], ids: Sequence[int] | NDArray[np.int64]
    ) -> NDArray[np.float32]:
        state = self._state
        works = np.asarray(ids, np.int64)
        unit = _unit(vector, state.meta)
        if state.dense is None or unit is None:
            return np.full(len(works), np.nan, np.float32)
        return state.dense.scores(unit, works)

    @override
    def vector(self, work_id: int) -> NDArray[np.float32] | None:
        dense = self._state.dense
        return None if dense is None else dense.vector(work_id)

    @override
    def vectors(self, ids: Sequence[int] | NDArray[np.int64]) -> NDArray[np.float32]:
        dense = self._state.dense
        if dense is None:
            return np.full((len(ids), 0), np.nan, np.float32)
        return dense.vectors(np.asarray(ids, np.int64))

    @override
    def status(self) -> IndexStatus:
        state = self._state
        meta, folder = state.meta, self._folder.path(state.name)
        encoded = 0 if state.dense is None else len(state.dense)
        sizes = {"words": _size(folder / "words"), "ledger": _size(folder / meta.ledger)}
        if meta.codes:
            sizes["codes"] = _size(codes_path(folder, meta.codes))
        if meta.encoder:
            sizes["vectors"] = _size(vector_folder(self._settings, meta.encoder))
        return IndexStatus(
            generation=state.name,
            encoder=meta.encoder,
            applied_seq=meta.applied_seq,
            papers=meta.works,
            encoded=encoded,
            pending=meta.works - encoded,
            committed_at=meta.committed_at,
            sizes=sizes,
        )

    @override
    def check(self, catalog: ChangeLog) -> list[Difference]:
        state = self._state
        similarities = state.similarities
        store = None if similarities is None else similarities.store
        return differences(catalog, state.words.sequence(), state.records, store)

    @override
    def verify(self) -> None:
        wordleg.verify(self._folder.path(self._state.name) / "words")
        if self._state.meta.encoder:
            with open_store(self._settings, self._state.meta) as store:
                if damaged := len(store.check()):
                    seen = f"{damaged:,} of {len(store):,} vectors are damaged"
                    raise IndexBroken(f"index: {store.folder}: {seen}; {generation.REBUILD}")

    @override
    def close(self) -> None:
        """Nothing is held that the end of the object does not let go of."""

    def _name(self) -> str:
        return self._fixed or self._folder.current()

    def _stamp(self, name: str) -> tuple[int, ...]:
        try:
            found = (self._folder.path(name) / "meta.json").stat()
        except FileNotFoundError:
            return ()
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _load(self, before: _State | None) -> _State:
        """The newest state; tries again when a writer replaced files while it was read."""
        for attempt in range(_ATTEMPTS):
            name = self._name()
            stamp = self._stamp(name)
            try:
                same = before if before and before.name == name else None
                return self._state_of(name, stamp, same)
            except (IndexFault, OSError) as error:
                changed = self._stamp(name) != stamp or self._name() != name
                if attempt == _ATTEMPTS - 1 or not changed:
                    if isinstance(error, IndexFault):
                        raise
                    raise generation.unreadable(self._folder.path(name), error) from error
        raise AssertionError("the last attempt returns or raises")

    def _state_of(self, name: str, stamp: tuple[int, ...], before: _State | None) -> _State:
        folder = self._folder.path(name)
        meta = generation.read_meta(folder)
        if before is None:
            index = wordleg.open_(folder / "words")
            words = WordLeg(index, folder / "words")
        else:
            index, words = before.tantivy, before.words
            if before.meta.opstamp != meta.opstamp:
                wordleg.reload(index, folder / "words")
                words = WordLeg(index, folder / "words")
        records = self._records(folder, meta, before)
        similarities, codes = self._vectors(folder, meta, before)
        dense = None
        if similarities is not None:
            live = records[records["deleted"] == 0]
            dense = DenseLeg(live["work"].copy(), live["row"].copy(), similarities, codes)
        return _State(
            name=name,
            stamp=stamp,
            meta=meta,
            tantivy=index,
            words=words,
            records=records,
            similarities=similarities,
            codes=codes,
            dense=dense,
            allowed=OrderedDict(),
        )

    def _records(self, folder: Path, meta: Meta, before: _State | None) -> ledger.Records:
        if before and before.meta.ledger == meta.ledger and before.meta.records <= meta.records:
            new = ledger.read(folder / meta.ledger, before.meta.records, meta.records)
            return ledger.merge(before.records, new)
        return ledger.merge(ledger.empty(), ledger.read(folder / meta.ledger, 0, meta.records))

    def _vectors(
        self, folder: Path, meta: Meta, before: _State | None
    ) -> tuple[Similarities | None, Codes | None]:
        if not meta.encoder:
            return None, None
        same = before if before and before.meta.encoder == meta.encoder else None
        if same and same.similarities is not None:
            similarities = same.similarities
            similarities.refresh()
        else:
            similarities = Similarities(open_store(self._settings, meta))
        if same and same.codes and same.meta.codes == meta.codes:
            return similarities, same.codes
        return similarities, Codes(folder, meta.codes, meta.dimensions) if meta.codes else None


def _narrowed(
    state: _State, dense: DenseLeg, unit: NDArray[np.float32], limit: int, filters: Filters
) -> Ranking:
    """The nearest works that satisfy the filters."""
    key = filters_key(filters)
    allowed = _cached(state, key)
    if allowed is None:
        allowed = state.words.matching_count(filters)
        if allowed <= SCAN_AT_MOST:
            allowed = dense.places(state.words.matching(filters))
        _cache(state, key, allowed)
    if isinstance(allowed, int):
        found = dense.nearest(
            unit,
            limit,
            accept=lambda ids: state.words.matching_among(filters, ids),
            share=allowed / max(1, state.meta.works),
        )
        if found is not None:
            return found
        # The nearest are of another kind than the filters want.
        allowed = dense.places(state.words.matching(filters))
        _cache(state, key, allowed)
    return dense.scan(unit, limit, allowed)


def _cached(state: _State, key: object) -> NDArray[np.int64] | int | None:
    try:
        state.allowed.move_to_end(key)
        return state.allowed[key]
    except KeyError:
        return None


def _cache(state: _State, key: object, allowed: NDArray[np.int64] | int) -> None:
    state.allowed[key] = allowed
    while len(state.allowed) > _CACHED_FILTERS:
        state.allowed.popitem(last=False)


def _ids(ids: NDArray[np.int64] | None) -> NDArray[np.int64]:
    return np.empty(0, np.int64) if ids is None else ids


def _unit(vector: NDArray[np.float32], meta: Meta) -> NDArray[np.float32] | None:
    """The vector at length 1; None when it points nowhere. Raises ValueError for its shape."""
    if meta.encoder and vector.shape != (meta.dimensions,):
        raise ValueError(
            f"a vector of shape {vector.shape} for an index of ({meta.dimensions},): "
            f"encode it with {meta.encoder}"
        )
    length = float(np.linalg.norm(vector))
    if not np.isfinite(length) or length == 0:
        return None
    return np.asarray(vector / length, np.float32)


def _size(path: Path) -> int:
    if path.is_dir():
        return sum(_size(inner) for inner in path.iterdir())
    return path.stat().st_size if path.exists() else 0
