"""Why a paper stands where it does, and what would change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from broadsheet.index import Index
from broadsheet.readers.taste.lens import Field, Lens, Parts
from broadsheet.readers.taste.model import Tuning
from broadsheet.readers.taste.values import Near, WhatIf, Why

if TYPE_CHECKING:
    from broadsheet.readers.taste.building import Built
    from broadsheet.readers.taste.taste import Taste

_NEAR, _TERMS = 3, 6
_LOOKED_FOR = 24  # words of the interest, the heaviest, that are looked for in a paper
_NOTHING = Why((), None, (), 0.0, 0.0, 0.0)


def explain(
    index: Index, field: Field, row: int, found: tuple[Parts, Lens, int] | None, tuning: Tuning
) -> Why:
    """Why the paper at a row stands where it does; nothing to say without an interest."""
    if found is None:
        return _NOTHING
    parts, lens, at = found
    shares = index.explain_words(lens.terms.first(_LOOKED_FOR), int(field.ids[row]))
    total = sum(shares.values()) or 1.0
    written = {term.term: term.surface for term in lens.terms.terms}
    terms = sorted(shares.items(), key=lambda item: (-item[1], item[0]))[:_TERMS]
    by = int(parts.taken_by[at])
    away = None
    if by >= 0:
        away = Near(int(lens.disliked.works[by]), lens.disliked.titles[by], float(parts.taken[at]))
    return Why(
        near(field.vectors[row], lens),
        away,
        tuple((written.get(term, term), round(share / total, 4)) for term, share in terms),
        float(parts.meaning[at]),
        float(parts.words[at] * tuning.words),
        float(0.0 - parts.taken[at] * tuning.dislikes),
    )


def near(vector: NDArray[np.float32], lens: Lens) -> tuple[Near, ...]:
    """The liked papers most like a vector; none where nothing is encoded."""
    if not vector.any():
        return ()
    cosines = lens.liked.vectors @ vector
    best = np.lexsort((lens.liked.works, -cosines))[:_NEAR]
    return tuple(
        Near(int(lens.liked.works[row]), lens.liked.titles[row], round(float(cosines[row]), 4))
        for row in best
        if cosines[row] > 0
    )


def what_if(
    taste: Taste, built: Built, work_id: int, candidates: NDArray[np.int64], limit: int
) -> list[WhatIf]:
    """The ranks of a paper without each of the likes nearest to it, one at a time.

    Each is worked out by leaving the like out, not guessed: words and regression are fitted
    anew. The largest effect first.
    """
    ids = np.unique(np.append(np.asarray(candidates, np.int64), work_id))
    ids = ids[~np.isin(ids, built.judged) | (ids == work_id)]
    field = taste.shelves.field(ids)
    ranked = taste.order(built, field)
    rank = int(np.flatnonzero(ranked.ids == work_id)[0]) + 1
    owner = int(ranked.interests[rank - 1])
    lens = next((lens for lens in built.lenses if lens.interest.id == owner), None)
    if lens is None:
        return []
    row = int(np.flatnonzero(field.ids == work_id)[0])
    found = []
    for one in near(field.vectors[row], lens)[:limit] or _first(lens, limit):
        if one.work_id < 0:
            continue
        other = taste.order(taste.without(built, one.work_id), field)
        after = int(np.flatnonzero(other.ids == work_id)[0]) + 1
        found.append(WhatIf(one.work_id, one.title, rank, after))
    return sorted(found, key=lambda one: (-abs(one.rank_without - one.rank), one.act_work_id))


def _first(lens: Lens, limit: int) -> list[Near]:
    """The latest likes: where there are no vectors, any of them can matter."""
    liked = lens.liked
    return [Near(int(liked.works[row]), liked.titles[row], 0.0) for row in range(len(liked))][
        :limit
    ]
