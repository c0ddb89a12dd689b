"""The papers that a query means, for lists that grow by themselves: feeds and digests.

A ranking has no end: the hundredth hit of a search by meaning is still a hit. A feed must not
carry it, so here a hit counts where it has every word of the query, or where its calibrated
probability says that it is more likely meant than not.
"""

from __future__ import annotations

from broadsheet.index import Filters
from broadsheet.search import Hit, Searcher, SearchRequest

_LIKELY = 0.5
_DEPTH = 100


def matches(
    searcher: Searcher, query: str, *, filters: Filters | None = None, limit: int = _DEPTH
) -> list[int]:
    """Work ids, best first. Raises `IndexFault` when the index cannot be used."""
    request = SearchRequest(query, limit=min(limit, _DEPTH), filters=filters, lacking=True)
    result = searcher.search(request)
    if not result.reading.looks_for_words:
        return [hit.work_id for hit in result.hits]
    asked: set[str] = set()
    for hit in result.hits:
        if hit.explanation is not None:
            asked.update(hit.explanation.words, hit.explanation.missing)
    return [hit.work_id for hit in result.hits if _is_meant(hit, asked)]


def _is_meant(hit: Hit, asked: set[str]) -> bool:
    """``asked`` are the words of the query that tell any two hits apart."""
    if hit.probability is not None and hit.probability >= _LIKELY:
        return True
    words = hit.explanation.words if hit.explanation else {}
    return bool(words) and asked <= words.keys()
