"""Losses: what a batch of scored candidates costs, a value a query.

Every loss takes a `Scored` and gives a tensor of (queries,); the trainer weights and averages it.
A candidate that a guard has struck out (not ``allowed``) takes no part. ``both`` adds the
same loss with the roles exchanged: the paper asks, and the queries of the batch are its
candidates.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, softmax

from broadsheet.learn.errors import RecipeError
from broadsheet.learn.job import Job
from broadsheet.learn.parts import Loss, Scored, part


@part("loss", "infonce")
def infonce(_job: Job, *, temperature: float = 0.05, both: bool = True) -> Loss:
    """Softmax cross-entropy of the positive among its candidates (van den Oord et al. 2018)."""
    above_zero(temperature=temperature)

    def one_way(scored: Scored) -> Tensor:
        return cross_entropy(logits(scored, temperature), scored.positives, reduction="none")

    return both_ways(one_way) if both else one_way


@part("loss", "decoupled")
def decoupled(_job: Job, *, temperature: float = 0.1, both: bool = True) -> Loss:
    """InfoNCE whose softmax is over the others alone (Yeh et al. 2022).

    A pair that is right already goes on pulling as hard as any other, where InfoNCE lets it go.
    A query without any other candidate costs nothing.
    """
    above_zero(temperature=temperature)

    def one_way(scored: Scored) -> Tensor:
        rivals = scored.allowed & (positives_of(scored) == 0)
        alone = ~rivals.any(1)
        others = (scored.scores / temperature).masked_fill(~rivals, -torch.inf)
        others = others.masked_fill(alone[:, None], 0.0)
        own = scored.scores.gather(1, scored.positives[:, None]).squeeze(1) / temperature
        return (torch.logsumexp(others, dim=1) - own).masked_fill(alone, 0.0)

    return both_ways(one_way) if both else one_way


@part("loss", "kl")
def kl(
    _job: Job,
    *,
    temperature: float = 0.05,
    guide_temperature: float = 0.05,
    hard: float = 0.5,
    both: bool = True,
) -> Loss:
    """Distillation: cross-entropy towards the guide's softmax over the same candidates.

    ``hard`` is the part of the target that stays on the positive (Hinton et al. 2015).
    """
    above_zero(temperature=temperature, guide_temperature=guide_temperature)
    within_one(hard=hard)

    def one_way(scored: Scored) -> Tensor:
        soft = softmax(masked(guided(scored) / guide_temperature, scored), dim=1)
        return towards(scored, hard * positives_of(scored) + (1 - hard) * soft, temperature)

    return both_ways(one_way) if both else one_way


@part("loss", "margin-mse")
def margin_mse(
    _job: Job,
    *,
    scale: float = 1.0,
    temperature: float = 0.05,
    hard: float = 0.5,
    both: bool = True,
) -> Loss:
    """Squared error of the margin positive - candidate against the guide's.

    Hofstätter et al. (2020). ``scale`` stretches the guide's margins; ``hard`` is the share of
    InfoNCE mixed in, which keeps the positive on top where the guide does not have it there.
    Margins are measured in units of ``temperature``, so that both terms are of one size.
    """
    above_zero(temperature=temperature, scale=scale)
    within_one(hard=hard)

    def one_way(scored: Scored) -> Tensor:
        wanted = margins(scale * guided(scored), scored.positives)
        apart = (margins(scored.scores, scored.positives) - wanted) / temperature
        error = (apart.square() * scored.allowed).sum(1)
        error = error / (scored.allowed.sum(1) - 1).clamp(min=1)
        own = cross_entropy(logits(scored, temperature), scored.positives, reduction="none")
        return hard * own + (1 - hard) * error

    return both_ways(one_way) if both else one_way


def both_ways(one_way: Loss) -> Loss:
    """The mean of a loss and of itself with queries and papers exchanged."""
    return lambda scored: (one_way(scored) + one_way(exchanged(scored))) / 2


def exchanged(scored: Scored) -> Scored:
    """The same batch with each pair's document as the query and the queries as candidates: (q, q).

    A query of the same document is no negative to it. ``documents`` are those of the queries.
    """
    own = scored.positives
    rivals = scored.allowed[:, own] & (own[:, None] != own[None, :])
    return replace(
        scored,
        scores=scored.scores[:, own].T,
        allowed=rivals.T | torch.eye(len(own), dtype=torch.bool),
        positives=torch.arange(len(own)),
        documents=scored.documents[own],
        queries=scored.candidates[own],
        candidates=scored.queries,
        guide=None if scored.guide is None else scored.guide[:, own].T,
    )


def positives_of(scored: Scored) -> Tensor:
    """One-hot (q, c) of the positives, float."""
    empty = torch.zeros_like(scored.scores)
    return empty.scatter_(1, scored.positives[:, None], 1.0)


def masked(values: Tensor, scored: Scored) -> Tensor:
    """Values (q, c) with -inf where a candidate takes no part."""
    return values.masked_fill(~scored.allowed, -torch.inf)


def logits(scored: Scored, temperature: float) -> Tensor:
    """Cosines over the temperature, -inf where a candidate takes no part."""
    return masked(scored.scores / temperature, scored)


def towards(scored: Scored, target: Tensor, temperature: float) -> Tensor:
    """Cross-entropy (q,) of a target distribution (q, c) that is 0 where nothing is allowed."""
    given = torch.log_softmax(logits(scored, temperature), dim=1)
    return -(target * given.masked_fill(~scored.allowed, 0.0)).sum(1)


def margins(scores: Tensor, positives: Tensor) -> Tensor:
    """How far each candidate lies under the positive (q, c)."""
    return scores.gather(1, positives[:, None]) - scores


def guided(scored: Scored) -> Tensor:
    """The frozen guide's cosines (q, c); raises `RecipeError` where the recipe names no guide."""
    if scored.guide is None:
        raise RecipeError('a part asks for a guide: write guide = "initial" at the recipe\'s head')
    return scored.guide


def above_zero(**values: float) -> None:
    """Raises ValueError for a size that is not above 0."""
    for name, value in values.items():
        if not value > 0:
            raise ValueError(f"{name} must be above 0, not {value}")


def within_one(**values: float) -> None:
    """Raises ValueError for a share outside 0 to 1."""
    for name, value in values.items():
        if not 0 <= value <= 1:
            raise ValueError(f"{name} must lie in 0 to 1, not {value}")
