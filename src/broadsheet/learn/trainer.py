"""The loop: pairs to batches, batches to scores, scores to a loss, a loss to a step.

A training is the same whether it was interrupted or not: chance depends on the recipe's seed
alone, and what a checkpoint does not hold (batches drawn, negatives mined) is done again.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from broadsheet.learn import optimisers
from broadsheet.learn.errors import LearnError, RecipeError
from broadsheet.learn.job import Job
from broadsheet.learn.parts import Guard, Loss, Negatives, Rows, Scored, Weigher, built

LEAST_PAIRS = 32
CHECKPOINT_SECONDS = 60.0
_LOGGED = 100  # steps between two figures of a history

Told = Callable[[int, int, float], None]  # steps done, steps in all, mean loss of late


@dataclass(slots=True)
class History:
    """What a training went through. ``losses`` are (step, mean loss since the one before)."""

    pairs: int = 0
    sources: dict[str, int] = field(default_factory=dict)
    steps: int = 0
    planned: int = 0
    seconds: float = 0.0
    losses: list[tuple[int, float]] = field(default_factory=list)
    notes: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Parts:
    draw: Callable[[], Rows]
    negatives: Negatives | None
    guards: tuple[Guard, ...]
    weigher: Weigher
    loss: Loss
    extra: tuple[Loss, ...]


@dataclass(frozen=True, slots=True)
class _Pace:
    """How far a training is. It goes on at step ``start`` after ``spent`` seconds, when it was
    ``reached`` of the way; None where that is not known."""

    planned: int
    budget: float
    start: int = 0
    spent: float = 0.0
    reached: float | None = None

    def share(self, step: int, seconds: float) -> float:
        """The share of the way at a step, ``seconds`` after it went on: 1 at the end."""
        plain = max(step / self.planned, (self.spent + seconds) / self.budget)
        first = max(self.start / self.planned, self.spent / self.budget)
        if self.reached is None or self.reached == first or first >= 1:
            return plain
        return self.reached + (1 - self.reached) * (plain - first) / (1 - first)


def prepare(job: Job) -> None:
    """Makes the pairs and the student; raises `RecipeError` and `LearnError`."""
    recipe = job.recipe
    torch.manual_seed(recipe.seed)
    job.pairs = [pair for spec in recipe.pairs for pair in built("pairs", spec, job)]
    if len(job.pairs) < LEAST_PAIRS:
        raise LearnError(
            f"{len(job.pairs)} pairs can be made of {len(job.corpus)} papers, and"
            f" {LEAST_PAIRS} is the least to learn from: import more papers with titles and"
            " abstracts"
        )
    job.student = built("student", recipe.student, job)
    job.start_guide()
    if recipe.choice is not None:
        chosen = built("choice", recipe.choice, job)
        job.narrow(np.asarray(chosen, np.int64))


def fit(
    job: Job,
    *,
    checkpoint: Path | None = None,
    budget: float = math.inf,
    told: Told | None = None,
) -> History:
    """Trains ``job.student``, after `prepare`; ``budget`` is in seconds.

    With a ``checkpoint`` it goes on from what is there and leaves one every minute. The learning
    rate falls with the time spent or the steps done, whichever is further, so that a training that
    its budget ends is finished too. With another budget than before an interruption it falls on
    from where it was. Raises `LearnError` when a loss is no number.
    """
    schedule = job.recipe.schedule
    parts = _parts(job)
    optimiser = optimisers.optimiser(schedule, job.student)
    first = parts.draw()
    planned = schedule.steps or max(1, round(len(job.pairs) * schedule.epochs / len(first)))
    history = History(pairs=len(job.pairs), planned=planned, notes=job.history)
    for pair in job.pairs:
        history.sources[pair.source] = history.sources.get(pair.source, 0) + 1
    average = optimisers.Average(job.student, schedule.average)
    identity = _identity(job, planned) if checkpoint is not None else {}
    reached = _resume(checkpoint, identity, job, optimiser, average, history)
    pace = _Pace(planned, budget, history.steps, history.seconds, reached)
    for _ in range(pace.start - 1):  # what was drawn before the interruption
        parts.draw()
    began = saved = time.monotonic()
    late: list[float] = []
    for step in range(pace.start, planned):
        now = time.monotonic()
        job.share = pace.share(step, now - began)
        if job.share >= 1:
            break
        optimiser.pace(optimisers.rate(schedule, job.share))
        late.append(_step(job, parts, first if step == 0 else parts.draw(), optimiser, step))
        average.note(job.share)
        history.steps = step + 1
        if len(late) == _LOGGED or step + 1 == planned:
            history.losses.append((step + 1, float(np.mean(late))))
            late = []
        if told:
            told(step + 1, planned, history.losses[-1][1] if history.losses else late[-1])
        if checkpoint is not None and now - saved > CHECKPOINT_SECONDS:
            history.seconds = pace.spent + (now - began)
            reached = pace.share(step + 1, now - began)
            _save(checkpoint, {**identity, "share": reached}, job, optimiser, average, history)
            saved = now
    average.apply()
    history.seconds = pace.spent + (time.monotonic() - began)
    return history


def _parts(job: Job) -> _Parts:
    recipe = job.recipe
    return _Parts(
        draw=built("batches", recipe.batches, job),
        negatives=built("negatives", recipe.negatives, job) if recipe.negatives else None,
        guards=tuple(built("guards", spec, job) for spec in recipe.guards),
        weigher=built("weights", recipe.weights, job),
        loss=built("loss", recipe.loss, job),
        extra=tuple(built("extra", spec, job) for spec in recipe.extra),
    )


def _step(job: Job, parts: _Parts, rows: Rows, optimiser: optimisers.Optimiser, step: int) -> float:
    scored = _score(job, parts, rows, step)
    with torch.no_grad():
        weights = parts.weigher.weigh(scored)
    total = (parts.loss(scored) * weights).mean()
    for extra in parts.extra:
        total = total + extra(scored).mean()
    value = float(total.detach())
    if not math.isfinite(value):
        raise LearnError(
            f"the loss is not a number at step {step + 1}: lower learning_rate, or raise the"
            " temperature; the paper goes on with the encoder it has"
        )
    optimiser.step(total)
    return value


def _score(job: Job, parts: _Parts, rows: Rows, step: int) -> Scored:
    own = job.documents_of_pairs[rows]
    queries = job.student.encode(job.query_ids.take(rows), "query")
    candidates = job.student.encode(job.answer_ids.take(rows), "document")
    documents = own
    if parts.negatives is not None:
        mined = parts.negatives(rows, step)
        more = np.setdiff1d(mined[mined >= 0], own)
        if len(more):
            encoded = job.student.encode(job.body_ids.take(more), "document")
            candidates = torch.cat([candidates, encoded])
            documents = np.concatenate([own, more])
    positives = torch.arange(len(rows))
    # Another pair's document that is the same paper is no negative.
    allowed = torch.from_numpy(own[:, None] != documents[None, :])
    for guard in parts.guards:
        allowed &= guard(rows, documents)
    allowed[positives, positives] = True
    return Scored(
        scores=queries @ candidates.T,
        positives=positives,
        allowed=allowed,
        pairs=torch.from_numpy(rows),
        documents=torch.from_numpy(documents),
        queries=queries,
        candidates=candidates,
        share=job.share,
        guide=_guided(job, rows, documents),
    )


def _guided(job: Job, rows: Rows, documents: Rows) -> Tensor | None:
    if not job.recipe.guide:
        return None
    queries = torch.from_numpy(job.guide_queries(rows))
    return queries @ torch.from_numpy(job.guide_documents(documents)).T


def _save(
    path: Path,
    identity: dict[str, Any],
    job: Job,
    optimiser: optimisers.Optimiser,
    average: optimisers.Average,
    history: History,
) -> None:
    """Replaces the checkpoint in one step; what cannot be written is a `LearnError`."""
    content: dict[str, Any] = {
        **identity,
        "steps": history.steps,
        "seconds": history.seconds,
        "losses": history.losses,
        "student": job.student.state(),
        "optimiser": optimiser.state(),
        "average": average.state(),
        "chance": torch.get_rng_state(),
    }
    part = path.with_name(path.name + ".new")
    try:
        torch.save(content, part)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(path)
    except (OSError, RuntimeError) as error:
        part.unlink(missing_ok=True)
        raise LearnError(
            f"{path}: the checkpoint cannot be written"
            f" ({' '.join(str(error).split())[:120]}); make room, then: learn train --resume"
        ) from error


def _identity(job: Job, planned: int) -> dict[str, Any]:
    """What has to be the same where a training goes on: its papers and pairs, in their order."""
    made = blake2b(digest_size=16)
    for pair in job.pairs:
        made.update(repr((pair.query, pair.document, pair.text)).encode("utf-8", "replace"))
    return {
        "seed": job.recipe.seed,
        "planned": planned,
        "papers": job.corpus.digest(),
        "pairs": len(job.pairs),
        "made": made.hexdigest(),
    }


def _resume(
    path: Path | None,
    identity: dict[str, Any],
    job: Job,
    optimiser: optimisers.Optimiser,
    average: optimisers.Average,
    history: History,
) -> float | None:
    """Takes up what a checkpoint holds; how far the training was, None where nothing says."""
    if path is None or not path.is_file():
        return None
    try:
        content = torch.load(path, weights_only=True)
    except Exception as error:  # whatever a damaged archive may raise
        raise LearnError(f"{path}: is damaged; delete it and train anew") from error
    # Checkpoints of earlier versions do not say everything.
    other = [name for name, value in identity.items() if content.get(name, value) != value]
    if "papers" in other:
        raise LearnError(
            f"{path}: some of the papers that it learned from have changed since, or are gone;"
            " train anew"
        )
    if other:
        raise RecipeError(
            f"{path}: is of another recipe, or its papers and what readers like make other pairs"
            " now; train anew"
        )
    job.student.load(content["student"])
    optimiser.load(content["optimiser"])
    average.load(content["average"])
    torch.set_rng_state(content["chance"])
    history.steps = int(content["steps"])
    history.seconds = float(content["seconds"])
    history.losses = [(int(step), float(loss)) for step, loss in content["losses"]]
    reached = content.get("share")
    return None if reached is None else float(reached)
