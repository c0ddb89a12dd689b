"""Batches whose pairs are near to each other, so that the others of a batch are hard negatives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from broadsheet.learn.clusters import clustered, members
from broadsheet.learn.guards import needs_guide
from broadsheet.learn.parts import Batches, Rows, part

if TYPE_CHECKING:
    from broadsheet.learn.job import Job


@part("batches", "topics")
def topic_batches(
    job: Job, *, size: int = 1024, clusters: int = 64, topics: int = 1, mixed: float = 0.0
) -> Batches:
    """Batches from ``topics`` clusters of queries, which are clustered once.

    Topic-aware sampling (Hofstätter et al. 2021, TAS): clusters of the guide's vectors of the
    queries, chosen by their size; each pair once before any of its cluster comes again. A batch
    holds as many pairs as its clusters do, where that is fewer than ``size``. ``mixed`` is the
    share of a batch that is drawn from all pairs.
    """
    _check(size, clusters, topics, mixed)
    needs_guide(job)
    rng = job.chance("batches")
    vectors = job.guide_queries(np.arange(len(job.pairs)))
    decks = _decks(clustered(vectors, clusters, rng)[1], rng)
    return _drawing(decks, topics, min(size, len(job.pairs)), mixed, len(job.pairs), rng)


@part("batches", "clusters")
def cluster_batches(
    job: Job,
    *,
    size: int = 1024,
    cluster: int = 64,
    every: int = 100,
    mixed: float = 0.0,
) -> Batches:
    """Batches of many small clusters, which are made anew from the student every so many steps.

    Negative-mining-aware batches (Dahiya et al. 2023, NGAME): clusters of about ``cluster``
    papers by the vectors that the student gives them now; a batch is as many clusters as fill it,
    drawn at random, so that every pair has some hard negatives and many easy ones. Clustering
    takes time by the square of the pairs: 1 s for 12,000, 10 minutes for 400,000.
    """
    if cluster < 2 or cluster > size:
        raise ValueError(f"cluster must be from 2 to size ({size}), not {cluster}")
    _check(size, 1, 1, mixed)
    if every < 1:
        raise ValueError(f"every is a number of steps from 1 up, not {every}")
    rng = job.chance("batches")
    total = len(job.pairs)
    size = min(size, total)
    taken = 0
    draw: Batches | None = None

    def next_batch() -> Rows:
        nonlocal taken, draw
        if draw is None or taken % every == 0:
            vectors = job.encoded(job.answer_ids, "document")
            decks = _decks(clustered(vectors, max(1, total // cluster), rng, rounds=3)[1], rng)
            draw = _drawing(decks, max(1, size // cluster), size, mixed, total, rng)
        taken += 1
        return draw()

    return next_batch


class _Deck:
    """The pairs of a cluster, dealt in random order, each once before any comes again."""

    def __init__(self, pairs: Rows, rng: np.random.Generator) -> None:
        self.pairs, self._rng = pairs, rng
        self._left: Rows = np.empty(0, np.int64)

    def deal(self, wanted: int) -> Rows:
        """Up to so many pairs, none twice."""
        wanted = min(wanted, len(self.pairs))
        if len(self._left) < wanted:
            again = self._rng.permutation(np.setdiff1d(self.pairs, self._left))
            self._left = np.concatenate([self._left, again])
        dealt, self._left = self._left[:wanted], self._left[wanted:]
        return dealt


def _decks(labels: Rows, rng: np.random.Generator) -> list[_Deck]:
    found = members(labels, int(labels.max()) + 1)
    return [_Deck(pairs, rng) for pairs in found if len(pairs)]


def _drawing(
    decks: list[_Deck],
    topics: int,
    size: int,
    mixed: float,
    total: int,
    rng: np.random.Generator,
) -> Batches:
    sizes = np.array([len(deck.pairs) for deck in decks], np.float64)
    chances = sizes / sizes.sum()
    topics = min(topics, len(decks))
    near = size - round(size * mixed)

    def draw() -> Rows:
        chosen = rng.choice(len(decks), topics, replace=False, p=chances)
        rows: list[Rows] = []
        room = near
        for done, place in enumerate(chosen):
            rows.append(decks[place].deal(-(-room // (topics - done))))
            room -= len(rows[-1])
        batch = np.concatenate(rows)
        if mixed:
            batch = np.concatenate([batch, rng.choice(total, size - near, replace=False)])
        batch = np.unique(batch)
        if len(batch) < 2:  # a cluster of one pair has no negative
            batch = np.unique(np.concatenate([batch, rng.choice(total, 2, replace=False)]))
        return np.asarray(rng.permutation(batch), np.int64)

    return draw


def _check(size: int, clusters: int, topics: int, mixed: float) -> None:
    if size < 2:
        raise ValueError(f"size must be 2 or more, not {size}: others of a batch are the negatives")
    if clusters < 1 or not 1 <= topics <= clusters:
        raise ValueError(f"topics must be from 1 to clusters, not {topics} of {clusters}")
    if not 0 <= mixed < 1:
        raise ValueError(f"mixed is a share from 0 to below 1, not {mixed:g}")
