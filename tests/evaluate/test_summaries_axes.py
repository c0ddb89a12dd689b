"""Each axis of the trial of summaries sees what the other does not."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("scipy")

from tests.web.serving import HashedWords
from trials.summaries_axes import (
    PRODUCT,
    Axes,
    common_half,
    correlations,
    ease,
    measured,
    names_held,
    rarity,
    syllables,
    terms_kept,
    within,
    written,
)

from broadsheet.evaluate import read_summarised
from broadsheet.evaluate.summaries import Summarised

PAPERS = [
    (
        "Sparse retrieval of papers",
        ["Sparse retrieval weighs terms by what they tell.", "We reach nDCG@10 of .71 on CACM."],
        "Terms are weighed for sparse retrieval.",
    ),
    (
        "Rain over mountains",
        ["Rain falls on slopes of mountains.", "Clouds are caught, and 3 models predict it."],
        "Mountains catch clouds.",
    ),
]


@pytest.fixture
def dev(tmp_path: Path) -> Path:
    path = tmp_path / "dev.jsonl"
    rows = [
        {"id": str(at), "title": title, "sentences": said, "tldr": ["", told]}
        for at, (title, said, told) in enumerate(PAPERS)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


@pytest.fixture
def papers(dev: Path) -> list[Summarised]:
    return read_summarised(dev)


def axes_of(papers: list[Summarised]) -> Axes:
    lines = [paper.said(paper.document.sentences[0]) for paper in papers]
    said = {
        PRODUCT: lines,
        "whole": [paper.document.abstract for paper in papers],
        "common": [common_half(line) for line in lines],
        "other": lines[::-1],
    }
    return measured(papers, said, HashedWords())


def test_each_baseline_fails_on_its_own_axis(papers: list[Summarised]) -> None:
    axes = axes_of(papers)
    simple = {name: axes.of(name)[0].mean() for name in axes.names}
    meant = {name: axes.of(name)[1].mean() for name in axes.names}
    assert simple["whole"] < simple[PRODUCT] < simple["common"]
    assert meant["whole"] == pytest.approx(1)
    assert meant["common"] < meant[PRODUCT]
    assert simple["other"] == pytest.approx(simple[PRODUCT])
    assert meant["other"] < meant[PRODUCT]


def test_words_are_counted_by_sound_and_by_how_rare_they_are() -> None:
    assert [syllables(word) for word in ("time", "table", "retrieval", "the")] == [1, 2, 3, 1]
    assert rarity("the") < rarity("mountain") < rarity("zyxomorphic")
    length, sounds, _, flesch = ease("The cat sat.")
    assert length == pytest.approx(np.log2(3))
    assert sounds == 1
    assert flesch == pytest.approx(206.835 - 1.015 * 3 - 84.6)
    assert np.isfinite(ease("")).all()


def test_names_that_the_paper_lacks_are_seen(papers: list[Summarised]) -> None:
    assert names_held(papers[0], "It reaches .71 on CACM") == 1
    assert names_held(papers[0], "It reaches .72 on CACM") == 0.5
    assert terms_kept(papers[0], papers[0].document.abstract + PAPERS[0][0]) == 1
    assert terms_kept(papers[0], "Something else.") < 1


def test_correlations_leave_out_what_has_no_order() -> None:
    orders = [np.array([1.0, 2, 3]), np.array([1.0, 1, 1]), np.array([1.0, 2, 3])]
    others = [np.array([2.0, 4, 9]), np.array([1.0, 2, 3]), np.array([3.0, 2, 1])]
    assert correlations(orders, others).tolist() == pytest.approx([1, -1])


def test_what_people_wrote_is_the_first_that_is_not_empty(dev: Path) -> None:
    assert written(dev)["1"] == "Mountains catch clouds."


def test_sentences_of_a_paper_are_compared(tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    said = ["We weigh terms.", "Terms weigh what they tell of papers.", "Rain fell on mountains."]
    path.write_text(json.dumps({"id": "a", "sentences": said, "tldr": "Terms."}), "utf-8")
    told = within(read_summarised(path), HashedWords())
    assert [line.split(":")[0] for line in told] == [
        "3 sentences, simplicity and meaning",
        "3 sentences, simplicity and ROUGE",
        "3 sentences, meaning and ROUGE",
    ]
