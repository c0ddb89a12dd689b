"""The papers nearest to others, where no word is looked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from broadsheet.index import Filters, Index, WordQuery
from broadsheet.search.answering import result_of
from broadsheet.search.candidates import Candidates
from broadsheet.search.feedback import turn, unit
from broadsheet.search.fields import narrow
from broadsheet.search.pipeline import Library, Search
from broadsheet.search.pipelines import ALIKE_IN_WORDS, NEAREST
from broadsheet.search.reading import Reading
from broadsheet.search.results import SearchRequest, SearchResult

if TYPE_CHECKING:
    from broadsheet.catalog import Work

ALIKE = 100  # of a paper that a query names, or of those that are liked
_TELLING_WORDS = 25  # of a paper, for those like it


class Nearest:
    """Over one index; ``vector_of`` gives a paper's vector, None where none can be had."""

    def __init__(
        self,
        library: Library,
        index: Index,
        vector_of: Callable[[Work], NDArray[np.float32] | None],
    ) -> None:
        self._library = library
        self._index = index
        self._vector_of = vector_of

    def to_liked(self, request: SearchRequest, reading: Reading, started: float) -> SearchResult:
        """The works nearest to those that are liked, where no word is looked for."""
        liked = np.array(request.more_like, np.int64)
        beside = narrow(narrow(request.filters, reading.filters), Filters(without=liked))
        whole = replace(request, offset=0, limit=ALIKE, sort="relevance")
        search = Search(whole, reading, self._index, self._library, filters=beside)
        vectors = self._index.vectors(liked)
        known = vectors[~np.isnan(vectors).any(axis=1)]
        if known.size:
            search.vector = unit(known.mean(axis=0))
            ranking, took = (turn() | NEAREST).run(search)
            result = result_of(search, ranking, took, started)
        else:
            found = self.to_work(request.more_like[0], ALIKE, beside, started)
            result = replace(found, query=request.query, reading=reading)
        if request.sort == "newest":
            result = self.newest_first(result)
        end = request.offset + request.limit
        return replace(
            result,
            notes=(*reading.notes, *result.notes),
            total=len(result.hits),
            hits=result.hits[request.offset : end],
        )

    def newest_first(self, result: SearchResult) -> SearchResult:
        """What was found, by date."""
        ids = np.array([hit.work_id for hit in result.hits], np.int64)
        newest = self._index.newest(Filters(only=ids), len(ids)).tolist() if len(ids) else []
        hits = {hit.work_id: hit for hit in result.hits}
        note = f"Newest first among the {len(ids)} nearest."
        return replace(result, hits=tuple(hits[n] for n in newest), notes=(*result.notes, note))

    def to_work(
        self, work_id: int, limit: int, filters: Filters | None, started: float
    ) -> SearchResult:
        """The works nearest to a work, itself and its doubles left out; by the words that tell
        it best where it has no vector."""
        work = self._library.get_many([work_id]).get(work_id)
        request = SearchRequest("", limit=limit, filters=filters)
        search = Search(request, Reading(""), self._index, self._library)
        if work is None or work.deleted:
            return result_of(search, Candidates.none(), {}, started)
        itself = np.array([work_id], np.int64)
        search.filters = narrow(filters, Filters(without=itself))
        search.vector = self._vector_of(work)
        if search.vector is None:
            search.reading = self._telling(work)
        pipeline = ALIKE_IN_WORDS if search.vector is None else NEAREST
        ranking, took = pipeline.run(search)
        return result_of(search, ranking, took, started)

    def _telling(self, work: Work) -> Reading:
        """A paper's own words as a query: those that add most to its own score."""
        query = WordQuery.of(f"{work.paper.title} {work.paper.abstract or work.paper.summary}")
        own = self._index.explain_words(query, work.id)
        best = sorted(own, key=lambda term: -own[term])[:_TELLING_WORDS]
        surfaces = {word.term: word.surface for word in self._index.words(query.clauses[0].text)}
        text = " ".join(surfaces[term] for term in best if term in surfaces)
        return Reading("", WordQuery.of(text))
