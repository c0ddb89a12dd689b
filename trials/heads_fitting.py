"""Trains heads on frozen vectors: negatives, teachers, and the rounds against a ranker."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, kl_div, log_softmax, mse_loss, softmax

from trials.heads_data import Task
from trials.heads_maps import Heads

DENSE = 0.55  # of a fused score, as in the product's search
_DEPTH = 50


@dataclass(frozen=True, slots=True)
class Plan:
    """How a head is trained.

    ``negatives``: 'batch' (the others of a batch), 'random', 'static' (the stock vectors' first
    fifty) or 'live' (the head's own first fifty now), ``hard`` of them a pair. ``loss``: 'infonce';
    'distil' (KL to the fused teacher); 'regress' (its scores, no pairs known); 'ranker' (KL to a
    small ranker trained once), 'rounds' (to one trained against the head in turns). ``near``
    leaves out negatives that the teacher gives more than this share of the positive's score.
    """

    steps: int = 60
    rate: float = 0.002
    batch: int = 128
    temperature: float = 0.03
    negatives: str = "live"
    hard: int = 4
    loss: str = "infonce"
    near: float = 0.0
    mixed: float = 0.5  # the part of InfoNCE beside a teacher


def fitted(heads: Heads, tasks: list[Task], plan: Plan, seed: int) -> Heads:
    """Trains on batches of the tasks in turn; the same chance for every head."""
    generator = np.random.default_rng(seed)
    optimiser = torch.optim.Adam(heads.parameters(), plan.rate)
    ranker = Ranker() if plan.loss in ("ranker", "rounds") else None
    static = [_nearest(task.queries, task.documents) for task in tasks]
    for step in range(plan.steps):
        share = step / plan.steps
        task, near = tasks[step % len(tasks)], static[step % len(tasks)]
        for group in optimiser.param_groups:
            group["lr"] = plan.rate * min(1.0, (step + 1) / 10) * (1 - share)
        rows = generator.choice(len(task.queries), min(plan.batch, len(task.queries)), False)
        columns = _candidates(heads, task, rows, near, plan, generator)
        if ranker is not None and (step == 0 or (plan.loss == "rounds" and step % 25 == 0)):
            ranker.learn(heads, task, near if step == 0 else None, generator)
        loss = _loss(heads, task, rows, columns, plan, ranker) + heads.extra()
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        heads.after(share)
        optimiser.step()
    return heads


def _candidates(
    heads: Heads,
    task: Task,
    rows: NDArray[np.int64],
    near: NDArray[np.int64],
    plan: Plan,
    generator: np.random.Generator,
) -> NDArray[np.int64]:
    """The batch's own documents, in its order, and the negatives behind them."""
    match plan.negatives:
        case "batch":
            return rows
        case "random":
            found = generator.integers(0, len(task.documents), (len(rows), plan.hard))
        case "static":
            found = generator.permuted(near[rows], axis=1)[:, : plan.hard]
        case "live":
            with torch.no_grad():
                queries = heads.side(task.queries[torch.from_numpy(rows)], "query")
                live = _nearest(queries, heads.side(task.documents, "document"))
            found = generator.permuted(live, axis=1)[:, : plan.hard]
        case _:
            raise ValueError(f"no negatives are {plan.negatives!r}")
    return np.concatenate([rows, np.setdiff1d(found, rows)])


def _nearest(queries: Tensor, documents: Tensor) -> NDArray[np.int64]:
    found: NDArray[np.int64] = (queries @ documents.T).topk(_DEPTH, dim=1).indices.numpy()
    return found


def _loss(
    heads: Heads,
    task: Task,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    plan: Plan,
    ranker: Ranker | None,
) -> Tensor:
    at, over = torch.from_numpy(rows), torch.from_numpy(columns)
    queries = heads.side(task.queries[at], "query")
    cosines = queries @ heads.side(task.documents[over], "document").T
    own = torch.arange(len(rows))
    logits = masked(cosines / plan.temperature, task, rows, columns)
    if ranker is not None:
        with torch.no_grad():
            told = ranker(task.queries[at], task.documents[over], words_of(task, at, over))
        teacher = softmax(told, dim=1)
    elif plan.loss == "infonce" and not plan.near:
        return cross_entropy(logits, own)
    else:
        told = fused(task, at, over)
        teacher = softmax(told / 0.1, dim=1)
    if plan.near:
        close = told > plan.near * told[own, own][:, None]
        close[own, own] = False
        logits = logits.masked_fill(close, -1e4)
        teacher = softmax(told.masked_fill(close, -1e4) / 0.1, dim=1)
    if plan.loss == "regress":
        return mse_loss(cosines, told) * 10
    hard = cross_entropy(logits, own)
    if plan.loss == "infonce":
        return hard
    soft = kl_div(log_softmax(logits, dim=1), teacher, reduction="batchmean")
    return plan.mixed * hard + (1 - plan.mixed) * soft


def masked(
    logits: Tensor, task: Task, rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> Tensor:
    """Takes papers of the query's own label out, where these are no negatives."""
    if not task.grouped:
        return logits
    same = torch.from_numpy(task.labels[rows][:, None] == task.labels[columns][None, :])
    same[torch.arange(len(rows)), torch.arange(len(rows))] = False
    return logits.masked_fill(same, -1e4)


def fused(task: Task, at: Tensor, over: Tensor) -> Tensor:
    """The product's fused score of words and stock vectors, (rows, columns)."""
    cosines = (task.queries[at] @ task.documents[over].T).clamp(min=0)
    words = words_of(task, at, over)
    return DENSE * cosines / cosines.max(1, keepdim=True).values + (1 - DENSE) * words


def words_of(task: Task, at: Tensor, over: Tensor) -> Tensor:
    """BM25 as a share of each query's best, (rows, columns)."""
    if task.words is None:
        raise ValueError("these pairs have no scores by words")
    found = task.words[at][:, over]
    return found / found.max(1, keepdim=True).values.clamp(min=1e-6)


class Ranker(nn.Module):
    """A small cross-encoder over stock vectors and words: what both say of a pair together."""

    def __init__(self, d: int = 384, width: int = 32) -> None:
        super().__init__()
        self.inner = nn.Linear(d, width)
        self.outer = nn.Linear(width, 1)
        self.plain = nn.Parameter(torch.tensor([20.0, 5.0]))  # of cosine and BM25

    def forward(self, queries: Tensor, documents: Tensor, words: Tensor) -> Tensor:
        """Scores (q, c)."""
        both = queries[:, None, :] * documents[None, :, :] * queries.shape[1] ** 0.5
        deep: Tensor = self.outer(torch.relu(self.inner(both))).squeeze(2)
        return deep + self.plain[0] * (queries @ documents.T) + self.plain[1] * words

    def learn(
        self,
        heads: Heads,
        task: Task,
        near: NDArray[np.int64] | None,
        generator: np.random.Generator,
        steps: int = 25,
    ) -> None:
        """Learns to tell the positive from what is retrieved (``near``, or by the head now)."""
        optimiser = torch.optim.Adam(self.parameters(), 0.003)
        for _ in range(steps):
            rows = generator.choice(len(task.queries), 32, False)
            at = torch.from_numpy(rows)
            if near is None:
                with torch.no_grad():
                    queries = heads.side(task.queries[at], "query")
                    found = _nearest(queries, heads.side(task.documents, "document"))
            else:
                found = near[rows]
            drawn = generator.permuted(found, axis=1)[:, :4]
            columns = torch.from_numpy(np.concatenate([rows, np.setdiff1d(drawn, rows)]))
            scores = self(task.queries[at], task.documents[columns], words_of(task, at, columns))
            optimiser.zero_grad()
            torch.autograd.backward(cross_entropy(scores, torch.arange(len(rows))))
            optimiser.step()
