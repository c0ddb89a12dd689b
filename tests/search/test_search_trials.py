"""The trial of explainers measures what it says: exact values add up, and orders are right."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from search_home import PAPERS, WordEncoder
from trials.explaining.explainers import exact_shapley, kernel_shap, leave_one_out
from trials.explaining.games import Game, game_of
from trials.explaining.querying import deletion, infidelity
from trials.explaining.white_box import of_spans

from broadsheet.evaluate import Collection, Field, field_of

QUERY = "pruning language models gradient"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    collection = Collection("own", PAPERS, {"q": QUERY}, {"q": {"2401.00001": 1}})
    with field_of(collection, WordEncoder(), tmp_path_factory.mktemp("vectors")) as made:
        yield made


@pytest.fixture(scope="module")
def game(place: Field) -> Game:
    made = game_of(place, QUERY, 3)
    assert made is not None
    return made


def test_shapley_values_add_up_to_the_score(game: Game) -> None:
    shares = exact_shapley(game, np.random.default_rng(0))
    assert shares.sum(0) == pytest.approx(game.whole())


def test_kernel_shap_adds_up_and_agrees_with_the_exact_values(game: Game) -> None:
    sampled = kernel_shap(game, np.random.default_rng(0))
    assert sampled.sum(0) == pytest.approx(game.whole())
    assert (
        np.corrcoef(sampled[:, 0], exact_shapley(game, np.random.default_rng(0))[:, 0])[0, 1] > 0.9
    )


def test_deleting_the_decisive_word_first_loses_more_than_deleting_it_last(game: Game) -> None:
    told = leave_one_out(game, np.random.default_rng(0))
    best, first = deletion(game, told)
    worst, last = deletion(game, -told)
    assert first == pytest.approx(told.max(0) / game.whole(), rel=1e-6)
    assert (best > worst).all()
    assert (first > last).all()


def test_the_error_of_figures_is_least_for_those_that_predict_deletions(game: Game) -> None:
    shares = exact_shapley(game, np.random.default_rng(0))
    turned = shares[::-1].copy()
    right = infidelity(game, shares, np.random.default_rng(1))
    wrong = infidelity(game, turned, np.random.default_rng(1))
    assert right[0] < wrong[0]


def test_tokens_are_summed_over_their_words() -> None:
    places = [(0, 0), (0, 3), (3, 6), (7, 10), (0, 0)]
    summed = of_spans(np.array([9.0, 1.0, 2.0, 4.0, 9.0]), places, [((0, 6),), ((7, 10),)])
    assert summed.tolist() == [3.0, 4.0]
