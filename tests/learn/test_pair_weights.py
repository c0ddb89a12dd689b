"""Weights of pairs against values worked out by hand, and what they find."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any, cast

import pytest

torch = pytest.importorskip("torch")

from broadsheet.learn.errors import RecipeError  # noqa: E402
from broadsheet.learn.parts import Scored  # noqa: E402
from broadsheet.learn.weights import (  # noqa: E402
    History,
    Mixture,
    confidence,
    level,
    separated,
    uniform,
)

NO_JOB = cast(Any, None)


def batch(
    scores: Any, pairs: list[int] | None = None, share: float = 0.0, guide: Any = None
) -> Scored:
    table = torch.as_tensor(scores, dtype=torch.float32)
    queries, candidates = table.shape
    return Scored(
        scores=table,
        positives=torch.arange(queries),
        allowed=torch.ones(queries, candidates, dtype=torch.bool),
        pairs=torch.tensor(pairs or list(range(queries))),
        documents=torch.arange(candidates),
        queries=torch.eye(queries, 4),
        candidates=torch.eye(candidates, 4),
        share=share,
        guide=None if guide is None else torch.as_tensor(guide),
    )


def job_of(pairs: int) -> Any:
    return SimpleNamespace(pairs=[None] * pairs)


def test_uniform_counts_every_pair_once() -> None:
    assert uniform(NO_JOB).weigh(batch([[0.1, 0.9], [0.3, 0.2]])).tolist() == [1.0, 1.0]


def test_confidence_follows_the_guide_and_has_mean_one() -> None:
    guide = [[0.5, 0.0], [0.5, 0.0]]  # sure of the first, doubtful of the second
    found = confidence(NO_JOB, temperature=0.5, floor=0.1).weigh(
        batch(torch.zeros(2, 2), guide=guide)
    )
    sure = math.e / (math.e + 1)
    raw = [0.1 + 0.9 * sure, 0.1 + 0.9 * (1 - sure)]
    assert found.tolist() == pytest.approx([2 * one / sum(raw) for one in raw], rel=1e-5)


def test_confidence_says_when_the_recipe_names_no_guide() -> None:
    with pytest.raises(RecipeError, match="guide"):
        confidence(NO_JOB).weigh(batch(torch.zeros(2, 2)))


def test_history_averages_what_a_pair_cost() -> None:
    memory = History(3, memory=0.5)
    memory.note(torch.tensor([0, 2]), torch.tensor([4.0, 2.0]))
    assert memory.note(torch.tensor([0]), torch.tensor([2.0])).tolist() == [3.0]
    assert memory.mean.tolist() == [3.0, 0.0, 2.0]
    assert memory.spread() == pytest.approx((2.5, math.sqrt(0.5)))  # the unseen pair left out


def test_history_before_any_pair_has_no_spread() -> None:
    assert History(4).spread() == (0.0, 0.0)


def test_two_kinds_of_numbers_are_found_with_their_shares() -> None:
    generator = torch.Generator().manual_seed(3)
    cheap = 1.0 + 0.3 * torch.randn(700, generator=generator)
    dear = 6.0 + 0.5 * torch.randn(300, generator=generator)
    found = Mixture.fitted(torch.cat([dear, cheap]))
    assert found is not None
    assert found.cheap == pytest.approx((0.7, 1.0, 0.3), rel=0.05)
    assert found.dear == pytest.approx((0.3, 6.0, 0.5), rel=0.05)
    # Ashman's D of the true curves: sqrt(2) 5 / sqrt(.09 + .25)
    assert found.distance == pytest.approx(math.sqrt(2) * 5 / math.sqrt(0.34), rel=0.1)
    chances = found.dearer(torch.tensor([1.0, 6.0, -40.0])).tolist()
    assert chances == pytest.approx([0.0, 1.0, 0.0], abs=1e-3)  # far below is cheap all the same


def test_one_kind_of_numbers_is_not_taken_for_two() -> None:
    generator = torch.Generator().manual_seed(4)
    found = Mixture.fitted(torch.randn(2_000, generator=generator))
    assert found is not None
    assert found.distance < 2


@pytest.mark.parametrize("numbers", [[], [1.0, 2.0, 3.0], [2.0] * 10])
def test_no_mixture_is_made_of_few_or_equal_numbers(numbers: list[float]) -> None:
    assert Mixture.fitted(torch.tensor(numbers)) is None


def _rounds(bad: int, share: float) -> list[float]:
    """Weights of 60 pairs of which the first ``bad`` ask for another one's paper."""
    generator = torch.Generator().manual_seed(5)
    weigher = separated(job_of(60))
    scores = 0.6 * torch.eye(60) + 0.05 * torch.randn(60, 60, generator=generator)
    for row in range(bad):
        scores[row] = scores[row].roll(1)
    return cast(list[float], weigher.weigh(batch(scores, share=share)).tolist())


def test_pairs_of_a_dearer_kind_are_left_out() -> None:
    found = _rounds(bad=20, share=0.5)
    assert max(found[:20]) < 0.1
    assert min(found[20:]) > 0.9


def test_pairs_of_one_kind_all_count_the_same() -> None:
    assert _rounds(bad=0, share=0.5) == [1.0] * 60


def test_nothing_is_left_out_at_the_start() -> None:
    assert _rounds(bad=20, share=0.1) == [1.0] * 60


def test_level_keeps_proportions() -> None:
    assert level(torch.tensor([1.0, 3.0])).tolist() == [0.5, 1.5]
    assert level(torch.zeros(2)).tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    "make",
    [
        lambda: confidence(NO_JOB, temperature=-1.0),
        lambda: confidence(NO_JOB, floor=1.2),
        lambda: separated(job_of(2), apart=0.0),
        lambda: separated(job_of(2), start=-0.1),
        lambda: separated(job_of(2), start=2.0),
        lambda: separated(job_of(2), memory=-0.5),
    ],
)
def test_impossible_sizes_are_refused(make: Any) -> None:
    with pytest.raises(ValueError, match="must"):
        make()
