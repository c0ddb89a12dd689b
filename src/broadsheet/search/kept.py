"""A search among the papers that a reader keeps, and in what the reader wrote beside them.

Somebody who wrote "Maria has the code" beside a paper looks for "pruning Maria". The words of a
note count as words of its paper: where they make up for what the paper itself lacks of the
query, the paper stands before all that is found without them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from broadsheet.index import Clause, Filters, Index, Word
from broadsheet.search.fields import narrow
from broadsheet.search.parsing import parse, read_as_words
from broadsheet.search.pipeline import DEPTH
from broadsheet.search.reading import Reading
from broadsheet.search.results import Hit, SearchRequest, SearchResult
from broadsheet.search.searcher import Searcher


def search_kept(
    searcher: Searcher, request: SearchRequest, notes: Mapping[int, str]
) -> SearchResult:
    """The best of these works for a query.

    ``notes`` are all that is searched: ids of works, and what the reader wrote beside each, ''
    for nothing. Raises what `Searcher.search` raises.
    """
    index = searcher.index
    reading = (parse if request.syntax else read_as_words)(request.query)
    first = _first(searcher, request, reading, _noted(index, reading, notes))
    last = request.offset + request.limit
    among = Filters(only=np.array(sorted(notes), np.int64))
    found = searcher.search(
        replace(
            request,
            filters=narrow(request.filters, among),
            offset=0,
            limit=last + len(first) + len(reading.named) + 1,
        )
    )
    # A paper that the query names is found wherever it is.
    here = [hit for hit in found.hits if hit.work_id in notes]
    ahead = {hit.work_id for hit in first}
    hits = (*first, *(hit for hit in here if hit.work_id not in ahead))
    whole = len(found.hits) >= found.total
    return replace(
        found,
        hits=hits[request.offset : last],
        total=len(hits) if whole else found.total - (len(found.hits) - len(here)),
        suggestion="" if first else found.suggestion,
        nothing=found.nothing and not first,
    )


def _noted(index: Index, reading: Reading, notes: Mapping[int, str]) -> NDArray[np.int64]:
    """The works that have all of the query's words with their notes, and not without."""
    wanted = [] if reading.identifier else list(_wanted(index, reading))
    written = [work for work in sorted(notes) if notes[work]] if wanted else []
    if not written:
        return np.empty(0, np.int64)
    said = np.array([_said(index.words(notes[work]), wanted, index) for work in written])
    some = np.flatnonzero(said.any(axis=1))
    works: NDArray[np.int64] = np.array(written, np.int64)[some]
    own = index.matches(wanted, works)
    both = own | said[some]
    noted: NDArray[np.int64] = works[np.flatnonzero(both.all(axis=1) & ~own.all(axis=1))]
    return noted


def _wanted(index: Index, reading: Reading) -> Iterable[Clause]:
    """What each hit would have to meet to lack nothing: single words, and parts that want more."""
    seen: set[str] = set()
    for clause in reading.words.clauses:
        if clause.occur == "must_not":
            continue
        if not clause.is_plain:
            yield clause
            continue
        for word in index.words(clause.text):
            if word.term and word.term not in seen:
                seen.add(word.term)
                yield Clause(word.surface)


def _said(note: list[Word], wanted: list[Clause], index: Index) -> list[bool]:
    terms = [word.term for word in note if word.term]
    surfaces = [word.surface.casefold() for word in note]
    return [_meets(terms, surfaces, clause, index) for clause in wanted]


def _meets(terms: list[str], surfaces: list[str], clause: Clause, index: Index) -> bool:
    """Whether a note says what a clause wants; what fields want no note can say."""
    if clause.any_of:
        return any(_meets(terms, surfaces, one, index) for one in clause.any_of)
    if clause.field != "text":
        return False
    words = index.words(clause.text)
    if clause.prefix and words:
        begins = words.pop().surface.casefold()
        if not any(surface.startswith(begins) for surface in surfaces):
            return False
    asked = [word.term for word in words if word.term]
    if not clause.phrase or clause.slop or clause.prefix:
        return set(asked) <= set(terms)
    ends = range(len(asked), len(terms) + 1)
    return any(terms[end - len(asked) : end] == asked for end in ends)


def _first(
    searcher: Searcher,
    request: SearchRequest,
    reading: Reading,
    noted: NDArray[np.int64],
) -> list[Hit]:
    """The best of these works in the order of the search, behind them the others, newest first;
    but for those that the query's fields and exclusions leave out."""
    if not len(noted):
        return []
    among = narrow(request.filters, Filters(only=noted))
    found = searcher.search(
        replace(request, filters=among, offset=0, limit=DEPTH, diverse=False, facets=False)
    )
    here = set(noted.tolist())
    hits = [
        replace(hit, probability=None, explanation=None, noted=True)
        for hit in found.hits
        if hit.work_id in here
    ]
    left = np.array(sorted(here - {hit.work_id for hit in hits}), np.int64)
    narrowed = narrow(narrow(among, reading.filters), Filters(only=left))
    index = searcher.index
    rest = index.newest(narrowed, len(left)) if len(left) else left
    if len(rest) and reading.excluded:
        rest = rest[~index.matches(reading.excluded, rest).any(axis=1)]
    return [*hits, *(Hit(work, 0.0, noted=True) for work in rest.tolist())]
