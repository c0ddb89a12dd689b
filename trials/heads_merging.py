"""Heads that were trained apart, merged into one: what they add to the stock vectors is mixed.

Every head here is a full matrix a side (`heads_maps.Full`), since factors cannot be averaged. A
head is then its deltas from the stock encoder, which itself is the head of zeros.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from trials.heads_data import Task
from trials.heads_fitting import masked
from trials.heads_maps import Full, Heads

Delta = dict[str, Tensor]
_TEMPERATURE = 0.03


def full(d: int = 384) -> Heads:
    """A head of zeros: the stock encoder."""
    return Heads(lambda: Full(d), "both")


def delta(heads: Heads) -> Delta:
    """What a head adds."""
    return {name: value.detach().clone() for name, value in heads.named_parameters()}


def with_delta(values: Mapping[str, Tensor]) -> Heads:
    """The head that adds so much."""
    heads = full()
    with torch.no_grad():
        for name, value in heads.named_parameters():
            value.copy_(values[name])
    return heads


def mean(deltas: Sequence[Delta]) -> Delta:
    """Plain averaging."""
    return {name: torch.stack([one[name] for one in deltas]).mean(0) for name in deltas[0]}


def fisher(deltas: Sequence[Delta], tasks: Sequence[Task], weights: Sequence[float]) -> Delta:
    """Averaging by how much each number matters to its own task (Matena and Raffel 2022).

    The diagonal of the Fisher information is the mean of squared gradients over single batches.
    """
    known = [information(one, task) for one, task in zip(deltas, tasks, strict=True)]
    merged = {}
    for name in deltas[0]:
        parts = torch.stack([w * one[name] for w, one in zip(weights, known, strict=True)])
        values = torch.stack([one[name] for one in deltas])
        merged[name] = (parts * values).sum(0) / parts.sum(0).clamp(min=1e-12)
    return merged


def information(one: Delta, task: Task, batches: int = 40, size: int = 16) -> Delta:
    """The diagonal Fisher information of a head on its task, at mean 1."""
    heads = with_delta(one)
    found = {name: torch.zeros_like(value) for name, value in heads.named_parameters()}
    chance = torch.Generator().manual_seed(0)
    for _ in range(batches):
        rows = torch.randint(0, len(task.queries), (size,), generator=chance)
        heads.zero_grad()
        torch.autograd.backward(loss(heads, task, rows))
        for name, value in heads.named_parameters():
            if value.grad is not None:
                found[name] += value.grad.square()
    return {name: value / value.mean().clamp(min=1e-20) for name, value in found.items()}


def balanced(deltas: Sequence[Delta], kept: float = 0.4, scale: float = 1.0) -> Delta:
    """Parameter competition (Du et al. 2024, PCB-Merging).

    A number counts by its own size within its head, times its agreement with the other heads';
    the least of each head are dropped, and what is left is weighed by those scores.
    """
    merged = {}
    for name in deltas[0]:
        values = torch.stack([one[name].flatten() for one in deltas])
        n = len(values)
        intra = torch.softmax(n * normed(values.square()), dim=1)
        inter = torch.softmax(normed(values * values.sum(0, keepdim=True)), dim=1)
        scores = intra * inter
        least = scores.quantile(1 - kept, dim=1, keepdim=True)
        scores = torch.where(scores >= least, scores, torch.zeros(()))
        shares = scores / scores.sum(0).clamp(min=1e-30)
        merged[name] = (scale * (shares * values).sum(0)).reshape(deltas[0][name].shape)
    return merged


def learned(deltas: Sequence[Delta], probes: Sequence[Task], steps: int = 60) -> Delta:
    """Weights of whole heads, learned on small probes of every task (row 58)."""
    weights = torch.full((len(deltas),), 1 / len(deltas), requires_grad=True)
    optimiser = torch.optim.Adam([weights], 0.02)
    for step in range(steps):
        probe = probes[step % len(probes)]
        mixed = {
            name: sum(
                (w * one[name] for w, one in zip(weights, deltas, strict=True)), torch.zeros(())
            )
            for name in deltas[0]
        }
        queries = moved(probe.queries, mixed["query.delta"])
        documents = moved(probe.documents, mixed["document.delta"])
        rows = np.arange(len(queries))
        scores = masked(queries @ documents.T / _TEMPERATURE, probe, rows, rows)
        optimiser.zero_grad()
        torch.autograd.backward(cross_entropy(scores, torch.arange(len(queries))))
        optimiser.step()
    known = weights.detach()
    return {
        name: torch.stack([w * one[name] for w, one in zip(known, deltas, strict=True)]).sum(0)
        for name in deltas[0]
    }


def loss(heads: Heads, task: Task, rows: Tensor) -> Tensor:
    """InfoNCE of a batch."""
    queries = heads.side(task.queries[rows], "query")
    scores = queries @ heads.side(task.documents[rows], "document").T / _TEMPERATURE
    at = rows.numpy()
    return cross_entropy(masked(scores, task, at, at), torch.arange(len(rows)))


def moved(vectors: Tensor, matrix: Tensor) -> Tensor:
    """Unit vectors after x + x W."""
    return torch.nn.functional.normalize(vectors + vectors @ matrix, dim=1)


def normed(values: Tensor) -> Tensor:
    """Each row's numbers scaled to a largest of 1."""
    return values / values.abs().max(dim=1, keepdim=True).values.clamp(min=1e-20)
