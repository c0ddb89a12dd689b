"""Groups among papers: spherical k-means, and the halves of one group.

Dhillon and Modha, "Concept Decompositions for Large Sparse Text Data Using Clustering" (2001).
Everything begins from drawn places of a fixed seed: equal papers, equal groups.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from broadsheet.editions.topics.values import Floats, Points, unit

_ROUNDS = 25
_BEGINNINGS, _BEGINNINGS_OF_FEW, _FEW = 3, 12, 1_500
_SEED = 20


def grouped(points: Points, count: int) -> NDArray[np.int64]:
    """The group of each point, (points,), 0 to ``count`` - 1: the best of some beginnings."""
    count = max(1, min(count, len(points)))
    best: NDArray[np.int64] | None = None
    most = -np.inf
    for beginning in range(_BEGINNINGS if len(points) > _FEW else _BEGINNINGS_OF_FEW):
        generator = np.random.default_rng(_SEED + beginning)
        groups, gain = _settled(points, _drawn(points, count, generator))
        if gain > most:
            best, most = groups, gain
    if best is None:
        return np.zeros(len(points), np.int64)
    return best


def _drawn(points: Points, count: int, generator: np.random.Generator) -> Points:
    """Points far from each other, drawn by their distance to those before (k-means++)."""
    chosen = [int(generator.integers(len(points)))]
    distance = 1.0 - points @ points[chosen[0]]
    for _ in range(count - 1):
        weights = np.maximum(distance, 0.0).astype(np.float64)
        total = weights.sum()
        if total <= 0:
            break
        chosen.append(int(generator.choice(len(points), p=weights / total)))
        distance = np.minimum(distance, 1.0 - points @ points[chosen[-1]])
    return points[chosen].copy()


def _settled(points: Points, centres: Points) -> tuple[NDArray[np.int64], float]:
    groups = np.full(len(points), -1)
    alike: Floats = np.zeros((len(points), len(centres)))
    for _ in range(_ROUNDS):
        alike = np.asarray(points @ centres.T, np.float64)
        moved = np.argmax(alike, axis=1)
        if np.array_equal(moved, groups):
            break
        groups = moved
        centres = unit(sums_of(points, groups, len(centres)))
    return groups.astype(np.int64), float(alike[np.arange(len(points)), groups].sum())


def sums_of(points: Points, groups: NDArray[np.int64], count: int) -> Points:
    """The sum of the points of each group, (count, dimensions); those in group -1 in none."""
    sums = np.zeros((count, points.shape[1]), np.float32)
    inside = groups >= 0
    member = np.zeros((int(inside.sum()), count), np.float32)
    member[np.arange(len(member)), groups[inside]] = 1.0
    sums += member.T @ points[inside]
    return sums


def halved(points: Points) -> tuple[NDArray[np.int64], float]:
    """Two groups of at least four points (0 or 1 each), and the cosine of their centres."""
    groups = grouped(points, 2)
    centres = unit(sums_of(points, groups, 2))
    return groups, float(centres[0] @ centres[1])
