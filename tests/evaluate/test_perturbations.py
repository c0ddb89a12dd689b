"""Small changes to texts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.evaluate import perturbations


def seeded() -> np.random.Generator:
    return np.random.default_rng(0)


def test_a_typo_changes_one_long_word_by_one_letter_or_two() -> None:
    before = ["on", "the", "gradient", "of", "a", "transformer"]
    for seed in range(30):
        after = perturbations.typo(" ".join(before), np.random.default_rng(seed)).split()
        changed = [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]
        assert len(changed) <= 1
        for one, other in changed:
            assert len(one) >= 5
            assert abs(len(one) - len(other)) <= 1


@pytest.mark.parametrize(
    ("text", "said"),
    [("boundary", "boundaries"), ("layers", "layer"), ("boxes of wax", "boxe of wax")],
)
def test_plural_for_singular(text: str, said: str) -> None:
    assert perturbations.plural(text, seeded()) == said


def test_only_whole_words_are_exchanged() -> None:
    pairs = {"with": "without", "low": "high"}
    assert perturbations.exchanged("with flow, With LOW", pairs) == "without flow, without high"
    assert perturbations.exchanged("low with", pairs, most=1) == "high with"


def test_the_opposite_is_said_by_a_word_or_by_not() -> None:
    assert perturbations.opposite("A increases B", seeded()) == "A decreases B"
    assert perturbations.opposite("B decreases C", seeded()) == "B increases C"
    assert perturbations.opposite("A is a gene", seeded()) == "A is not a gene"
    assert perturbations.opposite("gene", seeded()) == "gene"


def test_acronyms_are_taken_where_the_initials_agree() -> None:
    text = "We train a random forest (RF) on data (XYZ) of deep neural networks (DNNs)."
    assert perturbations.acronyms([text]) == {"random forest": "RF", "deep neural networks": "DNN"}


def test_a_sentence_can_be_left_out() -> None:
    text = "Wings lift. Drag, e.g. of a strut, too! Is it so? yes."
    assert perturbations.sentences(text)[0] == "Wings lift."
    assert perturbations.without_sentence(text, 0).startswith("Drag")


@given(st.text(max_size=200), st.integers(0, 5))
def test_any_text_can_be_changed(text: str, seed: int) -> None:
    for change in (
        perturbations.typo,
        perturbations.plural,
        perturbations.word_order,
        perturbations.fillers,
        perturbations.paraphrase,
        perturbations.opposite,
        perturbations.truncated,
    ):
        random = np.random.default_rng(seed)
        assert change(text, random) == change(text, np.random.default_rng(seed))
        assert isinstance(change(text, random), str)
