"""A paper is read in its own words: roles, card and summary, or nothing."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.timing import least_seconds

from broadsheet.papers import Paper
from broadsheet.sources import Arrived, read
from broadsheet.text import (
    LinearModel,
    Reading,
    Span,
    clauses,
    clean_paper,
    prepare,
    read_paper,
    role_model,
)

TITLE = "Loss Scaling that Adapts"
ABSTRACT = (
    "Mixed precision training is becoming common. However, existing methods need a scale that is"
    " tuned by hand for every model. To address this, we propose adaptive loss scaling, which"
    " computes the scale of each layer during training. Experiments show that our method improves"
    " accuracy by 2.1% over fixed scales on ImageNet."
)


@pytest.fixture(scope="module")
def papers(shared_data: Path) -> list[Paper]:
    items = islice(read(shared_data / "arxiv-2025-2026" / "corpus.jsonl.zst"), 500)
    return [clean_paper(item.paper) for item in items if isinstance(item, Arrived)]


def shown(reading: Reading) -> list[Span]:
    """Every stretch of the abstract that a page may show apart."""
    spans = [reading.problem, reading.idea, reading.result, reading.summary]
    return [span for span in spans if span is not None]


def said(span: Span | None, abstract: str = ABSTRACT) -> str:
    assert span is not None
    return abstract[span.start : span.end]


def test_an_abstract_is_read_as_a_reader_would() -> None:
    reading = read_paper(TITLE, ABSTRACT)
    assert [sentence.role for sentence in reading.sentences][1:] == ["problem", "idea", "result"]
    assert said(reading.problem).startswith("existing methods need a scale")
    assert said(reading.idea).startswith("we propose adaptive loss scaling")
    assert said(reading.result) == (
        "our method improves accuracy by 2.1% over fixed scales on ImageNet."
    )
    assert "adaptive loss scaling" in said(reading.summary)
    assert reading.keywords


def test_all_that_is_shown_are_whole_words_of_one_sentence(papers: list[Paper]) -> None:
    for paper in papers[:300]:
        reading = read_paper(paper.title, paper.abstract)
        sentences = [(sentence.start, sentence.end) for sentence in reading.sentences]
        for span in shown(reading):
            assert 4 <= len(paper.abstract[span.start : span.end].split()) <= 45
            assert any(start <= span.start < span.end <= end for start, end in sentences)
            before, after = paper.abstract[: span.start][-1:], paper.abstract[span.end :][:1]
            assert not before.isalnum() and not after.isalnum()


def test_most_papers_get_a_line_and_a_card(papers: list[Paper]) -> None:
    readings = [read_paper(paper.title, paper.abstract) for paper in papers[300:]]
    assert sum(reading.summary is not None for reading in readings) > 0.9 * len(readings)
    assert sum(reading.idea is not None for reading in readings) > 0.7 * len(readings)
    assert sum(reading.result is not None for reading in readings) > 0.7 * len(readings)


def parts(sentence: str) -> list[str]:
    document = prepare("", sentence)
    return [sentence[span.start : span.end] for span in clauses(document, 0)]


@pytest.mark.parametrize(
    ("sentence", "clause"),
    [
        ("However, we show that the new method wins by a mile.", "the new method wins by a mile."),
        ("In this paper, we propose a new method for it.", "we propose a new method for it."),
        (
            "To address this problem, we propose a method that needs no labels.",
            "we propose a method that needs no labels.",
        ),
        (
            "We propose a method for graphs of any size, leading to better models.",
            "We propose a method for graphs of any size",
        ),
        (
            "Motivated by this observation, we propose a method that needs no labels.",
            "we propose a method that needs no labels.",
        ),
        ("Building upon this, we propose a new method for it.", "we propose a new method for it."),
        (
            "Yet most of the methods need labels by hand.",
            "most of the methods need labels by hand.",
        ),
        ("But, most methods need labels by hand.", "most methods need labels by hand."),
    ],
)
def test_a_clause_loses_what_changes_nothing(sentence: str, clause: str) -> None:
    assert clause in parts(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "The new model gains 3.2 points, compared with the best of its baselines.",
        "The new model gains 3.2 points, on the hardest split of the test set.",
        "The new model is never wrong about it, if its input is sorted.",
        "The new model is better than all others, except on long texts.",
        "The new model gains 3.2 points, while the others lose as many.",
        "We conjecture that the new model is never wrong about it.",
        "Yet another model of language is never wrong about it.",
        "Based on two million graphs of proteins, we propose a model of their folds.",
        "The new model (which is small, leading to speed, and open) is good.",
        "On the whole our results suggest that, while larger models know more, they forget it.",
        "The new model beats all of its strong baselines, e.g., improving the mean to 71.",
    ],
)
def test_a_clause_keeps_what_its_truth_hangs_on(sentence: str) -> None:
    assert parts(sentence) == [sentence]


def test_a_list_is_told_whole_or_not_at_all() -> None:
    sentence = "We train two detectors of faces: Force, which sees their edges, and Calm."
    assert parts(sentence) == [sentence, "We train two detectors of faces"]


def test_no_line_of_a_card_only_promises_a_list() -> None:
    idea = (
        "we propose adaptive loss scaling, which computes the scale of each layer during training."
    )
    parts_of_it = "a scale of each layer that follows its gradients as they grow and fall over time"
    promise = f"we propose two ways of scaling: {parts_of_it}, {parts_of_it}."
    abstract = ABSTRACT.replace(idea, promise)
    assert abstract != ABSTRACT
    reading = read_paper(TITLE, abstract)
    assert "idea" in {sentence.role for sentence in reading.sentences}
    assert reading.idea is None


def test_what_points_back_is_not_shown_for_its_connective() -> None:
    begun, ended = ABSTRACT.split(" However, existing methods need a scale that is tuned by hand")
    pointing = f"{begun} However, they need a scale that is tuned by hand{ended}"
    reading = read_paper(TITLE, pointing)
    assert reading.sentences[1].role == "problem"
    assert reading.problem is None
    unclear = f"{begun} However, it is unclear which scale is best{ended}"
    assert said(read_paper(TITLE, unclear).problem, unclear).startswith("it is unclear which scale")


@pytest.mark.parametrize(
    "abstract",
    [
        "",
        "Withdrawn",
        "$x$ $y$ $$z = \\int_0^1 f(x) dx$$ $\\alpha \\to \\beta$",
        "この論文では、新しい手法を提案する。実験により有効性を示す。",
        "Wir schlagen ein neues Verfahren vor, das ohne Daten auskommt. Es ist schneller als alle.",
        "WE PROPOSE A NEW METHOD FOR THE TASK OF THE YEAR. IT IS THE BEST OF ALL METHODS WE KNOW.",
        "1, 2, 3; 4: 5 - 6. 7 (8) [9] 10",
        "We propose it. " * 5_000,
    ],
)
def test_nothing_is_shown_rather_than_nonsense(abstract: str) -> None:
    reading = read_paper("A title", abstract)
    assert shown(reading) == []
    assert all(sentence.role == "" for sentence in reading.sentences)


_words = (
    "We propose the of , which ; ( ] $ $x$ A. . 3.5% However, show that is 今日は。 ABC … “ : –"
)
_pieces = st.sampled_from([*_words.split(), "", "\ud800", "\x00"])


@settings(max_examples=150)
@given(st.text(max_size=80), st.lists(_pieces, max_size=120).map(" ".join))
def test_no_text_breaks_reading(title: str, abstract: str) -> None:
    reading = read_paper(title, abstract)
    assert all(0 <= span.start < span.end <= len(abstract) for span in shown(reading))


@pytest.mark.parametrize(
    "piece",
    [
        "We propose the method. ",
        "the word of it ",
        "(, ",
        ", which is ",
        "however, ",
        "$x$ ",
        "A. ",
    ],
)
def test_time_grows_as_the_text_does(piece: str) -> None:
    def seconds(count: int) -> float:
        return least_seconds(lambda: read_paper("A title", piece * count), 2)

    assert seconds(8_000) < 14 * max(seconds(2_000), 0.005)


def test_a_model_says_the_same_after_it_was_stored() -> None:
    model = role_model()
    again = LinearModel.from_bytes(model.to_bytes())
    document = [["w we", "w propose", "^ we", "unknown feature"], []]
    assert abs(again.scores(document) - model.scores(document)).max() < 0.02
    assert again.classes == ("background", "problem", "task", "idea", "result")
    assert len(model.to_bytes()) < 200_000
