"""Optimisers that were tried (`trials.training`): row 127 of docs/methods.md."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from torch.autograd import grad
from torch.nn.functional import cross_entropy, normalize
from typing_extensions import override

from broadsheet.learn import optimisers, recipe
from broadsheet.learn.job import Job
from broadsheet.learn.losses import above_zero, exchanged, logits
from broadsheet.learn.parts import Loss, Scored, part
from broadsheet.learn.recipe import Schedule

Groups = list[dict[str, Any]]


class SparseLion(torch.optim.Optimizer):
    """Lion (Chen et al. 2023) on the rows that a sparse gradient touches."""

    def __init__(self, groups: Groups, betas: tuple[float, float] = (0.9, 0.99)) -> None:
        super().__init__(groups, {"betas": betas})

    @override
    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:
        """The sign of the mixed gradient times the learning rate."""
        for group in self.param_groups:
            first, second = group["betas"]
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                rows, values = touched(parameter.grad)
                state = self.state[parameter]
                if not state:
                    state["mean"] = torch.zeros_like(parameter)
                mean = state["mean"][rows]
                parameter[rows] -= group["lr"] * torch.sign(first * mean + (1 - first) * values)
                state["mean"][rows] = second * mean + (1 - second) * values


class DecayedAdam(torch.optim.SparseAdam):
    """SparseAdam whose touched rows shrink by learning rate x decay at each step (AdamW)."""

    def __init__(self, groups: Groups, decay: float) -> None:
        super().__init__(groups)
        self.decay = decay

    @override
    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:
        """Decay, then Adam's step."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    rows, _ = touched(parameter.grad)
                    parameter[rows] *= 1 - group["lr"] * self.decay
        super().step()


def touched(gradient: Tensor) -> tuple[Tensor, Tensor]:
    """The rows of a sparse gradient and their values."""
    once = gradient.coalesce()
    return once.indices()[0], once.values()


def _lion(groups: Groups, _schedule: Schedule, _sparse: bool) -> torch.optim.Optimizer:
    return SparseLion(groups)


def _decayed(groups: Groups, schedule: Schedule, _sparse: bool) -> torch.optim.Optimizer:
    return DecayedAdam(groups, schedule.weight_decay)


optimisers.MADE |= {"lion": _lion, "decayed-adam": _decayed}
recipe.OPTIMISERS = (*recipe.OPTIMISERS, "lion", "decayed-adam")


@part("loss", "flat")
def flat(_job: Job, *, temperature: float = 0.05, radius: float = 0.05) -> Loss:
    """Row 127, a flat minimum: InfoNCE at the worst point near each vector.

    Sharpness-aware minimisation (Foret et al. 2021) with the step taken in the texts' vectors,
    ``radius`` long, instead of in all parameters: a second pass over the table would cost as
    much as a second step.
    """
    above_zero(temperature=temperature, radius=radius)

    def plain(scored: Scored) -> Tensor:
        turned = exchanged(scored)
        there = cross_entropy(logits(scored, temperature), scored.positives, reduction="none")
        back = cross_entropy(logits(turned, temperature), turned.positives, reduction="none")
        return (there + back) / 2

    def loss(scored: Scored) -> Tensor:
        ends = [scored.queries.detach().requires_grad_(), scored.candidates.detach()]
        ends[1] = ends[1].requires_grad_()
        near = replace(scored, scores=ends[0] @ ends[1].T, queries=ends[0], candidates=ends[1])
        slopes = grad(plain(near).sum(), ends)
        queries, candidates = (
            normalize(vectors + radius * normalize(slope, dim=1), dim=1)
            for vectors, slope in zip((scored.queries, scored.candidates), slopes, strict=True)
        )
        moved = replace(
            scored, scores=queries @ candidates.T, queries=queries, candidates=candidates
        )
        return plain(moved)

    return loss
