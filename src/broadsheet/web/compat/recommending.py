"""Papers like some and unlike others, for lists of examples without a query."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from broadsheet.catalog import Work
from broadsheet.index import Filters, Index
from broadsheet.search import DISLIKED, SearchRequest, orthogonal, revised, unit
from broadsheet.web.compat.replies import searcher_of
from broadsheet.web.desk import State

_TITLES = 5


def like(state: State, wanted: Sequence[Work], unwanted: Sequence[Work], limit: int) -> list[int]:
    """The works nearest to the one kind of examples and not to the other, best first.

    One example alone is asked for as its page does. Several are taken together as Rocchio does:
    their mean, turned off what the others have of their own. Where nothing has a meaning yet
    their titles are searched as words.
    """
    searcher = searcher_of(state)
    if len(wanted) == 1 and not unwanted:
        return [hit.work_id for hit in searcher.similar(wanted[0].id, limit).hits]
    given = np.array([work.id for work in (*wanted, *unwanted)], np.int64)
    filters = Filters(without=given)
    vector = _direction(state.index, wanted, unwanted)
    if vector is not None and state.index is not None:
        return [int(number) for number in state.index.search_vectors(vector, limit, filters).ids]
    words = " ".join(work.paper.title for work in wanted[:_TITLES])
    request = SearchRequest(words, limit=limit, filters=filters, legs=("lexical",), syntax=False)
    return [hit.work_id for hit in searcher.search(request).hits]


def _direction(
    index: Index | None, wanted: Sequence[Work], unwanted: Sequence[Work]
) -> NDArray[np.float32] | None:
    """Where to look, shape (d,), length 1; None where no wanted paper has a vector."""
    liked = _vectors(index, wanted)
    if liked is None:
        return None
    query = unit(liked.mean(0))
    disliked = _vectors(index, unwanted)
    if disliked is None:
        return query
    away = orthogonal(unit(disliked.mean(0))[None], query)
    return revised(query, liked[:0], away, np.array([DISLIKED], np.float32))


def _vectors(index: Index | None, works: Sequence[Work]) -> NDArray[np.float32] | None:
    if index is None or not works:
        return None
    found = index.vectors([work.id for work in works])
    found = found[~np.isnan(found).any(1)] if found.size else found
    return found if found.size else None
