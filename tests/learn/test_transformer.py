from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.encoders.small_bert import TEXTS, small_state, small_tokenizer

pytest.importorskip("torch")

import onnxruntime
import torch
from learn_small import document, job_of, with_student
from tokenizers import Tokenizer

from broadsheet.encoders import (
    Encoder,
    EncoderError,
    Pooling,
    WeightsMissing,
    load_encoder,
    stock_state,
)
from broadsheet.encoders.graph import INPUT, OUTLIER_UNITS, build_graph
from broadsheet.encoders.transformer import TransformerEncoder
from broadsheet.learn import trainer
from broadsheet.learn.corpus import Corpus, Document
from broadsheet.learn.errors import LearnError, RecipeError
from broadsheet.learn.job import Job
from broadsheet.learn.parts import Pair, Scored, built
from broadsheet.learn.recipe import Spec, recipe_of
from broadsheet.learn.students.bert import Bert, padded, pooled
from broadsheet.learn.students.pruning import Moments, costs, cut, measured_units
from broadsheet.learn.students.reading import StockReader
from broadsheet.learn.students.transformer import TransformerStudent
from broadsheet.learn.training import check_recipe, register_parts

REST = "It was counted at night for many weeks in five places, and the counts are told here."
ROWS = [[2, 5, 9, 3], [2, 3], [2, 4, 6, 7, 8, 10, 11, 12, 3]]


def vectors_of(network: Bert, rows: list[list[int]]) -> np.ndarray:
    with torch.no_grad():
        return network(*padded(rows, network.tokens)).numpy()


POOLINGS = [None, Pooling(0, 2), Pooling(1, 2), Pooling(2, 3), Pooling(1, 16)]


@pytest.mark.parametrize("pooling", POOLINGS)
def test_the_network_computes_what_the_graph_computes(pooling: Pooling | None) -> None:
    state = small_state(layers=3, projection=10)
    network = Bert(state, tokens=16, pooling=pooling)
    session = onnxruntime.InferenceSession(
        build_graph(state, "fp32", tokens=16, outlier_units=((),) * 3, pooling=pooling),
        providers=["CPUExecutionProvider"],
    )
    wanted = [session.run(None, {INPUT: np.array([row], np.int32)})[0][0] for row in ROWS]
    np.testing.assert_allclose(vectors_of(network, ROWS), wanted, atol=1e-5)


def test_the_stock_weights_give_the_stock_vectors() -> None:
    try:
        state, tokenizer = stock_state()
    except WeightsMissing as error:
        pytest.skip(str(error))
    session = onnxruntime.InferenceSession(
        build_graph(state, "fp32", outlier_units=OUTLIER_UNITS),
        providers=["CPUExecutionProvider"],
    )
    rows = [one.ids for one in Tokenizer.from_file(str(tokenizer)).encode_batch(TEXTS)]
    rows = [[token for token in row if token] for row in rows]
    wanted = [session.run(None, {INPUT: np.array([row], np.int32)})[0][0] for row in rows]
    found = vectors_of(Bert(state), rows)
    assert (found * np.array(wanted)).sum(axis=1).min() > 0.9999


def test_pooled_states_are_means_of_neighbours_and_look_at_single_ones() -> None:
    hidden = torch.arange(1.0, 7).reshape(1, 6, 1).expand(1, 6, 64)
    states, mask = pooled(hidden, torch.tensor([[True] * 5 + [False]]), 3)
    assert states[0, :, 0].tolist() == [1, 3, 5]  # 6 is padding
    assert mask.tolist() == [[True, True, True]]
    network = Bert(small_state(layers=2), tokens=16, pooling=Pooling(1, 4))
    seen = []
    network.stack[1].key.register_forward_pre_hook(lambda _, given: seen.append(given[0].shape[1]))
    network.stack[1].inner.register_forward_pre_hook(
        lambda _, given: seen.append(given[0].shape[1])
    )
    vectors_of(network, [ROWS[2]])
    assert seen == [9, 3]


