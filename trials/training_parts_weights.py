"""Weights of pairs that were tried (`trials.training`): rows 55, 79, 83 and 91 of docs/methods.md.

What won is in `broadsheet.learn.weights`.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import softmax
from typing_extensions import override

from broadsheet.learn.job import Job
from broadsheet.learn.losses import above_zero, logits, positives_of, within_one
from broadsheet.learn.parts import Scored, Weigher, part
from broadsheet.learn.weights import History, Separated, costs, level

TEMPERATURE = 0.1  # of the softmax by which a pair is found hard


class Progressive(Weigher):
    """Row 55: attention moves from easy to hard pairs as the training goes on."""

    def __init__(self, strength: float, reverse: bool) -> None:
        self.strength, self.sign = strength, (-1.0 if reverse else 1.0)

    @override
    def weigh(self, scored: Scored) -> Tensor:
        """exp of the standardised loss times a strength from minus to plus ``strength``, mean 1."""
        losses = costs(scored, TEMPERATURE)
        apart = (losses - losses.mean()) / losses.std().clamp(min=1e-6)
        push = self.sign * self.strength * (2 * scored.share - 1)
        return level(torch.exp((push * apart).clamp(-3, 3)))


@part("weights", "progressive")
def progressive(_job: Job, *, strength: float = 0.5, reverse: bool = False) -> Weigher:
    """Row 55, PEG's progressive learning: easy pairs first, hard ones late."""
    return Progressive(strength, reverse)


class ByLoss(Weigher):
    """Row 91 (Sow et al. 2025): weights from each pair's loss at this step."""

    def __init__(self, shape: str, strength: float, start: float) -> None:
        self.shape, self.strength, self.start = shape, strength, start
        self.seen: Tensor | None = None

    @override
    def weigh(self, scored: Scored) -> Tensor:
        """Softmax-like weights over the batch of a function of the loss, mean 1."""
        losses = costs(scored, TEMPERATURE)
        if scored.share < self.start:
            return torch.ones_like(losses)
        apart = ((losses - losses.mean()) / losses.std().clamp(min=1e-6)).clamp(-2, 2)
        if self.shape == "linear":  # easy pairs count less, and no loss more than 2 deviations
            height = apart
        elif self.shape == "quadratic":  # both ends count less
            height = -apart.square() / 2
        else:  # both ends count more
            height = apart.square() / 2
        return level(torch.exp(self.strength * height))


@part("weights", "by-loss")
def by_loss(
    _job: Job, *, shape: str = "linear", strength: float = 0.5, start: float = 0.1
) -> Weigher:
    """Row 91: low-loss pairs down, extreme ones capped (LinUpper), or other shapes of it."""
    if shape not in ("linear", "quadratic", "extremes"):
        raise ValueError(f'shape is "linear", "quadratic" or "extremes", not {shape!r}')
    within_one(start=start)
    return ByLoss(shape, strength, start)


class SelfInfluence(Weigher):
    """Row 83, PRESENCE (Thakkar et al. 2023): weights by the pair's own gradient norm."""

    def __init__(self, pairs: int, strength: float, turn: float) -> None:
        self.strength, self.turn = strength, turn
        self.history = History(pairs)

    @override
    def weigh(self, scored: Scored) -> Tensor:
        """Large norms up until ``turn``, then down; mean 1."""
        norms = gradient_norms(scored, TEMPERATURE)
        self.history.note(scored.pairs, norms)
        apart = ((norms - norms.mean()) / norms.std().clamp(min=1e-6)).clamp(-2, 2)
        sign = 1.0 if scored.share < self.turn else -1.0
        return level(torch.exp(sign * self.strength * apart))

    def suspicion(self) -> Tensor:
        """Average self-influence of each pair (pairs,)."""
        return self.history.mean


@part("weights", "self-influence")
def self_influence(job: Job, *, strength: float = 0.5, turn: float = 0.3) -> Weigher:
    """Row 83: novelty first (large self-influence up), then stability (down)."""
    within_one(turn=turn)
    return SelfInfluence(len(job.pairs), strength, turn)


def gradient_norms(scored: Scored, temperature: float) -> Tensor:
    """Squared norm (q,) of each pair's own InfoNCE gradient by the pooled vectors.

    By the query's vector it is (sum of p_j d_j - d_own) / t; by the candidates' it is
    (p_j - y_j) q / t, q of unit length: closed forms, no backward pass.
    """
    given = softmax(logits(scored, temperature).detach(), dim=1)
    error = given - positives_of(scored)
    by_query = (error @ scored.candidates.detach()).square().sum(1)
    return (by_query + error.square().sum(1)) / temperature**2


class Curriculum(Weigher):
    """Row 79 (MacAvaney et al. 2020): easy pairs by words alone first, annealed to uniform."""

    def __init__(self, ease: Tensor, until: float) -> None:
        self.ease, self.until = ease, until

    @override
    def weigh(self, scored: Scored) -> Tensor:
        """ease + share / until * (1 - ease), until all are 1."""
        done = min(scored.share / self.until, 1.0)
        ease = self.ease[scored.pairs]
        return level(ease + done * (1 - ease))


@part("weights", "curriculum")
def curriculum(job: Job, *, until: float = 0.5, by: str = "rank", reverse: bool = False) -> Weigher:
    """Row 79: ease of a pair by BM25 against 2,000 other papers, by reciprocal rank or by score.

    ``reverse`` takes the hard ones first.
    """
    above_zero(until=until)
    if by not in ("rank", "score"):
        raise ValueError(f'by is "rank" or "score", not {by!r}')
    ranks, scores = lexical_ease(job)
    ease = 1 / ranks if by == "rank" else scores / scores.max()
    ease = 1 - ease if reverse else ease
    return Curriculum(torch.from_numpy(ease.astype(np.float32)).clamp(0.02, 1.0), until)


