"""Rules of social choice over collections."""

from __future__ import annotations

import numpy as np
import pytest

from broadsheet.evaluate.choice import RULES, stability, winner

# Three voters prefer the first system by little, one the second by much.
NARROW = np.array([[0.51, 0.50, 0.1], [0.61, 0.60, 0.1], [0.41, 0.40, 0.1], [0.10, 0.90, 0.1]])


def test_the_mean_and_the_majority_can_disagree() -> None:
    assert winner(RULES["mean"], NARROW) == 1
    assert {winner(RULES[rule], NARROW) for rule in ("borda", "copeland", "plurality")} == {0}


def test_points_are_those_of_the_definitions() -> None:
    assert RULES["borda"](NARROW) == pytest.approx([(3 + 0.25) / 4, (1 + 1.5) / 4, 0.25 / 4])
    assert RULES["copeland"](NARROW) == pytest.approx([2, 0, -2])
    assert RULES["minimax"](NARROW) == pytest.approx([0, -2, -4])
    assert RULES["plurality"](NARROW) == pytest.approx([0.75, 0.25, 0])


def test_a_condorcet_winner_wins_by_copeland_and_minimax() -> None:
    random = np.random.default_rng(3)
    for _ in range(50):
        scores = random.random((9, 4))
        duels = [
            all((scores[:, one] > scores[:, other]).sum() > 4 for other in range(4) if other != one)
            for one in range(4)
        ]
        if any(duels):
            assert winner(RULES["copeland"], scores) == duels.index(True)
            assert winner(RULES["minimax"], scores) == duels.index(True)


def test_a_missing_cell_says_nothing_about_its_system() -> None:
    scores = np.array([[0.5, 0.4, 0.3], [0.9, np.nan, 0.8], [0.2, 0.1, 0.05]])
    assert RULES["copeland"](scores) == pytest.approx([2, 0, -2])
    # The mean is misled: the second system is missing where everyone does well.
    assert RULES["mean"](scores)[1] == pytest.approx(0.25)
    assert winner(RULES["borda"], scores) == 0


def test_a_clear_winner_is_stable_and_a_tie_is_not() -> None:
    random = np.random.default_rng(4)
    clear = [random.random((2, 80)) + np.array([[0.5], [0.0]]) for _ in range(3)]
    assert min(stability(clear, draws=60).values()) == 1.0
    close = [random.random((2, 80)) for _ in range(3)]
    assert stability(close, draws=60)["mean"] < 1.0
