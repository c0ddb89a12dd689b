"""Negatives that lie near: by words, by a guide, by the student as it is now, by topic.

A source of negatives is ``(rows of pairs (q,), step) -> rows of documents (q, k)``, -1 for none.
A pair's own document is never among them. All candidates of a step are candidates for all of its
pairs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from broadsheet.learn.clusters import clustered, members
from broadsheet.learn.guards import needs_guide
from broadsheet.learn.parts import Negatives, Rows, part

if TYPE_CHECKING:
    from broadsheet.learn.job import Job

Vectors = NDArray[np.float32]
_CELLS = 48_000_000  # cosines held at once: 200 MB
_STEPS = 10  # that margins are parted into


@part("negatives", "random")
def random_negatives(job: Job, *, per_pair: int = 1) -> Negatives:
    """Any papers: what every other source has to beat at the same cost."""
    _check(per_pair, per_pair)
    rng = job.chance("negatives")

    def negatives(rows: Rows, _step: int) -> Rows:
        found = rng.integers(0, len(job.corpus), (len(rows), per_pair))
        return _others(found, job.documents_of_pairs[rows])

    return negatives


@part("negatives", "dense-static")
def dense_static(
    job: Job, *, per_pair: int = 1, skip: int = 0, depth: int = 50, balanced: bool = False
) -> Negatives:
    """Papers that the frozen guide ranks high for the query, drawn from its first ``depth``.

    Static hard negatives (Zhan et al. 2021, STAR). ``skip`` leaves out the first ones, which are
    the likeliest to be relevant. ``balanced`` draws evenly over the margins to the own document
    instead of over ranks (Hofstätter et al. 2021, TAS-Balanced), in ten steps.
    """
    _check(per_pair, depth)
    if skip < 0:
        raise ValueError(f"skip must be 0 or more, not {skip}")
    needs_guide(job)
    rng = job.chance("negatives")
    documents = job.guide_documents(np.arange(len(job.corpus)))
    wide = min(skip + depth + 1, len(documents))
    known = np.full((len(job.pairs), wide), -1, np.int32)  # mined when a pair first comes up
    cosines = np.zeros((len(job.pairs), wide), np.float16)

    def negatives(rows: Rows, _step: int) -> Rows:
        new = rows[known[rows, 0] < 0]
        if len(new):
            known[new], cosines[new] = ranked(job.guide_queries(new), documents, wide)
        own = job.documents_of_pairs[rows]
        places = known[rows, skip:].astype(np.int64)
        if not balanced:
            return _drawn(places, own, per_pair, rng)
        least = (job.guide_queries(rows) * documents[own]).sum(1)
        margins = least[:, None] - cosines[rows, skip:].astype(np.float32)
        return _balanced(places, margins, own, per_pair, rng)

    return negatives


@part("negatives", "dense-live")
def dense_live(
    job: Job, *, per_pair: int = 1, depth: int = 50, every: int = 50, pool: int = 8192
) -> Negatives:
    """Papers that the student itself ranks high now.

    Dynamic hard negatives (Zhan et al. 2021, ADORE): queries are encoded at each step; ``pool``
    papers, drawn and encoded anew every so many steps, stand for the corpus, which bounds memory
    and time (0: all papers).
    """
    _check(per_pair, depth)
    if every < 1 or pool < 0:
        raise ValueError("every is 1 or more steps, pool 0 or more papers")
    rng = job.chance("negatives")
    size = min(pool or len(job.corpus), len(job.corpus))
    rows_of_pool: Rows = np.empty(0, np.int64)
    vectors: Vectors = np.empty((0, 1), np.float32)

    def negatives(rows: Rows, step: int) -> Rows:
        nonlocal rows_of_pool, vectors
        if not len(rows_of_pool) or step % every == 0:
            rows_of_pool = np.sort(rng.choice(len(job.corpus), size, replace=False))
            vectors = job.encoded(job.body_ids, "document", rows_of_pool)
        queries = job.encoded(job.query_ids, "query", rows)
        places, _ = ranked(queries, vectors, depth + 1)
        return _drawn(rows_of_pool[places], job.documents_of_pairs[rows], per_pair, rng)

    return negatives


@part("negatives", "same-topic")
def same_topic(job: Job, *, per_pair: int = 1, clusters: int = 256) -> Negatives:
    """Papers of the own document's cluster, by the guide's vectors, drawn at random.

    With the guard ``cited`` these are uncited papers of one neighbourhood (Pei et al., LEMON).
    """
    _check(per_pair, per_pair)
    if clusters < 1:
        raise ValueError(f"clusters must be 1 or more, not {clusters}")
    needs_guide(job)
    rng = job.chance("negatives")
    vectors = job.guide_documents(np.arange(len(job.corpus)))
    _, labels = clustered(vectors, clusters, rng)
    groups = members(labels, int(labels.max()) + 1)
    sizes = np.array([len(group) for group in groups])
    flat, starts = np.concatenate(groups), np.concatenate([[0], np.cumsum(sizes)[:-1]])

    def negatives(rows: Rows, _step: int) -> Rows:
        own = job.documents_of_pairs[rows]
        chosen = labels[own]
        at = (rng.random((len(rows), per_pair)) * sizes[chosen][:, None]).astype(np.int64)
        return _others(flat[starts[chosen][:, None] + at], own)

    return negatives


def ranked(queries: Vectors, documents: Vectors, depth: int) -> tuple[Rows, Vectors]:
    """The nearest documents of each query, best first: places (q, depth) and cosines."""
    depth = min(depth, len(documents))
    places = np.empty((len(queries), depth), np.int64)
    found = np.empty((len(queries), depth), np.float32)
    against = torch.from_numpy(documents).T
    block = max(1, _CELLS // len(documents))
    for start in range(0, len(queries), block):
        scores = torch.from_numpy(queries[start : start + block]) @ against
        best, at = torch.topk(scores, depth, dim=1)
        found[start : start + block], places[start : start + block] = best.numpy(), at.numpy()
    return places, found


def _others(found: Rows, own: Rows) -> Rows:
    return np.asarray(np.where(found == own[:, None], -1, found))


def _drawn(places: Rows, own: Rows, per_pair: int, rng: np.random.Generator) -> Rows:
    """``per_pair`` of each row's places at random, the own document left out."""
    chance = rng.random(places.shape)
    chance[places == own[:, None]] = 2.0
    chosen = np.argsort(chance, axis=1)[:, :per_pair]
    return _others(np.take_along_axis(places, chosen, 1), own)


def _balanced(
    places: Rows, margins: Vectors, own: Rows, per_pair: int, rng: np.random.Generator
) -> Rows:
    """``per_pair`` of each row's places: a step of the row's margins at random, then one in it."""
    low = margins.min(1, keepdims=True)
    width = np.maximum(margins.max(1, keepdims=True) - low, 1e-9)
    steps = np.minimum(((margins - low) / width * _STEPS).astype(np.int64), _STEPS - 1)
    filled = (steps[:, :, None] == np.arange(_STEPS)).sum(1)  # (q, steps)
    # Drawn by weight 1 / filled without replacement (Efraimidis and Spirakis 2006).
    chance = rng.random(places.shape) ** np.take_along_axis(filled, steps, 1)
    chance[places == own[:, None]] = -1.0
    chosen = np.argsort(-chance, axis=1)[:, :per_pair]
    return _others(np.take_along_axis(places, chosen, 1), own)


def _check(per_pair: int, depth: int) -> None:
    if per_pair < 1:
        raise ValueError(f"per_pair must be 1 or more, not {per_pair}")
    if depth < per_pair:
        raise ValueError(f"{depth} papers to choose from are fewer than per_pair ({per_pair})")
