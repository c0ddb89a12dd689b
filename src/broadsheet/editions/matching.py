"""The papers that a query means, for lists that grow by themselves: feeds and digests.

A ranking has no end: the hundredth hit of a search by meaning is still a hit. A feed must not
carry it, so here a hit counts where it has every word of the query (in another form too, and of
alternatives one), or where its calibrated probability says that it is more likely meant than not.
"""

from __future__ import annotations

from broadsheet.index import Filters
from broadsheet.search import Hit, Searcher, SearchRequest

_LIKELY = 0.5


def matches(
    searcher: Searcher, query: str, *, filters: Filters | None = None, limit: int
) -> list[int]:
    """Work ids of those among the first ``limit`` hits that are meant, best first; of a query
    that names no words, the newest first. Raises `IndexFault` when the index cannot be used."""
    request = SearchRequest(query, limit=limit, filters=filters, lacking=True)
    result = searcher.search(request)
    if not result.reading.looks_for_words:
        return [hit.work_id for hit in result.hits]
    return [hit.work_id for hit in result.hits if _is_meant(hit)]


def _is_meant(hit: Hit) -> bool:
    if hit.probability is not None and hit.probability >= _LIKELY:
        return True
    told = hit.explanation
    return told is not None and bool(told.words) and not told.missing
