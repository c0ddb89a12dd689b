"""In what order the papers that meet a query are told: by our ranking, or by date.

The best few hundred stand as our search ranks them, all that follow as their words weigh, so that
the order is one and the same from the first page to the last.
"""

from __future__ import annotations

import numpy as np

from broadsheet.index import Filters, WordQuery
from broadsheet.search import Searcher, SearchRequest
from broadsheet.web.compat.arxiv_api_matching import Matcher
from broadsheet.web.compat.arxiv_api_query import Node, words
from broadsheet.web.compat.arxiv_api_shelf import Rows
from broadsheet.web.params import LONGEST_QUERY

SORTS = {"relevance": "", "lastUpdatedDate": "updated", "submittedDate": "published"}
ORDERS = ("ascending", "descending")

_RANKED = 300
# Up to so many papers our search looks among them alone.
_FEW = 20_000


def ordered(
    matcher: Matcher, searcher: Searcher, node: Node | None, rows: Rows, sort: str, order: str
) -> Rows:
    """The rows in the order that is asked for. Without a query they stand as they were given,
    when no date is asked for."""
    column = SORTS[sort]
    if column:
        return _by_date(matcher, rows, column, newest_first=order == "descending")
    if node is not None:
        rows = _by_rank(matcher, searcher, node, rows)
    return rows if order == "descending" else rows[::-1]


def _by_date(matcher: Matcher, rows: Rows, column: str, *, newest_first: bool) -> Rows:
    """By a date, then as they came in."""
    dates = getattr(matcher.shelf, column)[rows]
    found = rows[np.lexsort((matcher.shelf.ids[rows], dates))]
    return found[::-1] if newest_first else found


def _by_rank(matcher: Matcher, searcher: Searcher, node: Node, rows: Rows) -> Rows:
    newest = _by_date(matcher, rows, "published", newest_first=True)
    text = " ".join(dict.fromkeys(words(node)))[:LONGEST_QUERY]
    if not text.strip() or not len(rows):
        return newest
    shelf = matcher.shelf
    few = Filters(only=shelf.ids[rows]) if len(rows) <= _FEW else None
    asked = SearchRequest(text, limit=_RANKED, filters=few, syntax=False)
    best = np.array([hit.work_id for hit in searcher.search(asked).hits], np.int64)
    filters = Filters(only=shelf.ids[rows]) if few is not None else None
    weighed = matcher.index.search_words(
        WordQuery.of(text), max(1, matcher.index.size), filters
    ).ids
    every = np.concatenate((shelf.rows(best), shelf.rows(weighed), newest))
    _, first = np.unique(every, return_index=True)
    every = every[np.sort(first)]
    return every[shelf.mask(rows)[every]]
