"""Training lowers the loss, is the same however often it is interrupted, and refuses nonsense."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.learn.learn_small import document, job_of, with_student

from broadsheet.learn import LearnError, trainer
from broadsheet.learn.corpus import Corpus, Document
from broadsheet.learn.job import Job
from broadsheet.learn.optimisers import rate
from broadsheet.learn.parts import built
from broadsheet.learn.recipe import Schedule, Spec
from broadsheet.learn.training import register_parts

register_parts()
TOPICS = ("owl", "trout", "maple", "comet", "violin", "glacier", "bridge", "orchid")


def papers(count: int = 64) -> list[Document]:
    """Titles share no word with abstracts, so that there is something to learn."""
    found = []
    for number in range(count):
        topic = TOPICS[number % len(TOPICS)]
        other = TOPICS[(number + 3) % len(TOPICS)]
        found.append(document(str(number), f"{topic}s {other}s", f"the {topic} and one {other}"))
    return found


def job(folder: Path, **schedule: float) -> Job:
    made = with_student(job_of(papers(), folder, guide=""))
    values = {"steps": 40, "learning_rate": 0.05, **schedule}
    made.recipe = replace(made.recipe, schedule=Schedule(**values))  # type: ignore[arg-type]
    return made


def table(trained: Job) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    state = trained.student.state()["table"]
    assert isinstance(state, torch.Tensor)
    return state.numpy()


def test_titles_find_their_abstracts_after_training(tmp_path: Path) -> None:
    trained = job(tmp_path)

    def found() -> float:
        queries = trained.encoded(trained.query_ids, "query")
        documents = trained.encoded(trained.body_ids, "document")
        ranks = (queries @ documents.T).argsort(axis=1)[:, ::-1]
        same = [trained.corpus.documents[row].abstract for row in ranks[:, 0]]
        return float(np.mean([a == b.abstract for a, b in zip(same, papers(), strict=True)]))

    before = found()
    history = trainer.fit(trained)
    assert history.steps == history.planned == 40
    assert history.sources == {"": 64}
    assert found() > max(0.9, before)


def test_an_interrupted_training_ends_as_an_uninterrupted_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = job(tmp_path / "a", average=0.3)
    trainer.fit(whole)
    monkeypatch.setattr(trainer, "CHECKPOINT_SECONDS", 0.0)
    cut = job(tmp_path / "b", average=0.3)
    checkpoint = tmp_path / "checkpoint"

    def stop(done: int, _planned: int, _loss: float) -> None:
        if done == 34:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trainer.fit(cut, checkpoint=checkpoint, told=stop)
    again = job(tmp_path / "c", average=0.3)
    history = trainer.fit(again, checkpoint=checkpoint)
    assert history.steps == 40
    np.testing.assert_allclose(table(again), table(whole), rtol=1e-5, atol=1e-6)


def test_a_checkpoint_of_another_seed_is_not_taken_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer, "CHECKPOINT_SECONDS", 0.0)
    first = job(tmp_path)
    trainer.fit(first, checkpoint=tmp_path / "checkpoint")
    other = job(tmp_path)
    other.recipe = other.recipe.seeded(7)
    with pytest.raises(LearnError, match="is of another recipe, or its papers"):
        trainer.fit(other, checkpoint=tmp_path / "checkpoint")


def test_a_checkpoint_of_other_papers_is_not_taken_up_however_many_pairs_they_make(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer, "CHECKPOINT_SECONDS", 0.0)
    first = job(tmp_path)
    trainer.fit(first, checkpoint=tmp_path / "checkpoint")
    other = job(tmp_path)
    documents = other.corpus.documents
    other.corpus = Corpus((replace(documents[0], key=b"another"), *documents[1:]))
    with pytest.raises(LearnError, match="papers that it learned from have changed"):
        trainer.fit(other, checkpoint=tmp_path / "checkpoint")
    liked = job(tmp_path)
    liked.pairs = [replace(liked.pairs[0], query="another"), *liked.pairs[1:]]
    with pytest.raises(LearnError, match="what readers like make other pairs now"):
        trainer.fit(liked, checkpoint=tmp_path / "checkpoint")


@pytest.mark.parametrize(("first", "then"), [(3.0, 60.0), (3.0, math.inf), (60.0, 3.0)])
def test_the_rate_does_not_jump_where_a_training_goes_on_with_another_budget(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: float, then: float
) -> None:
    clock = iter(np.arange(0, 1e6, 0.02).tolist())
    monkeypatch.setattr(trainer.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(trainer, "CHECKPOINT_SECONDS", 0.0)
    checkpoint = tmp_path / "checkpoint"
    shares: list[float] = []

    def told(trained: Job, end: int) -> Callable[[int, int, float], None]:
        def note(done: int, _planned: int, _loss: float) -> None:
            shares.append(trained.share)
            if done == end:
                raise KeyboardInterrupt

        return note

    cut = job(tmp_path / "a", steps=400)
    with pytest.raises(KeyboardInterrupt):
        trainer.fit(cut, checkpoint=checkpoint, budget=first, told=told(cut, 61))
    again = job(tmp_path / "b", steps=400)
    history = trainer.fit(again, checkpoint=checkpoint, budget=then, told=told(again, -1))
    assert np.diff(shares).max() < 0.02
    assert np.diff(shares).min() > -0.01  # the step that was lost is taken again
    assert shares[-1] > 0.97
    assert history.seconds <= min(then, 400 * 0.04) + 0.1


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    (tmp_path / "checkpoint").write_bytes(b"no archive")
    with pytest.raises(LearnError, match="checkpoint: is damaged; delete it"):
        trainer.fit(job(tmp_path), checkpoint=tmp_path / "checkpoint")


def test_a_checkpoint_that_cannot_be_written_ends_with_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer, "CHECKPOINT_SECONDS", 0.0)
    with pytest.raises(LearnError, match=r"cannot be written .*; make room, then: learn train"):
        trainer.fit(job(tmp_path), checkpoint=tmp_path / "nowhere" / "checkpoint")


def test_a_budget_ends_a_training_early_and_cools_it_down(tmp_path: Path) -> None:
    history = trainer.fit(job(tmp_path, steps=100_000), budget=0.5)
    assert 0 < history.steps < 100_000
    assert history.seconds < 5


def test_a_loss_that_is_no_number_stops_the_training(tmp_path: Path) -> None:
    broken = job(tmp_path)
    state = broken.student.state()
    state["table"][:] = float("nan")
    broken.student.load(state)
    with pytest.raises(LearnError, match="the loss is not a number at step 1: lower"):
        trainer.fit(broken)


def test_ten_papers_are_too_few_to_learn_from(tmp_path: Path) -> None:
    few = job_of(papers(10), tmp_path)
    few.recipe = replace(few.recipe, pairs=(Spec("title-abstract", {"shortest": 5}),))
    with pytest.raises(LearnError, match="10 pairs can be made of 10 papers, and 32 is the least"):
        trainer.prepare(few)


def test_papers_without_titles_make_no_pairs(tmp_path: Path) -> None:
    untitled = job_of([replace(one, title="") for one in papers()], tmp_path)
    with pytest.raises(LearnError, match="0 pairs can be made of 64 papers"):
        trainer.prepare(untitled)


def test_other_pairs_of_the_same_paper_are_no_negatives(tmp_path: Path) -> None:
    trained = job(tmp_path, steps=1)
    trained.pairs = [replace(pair, document=pair.document // 2) for pair in trained.pairs]
    parts = trainer._parts(trained)
    scored = trainer._score(trained, parts, np.arange(8), 0)
    allowed = scored.allowed.numpy()
    assert allowed.diagonal().all()
    assert not allowed[0, 1]
    assert allowed[0, 2:].all()


def test_few_pairs_make_small_batches_so_that_there_are_steps(tmp_path: Path) -> None:
    few = job(tmp_path)
    assert len(built("batches", Spec("random", {"size": 1024}), few)()) == 32
    assert len(built("batches", Spec("random", {"size": 8}), few)()) == 8


def test_the_rate_rises_then_falls_to_its_floor() -> None:
    schedule = Schedule(warmup=0.1, floor=0.05)
    assert rate(schedule, 0.05) == pytest.approx(0.5)
    assert rate(schedule, 0.1) == pytest.approx(1.0)
    assert rate(schedule, 0.55) == pytest.approx(0.5)
    assert rate(schedule, 1.0) == 0.05
    assert rate(replace(schedule, decay="cosine"), 0.55) == pytest.approx(0.5)
    assert rate(replace(schedule, decay="constant"), 0.9) == 1.0
