"""Negatives of a student whose documents stand still: the answers it ranks before the right one."""

from __future__ import annotations

import numpy as np

from broadsheet.learn.job import Job
from broadsheet.learn.parts import Negatives, Rows, part


@part("negatives", "dense-answers")
def dense_answers(
    job: Job, *, per_pair: int = 8, depth: int = 50, every: int = 0, pool: int = 16_384
) -> Negatives:
    """Drawn from the first ``depth`` of the pairs' own documents, as the student ranks them now.

    ADORE (Zhan et al. 2021): an index of documents that training leaves as it is, asked anew at
    each step. Documents are encoded once, or every so many steps where the student moves them
    too (``every``; 0: never). No other paper is encoded than those that pairs ask for, and of
    these at most ``pool``, which is what a slow stock encoder can bear.
    """
    if not 1 <= per_pair <= depth:
        raise ValueError(f"per_pair must be from 1 to depth ({depth}), not {per_pair}")
    if every < 0 or pool < 2:
        raise ValueError("every must be 0 or more steps, pool 2 or more papers")
    rng = job.chance("negatives")
    pairs = np.unique(job.documents_of_pairs, return_index=True)[1]
    if len(pairs) > pool:
        pairs = np.sort(rng.choice(pairs, pool, replace=False))
    documents = job.documents_of_pairs[pairs]
    wide = min(depth + 1, len(pairs))
    vectors = np.empty((0, 1), np.float32)

    def negatives(rows: Rows, step: int) -> Rows:
        nonlocal vectors
        if not len(vectors) or (every and step % every == 0):
            vectors = job.encoded(job.answer_ids, "document", pairs)
        scores = job.encoded(job.query_ids, "query", rows) @ vectors.T
        places = np.argpartition(-scores, wide - 1, axis=1)[:, :wide]
        chosen = rng.permuted(places, axis=1)[:, : min(per_pair, wide)]
        found = documents[chosen]
        own = job.documents_of_pairs[rows]
        return np.where(found == own[:, None], -1, found)

    return negatives
