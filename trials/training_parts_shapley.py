"""What clusters of training pairs are worth (`trials.training`): row 80 of docs/methods.md."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from broadsheet.learn.clusters import clustered
from broadsheet.learn.job import Job
from broadsheet.learn.parts import Rows, part
from trials.training_parts_choice import SIZE, Floats, everyone, walk


@part("choice", "shapley")
def shapley(
    job: Job, *, clusters: int = 6, orders: int = 4, drop: int = 1, by: str = "shapley"
) -> Rows:
    """Row 80, data Shapley (Ghorbani and Zou 2019) over clusters of pairs.

    Monte Carlo over ``orders`` permutations: the student is trained on one cluster after another,
    and each is worth the rise of the MRR on 1,000 pairs kept aside. The ``drop`` least valuable
    are left out; ``by`` "leave-one-out" or "random" drops by those instead.
    """
    rng = job.chance("shapley")
    rows = everyone(job)
    aside = rng.choice(rows, min(1_000, len(rows) // 4), replace=False)
    _, labels = clustered(job.encoded(job.answer_ids, "document"), clusters, rng)
    planted = np.array([pair.source == "planted" for pair in job.pairs])
    if planted.any():
        labels = np.where(planted, labels.max() + 1, labels)
    pools = [np.setdiff1d(np.flatnonzero(labels == one), aside) for one in range(labels.max() + 1)]
    pools = [rng.choice(pool, min(len(pool), 1_500), replace=False) for pool in pools]
    aside = np.setdiff1d(aside, np.flatnonzero(planted))
    values = cluster_values(job, pools, aside, by, orders, rng)
    for one, value in enumerate(values.tolist()):
        job.history[f"value{one}"] = value
    return np.flatnonzero(~np.isin(labels, np.argsort(values)[:drop])).astype(np.int64)


def cluster_values(
    job: Job, pools: Sequence[Rows], aside: Rows, by: str, orders: int, rng: np.random.Generator
) -> Floats:
    """The worth of each pool, (pools,), in MRR."""
    values = np.zeros(len(pools))
    start = job.student.state()
    if by == "random":
        return rng.random(len(pools))
    if by == "leave-one-out":
        for one in range(len(pools)):
            others = np.concatenate([pool for place, pool in enumerate(pools) if place != one])
            walk(job, others, max(1, len(others) // SIZE))
            values[one] = -reciprocal_rank(job, aside)
            job.student.load(start)
        return values
    if by != "shapley":
        raise ValueError(f'by is "shapley", "leave-one-out" or "random", not {by!r}')
    for turn in range(orders):
        before = reciprocal_rank(job, aside)
        for one in rng.permutation(len(pools)).tolist():
            walk(job, pools[one], max(1, len(pools[one]) // SIZE), seed=turn)
            after = reciprocal_rank(job, aside)
            values[one] += (after - before) / orders
            before = after
        job.student.load(start)
    return values


def reciprocal_rank(job: Job, rows: Rows) -> float:
    """Mean reciprocal rank of each pair's document among those of the others."""
    queries = job.encoded(job.query_ids, "query", rows)
    answers = job.encoded(job.answer_ids, "document", rows)
    scores = queries @ answers.T
    ranks = 1 + (scores > scores.diagonal()[:, None]).sum(1)
    return float((1 / ranks).mean())
