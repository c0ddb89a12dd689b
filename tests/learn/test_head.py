from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer, models

pytest.importorskip("torch")

import torch
from learn_small import document

from broadsheet.encoders import (
    AdaptedEncoder,
    Encoder,
    StaticEncoder,
    Vectors,
    WeightsMissing,
    Words,
    find_model_files,
    write_static,
)
from broadsheet.learn import LearnError, RecipeError, read_recipe, train_model
from broadsheet.learn.corpus import Corpus
from broadsheet.learn.job import Job
from broadsheet.learn.negatives_answers import dense_answers
from broadsheet.learn.parts import Pair, built
from broadsheet.learn.recipe import Recipe, Spec, recipe_of
from broadsheet.learn.students.head import HeadStudent
from broadsheet.learn.training import register_parts

D = 24
TOPICS = 48
TITLES = [f"asked{number}" for number in range(TOPICS)]
BODIES = [f"told{number} told{(number + 1) % TOPICS} filler" for number in range(TOPICS)]


class Counting:
    """An encoder that tells which papers it was given."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.name, self.key, self.dimensions = encoder.name, encoder.key, encoder.dimensions
        self.seen: list[str] = []

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encoder.encode_queries(texts)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        self.seen.extend(texts)
        return self._encoder.encode_documents(texts)


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    """Words of titles and of abstracts lie on different axes, one turned into the other."""
    folder = tmp_path_factory.mktemp("stock") / "stock"
    rng = np.random.default_rng(0)
    told = rng.standard_normal((TOPICS, D))
    turn, _ = np.linalg.qr(rng.standard_normal((D, D)))
    known = {f"told{number}": told[number] for number in range(TOPICS)}
    known |= {f"asked{number}": told[number] @ turn for number in range(TOPICS)}
    known["filler"] = rng.standard_normal(D) * 0.1
    words = Words(sorted(known), Tokenizer(models.WordPiece(vocab={"[UNK]": 0}, unk_token="[UNK]")))
    table = np.stack([known[word] for word in words.words] + [np.zeros(D)]).astype(np.float32)
    write_static(folder, words, table, np.ones(len(table)))
    return StaticEncoder(folder)


def corpus(count: int = TOPICS) -> Corpus:
    return Corpus(
        tuple(
            document(f"p{number}", TITLES[number], BODIES[number] + "." * 100)
            for number in range(count)
        )
    )


def recipe(**student: object) -> Recipe:
    return recipe_of(
        {
            "name": "small",
            "student": {"kind": "head", "base": "stock", "rank": 16, **student},
            "pairs": [{"kind": "title-abstract"}],
            "loss": {"kind": "infonce", "both": False},
            "batches": {"kind": "random", "size": 32},
            "negatives": {"kind": "dense-answers", "per_pair": 4, "depth": 8},
            "schedule": {"steps": 60, "learning_rate": 0.05},
        }
    )


def first(encoder: Encoder) -> float:
    """The share of titles whose own abstract is the nearest."""
    found = encoder.encode_queries(TITLES) @ encoder.encode_documents(BODIES).T
    return float((found.argmax(1) == np.arange(TOPICS)).mean())


@pytest.mark.parametrize("sides", ["query", "both", "shared"])
def test_a_head_learns_what_titles_mean_here(tmp_path: Path, stock: Encoder, sides: str) -> None:
    key, history = train_model(
        recipe(sides=sides),
        corpus(),
        tmp_path / "model",
        encoder_of=lambda _: stock,
        cache=tmp_path / "cache",
    )
    assert history.steps == 60
    trained = AdaptedEncoder(tmp_path / "model", lambda _: stock)
    assert trained.key == key
    assert (key == stock.key) == (sides == "query")
    assert first(stock) < 0.2
    assert first(trained) > 0.6


def test_only_what_pairs_ask_for_is_encoded(tmp_path: Path, stock: Encoder) -> None:
    counting = Counting(stock)
    limited = recipe_of(
        {
            "name": "limited",
            "student": {"kind": "head", "base": "stock", "rank": 4},
            "pairs": [{"kind": "title-abstract", "limit": 36}],
            "loss": {"kind": "infonce"},
            "batches": {"kind": "random", "size": 8},
            "negatives": {"kind": "dense-answers", "per_pair": 2, "depth": 4},
            "schedule": {"steps": 12},
        }
    )
    train_model(
        limited,
        corpus(),
        tmp_path / "model",
        encoder_of=lambda _: counting,
        cache=tmp_path / "cache",
    )
    asked = {text.rstrip(".") for text in counting.seen}
    assert asked == {*TITLES[-36:], *BODIES[-36:]}
    assert len(counting.seen) == 2 * 36


def job(stock: Encoder, folder: Path, count: int = TOPICS) -> Job:
    register_parts()
    made = Job(recipe(), corpus(count), lambda _: stock, folder)
    made.pairs = [Pair(TITLES[row], row) for row in range(count)]
    made.student = built("student", made.recipe.student, made)
    return made


def test_negatives_are_other_answers_that_rank_high(tmp_path: Path, stock: Encoder) -> None:
    made = job(stock, tmp_path)
    negatives = dense_answers(made, per_pair=3, depth=6)
    rows = np.arange(20)
    found = negatives(rows, 0)
    assert found.shape == (20, 3)
    assert not (found == made.documents_of_pairs[rows][:, None]).any()
    scores = stock.encode_queries(TITLES[:20]) @ stock.encode_documents(made.bodies(range(48))).T
    best = np.argsort(-scores, axis=1)[:, :7]
    for row in range(20):
        assert set(found[row][found[row] >= 0]) <= set(best[row])


def test_negatives_of_a_tiny_corpus_are_all_the_others(tmp_path: Path, stock: Encoder) -> None:
    negatives = dense_answers(job(stock, tmp_path, 3), per_pair=8, depth=50)
    found = negatives(np.arange(3), 0)
    assert [set(row[row >= 0]) for row in found] == [{1, 2}, {0, 2}, {0, 1}]


@pytest.mark.parametrize(
    ("table", "spec", "told"),
    [
        ("student", Spec("head", {"rank": 0}), "rank must be from 1 to 24"),
        ("student", Spec("head", {"rank": 99}), "rank must be from 1 to 24"),
        ("student", Spec("head", {"sides": "left"}), "sides is one of"),
        ("student", Spec("joint", {"share": 1.0}), "share must be between 0 and 1"),
        ("negatives", Spec("dense-answers", {"per_pair": 60}), "per_pair must be from 1"),
        ("negatives", Spec("dense-answers", {"pool": 1}), "pool 2 or more"),
    ],
)
def test_impossible_sizes_are_told(
    tmp_path: Path, stock: Encoder, table: str, spec: Spec, told: str
) -> None:
    with pytest.raises(RecipeError, match=told):
        built(table, spec, job(stock, tmp_path))  # type: ignore[arg-type]


def test_a_checkpoint_of_another_rank_is_refused(tmp_path: Path, stock: Encoder) -> None:
    small, large = (HeadStudent(stock, stock.encode_queries, rank, "both") for rank in (4, 8))
    with pytest.raises(LearnError, match="another rank"):
        large.load(small.state())
    state = {name: value + 1 for name, value in small.state().items()}
    small.load(state)
    assert all(torch.equal(small.state()[name], value) for name, value in state.items())


def test_a_head_that_is_no_number_is_never_written(tmp_path: Path, stock: Encoder) -> None:
    student = HeadStudent(stock, stock.encode_queries, 4, "query")
    student.load({name: value * np.nan for name, value in student.state().items()})
    with pytest.raises(LearnError, match="finite"):
        student.export(tmp_path / "model")
    assert not (tmp_path / "model").exists()


@pytest.fixture
def tokenizer() -> Callable[[], Path]:
    try:
        files = find_model_files(hub=False)
    except WeightsMissing as error:
        pytest.skip(str(error))
    return lambda: files.tokenizer


def test_a_joint_encoder_learns_words_beside_the_stock_vectors(
    tmp_path: Path, stock: Encoder, tokenizer: Callable[[], Path]
) -> None:
    assert tokenizer().is_file()
    values = recipe_of(
        {
            "name": "joint",
            "student": {
                "kind": "joint",
                "base": "stock",
                "dimensions": 8,
                "least": 1,
                "share": 0.8,
            },
            "pairs": [{"kind": "title-abstract"}],
            "loss": {"kind": "infonce"},
            "batches": {"kind": "random", "size": 32},
            "schedule": {"steps": 40, "learning_rate": 0.1},
        }
    )
    key, _ = train_model(
        values,
        corpus(),
        tmp_path / "model",
        encoder_of=lambda _: stock,
        cache=tmp_path / "cache",
    )
    trained = AdaptedEncoder(tmp_path / "model", lambda _: stock)
    assert trained.key == key != stock.key
    assert trained.dimensions == D + 8
    assert first(trained) > max(0.6, first(stock))


def test_the_shipped_recipes_name_what_there_is() -> None:
    assert read_recipe("adapt").student.kind == "joint"
    assert read_recipe("adapt-query").student.args["sides"] == "query"
