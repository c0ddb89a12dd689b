"""Distillation into a static student, and pairs that leave out what was asked."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from learn_small import document, job_of, pairs_of, with_student  # noqa: E402

from broadsheet.encoders import Encoder, StaticEncoder, load_encoder, split_words, write_static  # noqa: E402
from broadsheet.learn import trainer  # noqa: E402
from broadsheet.learn.errors import RecipeError  # noqa: E402
from broadsheet.learn.job import Job  # noqa: E402
from broadsheet.learn.parts import built  # noqa: E402
from broadsheet.learn.recipe import Spec, as_tables, read_recipe, recipe_of  # noqa: E402
from broadsheet.learn.students.static import StaticStudent  # noqa: E402
from broadsheet.learn.training import register_parts  # noqa: E402
from broadsheet.sources import starter  # noqa: E402

register_parts()


def papers(count: int) -> list[object]:
    found = [arrived.paper for arrived in islice(starter(), count)]
    return [document(one.id, one.title, one.summary) for one in found]


def taught(folder: Path, seed: int = 7) -> tuple[Job, Encoder]:
    """A job with a student, and a teacher of the same words that sees them otherwise."""
    job = with_student(job_of(papers(24), folder, guide=""))  # type: ignore[arg-type]
    student = job.student
    assert isinstance(student, StaticStudent)
    rng = np.random.default_rng(seed)
    table = rng.standard_normal((len(student.words), student.dimensions)).astype(np.float32)
    write_static(folder / "teacher", student.words, table, np.ones(len(table)))
    teacher = StaticEncoder(folder / "teacher", threads=1)
    job.encoder_of = lambda _name: teacher
    return job, teacher


def step(job: Job, loss: Callable[[object], torch.Tensor], rate: float = 1.0) -> float:
    student = job.student
    assert isinstance(student, StaticStudent)
    value = loss(None).mean()
    parameters = [student.table.weight, student.weights.weight]
    for parameter in parameters:
        parameter.grad = None
    torch.autograd.backward(value)
    with torch.no_grad():
        for parameter in parameters:
            parameter -= rate * parameter.grad.to_dense()
    return value.item()


@pytest.mark.parametrize("sizes", [{"kl": 0.0}, {"cosine": 0.0}, {}])
def test_the_student_comes_to_see_papers_as_its_teacher_does(
    tmp_path: Path, sizes: dict[str, float]
) -> None:
    job, teacher = taught(tmp_path)
    loss = built("extra", Spec("distil", {"teacher": "teacher", "batch": 12, **sizes}), job)
    texts = [one.text for one in job.corpus.documents]
    wanted = teacher.encode_documents(texts)

    def near_and_apart() -> tuple[float, float]:
        own = job.encoded(job.student.pack(texts, "document"), "document")
        apart = np.abs(own @ own.T - wanted @ wanted.T).mean()
        return float((own * wanted).sum(1).mean()), float(apart)

    near, apart = near_and_apart()
    first = step(job, loss)
    for _ in range(40):
        last = step(job, loss)
    assert last < first * 0.7
    if sizes.get("cosine", 1):
        assert near_and_apart()[0] > near + 0.1
    else:  # the axes are the student's own, only what lies near what is the teacher's
        assert near_and_apart()[1] < apart * 0.96


def test_a_teacher_of_other_dimensions_can_only_rank(tmp_path: Path) -> None:
    job, _ = taught(tmp_path)
    student = job.student
    assert isinstance(student, StaticStudent)
    table = np.random.default_rng(1).standard_normal((len(student.words), 5)).astype(np.float32)
    write_static(tmp_path / "small", student.words, table, np.ones(len(table)))
    job.encoder_of = lambda _name: StaticEncoder(tmp_path / "small")
    with pytest.raises(RecipeError, match="5 dimensions and the student 16"):
        built("extra", Spec("distil", {}), job)
    assert step(job, built("extra", Spec("distil", {"cosine": 0.0}), job)) > 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"papers": 1},
        {"batch": 1},
        {"temperature": 0.0},
        {"kl": -1.0},
        {"kl": 0, "cosine": 0},
    ],
)
def test_impossible_sizes_of_a_distillation_are_refused(
    tmp_path: Path, wrong: dict[str, float]
) -> None:
    job, _ = taught(tmp_path)
    with pytest.raises(RecipeError, match=r"\[extra\] distil: "):
        built("extra", Spec("distil", wrong), job)


def test_nothing_to_distil_is_said(tmp_path: Path) -> None:
    job, _ = taught(tmp_path)
    job.corpus = type(job.corpus)((document("x", "", "A paper without a title."),))
    with pytest.raises(RecipeError, match="0 papers have title and abstract"):
        built("extra", Spec("distil", {}), job)


def test_what_was_asked_is_left_out_of_the_paper(tmp_path: Path) -> None:
    job = job_of(papers(150), tmp_path)  # type: ignore[arg-type]
    pairs = pairs_of(job, "unsaid", left_out=1.0)
    assert len(pairs) > 100
    for pair in pairs:
        assert pair.text
        assert not set(split_words(pair.query)) & set(split_words(pair.text))


def test_queries_are_titles_runs_and_samples_in_their_shares(tmp_path: Path) -> None:
    documents = papers(200)
    job = job_of(documents, tmp_path)  # type: ignore[arg-type]
    pairs = pairs_of(job, "unsaid", runs=0.5, samples=0.2, left_out=0.0)
    titles = runs = 0
    for pair in pairs:
        one = job.corpus.documents[pair.document]
        title = b" ".join(split_words(one.title)).decode()
        body = b" ".join(split_words(one.abstract)).decode()
        titles += pair.query == title
        runs += f" {pair.query} " in f" {body} "
        assert (pair.query == title) != (pair.text or "").startswith(one.title)
    assert 0.2 < titles / len(pairs) < 0.4
    assert 0.4 < runs / len(pairs) < 0.65


@pytest.mark.parametrize("wrong", [{"runs": 0.8, "samples": 0.3}, {"left_out": 1.5}])
def test_shares_that_are_none_are_refused(tmp_path: Path, wrong: dict[str, float]) -> None:
    with pytest.raises(RecipeError, match="from 0 to 1"):
        pairs_of(job_of(papers(3), tmp_path), "unsaid", **wrong)  # type: ignore[arg-type]


def test_a_training_of_the_static_recipe_is_written_and_loaded_again(tmp_path: Path) -> None:
    job, _ = taught(tmp_path)
    tables = as_tables(read_recipe("static"))
    tables["batches"]["size"] = tables["extra"][0]["batch"] = 12
    tables["schedule"] |= {"steps": 8, "learning_rate": 0.05}
    tables.pop("student")
    job.recipe = recipe_of(tables | {"student": {"kind": "static"}})
    job.pairs = [pair for spec in job.recipe.pairs for pair in built("pairs", spec, job)]
    history = trainer.fit(job)
    assert history.steps == 8
    key = job.student.export(tmp_path / "trained")
    trained = load_encoder(str(tmp_path / "trained"), tmp_path, hub=False)
    assert trained.key == key
    texts = [one.text for one in job.corpus.documents]
    own = job.encoded(job.student.pack(texts, "document"), "document")
    assert ((own * trained.encode_documents(texts)).sum(1) > 0.999).all()
