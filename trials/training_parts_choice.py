"""Choices of training pairs that were tried (`trials.training`): which pairs to keep.

Rows 81 to 84, 88 and 92 of docs/methods.md. Each gives ``share`` of the pairs; `random` is
what all are measured against. What a choice needs to know of the pairs it learns by a short
training of the same student (`walk`), which is undone afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import cross_entropy

from broadsheet.learn.clusters import clustered
from broadsheet.learn.job import Job
from broadsheet.learn.losses import exchanged, logits, positives_of, within_one
from broadsheet.learn.parts import Rows, Scored, part
from trials.training_parts_weights import area, gradient_norms, lexical_ease

Floats = NDArray[np.float64]
TEMPERATURE, SIZE, RATE = 0.1, 256, 0.01


def scored_of(job: Job, rows: Rows) -> Scored:
    """A batch of pairs against one another's documents."""
    queries = job.student.encode(job.query_ids.take(rows), "query")
    candidates = job.student.encode(job.answer_ids.take(rows), "document")
    own = torch.from_numpy(job.documents_of_pairs[rows])
    places = torch.arange(len(rows))
    allowed = own[:, None] != own[None, :]
    allowed[places, places] = True
    return Scored(
        scores=queries @ candidates.T,
        positives=places,
        allowed=allowed,
        pairs=torch.from_numpy(rows),
        documents=own,
        queries=queries,
        candidates=candidates,
        share=0.0,
    )


def walk(
    job: Job, rows: Rows, steps: int, see: Callable[[Scored], None] | None = None, seed: int = 0
) -> None:
    """Trains the student ``steps`` batches of InfoNCE on these pairs; ``see`` gets each batch."""
    rng = np.random.default_rng([job.recipe.seed, seed])
    groups = [
        {name: value for name, value in group.items() if name != "sparse"}
        for group in job.student.groups(RATE)
    ]
    optimiser = torch.optim.SparseAdam(groups)
    order: Rows = np.empty(0, np.int64)
    for _ in range(steps):
        if len(order) < min(SIZE, len(rows)):
            order = rng.permutation(rows)
        batch, order = order[:SIZE], order[SIZE:]
        scored = scored_of(job, batch)
        if see:
            see(scored)
        turned = exchanged(scored)
        loss = cross_entropy(logits(scored, TEMPERATURE), scored.positives)
        loss = loss + cross_entropy(logits(turned, TEMPERATURE), turned.positives)
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimiser.step()


def costs_of(job: Job, rows: Rows) -> Floats:
    """InfoNCE of each pair (rows,) among a batch of its neighbours in a fixed random order."""
    order = np.random.default_rng(0).permutation(len(rows))
    found = np.empty(len(rows))
    with torch.no_grad():
        for start in range(0, len(rows), SIZE):
            places = order[start : start + SIZE]
            scored = scored_of(job, rows[places])
            loss = cross_entropy(logits(scored, TEMPERATURE), scored.positives, reduction="none")
            found[places] = loss.numpy()
    return found


def everyone(job: Job) -> Rows:
    """The rows of all pairs."""
    return np.arange(len(job.pairs), dtype=np.int64)


def best(values: Floats, share: float, keep: str) -> Rows:
    """``share`` of the pairs by their values: the high, the low, the middle, or all but the top.

    ``trimmed`` keeps the high ones after the highest tenth is dropped.
    """
    within_one(share=share)
    order = np.argsort(values, kind="stable")
    count = max(32, round(share * len(order)))
    if keep == "high":
        return np.sort(order[-count:])
    if keep == "low":
        return np.sort(order[:count])
    if keep == "trimmed":
        top = len(order) - len(order) // 10
        return np.sort(order[max(0, top - count) : top])
    if keep == "middle":
        start = (len(order) - count) // 2
        return np.sort(order[start : start + count])
    raise ValueError(f'keep is "high", "low", "trimmed" or "middle", not {keep!r}')


def note_detection(job: Job, values: Floats) -> None:
    """Notes the area under the ROC curve with which values tell planted pairs from the others.

    High values are the suspicious ones.
    """
    planted = np.array([pair.source == "planted" for pair in job.pairs])
    if planted.any() and not planted.all():
        job.history["auc"] = area(values, planted)


@part("choice", "random")
def at_random(job: Job, *, share: float = 0.5) -> Rows:
    """As many pairs by lot."""
    return best(job.chance("choice").random(len(job.pairs)), share, "high")