def lexical_ease(job: Job, others: int = 2_000) -> tuple[np.ndarray, np.ndarray]:
    """BM25 (k1 .9, b .4) of each pair: the rank of its own text among ``others``, and the score."""
    from scipy.sparse import csr_array

    answers, queries = job.answer_ids, job.query_ids
    width = int(max(answers.flat.max(), queries.flat.max())) + 1
    texts = csr_array(
        (np.ones(len(answers.flat), np.float32), answers.flat.copy(), answers.offsets.copy()),
        shape=(len(answers), width),
    )
    texts.sum_duplicates()
    lengths = np.diff(answers.offsets)
    many = np.bincount(texts.indices, minlength=width)
    rarity = np.log1p((len(answers) - many + 0.5) / (many + 0.5))
    norm = 0.9 * (0.6 + 0.4 * lengths / lengths.mean())
    spread = np.repeat(norm, np.diff(texts.indptr))
    texts.data = texts.data * 1.9 / (texts.data + spread) * rarity[texts.indices]
    asked = csr_array(
        (np.ones(len(queries.flat), np.float32), queries.flat.copy(), queries.offsets.copy()),
        shape=(len(queries), width),
    )
    own = np.asarray(texts.multiply(asked).sum(1)).ravel()
    some = texts[
        job.chance("ease").choice(len(answers), min(others, len(answers)), False)
    ].T.tocsc()
    ranks = np.empty(len(answers))
    for start in range(0, len(answers), 1_000):
        rows = slice(start, start + 1_000)
        against = (asked[rows] @ some).toarray()
        ranks[rows] = 1 + (against > own[rows, None] + 1e-6).sum(1)
    return ranks, own


class LossHistory(Weigher):
    """Down-weights pairs whose losses have been far below or far above those of the others.

    Dynamic bad pair mining (Lan et al. 2024): a pair beyond ``low`` or ``high`` deviations of the
    mean counts by a normal curve around that mean; the others count fully.
    """

    def __init__(
        self, history: History, temperature: float, low: float, high: float, start: float
    ) -> None:
        self.history, self.temperature = history, temperature
        self.low, self.high, self.start = low, high, start

    @override
    def weigh(self, scored: Scored) -> Tensor:
        """Weights (q,) in 0 to 1; all 1 until ``start`` of the training is done."""
        known = self.history.note(scored.pairs, costs(scored, self.temperature))
        mean, deviation = self.history.spread()
        if scored.share < self.start or deviation == 0:
            return torch.ones(len(known))
        apart = (known - mean) / deviation
        far = (apart < -self.low) | (apart > self.high)
        return torch.where(far, torch.exp(-apart.square() / 2), torch.ones(len(known)))

    def suspicion(self) -> Tensor:
        """How likely each pair (pairs,) is a bad one, in no unit: its average loss."""
        return self.history.mean


@part("weights", "history")
def history(
    job: Job,
    *,
    temperature: float = 0.05,
    low: float = 3.0,
    high: float = 1.5,
    start: float = 0.3,
    memory: float = 0.5,
) -> Weigher:
    """Pairs with a history of extreme losses, at either end, count less."""
    above_zero(temperature=temperature, low=low, high=high)
    within_one(start=start, memory=memory)
    return LossHistory(History(len(job.pairs), memory), temperature, low, high, start)


class Watched(LossHistory):
    """The loss history, and how well it finds planted pairs."""

    planted: NDArray[np.bool_]
    notes: dict[str, float]

    @override
    def weigh(self, scored: Scored) -> Tensor:
        """As without watching."""
        found = super().weigh(scored)
        if scored.share > 0.95:
            self.notes["auc"] = area(self.suspicion().double().numpy(), self.planted)
        return found


@part("weights", "history-watched")
def history_watched(
    job: Job,
    *,
    low: float = 3.0,
    high: float = 1.5,
    start: float = 0.3,
    memory: float = 0.5,
) -> Weigher:
    """Row 90, dynamic bad pair mining, with the area under its ROC curve for planted pairs."""
    weigher = Watched(History(len(job.pairs), memory), TEMPERATURE, low, high, start)
    weigher.planted = np.array([pair.source == "planted" for pair in job.pairs])
    weigher.notes = job.history
    return weigher


class WatchedSeparated(Separated):
    """`broadsheet.learn.weights.Separated`, and how well it finds planted pairs."""

    planted: NDArray[np.bool_]
    notes: dict[str, float]

    @override
    def weigh(self, scored: Scored) -> Tensor:
        """As without watching."""
        found = super().weigh(scored)
        if scored.share > 0.95:
            self.notes["auc"] = area(self.suspicion().double().numpy(), self.planted)
            self.notes["left_out"] = float((found < 0.5).double().mean())
        return found


@part("weights", "separated-watched")
def separated_watched(
    job: Job, *, start: float = 0.3, apart: float = 2.0, memory: float = 0.5
) -> Weigher:
    """Row 90, its weights by a mixture of two kinds of pairs; watched as above."""
    weigher = WatchedSeparated(History(len(job.pairs), memory), TEMPERATURE, start, apart)
    weigher.planted = np.array([pair.source == "planted" for pair in job.pairs])
    weigher.notes = job.history
    return weigher


def area(values: NDArray[np.float64], planted: NDArray[np.bool_]) -> float:
    """The chance that a planted pair has a higher value than another one, ties half."""
    from scipy.stats import rankdata

    ranks = rankdata(values)
    many = int(planted.sum())
    above = ranks[planted].sum() - many * (many + 1) / 2
    return float(above / max(1, many * (len(values) - many)))
