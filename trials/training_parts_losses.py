"""Losses that were tried on pairs without labels (`trials.training`).

Rows 55, 65, 67, 68, 70, 71 and 121 of docs/methods.md. What won is in `broadsheet.learn.losses`.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, softmax, softplus

from broadsheet.learn.job import Job
from broadsheet.learn.losses import (
    above_zero,
    both_ways,
    exchanged,
    guided,
    logits,
    masked,
    positives_of,
    towards,
    within_one,
)
from broadsheet.learn.parts import Loss, Scored, part


@part("loss", "smoothed")
def smoothed(
    _job: Job, *, temperature: float = 0.05, smoothing: float = 0.1, both: bool = True
) -> Loss:
    """InfoNCE towards a target that gives ``smoothing`` to all allowed candidates alike."""
    above_zero(temperature=temperature)
    within_one(smoothing=smoothing)

    def one_way(scored: Scored) -> Tensor:
        even = scored.allowed / scored.allowed.sum(1, keepdim=True)
        return towards(
            scored, (1 - smoothing) * positives_of(scored) + smoothing * even, temperature
        )

    return both_ways(one_way) if both else one_way


@part("loss", "continuous")
def continuous(
    _job: Job,
    *,
    temperature: float = 0.05,
    sharpness: float = 0.1,
    blend: float = 1.0,
    both: bool = True,
) -> Loss:
    """Row 67, CWCL (Srinivasa et al. 2023): every candidate is a positive by its likeness.

    The paper's weight is (1 + cosine) / 2 of the frozen guide; here it is raised to
    1 / ``sharpness``, which at 1 is the paper's own. ``blend`` is how much of the target the
    weights get; the rest stays on the positive.
    """
    above_zero(temperature=temperature, sharpness=sharpness)
    within_one(blend=blend)

    def one_way(scored: Scored) -> Tensor:
        alike = ((1 + guided(scored)).clamp(min=0) / 2) ** (1 / sharpness) * scored.allowed
        alike = torch.maximum(alike, positives_of(scored))
        target = alike / alike.sum(1, keepdim=True)
        return towards(scored, blend * target + (1 - blend) * positives_of(scored), temperature)

    return both_ways(one_way) if both else one_way


@part("loss", "z")
def z_loss(_job: Job, *, steepness: float = 1.0, offset: float = 10.0, both: bool = True) -> Loss:
    """Row 68, the Z-loss (de Brébisson and Vincent 2016).

    softplus(a (b - z)) / a of the positive's score in deviations of its candidates' mean: no
    temperature, and no change when scores are shifted or stretched.
    """
    above_zero(steepness=steepness)

    def one_way(scored: Scored) -> Tensor:
        kept = scored.allowed
        count = kept.sum(1)
        mean = (scored.scores * kept).sum(1) / count
        apart = (scored.scores - mean[:, None]) * kept
        deviation = (apart.square().sum(1) / count).clamp(min=1e-12).sqrt()
        own = apart.gather(1, scored.positives[:, None]).squeeze(1) / deviation
        return softplus(steepness * (offset - own)) / steepness

    return both_ways(one_way) if both else one_way


class OwnTemperatures:
    """A temperature an item and direction, learned beside the student (iSogCLR)."""

    def __init__(self, items: int, start: float, radius: float, rate: float, memory: float):
        self.heat = torch.full((items,), start)
        self.mean = torch.zeros(items)
        self.radius, self.rate, self.memory = radius, rate, memory
        self.low, self.high = start / 5, start * 5

    def cost(self, scored: Scored, rows: Tensor) -> Tensor:
        """The robust loss of each query (q,), its temperature moved one step."""
        heat = self.heat[rows]
        own = scored.scores.gather(1, scored.positives[:, None])
        others = scored.allowed & (positives_of(scored) == 0)
        apart = scored.scores - own
        powers = torch.exp(apart / heat[:, None]) * others
        count = others.sum(1).clamp(min=1)
        now = powers.detach().sum(1) / count
        before = self.mean[rows]
        mean = torch.where(before == 0, now, (1 - self.memory) * now + self.memory * before)
        mean = mean.clamp(min=1e-8)
        self.mean[rows] = mean
        pull = (powers.detach() * apart.detach()).sum(1) / count / mean
        slope = mean.log() + self.radius - pull / heat
        self.heat[rows] = (heat - self.rate * slope).clamp(self.low, self.high)
        return heat * powers.sum(1) / count / mean


@part("loss", "own-temperatures")
def own_temperatures(
    job: Job,
    *,
    start: float = 0.05,
    radius: float = 4.0,
    rate: float = 0.002,
    memory: float = 0.5,
) -> Loss:
    """Row 70, iSogCLR (Qiu et al. 2023): a learned temperature for each title and each paper.

    ``radius`` is the divergence from even weights that each item's negatives may have: at 0 all
    count the same, at log(candidates) only the hardest.
    """
    above_zero(start=start, radius=radius)
    within_one(memory=memory)
    forward = OwnTemperatures(len(job.pairs), start, radius, rate, memory)
    backward = OwnTemperatures(len(job.corpus), start, radius, rate, memory)

    def loss(scored: Scored) -> Tensor:
        turned = exchanged(scored)
        return (forward.cost(scored, scored.pairs) + backward.cost(turned, turned.documents)) / (
            2 * start
        )

    return loss


@part("loss", "policy")
def policy(
    job: Job,
    *,
    temperature: float = 0.05,
    length: int = 32,
    draws: int = 8,
    top: int = 10,
    graded: bool = False,
) -> Loss:
    """Row 65, PG-RANK (Gao et al. 2023): policy gradient of a Plackett-Luce ranking.

    Of each query's ``length`` best candidates and its positive, ``draws`` rankings are drawn; the
    reward is nDCG@``top`` (gains: the positive alone, or the frozen guide's cosines too), its
    baseline the mean of the query's other draws.
    """
    above_zero(temperature=temperature)
    if length < 2 or draws < 2 or top < 1:
        raise ValueError("length and draws must be 2 or more, top 1 or more")
    dice = torch.Generator().manual_seed(int(job.chance("policy").integers(1 << 31)))

    def loss(scored: Scored) -> Tensor:
        scores = logits(scored, temperature)
        first = positives_of(scored) * 1e6 + scores.detach()
        chosen = first.topk(min(length, scores.shape[1]), dim=1).indices
        listed = scores.gather(1, chosen).clamp(min=-1e4)
        gains = torch.zeros_like(listed)
        gains[:, 0] = 1.0
        if graded:
            gains = torch.maximum(gains, guided(scored).gather(1, chosen).clamp(min=0) ** 2)
        depth = min(top, listed.shape[1])
        discounts = 1 / torch.log2(torch.arange(depth) + 2.0)
        best = (gains.sort(1, descending=True).values[:, :depth] * discounts).sum(1)
        rewards, likely = [], []
        for _ in range(draws):
            noise = -torch.log(-torch.log(torch.rand(listed.shape, generator=dice) + 1e-9) + 1e-9)
            order = (listed.detach() + noise).argsort(dim=1, descending=True)
            ranked = listed.gather(1, order)
            left = ranked.flip(1).logcumsumexp(1).flip(1)
            likely.append((ranked - left)[:, :depth].sum(1))
            rewards.append((gains.gather(1, order)[:, :depth] * discounts).sum(1) / best)
        reward = torch.stack(rewards)
        baseline = (reward.sum(0) - reward) / (draws - 1)
        return -((reward - baseline) * torch.stack(likely)).mean(0) * draws

    return loss


class Remembered:
    """The vectors that the student last gave to queries and papers: the epoch before's."""

    def __init__(self, pairs: int, documents: int) -> None:
        self.sizes = (pairs, documents)
        self.vectors: list[Tensor] = []
        self.known = [torch.zeros(size, dtype=torch.bool) for size in self.sizes]

    def exchange(self, scored: Scored) -> tuple[Tensor, Tensor]:
        """Past cosines (q, c) and which of them are known (q, c); keeps the present vectors."""
        rows = (scored.pairs, scored.documents)
        now = (scored.queries.detach(), scored.candidates.detach())
        if not self.vectors:
            self.vectors = [torch.zeros(size, now[0].shape[1]) for size in self.sizes]
        past = self.vectors[0][rows[0]] @ self.vectors[1][rows[1]].T
        known = self.known[0][rows[0]][:, None] & self.known[1][rows[1]][None, :]
        for side in (0, 1):
            self.vectors[side][rows[side]] = now[side]
            self.known[side][rows[side]] = True
        return past, known


@part("loss", "self-distilled")
def self_distilled(
    job: Job, *, temperature: float = 0.05, most: float = 0.5, past_temperature: float = 0.05
) -> Loss:
    """Row 71, PS-KD (Kim et al. 2021): targets mixed with what the student itself said before.

    The share of the past's scores grows evenly to ``most`` at the end of the training. The past
    is each text's vector when it was last in a batch, one epoch ago.
    """
    above_zero(temperature=temperature, past_temperature=past_temperature)
    within_one(most=most)
    memory = Remembered(len(job.pairs), len(job.corpus))

    def one_way(scored: Scored, past: Tensor, known: Tensor) -> Tensor:
        own = positives_of(scored)
        soft = softmax(masked(past / past_temperature, scored), dim=1)
        share = most * scored.share * known.all(1, keepdim=True)
        return towards(scored, (1 - share) * own + share * soft, temperature)

    def loss(scored: Scored) -> Tensor:
        past, known = memory.exchange(scored)
        turned, own = exchanged(scored), scored.positives
        return (one_way(scored, past, known) + one_way(turned, past[:, own].T, known[:, own].T)) / 2

    return loss


@part("loss", "queue")
def queue(job: Job, *, temperature: float = 0.05, size: int = 4096) -> Loss:
    """Row 55, PEG (Wu et al. 2023), its large sets of negatives: papers of the last steps stay
    candidates, without gradient, until ``size`` of them are kept."""
    above_zero(temperature=temperature, size=size)
    kept = torch.zeros(0, job.student.dimensions)
    names = torch.zeros(0, dtype=torch.long)

    def loss(scored: Scored) -> Tensor:
        nonlocal kept, names
        documents = scored.documents
        own = documents[scored.positives]
        far = (scored.queries @ kept.T / temperature).masked_fill(
            names[None, :] == own[:, None], -torch.inf
        )
        given = torch.cat([logits(scored, temperature), far], dim=1)
        there = cross_entropy(given, scored.positives, reduction="none")
        turned = exchanged(scored)
        back = cross_entropy(logits(turned, temperature), turned.positives, reduction="none")
        kept = torch.cat([scored.candidates.detach(), kept])[:size]
        names = torch.cat([documents, names])[:size]
        return (there + back) / 2

    return loss


class EarlyLearning:
    """Exponential averages of each pair's distribution over the papers of a fixed list."""

    def __init__(self, lists: Tensor, memory: float) -> None:
        self.lists, self.memory = lists, memory
        self.mean = torch.zeros(lists.shape)

    def regulariser(self, given: Tensor, rows: Tensor) -> Tensor:
        """log(1 - <p, t>), (q,), for distributions (q, k) of pairs (q,)."""
        mean = self.memory * self.mean[rows] + (1 - self.memory) * given.detach()
        self.mean[rows] = mean
        return torch.log1p(-(given * mean).sum(1).clamp(max=1 - 1e-4))


@part("loss", "early-learning")
def early_learning(
    job: Job, *, temperature: float = 0.05, strength: float = 3.0, memory: float = 0.7
) -> Loss:
    """Row 121, early-learning regularisation (Liu et al. 2020).

    The fixed list of a pair is the papers of the batch in which it was first seen, cut to 32 and
    its own; they are scored by their vectors when last seen, its own with gradient.
    """
    above_zero(temperature=temperature)
    within_one(memory=memory)
    pairs, length = len(job.pairs), 32
    lists = torch.full((pairs, length), -1, dtype=torch.long)
    state = EarlyLearning(torch.zeros(pairs, length + 1), memory)
    vectors = torch.zeros(len(job.corpus), job.student.dimensions)
    dice = job.chance("early-learning")

    def loss(scored: Scored) -> Tensor:
        rows = scored.pairs
        documents = scored.documents
        vectors[documents] = scored.candidates.detach()
        new = rows[lists[rows, 0] < 0]
        if len(new):
            drawn = dice.integers(len(documents), size=(len(new), length))
            lists[new] = documents[torch.from_numpy(drawn)]
        others = torch.einsum("qd,qkd->qk", scored.queries, vectors[lists[rows]])
        same = lists[rows] == documents[scored.positives][:, None]
        others = others.masked_fill(same, -torch.inf)
        own = scored.scores.gather(1, scored.positives[:, None])
        given = softmax(torch.cat([own, others], dim=1) / temperature, dim=1)
        turned = exchanged(scored)
        there = cross_entropy(logits(scored, temperature), scored.positives, reduction="none")
        back = cross_entropy(logits(turned, temperature), turned.positives, reduction="none")
        return (there + back) / 2 + strength * state.regulariser(given, rows)

    return loss
