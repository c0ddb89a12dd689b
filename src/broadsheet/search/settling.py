"""The order of hits, settled from the top: a deeper page changes nothing on those before it."""

from __future__ import annotations

import numpy as np

from broadsheet.search.candidates import Candidates
from broadsheet.search.pipeline import Search, Stage


def collapse() -> Stage:
    """Settles the order as far as a round is sure of it, and keeps the best of works that are the
    same paper twice.

    What comes in is the order of one round; what earlier rounds settled stays before it.
    """

    def run(search: Search, ranking: Candidates) -> Candidates:
        settled = search.settled
        fresh = ranking.take(~np.isin(ranking.ids, settled.looked))
        sure = len(fresh) if search.whole else min(len(fresh), search.sure - len(settled.looked))
        ids = fresh.ids.tolist()
        kept: list[int] = []
        at = 0
        # The catalog is asked for the page alone, and for more only where some are left out.
        while (missing := search.last - len(settled.kept) - len(kept)) > 0 and at < sure:
            asked = ids[at : min(at + missing, sure)]
            kept += [at + place for place in _firsts(search, asked)]
            at += len(asked)
        settled.looked += ids[:at]
        settled.kept = settled.kept.followed_by(fresh.take(np.array(kept, np.intp)))
        return settled.kept.followed_by(fresh.take(np.arange(at, len(ids))))

    return Stage("collapse", run, "settles")


def _firsts(search: Search, ids: list[int]) -> list[int]:
    """The places of the works that were not seen before."""
    works = search.library.get_many(ids)
    vectors = search.vectors(np.array(ids, np.int64))
    return [
        place
        for place, work_id in enumerate(ids)
        if (work := works.get(work_id)) is not None  # none: gone since it was filed
        and search.settled.seen.is_first(work, vectors[place])
    ]
