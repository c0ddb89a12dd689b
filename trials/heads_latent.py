"""Pooling by learned latents over sentences (row 54, NV-Embed, one level up from tokens)."""

from __future__ import annotations

from collections.abc import Sequence

import click
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize
from torch.nn.utils.rnn import pad_sequence

from broadsheet.evaluate import interval, randomisation
from trials.heads_data import Task, Vectors

FOLDS, STEPS, BATCH, LATENTS, TEMPERATURE = 4, 80, 64, 32, 0.05


class Latent(nn.Module):
    """Each sentence attends to learned latents; what comes out is added to it, then averaged."""

    def __init__(self, d: int = 384, latents: int = LATENTS) -> None:
        super().__init__()
        self.keys = nn.Parameter(torch.randn(latents, d) / d**0.5)
        self.values = nn.Parameter(torch.zeros(latents, d))

    def forward(self, sentences: Tensor, mask: Tensor) -> Tensor:
        """(n, s, d) and (n, s) to unit vectors (n, d)."""
        attention = torch.softmax(sentences @ self.keys.T * 8, dim=2)
        moved = (sentences + attention @ self.values) * mask[:, :, None]
        return normalize(moved.sum(1) / mask.sum(1, keepdim=True), dim=1)


def compare(held: Vectors, seeds: Sequence[int]) -> None:
    """Titles ask for abstracts; every fold is asked by a pooling that has not seen it."""
    task, parts = held.sentences
    sentences = pad_sequence(list(parts), batch_first=True)
    mask = (sentences.square().sum(2) > 0).float()
    plain = normalize((sentences * mask[:, :, None]).sum(1), dim=1)
    base = reciprocal(task.queries, plain)
    click.echo(f"{len(parts)} papers, {FOLDS} folds, seeds {list(seeds)}; MRR of the own abstract")
    told("whole text, one vector", [reciprocal(task.queries, task.documents)], base)
    told("mean of sentences", [base], None)
    extra = held.tasks["similar"]
    for name, staged in (("latents", False), ("latents, two stages", True)):
        runs = []
        for seed in seeds:
            documents = torch.empty_like(plain)
            for fold in range(FOLDS):
                kept = torch.arange(len(parts)) % FOLDS != fold
                pooling = learned(task, sentences, mask, kept, seed, extra if staged else None)
                with torch.no_grad():
                    documents[~kept] = pooling(sentences[~kept], mask[~kept])
            runs.append(reciprocal(task.queries, documents))
        told(name, runs, base)


def learned(
    task: Task, sentences: Tensor, mask: Tensor, kept: Tensor, seed: int, first: Task | None
) -> Latent:
    """Trains a pooling; ``first`` is a stage of other pairs before (second halves, unpooled)."""
    torch.manual_seed(seed)
    pooling = Latent()
    optimiser = torch.optim.Adam(pooling.parameters(), 0.003)
    rows = kept.nonzero().squeeze(1)
    chance = torch.Generator().manual_seed(seed)
    for step in range(STEPS):
        if first is not None and step < STEPS // 2:
            at = torch.randint(0, len(first.queries), (BATCH,), generator=chance).unique()
            queries, found = (
                first.queries[at],
                pooling(first.documents[at][:, None, :], torch.ones(len(at), 1)),
            )
        else:
            at = rows[torch.randperm(len(rows), generator=chance)[:BATCH]]
            queries, found = task.queries[at], pooling(sentences[at], mask[at])
        scores = queries @ found.T / TEMPERATURE
        optimiser.zero_grad()
        torch.autograd.backward(cross_entropy(scores, torch.arange(len(at))))
        optimiser.step()
    return pooling


def reciprocal(queries: Tensor, documents: Tensor) -> np.ndarray:
    """Of the rank of each query's own document, (n,)."""
    scores = queries @ documents.T
    ranks = (scores > scores.diagonal()[:, None]).sum(1) + 1
    return np.asarray((1 / ranks).numpy(), np.float64)


def told(name: str, runs: Sequence[np.ndarray], base: np.ndarray | None) -> None:
    """A line of the table."""
    means = [run.mean() for run in runs]
    text = f"{name:24} {np.mean(means):.4f} ~{np.std(means):.4f}"
    if base is not None:
        gap = np.mean(runs, axis=0) - base
        low, high = interval(gap)
        text += f" {gap.mean():+.4f} [{low:+.4f}, {high:+.4f}] p={randomisation([gap]):.4f}"
    click.echo(text)
