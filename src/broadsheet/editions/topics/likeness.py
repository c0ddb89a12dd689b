"""How near papers are to topics, and when that is too far."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from broadsheet.editions.topics.values import Floats, Points, unit

# A paper is far from a topic that it is nearest to when its likeness is so many deviations below
# what papers usually have; and never within this likeness.
_FAR = 1.5
_NEAR_BY_ANY_MEASURE = 0.5


def likeness(points: Points, centres: Points, vector_dimensions: int) -> Floats:
    """The cosine of each point to each centre, (points, centres), over what the point has.

    A paper by words alone is compared with the words of a centre.
    """
    if not len(centres):
        return np.zeros((len(points), 0))
    found = np.asarray(points @ unit(centres).T, np.float64)
    if vector_dimensions:
        bare = ~points[:, :vector_dimensions].any(axis=1)
        if bare.any():
            words = unit(centres[:, vector_dimensions:])
            found[bare] = unit(points[bare][:, vector_dimensions:]) @ words.T
    return found


def limits(points: Points, fit: Floats, vector_dimensions: int) -> Floats:
    """The likeness below which each paper is far from a topic: (points,)."""
    row = points[:, :vector_dimensions].any(axis=1).astype(int)
    least = fit[:, 0] - _FAR * fit[:, 1]
    return np.asarray(np.minimum(least, _NEAR_BY_ANY_MEASURE)[row])


def fitted(fit: Floats, points: Points, best: Floats, vector_dimensions: int) -> Floats:
    """``fit`` with a day's likenesses (points,) taken in, an eighth of the whole.

    The mean is the median and the deviation that of the lower half, so that a few far papers
    move neither.
    """
    moved = fit.copy()
    meant = points[:, :vector_dimensions].any(axis=1)
    for row, chosen in ((0, ~meant), (1, meant)):
        seen = best[chosen]
        if len(seen) < 2:
            continue
        middle = float(np.median(seen))
        spread = (middle - float(np.quantile(seen, 0.16))) or 1e-3
        today = np.array([middle, spread])
        share = 0.125 if fit[row].any() else 1.0
        moved[row] = (1 - share) * fit[row] + share * today
    return moved


def centre_likeness(sums: Points) -> Floats:
    """The cosine of all centres with each other, (topics, topics), -1 on the diagonal."""
    centres = unit(sums)
    found = np.asarray(centres @ centres.T, np.float64)
    np.fill_diagonal(found, -1.0)
    return found


def nearest(scores: Floats, allowed: NDArray[np.bool_]) -> tuple[NDArray[np.int64], Floats]:
    """The best allowed topic of each paper and its likeness; -1 and -1 where none is allowed."""
    if not allowed.any():
        count = len(scores)
        return np.full(count, -1), np.full(count, -1.0)
    shown = np.where(allowed[None, :], scores, -2.0)
    best = np.argmax(shown, axis=1)
    return best.astype(np.int64), shown[np.arange(len(shown)), best]
