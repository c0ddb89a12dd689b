"""The sections of one day: topics with enough papers, and what is left over."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from broadsheet.editions.topics.likeness import nearest
from broadsheet.editions.topics.values import Floats

MOST_SECTIONS = 25
# What is left over is at most this share of a day, or the day has no sections by topic.
_MOST_ELSEWHERE = 0.5
# A paper whose topic is too small goes to its next one if that is so near beside the first.
_NEXT_BEST = 0.75


def least_papers(count: int) -> int:
    """How many papers make a section on a day of so many: five, fewer on a small day."""
    return min(5, max(2, count // 20))


def seated(scores: Floats, limits: Floats, awake: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The row of each paper's topic today, (papers,); -1 for those elsewhere.

    ``scores`` (papers, topics) are likenesses, ``limits`` (papers,) the least that is near. The
    smallest topics give their papers to the next nearest until each has enough papers and there
    are not too many. All are -1 when most papers are near no topic.
    """
    count = len(scores)
    least = least_papers(count)
    open_ = awake.copy()
    rows, best = nearest(scores, open_)
    first = best
    rows = np.where(best >= limits, rows, -1)
    near = np.maximum(limits, _NEXT_BEST * first)
    while True:
        sizes = np.bincount(rows[rows >= 0], minlength=len(open_))
        small = np.flatnonzero(open_ & (sizes < least))
        if not len(small):
            if int(open_.sum()) <= MOST_SECTIONS:
                break
            small = np.flatnonzero(open_)
        last = int(small[np.argmin(sizes[small])])
        open_[last] = False
        moving = np.flatnonzero(rows == last)
        if len(moving):
            to, likeness = nearest(scores[moving], open_)
            rows[moving] = np.where(likeness >= near[moving], to, -1)
    if count and (rows < 0).mean() > _MOST_ELSEWHERE:
        return np.full(count, -1)
    return rows