@pytest.mark.parametrize("pooling", POOLINGS)
def test_neighbours_and_padding_change_no_vector(pooling: Pooling | None) -> None:
    network = Bert(small_state(layers=3), tokens=16, pooling=pooling)
    alone = np.concatenate([vectors_of(network, [row]) for row in ROWS])
    np.testing.assert_allclose(vectors_of(network, ROWS), alone, atol=1e-5)


def test_layers_are_taken_in_the_order_asked_for() -> None:
    state = small_state(layers=3)
    last, other = (
        vectors_of(Bert(state, layers=order, tokens=16), ROWS) for order in ([2, 0], [0, 2])
    )
    assert np.abs(last - other).max() > 0.01


def many_rows(count: int = 200) -> list[list[int]]:
    chance = np.random.default_rng(1)
    return [[2, *chance.integers(4, 19, chance.integers(4, 14)).tolist(), 3] for _ in range(count)]


def test_units_and_heads_that_others_can_stand_in_for_are_the_ones_left_out() -> None:
    state = small_state(layers=2, units=64, heads=3)
    for own in ("encoder.layer.0.", "encoder.layer.1."):
        # Half of the units say what others say, and one head adds nothing.
        for name in ("intermediate.dense.weight", "intermediate.dense.bias"):
            state[f"{own}{name}"][32:] = state[f"{own}{name}"][:32]
        state[f"{own}attention.output.dense.weight"][:, 32:64] = 0
    network = Bert(state, tokens=16)
    before = vectors_of(network, ROWS)
    done: list[tuple[int, int]] = []
    cut(network, many_rows(), 32, 2, lambda *both: done.append(both))
    assert done == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert [layer.inner.out_features for layer in network.stack] == [32, 32]
    assert [layer.query.out_features for layer in network.stack] == [64, 64]
    assert network.state()["encoder.layer.1.attention.output.dense.weight"].shape == (64, 64)
    assert (vectors_of(network, ROWS) * before).sum(axis=1).min() > 0.999


def test_what_is_left_makes_up_for_what_went_better_than_it_stood() -> None:
    state, rows = small_state(layers=2, units=96, heads=2), many_rows()
    before = vectors_of(Bert(state, tokens=16), rows)
    network, plain = Bert(state, tokens=16), Bert(state, tokens=16)
    cut(network, rows, 64, 2)
    for layer, fitted in zip(plain.stack, network.stack, strict=True):
        # The same units as they stood.
        own, kept = layer.inner.weight, fitted.inner.weight
        stay = [int(((own - one) ** 2).sum(1).argmin()) for one in kept]
        layer.inner, layer.outer = fitted.inner, torch.nn.Linear(len(stay), 64)
        whole = f"encoder.layer.{plain.stack.index(layer)}.output.dense"
        with torch.no_grad():
            layer.outer.weight.copy_(torch.from_numpy(state[f"{whole}.weight"][:, stay]))
            layer.outer.bias.copy_(torch.from_numpy(state[f"{whole}.bias"]))
    lost = 1 - (vectors_of(network, rows) * before).sum(axis=1).mean()
    lost_as_they_stood = 1 - (vectors_of(plain, rows) * before).sum(axis=1).mean()
    assert lost < 0.5 * lost_as_they_stood


def test_few_texts_cost_what_is_left_out_and_no_more() -> None:
    state = small_state(layers=2, units=96, heads=2)
    before, network = Bert(state, tokens=16), Bert(state, tokens=16)
    cut(network, many_rows(8), 64, 2)
    others = many_rows(60)[8:]
    assert (vectors_of(network, others) * vectors_of(before, others)).sum(axis=1).mean() > 0.9


def test_the_cost_of_inputs_is_the_error_of_the_map_fitted_without_them() -> None:
    chance = np.random.default_rng(2)
    mixed = np.eye(6) + 0.3 * chance.normal(size=(6, 6))
    given = torch.from_numpy(chance.normal(size=(500, 6)) @ mixed).float()
    wanted = given @ torch.from_numpy(chance.normal(size=(6, 3))).float() + 5
    sums = Moments(6, 3)
    sums.add(given[:300], wanted[:300])
    sums.add(given[300:], wanted[300:])
    found = costs(sums, 2)
    order = np.argsort(found)
    assert np.isinf(found[order[-1]])
    kept = np.setdiff1d(np.arange(6), [2 * order[0], 2 * order[0] + 1])
    with torch.no_grad():
        error = float(
            ((sums.fitted(kept, torch.nn.Linear(6, 3))(given[:, kept]) - wanted) ** 2).sum()
        )
    assert error == pytest.approx(found[order[0]], rel=0.01)


