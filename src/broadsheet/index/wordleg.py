"""The lexical leg of one generation at one commit: a Tantivy searcher behind the contract."""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import zlib
from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import ParamSpec, TypeVar

import numpy as np
import tantivy
from numpy.typing import NDArray
from tantivy import Occur, Query

from broadsheet.index import analysis, schema
from broadsheet.index.contract import Clause, Filters, Ranking, WordQuery
from broadsheet.index.generation import unreadable
from broadsheet.index.queries import Built, QueryBuilder

_P = ParamSpec("_P")
_R = TypeVar("_R")
_TAIL = 8  # bytes behind the footer of a file: its length, and Tantivy's number
_TERMS_KEPT = 20_000  # terms whose frequency is remembered
_FLAGS = 20  # clauses that one score tells apart: float32 holds 24 powers of two exactly
_TALLIED = ("category", "source", "venue", "has")


def create(folder: Path) -> tantivy.Index:
    """Makes an empty word index."""
    folder.mkdir(parents=True)
    index = tantivy.Index(schema.build(), str(folder))
    analysis.register(index)
    return index


def open_(folder: Path) -> tantivy.Index:
    """Opens a word index with its analysers; raises `IndexBroken`, or `IndexFault` where the
    right to is missing."""
    try:
        index = tantivy.Index.open(str(folder))
    except (ValueError, OSError) as error:
        raise unreadable(folder, error) from error
    analysis.register(index)
    # The commit that a reader sees is chosen by meta.json, not by Tantivy's own watching.
    index.config_reader("manual")
    return index


def reload(index: tantivy.Index, folder: Path) -> None:
    """Has an open index see the newest commit; raises as `open_`."""
    try:
        index.reload()
    except (ValueError, OSError) as error:
        raise unreadable(folder, error) from error


def verify(folder: Path) -> None:
    """Reads all files of the newest commit against the sums they end with; raises `IndexBroken`.

    Other files may be going, or not be whole yet, while a writer is at work.
    """
    try:
        segments = json.loads((folder / "meta.json").read_bytes())["segments"]
        names = [str(one["segment_id"]).replace("-", "") for one in segments]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise unreadable(folder / "meta.json", error) from error
    for path in (path for name in names for path in folder.glob(f"{name}.*")):
        with contextlib.suppress(FileNotFoundError):
            if not _is_whole(path):
                raise unreadable(path, ValueError("it is damaged"))


