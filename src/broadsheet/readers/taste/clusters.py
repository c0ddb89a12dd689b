"""Finding a reader's interests: liked papers put together by likeness."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# Fewer likes than this are one interest: there is too little to tell interests apart by.
TOO_FEW = 4
MOST = 8
_SMALLEST = 2
# More likes than this are put to the groups of the latest ones: the work grows with the cube.
_EXACT = 400


def cluster(vectors: NDArray[np.float32], *, joined: float, most: int = MOST) -> NDArray[np.int64]:
    """The number of each paper's group, (n,), from 0; ``vectors`` (n, d) of unit length.

    Agglomerative clustering with average linkage (UPGMA): the two groups with the largest mean
    cosine are joined until none is above ``joined`` and there are no more than ``most``. Groups
    of a single paper then join their nearest, unless every group is one.
    """
    count = len(vectors)
    if count < TOO_FEW:
        return np.zeros(count, np.int64)
    first = vectors[:_EXACT]
    groups = _agglomerate(first, joined, most)
    labels = np.empty(count, np.int64)
    for number, rows in enumerate(groups):
        labels[rows] = number
    if count > _EXACT:
        centres = np.stack([first[rows].mean(axis=0) for rows in groups])
        labels[_EXACT:] = np.argmax(vectors[_EXACT:] @ centres.T, axis=1)
    return labels


def _agglomerate(vectors: NDArray[np.float32], joined: float, most: int) -> list[list[int]]:
    groups: list[list[int]] = [[row] for row in range(len(vectors))]
    between = (vectors @ vectors.T).astype(np.float64)
    np.fill_diagonal(between, -np.inf)
    sizes = np.ones(len(vectors))
    alive = len(vectors)
    while alive > 1:
        a, b = divmod(int(np.argmax(between)), len(vectors))
        if between[a, b] < joined and alive <= most:
            break
        a, b = min(a, b), max(a, b)
        merged = (sizes[a] * between[a] + sizes[b] * between[b]) / (sizes[a] + sizes[b])
        between[a], between[:, a] = merged, merged
        between[a, a] = -np.inf
        between[b], between[:, b] = -np.inf, -np.inf
        sizes[a] += sizes[b]
        groups[a] += groups[b]
        groups[b] = []
        alive -= 1
    found = [rows for rows in groups if rows]
    return _adopted(found, vectors)


def _adopted(groups: Sequence[list[int]], vectors: NDArray[np.float32]) -> list[list[int]]:
    """Groups without the single ones, each of which joined its nearest; the largest first."""
    large = [list(rows) for rows in groups if len(rows) >= _SMALLEST]
    if not large:
        return [sorted(row for rows in groups for row in rows)]
    centres = np.stack([vectors[rows].mean(axis=0) for rows in large])
    for (row,) in (rows for rows in groups if len(rows) < _SMALLEST):
        large[int(np.argmax(centres @ vectors[row]))].append(row)
    return sorted((sorted(rows) for rows in large), key=lambda rows: (-len(rows), rows[0]))


def halves(vectors: NDArray[np.float32]) -> NDArray[np.int64]:
    """0 or 1 for each of at least two papers, (n,): two groups by spherical 2-means.

    It begins with the two papers that are least alike, so that the same papers always part the
    same way.
    """
    alike = vectors @ vectors.T
    a, b = divmod(int(np.argmin(alike)), len(vectors))
    centres = vectors[[a, b]]
    labels = np.zeros(len(vectors), np.int64)
    for _ in range(20):
        new = np.argmax(vectors @ centres.T, axis=1)
        if len(np.unique(new)) < 2:
            new = np.zeros(len(vectors), np.int64)
            new[b] = 1
        if np.array_equal(new, labels):
            break
        labels = new
        centres = np.stack([vectors[labels == side].mean(axis=0) for side in (0, 1)])
        centres /= np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-9)
    return labels
