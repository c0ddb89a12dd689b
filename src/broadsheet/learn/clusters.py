"""Clusters of unit vectors: k-means by cosine, in numpy and in little memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from broadsheet.encoders import unit

Vectors = NDArray[np.float32]
Labels = NDArray[np.int64]
_CELLS = 16_000_000  # cosines held at once: 64 MB
_SAMPLE = 64  # vectors a cluster that the centres are fitted to


def clustered(
    vectors: Vectors, count: int, rng: np.random.Generator, rounds: int = 8
) -> tuple[Vectors, Labels]:
    """Spherical k-means: centres (count, d) of unit length and the cluster of each vector (n,).

    Centres are fitted to at most 64 vectors a cluster, drawn at random; then every vector goes
    to its nearest centre. A cluster that loses all of its vectors starts anew at the vector
    that lies farthest from its own centre. Raises ValueError for no vector or no cluster.
    """
    if count < 1 or len(vectors) < 1:
        raise ValueError(f"{len(vectors)} vectors cannot be put into {count} clusters")
    count = min(count, len(vectors))
    taken = rng.permutation(len(vectors))[: count * _SAMPLE]
    fitted = vectors[taken]
    centres = fitted[:count].copy()
    for _ in range(rounds):
        labels, nearness = nearest(fitted, centres)
        sums, empty = _sums(fitted, labels, count)
        sums[empty] = fitted[np.argsort(nearness, kind="stable")[: len(empty)]]
        centres = unit(sums)
    return centres, nearest(vectors, centres)[0]


def _sums(vectors: Vectors, labels: Labels, count: int) -> tuple[Vectors, Labels]:
    """The sum of each cluster's vectors (count, d), and the clusters that have none."""
    sums = np.zeros((count, vectors.shape[1]), np.float32)
    sizes = np.bincount(labels, minlength=count)
    filled = np.flatnonzero(sizes)
    starts = np.cumsum(sizes) - sizes
    ordered = vectors[np.argsort(labels, kind="stable")]
    sums[filled] = np.add.reduceat(ordered, starts[filled], axis=0)
    return sums, np.flatnonzero(sizes == 0)


def nearest(vectors: Vectors, centres: Vectors) -> tuple[Labels, NDArray[np.float32]]:
    """The centre with the highest cosine for each vector (n,), and that cosine (n,)."""
    labels = np.empty(len(vectors), np.int64)
    found = np.empty(len(vectors), np.float32)
    block = max(1, _CELLS // len(centres))
    for start in range(0, len(vectors), block):
        cosines = vectors[start : start + block] @ centres.T
        best = cosines.argmax(1)
        labels[start : start + block] = best
        found[start : start + block] = cosines[np.arange(len(best)), best]
    return labels, found


def members(labels: Labels, count: int) -> list[Labels]:
    """The places of each cluster, (count,) arrays in ascending order."""
    order = np.argsort(labels, kind="stable")
    ends = np.cumsum(np.bincount(labels, minlength=count))
    return np.split(order, ends[:-1])
