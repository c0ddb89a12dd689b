"""How a gradient becomes a step, how fast, and the average of the late ones."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.optim import SGD, Adagrad, Adam, AdamW, SparseAdam

from broadsheet.learn.errors import RecipeError
from broadsheet.learn.parts import Student
from broadsheet.learn.recipe import Schedule

Made = Callable[[list[dict[str, Any]], Schedule, bool], torch.optim.Optimizer]


def _adam(groups: list[dict[str, Any]], schedule: Schedule, sparse: bool) -> torch.optim.Optimizer:
    return SparseAdam(groups) if sparse else Adam(groups, weight_decay=schedule.weight_decay)


def _adamw(groups: list[dict[str, Any]], schedule: Schedule, sparse: bool) -> torch.optim.Optimizer:
    if sparse:
        raise RecipeError("[schedule] adamw takes no sparse gradients: use adam for this student")
    return AdamW(groups, weight_decay=schedule.weight_decay)


def _adagrad(
    groups: list[dict[str, Any]], schedule: Schedule, sparse: bool
) -> torch.optim.Optimizer:
    return Adagrad(groups, weight_decay=0.0 if sparse else schedule.weight_decay)


def _sgd(groups: list[dict[str, Any]], schedule: Schedule, sparse: bool) -> torch.optim.Optimizer:
    return SGD(groups, weight_decay=0.0 if sparse else schedule.weight_decay)


MADE: dict[str, Made] = {"adam": _adam, "adamw": _adamw, "adagrad": _adagrad, "sgd": _sgd}


class Optimiser:
    """The optimisers of a student: one for dense gradients, one for sparse ones."""

    def __init__(self, schedule: Schedule, student: Student) -> None:
        self._optimisers: list[torch.optim.Optimizer] = []
        groups = student.groups(schedule.learning_rate)
        self._rates: list[list[float]] = []
        for sparse in (False, True):
            own = [
                {name: value for name, value in group.items() if name != "sparse"}
                for group in groups
                if bool(group.get("sparse")) is sparse
            ]
            if own:
                self._optimisers.append(MADE[schedule.optimiser](own, schedule, sparse))
                self._rates.append([group["lr"] for group in own])

    def pace(self, share: float) -> None:
        """Sets every learning rate to this share of the recipe's."""
        for optimiser, rates in zip(self._optimisers, self._rates, strict=True):
            for group, rate in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = rate * share

    def step(self, loss: Tensor) -> None:
        """One step down the gradient."""
        for optimiser in self._optimisers:
            optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        for optimiser in self._optimisers:
            optimiser.step()

    def state(self) -> list[dict[str, Any]]:
        """The state of each, for a checkpoint."""
        return [optimiser.state_dict() for optimiser in self._optimisers]

    def load(self, state: list[dict[str, Any]]) -> None:
        """Goes on from a checkpoint."""
        for optimiser, own in zip(self._optimisers, state, strict=True):
            optimiser.load_state_dict(own)


def optimiser(schedule: Schedule, student: Student) -> Optimiser:
    """The optimiser of a schedule; raises `RecipeError` where the student has none such."""
    return Optimiser(schedule, student)


def rate(schedule: Schedule, share: float) -> float:
    """The learning rate at a share of the training, as a share of the recipe's."""
    if share < schedule.warmup:
        return max(share / schedule.warmup, 1e-3)
    left = (1 - share) / max(1 - schedule.warmup, 1e-9)
    match schedule.decay:
        case "linear":
            return max(schedule.floor, left)
        case "cosine":
            return max(schedule.floor, 0.5 - 0.5 * math.cos(math.pi * left))
        case _:
            return 1.0


class Average:
    """The mean of the student over the last ``share`` of the training (Izmailov et al. 2018)."""

    def __init__(self, student: Student, share: float) -> None:
        self._student = student
        self._share = share
        self._mean: dict[str, Any] | None = None
        self._count = 0

    def note(self, share: float) -> None:
        """Takes the student of this moment in, when it is late enough."""
        if not self._share or share < 1 - self._share:
            return
        self._count += 1
        now = self._student.state()
        if self._mean is None:
            self._mean = now
            return
        for name, value in now.items():
            if isinstance(value, Tensor) and value.is_floating_point():
                self._mean[name] += (value - self._mean[name]) / self._count

    def apply(self) -> None:
        """Puts the mean in the student's place."""
        if self._mean is not None:
            self._student.load(self._mean)

    def state(self) -> dict[str, Any]:
        """For a checkpoint."""
        return {"mean": self._mean, "count": self._count}

    def load(self, state: dict[str, Any]) -> None:
        """Goes on from a checkpoint."""
        self._mean, self._count = state["mean"], int(state["count"])