def _is_whole(path: Path) -> bool:
    """Whether a file of Tantivy's is as it was written: content, its CRC-32 in JSON, the length
    of that, and a number that all of them have."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        if size < _TAIL:
            return False
        with (
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
            memoryview(mapped) as content,
        ):
            end = size - _TAIL - int.from_bytes(content[-_TAIL : 4 - _TAIL], "little")
            if end < 0:
                return False
            try:
                said = json.loads(bytes(content[end:-_TAIL]))["crc"]
            except (ValueError, KeyError, TypeError):
                return False
            with content[:end] as body:
                return bool(zlib.crc32(body) == said)


def _told(ask: Callable[_P, _R], folder: Path) -> Callable[_P, _R]:
    """``ask``, which raises `IndexBroken` where a damaged file makes Tantivy panic."""

    def asked(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            return ask(*args, **kwargs)
        except BaseException as error:
            # It is no Exception, and its class cannot be imported.
            if type(error).__name__ != "PanicException":
                raise
            raise unreadable(folder, ValueError("a file of it is damaged")) from error

    return asked


class WordLeg:
    """Searches by words in what one searcher sees; safe for many threads.

    Where a file of the index is damaged all methods raise `IndexBroken`.
    """

    def __init__(self, index: tantivy.Index, folder: Path) -> None:
        searcher = index.searcher()
        self._works = searcher.num_docs
        self._search = _told(searcher.search, folder)
        self._aggregate = _told(searcher.aggregate, folder)
        self._values = _told(searcher.fast_field_values, folder)
        # A searcher sees one commit for good, and each stage of a search asks of the same terms.
        self._frequency = lru_cache(_TERMS_KEPT)(_told(searcher.doc_freq, folder))
        self._builder = QueryBuilder(index.schema, self._frequency)

    @cached_property
    def mean_words(self) -> float:
        """How many words a work has on average; worked out once a commit, in some ms."""
        asked = {"mean": {"avg": {"field": "words"}}}
        return float(self._aggregate(Query.all_query(), asked)["mean"]["value"] or 0)

    def search(self, query: WordQuery, limit: int, filters: Filters | None) -> Ranking:
        """The best works by BM25."""
        built = self._builder.words(query)
        if built is None or limit <= 0:
            return Ranking.empty()
        narrowed = self._narrowed(built, filters)
        without = _without(filters)
        ranking = self._run(narrowed, limit)
        if without is None:
            return ranking
        # A growing depth keeps Tantivy's early stopping, which a clause would switch off.
        depth = limit
        while True:
            kept = ~np.isin(ranking.ids, without)
            if kept.sum() >= limit or len(ranking) < depth:
                return Ranking(ranking.ids[kept][:limit], ranking.scores[kept][:limit])
            depth = min(depth * 4, depth + len(without))
            ranking = self._run(narrowed, depth)

    def score(self, query: WordQuery, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """The scores of given works; 0 where the query does not match."""
        scores = np.zeros(len(ids), np.float32)
        built = self._builder.words(query)
        if built is None or not len(ids):
            return scores
        wanted, where = np.unique(ids, return_inverse=True)
        ranking = self._run(self._among(built.query, wanted), len(wanted))
        found = np.zeros(len(wanted), np.float32)
        found[np.searchsorted(wanted, ranking.ids)] = ranking.scores
        scores[:] = found[where]
        return scores

    def count(self, query: WordQuery, filters: Filters | None) -> int:
        """How many works match."""
        built = self._builder.words(query)
        if built is None:
            return 0
        return self._count(self._excluding(self._narrowed(built, filters), filters))

    def matches(self, clauses: Sequence[Clause], ids: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which works meet which clauses, shape (n, clauses)."""
        wanted, where = np.unique(ids, return_inverse=True)
        found = np.zeros((len(wanted), len(clauses)), np.bool_)
        for start in range(0, len(clauses) if len(wanted) else 0, _FLAGS):
            self._flag(clauses[start : start + _FLAGS], wanted, found[:, start : start + _FLAGS])
        return found[where]

    def _flag(
        self, clauses: Sequence[Clause], wanted: NDArray[np.int64], found: NDArray[np.bool_]
    ) -> None:
        """Asks several clauses at once: each adds a power of two of its own to the score."""
        among = Query.const_score_query(self._builder.ids(wanted), 0.0)
        words: list[tuple[Occur, Query]] = []
        asked: list[tuple[Occur, Query]] = []
        for place, clause in enumerate(clauses):
            condition = self._builder.condition(clause)
            if condition is None:
                continue
            flag = Query.const_score_query(condition, float(1 << place))
            if clause.phrase:
                # Met with the ids one by one: a union of phrases reads whole blocks of papers.
                flag = Query.boolean_query([(Occur.Must, among), (Occur.Must, flag)])
                asked.append((Occur.Should, flag))
            else:
                words.append((Occur.Should, flag))
        if words:
            any_word = Query.boolean_query([(Occur.Must, among), (Occur.Must, _should(words))])
            asked.append((Occur.Should, any_word))
        if not asked:
            return
        ranking = self._run(_should(asked), len(wanted))
        flags = np.rint(ranking.scores).astype(np.int64)
        rows = np.searchsorted(wanted, ranking.ids)
        found[rows] = (flags[:, None] >> np.arange(len(clauses))) & 1

    def frequencies(self, terms: Sequence[str]) -> NDArray[np.int64]:
        """How many works have each term."""
        return np.array([self._frequency("text", term) for term in terms], np.int64)

    def alike(self, term: str, distance: int, limit: int, field: str) -> NDArray[np.int64]:
        """Works with a term of a field about like this one."""
        return self._run(self._builder.alike(term, distance, field), limit).ids

    def tally(
        self, query: WordQuery, filters: Filters | None, most: int
    ) -> dict[str, list[tuple[str, int]]]:
        """How many of the works that match have each value."""
        built = self._builder.words(query)
        if built is None:
            matching = self._builder.filters(filters) or Query.all_query()
        else:
            matching = self._narrowed(built, filters)
        asked: dict[str, object] = {
            name: {"terms": {"field": name, "size": most}} for name in _TALLIED
        }
        years = {"field": "dated_from", "interval": 10_000.0, "min_doc_count": 1}
        asked["year"] = {"histogram": years}
        found = self._aggregate(self._excluding(matching, filters), asked)
        tally = {
            name: [(str(one["key"]), int(one["doc_count"])) for one in found[name]["buckets"]]
            for name in _TALLIED
        }
        dated = {int(one["key"]) // 10_000: one for one in found["year"]["buckets"]}
        tally["year"] = [
            (f"{year:04}", int(dated[year]["doc_count"]))
            for year in sorted(dated, reverse=True)
            if year
        ]
        return tally

    def explain(self, query: WordQuery, work_id: int) -> dict[str, float]:
        """What each part adds to the score of one work."""
        shares: dict[str, float] = {}
        one = np.array([work_id], np.int64)
        built = self._builder.words(query)
        if built is None or not len(self._run(self._among(built.query, one), 1)):
            return shares
        for part in built.parts:
            hit = self._run(self._among(part.query, one), 1)
            if len(hit):
                shares[part.name] = shares.get(part.name, 0.0) + float(hit.scores[0])
        return shares

    def matching(self, filters: Filters | None) -> NDArray[np.int64]:
        """All works that satisfy the filters, ``without`` left aside; ids in no order."""
        query = self._builder.filters(filters) or Query.all_query()
        return self._run(query, self._works).ids

    def matching_count(self, filters: Filters | None) -> int:
        """How many works satisfy the filters, ``without`` included."""
        query = self._builder.filters(filters) or Query.all_query()
        return self._count(self._excluding(query, filters))

    def matching_among(self, filters: Filters, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those of the given works that satisfy the filters, ``without`` left aside."""
        query = self._builder.filters(filters)
        if query is None or not len(ids):
            return ids
        return self._run(self._among(query, ids), len(ids)).ids

    def newest(self, filters: Filters | None, limit: int, offset: int) -> NDArray[np.int64]:
        """Works that satisfy the filters, newest first."""
        limit = min(limit, self._works)
        if limit <= 0 or not 0 <= offset < self._works:
            return np.empty(0, np.int64)
        query = self._builder.filters(filters) or Query.all_query()
        result = self._search(
            self._excluding(query, filters),
            limit,
            count=False,
            order_by_field="newest",
            offset=offset,
        )
        return self._ids([address for _, address in result.hits])

    def sequence(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Every work filed, with the ``seq`` it was filed at."""
        result = self._search(Query.all_query(), max(1, self._works), count=False)
        addresses = [address for _, address in result.hits]
        values = self._values("seq", addresses)
        return self._ids(addresses), np.array(values, np.int64)

    def _narrowed(self, built: Built, filters: Filters | None) -> Query:
        query = self._builder.filters(filters)
        if query is None:
            return built.query
        return Query.boolean_query([(Occur.Must, query), (Occur.Must, built.query)])

    def _excluding(self, query: Query, filters: Filters | None) -> Query:
        without = _without(filters)
        if without is None:
            return query
        return Query.boolean_query(
            [(Occur.Must, query), (Occur.MustNot, self._builder.ids(without))]
        )

    def _among(self, query: Query, ids: NDArray[np.int64]) -> Query:
        among = Query.const_score_query(self._builder.ids(ids), 0.0)
        return Query.boolean_query([(Occur.Must, among), (Occur.Must, query)])

    def _run(self, query: Query, limit: int) -> Ranking:
        if limit <= 0:
            return Ranking.empty()
        depth = min(limit, max(1, self._works))
        hits = self._search(query, depth, count=False).hits
        scores = np.array([score for score, _ in hits], np.float32)
        return Ranking(self._ids([address for _, address in hits]), scores)

    def _count(self, query: Query) -> int:
        # Tantivy's type stubs forget the count.
        return int(self._search(query, 1, count=True).count)  # type: ignore[attr-defined]

    def _ids(self, addresses: list[tantivy.DocAddress]) -> NDArray[np.int64]:
        return np.array(self._values("work", addresses), np.int64)


def _should(queries: list[tuple[Occur, Query]]) -> Query:
    return queries[0][1] if len(queries) == 1 else Query.boolean_query(queries)


def _without(filters: Filters | None) -> NDArray[np.int64] | None:
    if filters is None or filters.without is None or not len(filters.without):
        return None
    return filters.without
