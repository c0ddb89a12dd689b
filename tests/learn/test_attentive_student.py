"""An attentive student: what a word is in context, what is learned, what is exported."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import torch
from learn_small import document, job_of
from tests.encoders.small_bert import WORDS, small_state, small_tokenizer

from broadsheet.encoders import (
    Pieces,
    Ragged,
    ShowsStates,
    WeightsMissing,
    Words,
    load_encoder,
    stock_state,
    write_transformer,
)
from broadsheet.learn import trainer
from broadsheet.learn.corpus import Corpus, Document
from broadsheet.learn.errors import LearnError, RecipeError
from broadsheet.learn.job import Job
from broadsheet.learn.parts import Pair, Spec, built
from broadsheet.learn.recipe import recipe_of
from broadsheet.learn.students import contexts
from broadsheet.learn.students.attentive import AttentiveStudent
from broadsheet.learn.students.bert import Bert, padded
from broadsheet.learn.students.contexts import (
    Contexts,
    covering,
    kept_contexts,
    papers_for_contexts,
    read_contexts,
    vectors_in_context,
)
from broadsheet.learn.training import register_parts

register_parts()


def small_student(folder: Path, *, seed: int = 0) -> AttentiveStudent:
    words = Words(sorted(WORDS[:9]), small_tokenizer(folder))
    chance = np.random.default_rng(3)
    vectors = chance.standard_normal((len(words), 16)).astype(np.float32)
    rarity = chance.uniform(0, 2, len(words)).astype(np.float32)
    torch.manual_seed(seed)
    return AttentiveStudent("tried", words, vectors, rarity, heads=2, width=4, titles=2)


def moved(student: AttentiveStudent) -> AttentiveStudent:
    with torch.no_grad():
        for one in student.maps.values():
            one.add_(torch.randn(one.shape) * 0.2)
    return student


TEXTS = ["owls\nowls hunt mice at night", "the tide", "", "rivers rivers rivers day"]


def test_what_is_exported_is_what_was_trained(tmp_path: Path) -> None:
    student = moved(small_student(tmp_path))
    key = student.export(tmp_path / "model")
    encoder = load_encoder(str(tmp_path / "model"), tmp_path)
    assert encoder.key == key
    with torch.no_grad():
        found = student.encode(student.pack(TEXTS, "document"), "document").numpy()
        asked = student.encode(student.pack(TEXTS, "query"), "query").numpy()
    # The table is int8 in the folder.
    assert (found * encoder.encode_documents(TEXTS)).sum(1).min() > 0.99
    assert (asked * encoder.encode_queries(TEXTS)).sum(1).min() > 0.99


def test_texts_are_encoded_alike_whatever_stands_beside_them(tmp_path: Path) -> None:
    student = moved(small_student(tmp_path))
    ids = student.pack(TEXTS * 40, "document")
    with torch.no_grad():
        together = student.encode(ids, "document")
        alone = student.encode(ids.take(np.array([0])), "document")
    assert torch.allclose(together[0], alone[0], atol=1e-5)
    assert torch.allclose(together[:4], together[-4:], atol=1e-5)
    assert student.encode(student.pack([], "document"), "document").shape == (0, 16)


def test_a_text_without_a_word_has_a_gradient_that_is_a_number(tmp_path: Path) -> None:
    student = moved(small_student(tmp_path))
    student.encode(student.pack(["", "owls"], "document"), "document")[:, 0].sum().backward()
    for name, one in student.maps.items():
        assert one.grad is not None, name
        assert torch.isfinite(one.grad).all(), name


def test_a_state_is_taken_up_and_another_refused(tmp_path: Path) -> None:
    student, other = moved(small_student(tmp_path)), small_student(tmp_path, seed=1)
    other.load(student.state())
    for name, one in student.maps.items():
        assert torch.equal(one, other.maps[name])
    state = student.state()
    state["out"] = state["out"][:-1]
    with pytest.raises(LearnError, match="another attentive student"):
        other.load(state)


def papers() -> list[Document]:
    chance = np.random.default_rng(0)
    return [
        document(f"p{n}", " ".join(chance.choice(WORDS, 3)), " ".join(chance.choice(WORDS, 12)))
        for n in range(40)
    ]


def test_imitation_brings_vectors_and_their_order_nearer_to_the_teachers(tmp_path: Path) -> None:
    state = small_state(width=16, units=24, heads=1)
    teacher = write_transformer(
        tmp_path / "teacher",
        "teacher",
        state,
        small_tokenizer(tmp_path),
        tokens=32,
        outlier_units=[[], []],
        rarity=np.ones(len(WORDS) + 4, np.float32),
        precision="fp32",
    )
    assert teacher
    values = {
        "name": "tried",
        "guide": "",
        "student": {"kind": "attentive"},
        "pairs": [{"kind": "papers"}],
        "loss": {"kind": "imitate", "teacher": str(tmp_path / "teacher"), "order": 0.5},
        "batches": {"kind": "random", "size": 20},
        "schedule": {"steps": 60, "learning_rate": 0.01},
    }
    corpus = Corpus(tuple(papers()))
    job = Job(recipe_of(values), corpus, lambda name: load_encoder(name, tmp_path), tmp_path)
    job.pairs = [Pair("", row, "papers", one.text) for row, one in enumerate(corpus.documents)]
    job.student = small_student(tmp_path)
    wanted = load_encoder(str(tmp_path / "teacher"), tmp_path).encode_documents(job.answers())

    def nearness() -> tuple[float, float]:
        found = job.encoded(job.answer_ids, "document")
        order = np.abs(found @ wanted.T - wanted @ wanted.T).mean()
        return float((found * wanted).sum(axis=1).mean()), float(order)

    before = nearness()
    trainer.fit(job)
    after = nearness()
    assert after[0] > before[0] + 0.05
    assert after[1] < before[1]


def test_a_words_vector_is_the_mean_of_its_states(tmp_path: Path) -> None:
    """By hand, on the real stock encoder: two texts, one word of two pieces, one unknown word."""
    try:
        state, tokenizer = stock_state()
    except WeightsMissing as error:
        pytest.skip(str(error))
    words = Words(["owls", "hunt", "transformers"], tokenizer)
    texts = ["Owls hunt owls", "transformers hunt zyzzyva"]
    encoder = load_encoder("all-MiniLM-L6-v2", tmp_path, precision="fp32")
    assert isinstance(encoder, ShowsStates)
    found = Contexts.none(len(words), encoder.dimensions)
    read_contexts(encoder, words, texts, found)
    means, times = found.means(), found.times
    assert times[:3].tolist() == pytest.approx([2, 2, 1])
    network, pieces = Bert(state), Pieces(tokenizer)
    rows = pieces.rows(texts, 256)
    with torch.no_grad():
        ids, mask = padded(rows, 256)
        hidden = network.states(ids, mask)[0][-1].float().numpy()
    names = words.piece_texts()
    spelled = [[names[one] for one in row] for row in rows]
    at = [place for place, piece in enumerate(spelled[0]) if piece.startswith("owl")]
    assert len(at) == 2, "the word is one piece: take another"
    assert np.abs(means[0] - hidden[0, at].mean(axis=0)).max() < 1e-3
    where = spelled[1].index("hunt"), spelled[0].index("hunt")
    assert np.abs(means[1] - (hidden[1, where[0]] + hidden[0, where[1]]) / 2).max() < 1e-3
    rest = range(where[0] + 1, len(rows[1]) - 1)
    assert len(rest) > 1
    for place in rest:
        assert np.abs(means[3 + rows[1][place]] - hidden[1, place]).max() < 1e-3
    assert times.sum() == pytest.approx(5 + len(rest))


def test_texts_are_chosen_by_the_words_that_were_met_too_seldom() -> None:
    """80 texts of common words, among them 8 that hold a rare one each, and an empty one."""
    chance = np.random.default_rng(0)
    rows = [chance.integers(0, 4, 6).astype(np.int32) for _ in range(80)]
    rare = list(range(3, 80, 10))
    for number, row in enumerate(rare):
        rows[row] = np.append(rows[row][:2], np.int32(10 + number))
    rows[5] = np.empty(0, np.int32)
    ids = Ragged.of(rows)
    own = np.arange(40, 60)
    told: list[tuple[int, int]] = []
    taken = covering(ids, 20, own, 28, lambda *so_far: told.append(so_far))
    assert len(taken) == len(set(taken.tolist())) == 28
    assert set(taken.tolist()) >= set(own.tolist()) | set(rare)
    assert told[-1] == (32, 32)
    everything = covering(ids, 20, own, 500)
    assert set(everything.tolist()) == set(range(80)) - {5}


def test_words_are_met_in_the_papers_of_the_pairs_and_then_in_others(tmp_path: Path) -> None:
    job = job_of(papers(), tmp_path)
    job.pairs = [Pair("", row, "papers") for row in (3, 7, 7, 9)]
    words = Words(sorted(WORDS[:9]), small_tokenizer(tmp_path))
    told: list[tuple[str, int, int]] = []
    job.preparing = lambda what, done, total: told.append((what, done, total))
    assert set(papers_for_contexts(job, words, 2).tolist()) < {3, 7, 9}
    assert not told
    more = papers_for_contexts(job, words, 20).tolist()
    assert told[0] == ("Looking for rare words", 40, 40)
    assert told[1:] == [("Choosing papers with rare words", n, 32) for n in range(1, 33)]
    assert len(more) == 20
    assert set(more) > {3, 7, 9}
    assert papers_for_contexts(job, words, 40).tolist() == list(range(40))


def test_what_was_read_is_kept_and_made_anew_where_it_is_damaged(tmp_path: Path) -> None:
    try:
        _, tokenizer = stock_state()
    except WeightsMissing as error:
        pytest.skip(str(error))
    told: list[tuple[str, int, int]] = []
    job = job_of([], tmp_path / "cache")
    job.encoder_of = lambda name: load_encoder(name, tmp_path)
    job.preparing = lambda what, done, total: told.append((what, done, total))
    words, texts = Words(["owls"], tokenizer), ["Owls hunt", "at night"]
    found = kept_contexts(job, words, texts)
    assert told == [("Reading words in texts", 2, 2)]
    encoder = load_encoder("all-MiniLM-L6-v2", tmp_path)
    told.clear()
    wanted = encoder.encode_documents(texts)
    # Within what int8 keeps, and nothing was encoded for it.
    assert np.abs(job.kept_vectors(encoder, texts) - wanted).max() < 0.01
    assert not told
    assert np.array_equal(kept_contexts(job, words, texts).sums, found.sums)
    assert not told
    (kept,) = job.cache.glob("contexts-*")
    for damage in (kept.read_bytes()[:100], b""):
        kept.write_bytes(damage)
        assert np.array_equal(kept_contexts(job, words, texts).times, found.times)
    assert len(told) == 2
    kept_contexts(job, words, texts[:1])
    assert len(list(job.cache.glob("contexts-*"))) == 1


def test_a_reading_that_was_killed_goes_on_where_it_was_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        _, tokenizer = stock_state()
    except WeightsMissing as error:
        pytest.skip(str(error))
    monkeypatch.setattr(contexts, "_BLOCK", 4)
    monkeypatch.setattr(contexts, "_SAVED", 8)
    words = Words(["owls", "night"], tokenizer)
    texts = [f"Owls hunt at night {number} times" for number in range(18)]
    whole = job_of([], tmp_path / "whole")
    whole.encoder_of = lambda name: load_encoder(name, tmp_path)
    wanted = kept_contexts(whole, words, texts)

    def killed(_what: str, done: int, _total: int) -> None:
        if done == 12:
            raise KeyboardInterrupt

    job = job_of([], tmp_path / "cut")
    job.encoder_of, job.preparing = whole.encoder_of, killed
    with pytest.raises(KeyboardInterrupt):
        kept_contexts(job, words, texts)
    told: list[int] = []
    job.preparing = lambda _what, done, _total: told.append(done)
    found = kept_contexts(job, words, texts)
    assert told == [12, 16, 18]
    assert np.array_equal(found.sums, wanted.sums)
    assert np.array_equal(found.times, wanted.times)


def test_a_word_that_was_seldom_met_goes_by_what_it_is_alone() -> None:
    chance = np.random.default_rng(0)
    alone = chance.standard_normal((300, 8)).astype(np.float32)
    true = alone @ chance.standard_normal((8, 8)).astype(np.float32) + 2
    times = np.full(300, 50.0, np.float32)
    means = true.copy()
    times[:20], means[:20] = 0, 0  # never met
    sums = means * times[:, None]
    found = vectors_in_context(Contexts(sums, times), alone)
    wanted = true - true.mean(axis=0)
    wanted /= np.linalg.norm(wanted, axis=1).mean()
    assert np.abs(found - wanted).max() < 0.02
    assert np.linalg.norm(found, axis=1).mean() == pytest.approx(1, abs=1e-5)
    nothing = vectors_in_context(Contexts.none(300, 8), alone)
    assert np.isfinite(nothing).all()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"heads": 0}, "heads are 1 to 64"),
        ({"width": 999}, "width 1 to 384"),
        ({"titles": 0}, "titles must be 1 or more"),
        ({"contexts": -1}, "contexts 0"),
        ({"meaning": 1.5}, "meaning counts from 0 to 1"),
        ({"queries": "oracle"}, "'student' or 'stock', not 'oracle'"),
    ],
)
def test_impossible_sizes_are_one_line(tmp_path: Path, args: dict[str, object], said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        built("student", Spec("attentive", args), job_of(papers(), tmp_path))


def test_order_must_not_be_negative(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="must not be negative"):
        built("loss", Spec("imitate", {"order": -1.0}), job_of(papers(), tmp_path))
