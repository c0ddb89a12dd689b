"""Weights: how much each pair of a batch counts, (queries,), around 1.

A weigher sees the scored batch before its losses are averaged. It may remember each pair by its
row (``Scored.pairs``); `History` is that memory.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, softmax
from typing_extensions import override

from broadsheet.learn.job import Job
from broadsheet.learn.losses import above_zero, guided, logits, masked, within_one
from broadsheet.learn.parts import Scored, Weigher, part


class Uniform(Weigher):
    """Every pair counts the same."""

    @override
    def weigh(self, scored: Scored) -> Tensor:
        """Ones (q,)."""
        return torch.ones(len(scored.positives))


@part("weights", "uniform")
def uniform(_job: Job) -> Weigher:
    """Every pair counts the same."""
    return Uniform()


class Confidence(Weigher):
    """Weight by how sure a frozen guide is of the positive among the batch's candidates."""

    def __init__(self, temperature: float, floor: float) -> None:
        self.temperature, self.floor = temperature, floor

    @override
    def weigh(self, scored: Scored) -> Tensor:
        """The guide's softmax probability of the positive, from ``floor`` to 1, at mean 1."""
        given = softmax(masked(guided(scored) / self.temperature, scored), dim=1)
        sure = given.gather(1, scored.positives[:, None]).squeeze(1)
        return level(self.floor + (1 - self.floor) * sure)


@part("weights", "confidence")
def confidence(_job: Job, *, temperature: float = 0.05, floor: float = 0.1) -> Weigher:
    """Pairs that a frozen guide finds likely count more."""
    above_zero(temperature=temperature)
    within_one(floor=floor)
    return Confidence(temperature, floor)


class History:
    """What each pair has cost so far: a moving average of its losses, by row of the pairs."""

    def __init__(self, pairs: int, memory: float = 0.5) -> None:
        self.mean = torch.zeros(pairs)
        self.seen = torch.zeros(pairs, dtype=torch.long)
        self.memory = memory

    def note(self, rows: Tensor, losses: Tensor) -> Tensor:
        """Takes losses (q,) of pairs (q,) in and gives their averages."""
        first = self.seen[rows] == 0
        mixed = self.memory * self.mean[rows] + (1 - self.memory) * losses
        self.mean[rows] = torch.where(first, losses, mixed)
        self.seen[rows] += 1
        return self.mean[rows]

    def spread(self) -> tuple[float, float]:
        """Mean and deviation of the averages of all pairs seen; (0, 0) before any."""
        known = self.mean[self.seen > 0]
        if len(known) < 2:
            return (float(known.sum()), 0.0)
        return float(known.mean()), float(known.std())


REFITTED = 8  # steps for which a mixture holds


class Separated(Weigher):
    """Leaves out the pairs of the dearer of two kinds, where there are two kinds."""

    def __init__(self, history: History, temperature: float, start: float, apart: float) -> None:
        self.history, self.temperature = history, temperature
        self.start, self.apart = start, apart
        self._steps = 0
        self._mixture: Mixture | None = None

    @override
    def weigh(self, scored: Scored) -> Tensor:
        """The chance (q,) that each pair is of the cheaper kind; all 1 before ``start``."""
        known = self.history.note(scored.pairs, costs(scored, self.temperature))
        if scored.share < self.start:
            return torch.ones(len(known))
        if self._steps % REFITTED == 0:
            seen = self.history.mean[self.history.seen > 0]
            self._mixture = Mixture.fitted(seen)
        self._steps += 1
        blind = math.log(max(float(scored.allowed.sum(1).float().mean()), 1.0))
        if self._mixture is None or not self._mixture.tells(self.apart, blind / 2):
            return torch.ones(len(known))
        return 1 - self._mixture.dearer(known)

    def suspicion(self) -> Tensor:
        """How likely each pair (pairs,) is a bad one, in no unit: its average loss."""
        return self.history.mean


@part("weights", "separated")
def separated(
    job: Job,
    *,
    temperature: float = 0.1,
    start: float = 0.3,
    apart: float = 2.0,
    memory: float = 0.5,
) -> Weigher:
    """Pairs whose losses belong to a second, dearer kind count by the chance that they do not.

    A mixture of two normal curves over all pairs' average losses (Li et al. 2020, DivideMix)
    tells wrong pairs from hard ones, but only where the curves are ``apart`` (`Mixture.distance`,
    2: clearly two) and the dearer kind costs at least half of what knowing nothing costs, the
    logarithm of the candidates. Where no pair is wrong all count the same.
    """
    above_zero(temperature=temperature, apart=apart)
    within_one(start=start, memory=memory)
    return Separated(History(len(job.pairs), memory), temperature, start, apart)


@dataclass(frozen=True, slots=True)
class Mixture:
    """Two normal curves over numbers, the cheaper first: (share, mean, deviation) of each."""

    cheap: tuple[float, float, float]
    dear: tuple[float, float, float]

    @classmethod
    def fitted(cls, values: Tensor, rounds: int = 30) -> Mixture | None:
        """By expectation-maximisation; None where all numbers are alike or fewer than 4."""
        if len(values) < 4 or float(values.std()) < 1e-6:
            return None
        least = float(values.std()) / 20  # no curve shrinks to a point
        middle = float(values.mean())
        high = (values > middle).double()
        numbers = values.double()
        curves = [_curve(numbers, 1 - high, least), _curve(numbers, high, least)]
        for _ in range(rounds):
            dear = cls(curves[0], curves[1]).dearer(numbers)
            curves = [_curve(numbers, 1 - dear, least), _curve(numbers, dear, least)]
        low, upper = sorted(curves, key=lambda curve: curve[1])
        return cls(low, upper)

    @property
    def distance(self) -> float:
        """Ashman's D: above 2 the two are clearly apart (Ashman, Bird and Zepf 1994)."""
        gap = abs(self.dear[1] - self.cheap[1])
        return math.sqrt(2) * gap / math.hypot(self.cheap[2], self.dear[2])

    def tells(self, apart: float, least: float) -> bool:
        """Whether there are two kinds, and the dearer one costs ``least`` or more."""
        return self.distance >= apart and self.dear[1] >= least

    def dearer(self, values: Tensor) -> Tensor:
        """The chance that each number is of the dearer curve; 0 under the cheaper one's mean,
        where a wide dear curve would reach around it."""
        cheap, dear = (_height(values, curve) for curve in (self.cheap, self.dear))
        return torch.sigmoid(dear - cheap) * (values >= self.cheap[1])


def _curve(values: Tensor, weights: Tensor, least: float) -> tuple[float, float, float]:
    total = float(weights.sum().clamp(min=1e-9))
    mean = float((weights * values).sum()) / total
    spread = float((weights * (values - mean).square()).sum()) / total
    return max(total / len(values), 1e-9), mean, max(math.sqrt(spread), least)


def _height(values: Tensor, curve: tuple[float, float, float]) -> Tensor:
    share, mean, deviation = curve
    return math.log(share / deviation) - ((values - mean) / deviation).square() / 2


def costs(scored: Scored, temperature: float) -> Tensor:
    """InfoNCE of each query (q,), without gradient: how hard a pair is now."""
    scores = logits(scored, temperature).detach()
    return cross_entropy(scores, scored.positives, reduction="none")


def level(weights: Tensor) -> Tensor:
    """The same weights with mean 1, so that the learning rate keeps its meaning."""
    return weights / weights.mean().clamp(min=1e-9)