def test_the_units_measured_are_those_that_fire_most() -> None:
    state = small_state(layers=2, units=40)
    state["encoder.layer.1.intermediate.dense.bias"][[7, 23]] = 30
    found = measured_units(Bert(state, tokens=16), ROWS, 2)
    assert [len(units) for units in found] == [2, 2]
    none = measured_units(Bert(state, tokens=16), ROWS, 0)
    assert [len(units) for units in none] == [0, 0]
    assert sorted(found[1].tolist()) == [7, 23]


def small_student(
    folder: Path, *, layers: int = 2, pooling: Pooling | None = None
) -> TransformerStudent:
    network = Bert(small_state(layers=layers), tokens=16, pooling=pooling)
    return TransformerStudent("small", network, small_tokenizer(folder), TEXTS[:3])


def test_the_order_of_texts_is_kept_whatever_their_lengths(tmp_path: Path) -> None:
    student = small_student(tmp_path)
    ids = student.pack(TEXTS, "document")
    with torch.no_grad():
        found = student.encode(ids, "document").numpy()
        alone = [student.encode(ids.take(np.array([row])), "query")[0] for row in range(4)]
    for row in range(4):
        assert float(found[row] @ alone[row].numpy()) > 0.999  # bfloat16


@pytest.mark.parametrize("pooling", [None, Pooling(1, 2)])
def test_what_is_exported_is_what_was_trained(tmp_path: Path, pooling: Pooling | None) -> None:
    student = small_student(tmp_path, pooling=pooling)
    key = student.export(tmp_path / "model")
    encoder = load_encoder(str(tmp_path / "model"), tmp_path)
    with torch.no_grad():
        trained = student.encode(student.pack(TEXTS, "document"), "document").numpy()
    assert encoder.key == key
    assert (encoder.encode_documents(TEXTS) * trained).sum(axis=1).min() > 0.98


def test_what_stays_of_the_start_is_exported_and_training_goes_on_from_what_was_learned(
    tmp_path: Path,
) -> None:
    network = Bert(small_state(), tokens=16)
    student = TransformerStudent("small", network, small_tokenizer(tmp_path), TEXTS[:3], 0.5)
    start = student.state()
    with torch.no_grad():
        for group in student.groups(1.0):
            for weights in group["params"]:
                weights.mul_(3)
    learned = student.state()
    student.export(tmp_path / "model")
    assert all(torch.equal(learned[name], value) for name, value in student.state().items())
    between = Bert(small_state(), tokens=16)
    with torch.no_grad():
        for name, weights in between.named_parameters():
            if name in start:
                weights.copy_((start[name] + learned[name]) / 2)
    encoder = load_encoder(str(tmp_path / "model"), tmp_path)
    rows = [student.pack(TEXTS, "document")[row].tolist() for row in range(4)]
    assert (encoder.encode_documents(TEXTS) * vectors_of(between, rows)).sum(axis=1).min() > 0.98


def test_a_state_goes_back_and_another_models_is_refused(tmp_path: Path) -> None:
    student = small_student(tmp_path)
    before = student.state()
    with torch.no_grad():
        for group in student.groups(1.0):
            for weights in group["params"]:
                weights.add_(1)
    student.load(before)
    assert all(torch.equal(before[name], value) for name, value in student.state().items())
    with pytest.raises(LearnError, match="another transformer"):
        student.load(small_student(tmp_path, layers=3).state())


def test_the_table_of_words_is_trained_only_where_that_is_wanted() -> None:
    fixed, moved = Bert(small_state()), Bert(small_state(), train_words=True)
    assert not fixed.words.weight.requires_grad
    assert moved.words.weight.requires_grad