@dataclass
class Watched:
    """Sums of something over a walk, a row a pair."""

    seen: Floats
    first: Floats
    second: Floats

    @classmethod
    def of(cls, pairs: int, width: int) -> Watched:
        """Nothing seen yet."""
        return cls(np.zeros(pairs), np.zeros((pairs, width)), np.zeros((pairs, width)))

    def add(self, rows: Rows, values: torch.Tensor) -> None:
        """Takes values (q, w) of pairs (q,) in."""
        found = values.double().numpy()
        self.seen[rows] += 1
        self.first[rows] += found
        self.second[rows] += found**2

    @property
    def mean(self) -> Floats:
        """(pairs,)"""
        return np.asarray((self.first / np.maximum(self.seen, 1)[:, None]).mean(1))

    @property
    def variance(self) -> Floats:
        """(pairs,), the mean over the width."""
        count = np.maximum(self.seen, 1)[:, None]
        return np.asarray((self.second / count - (self.first / count) ** 2).clip(0).mean(1))


_WALKED: dict[tuple[int, int, float], dict[str, Floats]] = {}


@part("choice", "early")
def early(
    job: Job, *, by: str = "el2n", share: float = 0.5, keep: str = "high", epochs: float = 2.0
) -> Rows:
    """Rows 83, 84, 88: pairs by what a short training shows of them.

    ``el2n``: mean norm of (softmax - one-hot) in the first epochs (Paul et al. 2021); ``loss``;
    ``confidence`` and ``variability``: mean and variance of the positive's probability;
    ``self-influence``: mean squared norm of the pair's gradient by the pooled vectors (Thakkar et
    al. 2023); ``vog``: variance of the gradient by the query's vector (Agarwal et al. 2022).
    """
    key = (job.recipe.seed, hash(tuple(pair.query for pair in job.pairs)), epochs)
    if key not in _WALKED:
        _WALKED[key] = walked(job, epochs)
    found = _WALKED[key]
    if by not in found:
        raise ValueError(f"by is one of {', '.join(found)}, not {by!r}")
    note_detection(job, -found[by] if by == "confidence" else found[by])
    return best(found[by], share, keep)


def walked(job: Job, epochs: float) -> dict[str, Floats]:
    """What a short training shows of each pair, (pairs,) each; the student is put back."""
    pairs = len(job.pairs)
    seen = {name: Watched.of(pairs, 1) for name in ("el2n", "loss", "confidence", "influence")}
    slopes = Watched.of(pairs, job.student.dimensions)

    def see(scored: Scored) -> None:
        rows = scored.pairs.numpy()
        given = torch.softmax(logits(scored, TEMPERATURE).detach(), dim=1)
        own = given.gather(1, scored.positives[:, None])
        error = given - positives_of(scored)
        seen["el2n"].add(rows, error.norm(dim=1, keepdim=True))
        seen["loss"].add(rows, -own.clamp(min=1e-12).log())
        seen["confidence"].add(rows, own)
        seen["influence"].add(rows, gradient_norms(scored, TEMPERATURE)[:, None])
        slopes.add(rows, error @ scored.candidates.detach() / TEMPERATURE)

    start = job.student.state()
    walk(job, everyone(job), max(1, round(epochs * pairs / SIZE)), see)
    job.student.load(start)
    return {
        "el2n": seen["el2n"].mean,
        "loss": seen["loss"].mean,
        "confidence": seen["confidence"].mean,
        "variability": seen["confidence"].variance,
        "self-influence": seen["influence"].mean,
        "vog": slopes.variance,
    }