@pytest.mark.parametrize(
    "wrong",
    [
        {"layers": [6]},
        {"layers": []},
        {"tokens": 300},
        {"units": 1537},
        {"units": 31},
        {"heads": 0},
        {"apart": 17},
        {"pool_from": 6},
        {"pool_from": 1, "pool": 1},
        {"layers": [0, 5], "pool_from": 2},
        {"stay": 1},
        {"queries": "me"},
    ],
)
def test_a_recipe_with_impossible_sizes_is_refused(
    tmp_path: Path, wrong: dict[str, object]
) -> None:
    register_parts()
    with pytest.raises(RecipeError, match="student"):
        built("student", Spec("transformer", wrong), job_of([], tmp_path))


def papers(count: int = 12) -> list[Document]:
    return [
        document(f"{word}{n}", f"Paper {n} on {word}s", f"We study {word} number {n}. {REST}")
        for n in range(count)
        for word in ("owl", "tide", "river")
    ]


def imitation(folder: Path, steps: int, queries: float = 0.0, reader: bool = False) -> Job:
    """A student with two of the three layers of a small teacher, which may read its queries."""
    state = small_state(layers=3)
    whole = Bert(state, tokens=16)
    texts = [one.text for one in papers()]
    TransformerStudent("teacher", whole, small_tokenizer(folder), texts).export(folder / "teacher")
    values = {
        "name": "small",
        "student": {"kind": "transformer"},
        "pairs": [{"kind": "papers"}],
        "loss": {"kind": "imitate", "teacher": str(folder / "teacher"), "queries": queries},
        "batches": {"kind": "random", "size": 12},
        "schedule": {"steps": steps, "learning_rate": 0.003},
    }
    corpus = Corpus(tuple(papers()))
    job = Job(recipe_of(values), corpus, lambda name: load_encoder(name, folder), folder)
    job.pairs = [Pair(one.title, row, text=one.text) for row, one in enumerate(corpus.documents)]
    network = Bert(state, layers=[0, 2], tokens=16)
    teacher = load_encoder(str(folder / "teacher"), folder)
    job.student = TransformerStudent(
        "small",
        network,
        small_tokenizer(folder),
        texts,
        reader=StockReader(whole, small_tokenizer(folder), teacher) if reader else None,
    )
    return job


@pytest.mark.parametrize("queries", [0.0, 1.0])
def test_imitation_brings_the_student_nearer_to_its_teacher(tmp_path: Path, queries: float) -> None:
    register_parts()
    job = imitation(tmp_path, 15, queries)
    teacher = load_encoder(str(tmp_path / "teacher"), tmp_path)
    papers_wanted = teacher.encode_documents(job.answers())
    titles_wanted = teacher.encode_queries([pair.query for pair in job.pairs])

    def nearness() -> tuple[float, float]:
        found = job.encoded(job.answer_ids, "document"), job.encoded(job.query_ids, "query")
        wanted = papers_wanted, titles_wanted
        near = [float((a * b).sum(axis=1).mean()) for a, b in zip(found, wanted, strict=True)]
        return near[0], near[1]

    before = nearness()
    trainer.fit(job)
    assert nearness()[0] > before[0] + 0.02
    if queries:
        assert nearness()[1] > before[1] + 0.02


def test_queries_stay_with_the_encoder_that_reads_them(tmp_path: Path) -> None:
    register_parts()
    job = imitation(tmp_path, 4, reader=True)
    titles = [pair.query for pair in job.pairs]
    teacher = load_encoder(str(tmp_path / "teacher"), tmp_path)
    before = job.encoded(job.query_ids, "query")
    papers_before = job.encoded(job.answer_ids, "document")
    trainer.fit(job)
    assert np.array_equal(job.encoded(job.query_ids, "query"), before)
    assert not np.allclose(job.encoded(job.answer_ids, "document"), papers_before)
    # int8 against bfloat16
    assert (before * teacher.encode_queries(titles)).sum(axis=1).min() > 0.97

    job.student.export(tmp_path / "small")
    asked: list[str] = []

    def base(name: str) -> Encoder:
        asked.append(name)
        return teacher

    small = TransformerEncoder(tmp_path / "small", base)
    assert asked == [str(tmp_path / "teacher")]
    assert np.array_equal(small.encode_queries(titles), teacher.encode_queries(titles))
    found = small.encode_documents(job.answers())
    assert (found * job.encoded(job.answer_ids, "document")).sum(axis=1).min() > 0.97

    with pytest.raises(EncoderError, match="was trained beside"):
        TransformerEncoder(tmp_path / "small", lambda _name: small)