@part("choice", "reduction")
def reduction(
    job: Job, *, share: float = 0.5, newest: int = 2_000, keep: str = "high", steps: int = 80
) -> Rows:
    """Row 92, CoLoR-Filter (Brandfonbrener et al. 2024): by the fall of the loss from a base
    student to the same one after more training on the target, the ``newest`` pairs."""
    rows = everyone(job)
    days = np.array([job.corpus.documents[pair.document].day for pair in job.pairs])
    target = np.argsort(days, kind="stable")[-newest:].astype(np.int64)
    start = job.student.state()
    walk(job, rows, steps)
    base = costs_of(job, rows)
    walk(job, target, max(1, steps // 4), seed=1)
    values = base - costs_of(job, rows)
    job.student.load(start)
    note_detection(job, -values)
    return best(values, share, keep)


@part("choice", "influence")
def influence(
    job: Job, *, share: float = 0.5, newest: int = 1_000, clusters: int = 50, wander: float = 0.3
) -> Rows:
    """Row 81, Quad (Zhang et al. 2024): a bandit over clusters, by influence on a held-out set.

    A pair's influence is the first-order change of the target's loss: the fall of the pair's own
    loss along the target's gradient, here by a difference after one small step. A cluster's arm
    is pulled by its upper confidence bound, 32 pairs a pull. ``wander`` 0 with one cluster is
    top influence without diversity.
    """
    rows = everyone(job)
    rng = job.chance("influence")
    target = rows[-newest:]
    start = job.student.state()
    walk(job, rows, 40)
    _, labels = clustered(job.encoded(job.answer_ids, "document"), clusters, rng)
    base = costs_of(job, rows)
    walk(job, target, 2, seed=1)
    gains = base - costs_of(job, rows)
    job.student.load(start)
    note_detection(job, -gains)
    if clusters == 1:
        return best(gains, share, "high")
    pools = [rng.permutation(np.flatnonzero(labels == one)) for one in range(labels.max() + 1)]
    return upper_bounds(gains, pools, round(share * len(rows)), wander)


def upper_bounds(gains: Floats, pools: Sequence[Rows], wanted: int, wander: float) -> Rows:
    """Pulls arms (pools of rows, in their order) by UCB1 until so many rows are taken."""
    left = [pool.tolist() for pool in pools]
    sums, pulls = np.zeros(len(pools)), np.zeros(len(pools))
    scale = float(gains.std()) or 1.0
    taken: list[int] = []
    while len(taken) < wanted and any(left):
        bound = sums / np.maximum(pulls, 1) + wander * np.sqrt(
            np.log(pulls.sum() + 1) / np.maximum(pulls, 1)
        )
        bound[pulls == 0] = np.inf
        bound[[not pool for pool in left]] = -np.inf
        arm = int(bound.argmax())
        got, left[arm] = left[arm][:32], left[arm][32:]
        sums[arm] += float(gains[got].mean()) / scale
        pulls[arm] += 1
        taken += got
    return np.sort(np.array(taken[:wanted], np.int64))


@part("choice", "facility")
def facility(job: Job, *, share: float = 0.5, clusters: int = 100, mixed: bool = True) -> Rows:
    """Row 82, SMART (Renduchintala et al. 2024): a submodular mix, and no near-doubles in it.

    Clusters of papers are the tasks. Their shares of the budget are the gains by which facility
    location over the clusters' centres takes them (``mixed``; else by size); in each cluster the
    pairs are taken greedily by facility location over cosines of titles' and papers' vectors.
    """
    within_one(share=share)
    rng = job.chance("facility")
    vectors = job.encoded(job.answer_ids, "document")
    centres, labels = clustered(vectors, clusters, rng)
    pools = [np.flatnonzero(labels == one) for one in range(len(centres))]
    sizes = np.array([len(pool) for pool in pools], float)
    weights = sizes / sizes.sum()
    if mixed:
        gains = np.zeros(len(centres))
        alike = np.maximum(centres @ centres.T, 0).astype(np.float64)
        order, gained = greedy(alike * weights[:, None], len(centres))
        gains[order] = gained
        weights = gains + 1e-6
    budget = round(share * len(labels))
    counts = shared_out(weights, sizes, budget)
    taken = []
    for pool, count in zip(pools, counts.tolist(), strict=True):
        for part_of in np.array_split(rng.permutation(pool), max(1, len(pool) // 800)):
            some = round(count * len(part_of) / max(1, len(pool)))
            alike = np.maximum(vectors[part_of] @ vectors[part_of].T, 0).astype(np.float64)
            taken.append(part_of[greedy(alike, some)[0]])
    return np.sort(np.concatenate(taken))


def greedy(alike: Floats, count: int) -> tuple[Rows, Floats]:
    """Facility location: columns that cover the rows best, one by one, and what each gained."""
    covered = np.zeros(len(alike))
    order, gained = [], []
    for _ in range(min(count, alike.shape[1])):
        gains = np.maximum(alike - covered[:, None], 0).sum(0)
        gains[order] = -1
        one = int(gains.argmax())
        order.append(one)
        gained.append(gains[one])
        covered = np.maximum(covered, alike[:, one])
    return np.array(order, np.int64), np.array(gained)


def shared_out(weights: Floats, sizes: Floats, budget: int) -> Rows:
    """So many of each group, in proportion to weights and never more than there are."""
    counts = np.zeros(len(sizes))
    for _ in range(20):
        open_ = counts < sizes
        left = budget - counts.sum()
        if left < 1 or not open_.any():
            break
        counts[open_] += left * weights[open_] / weights[open_].sum()
        counts = np.minimum(counts, sizes)
    return np.round(counts).astype(np.int64)


@part("choice", "lexical")
def lexical(job: Job, *, share: float = 0.5, keep: str = "high") -> Rows:
    """By words alone: BM25 of the title on its own abstract, a baseline for all of the above."""
    _, scores = lexical_ease(job, 1)
    note_detection(job, -scores)
    return best(scores, share, keep)