def test_a_teacher_of_other_dimensions_is_refused(tmp_path: Path) -> None:
    register_parts()
    job = with_student(job_of(papers(), tmp_path))
    imitation(tmp_path, 1)
    job.encoder_of = lambda name: load_encoder(name, tmp_path)
    with pytest.raises(RecipeError, match="imitate needs the same"):
        built("loss", Spec("imitate", {"teacher": str(tmp_path / "teacher")}), job)


def test_papers_without_queries_are_refused_by_losses_that_need_them() -> None:
    values = {
        "name": "small",
        "student": {"kind": "transformer"},
        "pairs": [{"kind": "papers"}],
        "loss": {"kind": "infonce"},
    }
    with pytest.raises(RecipeError, match="have no queries"):
        check_recipe(recipe_of(values))


@pytest.mark.parametrize(
    ("student", "after"),
    [
        ({"layers": [0, 5]}, {}),
        ({"layers": [1, 2, 5], "pool_from": 2, "units": 768}, {"after": [1, 2]}),
    ],
)
def test_states_fall_together_with_the_loss_that_counts_them(
    tmp_path: Path, student: dict[str, object], after: dict[str, object]
) -> None:
    try:
        stock_state()
    except WeightsMissing as error:
        pytest.skip(str(error))
    register_parts()
    values = {
        "name": "small",
        "guide": "",
        "student": {"kind": "transformer", "tokens": 16, **student},
        "pairs": [{"kind": "title-abstract"}],
        "loss": {"kind": "infonce"},
        "extra": [{"kind": "states", "share": 10.0, **after}],
        "batches": {"kind": "random", "size": 8},
        "schedule": {"steps": 8, "learning_rate": 0.0003},
    }
    job = Job(recipe_of(values), Corpus(tuple(papers())), no_encoder, tmp_path)
    trainer.prepare(job)
    told: list[float] = []
    trainer.fit(job, told=lambda _done, _all, loss: told.append(loss))
    assert told[-2] < told[0]
    assert isinstance(job.student, TransformerStudent)
    assert job.student.take_states() == []


def test_states_of_what_the_stock_encoder_is_are_its_own(tmp_path: Path) -> None:
    try:
        stock_state()
    except WeightsMissing as error:
        pytest.skip(str(error))
    register_parts()
    job = job_of(papers(), tmp_path)
    job.student = built(
        "student", Spec("transformer", {"tokens": 32, "pool_from": 5, "pool": 4}), job
    )
    distance = built("extra", Spec("states", {"after": [0, 4]}), job)
    scored = Scored(*[torch.zeros(3, 4)] * 7, share=0.0)
    job.student.encode(job.student.pack([one.text for one in papers()[:3]], "document"), "document")
    assert distance(scored).tolist() == [0, 0, 0]
    with torch.no_grad():
        job.student.network.stack[1].outer.weight.mul_(1.1)
    job.student.encode(job.student.pack([one.text for one in papers()[:3]], "document"), "document")
    moved = distance(scored).tolist()
    assert moved[0] == moved[1] == moved[2] > 1e-4


def no_encoder(name: str) -> Encoder:
    raise AssertionError(name)


def test_states_are_a_transformers(tmp_path: Path) -> None:
    register_parts()
    with pytest.raises(RecipeError, match="transformer"):
        job = job_of([], tmp_path)
        job.student = object()  # type: ignore[assignment]
        built("extra", Spec("states"), job)
    job.student = small_student(tmp_path, pooling=Pooling(1, 2))
    for given in ({}, {"after": [0, 1]}, {"after": []}, {"after": [7]}):
        with pytest.raises(RecipeError, match=r"single tokens, of \[0\], not (the last|\[)"):
            built("extra", Spec("states", given), job)
