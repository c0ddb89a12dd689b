"""Losses against values worked out by hand."""

from __future__ import annotations

import math
from typing import Any, cast

import pytest

torch = pytest.importorskip("torch")

from broadsheet.learn.errors import RecipeError  # noqa: E402
from broadsheet.learn.losses import decoupled, exchanged, infonce, kl, margin_mse  # noqa: E402
from broadsheet.learn.parts import Loss, Scored  # noqa: E402

NO_JOB = cast(Any, None)  # these losses look at nothing of the job


def batch(
    scores: list[list[float]],
    *,
    allowed: list[list[bool]] | None = None,
    guide: list[list[float]] | None = None,
    positives: list[int] | None = None,
    documents: list[int] | None = None,
) -> Scored:
    table = torch.tensor(scores, requires_grad=True)
    queries, candidates = table.shape
    return Scored(
        scores=table,
        positives=torch.tensor(positives or range(queries)),
        allowed=torch.ones(queries, candidates, dtype=torch.bool)
        if allowed is None
        else torch.tensor(allowed),
        pairs=torch.arange(queries),
        documents=torch.tensor(documents or range(candidates)),
        queries=torch.eye(queries, 4),
        candidates=torch.eye(candidates, 4),
        share=0.0,
        guide=None if guide is None else torch.tensor(guide),
    )


def softmax(values: list[float]) -> list[float]:
    powers = [math.exp(value) for value in values]
    return [power / sum(powers) for power in powers]


def values(loss: Loss, scored: Scored) -> list[float]:
    return cast(list[float], loss(scored).tolist())


def test_infonce_is_the_surprise_of_the_positive_among_the_candidates() -> None:
    loss = infonce(NO_JOB, temperature=0.5, both=False)
    found = values(loss, batch([[0.5, 0.0, -0.5], [0.0, 1.0, 0.0]]))
    assert found == pytest.approx(
        [-math.log(softmax([1, 0, -1])[0]), -math.log(softmax([0, 2, 0])[1])], rel=1e-5
    )


def test_a_struck_candidate_changes_nothing() -> None:
    loss = infonce(NO_JOB, temperature=0.5, both=False)
    free = batch([[0.5, 0.9, -0.5], [0.0, 1.0, 0.0]])
    struck = batch(
        [[0.5, 0.9, -0.5], [0.0, 1.0, 0.0]], allowed=[[True, False, True], [True, True, True]]
    )
    assert values(loss, struck)[0] == pytest.approx(-math.log(softmax([1, -1])[0]), rel=1e-5)
    assert values(loss, struck)[1] == values(loss, free)[1]
    loss(struck).sum().backward()
    gradient = struck.scores.grad
    assert gradient is not None and torch.isfinite(gradient).all()
    assert gradient[0, 1] == 0


def test_both_ways_is_the_mean_of_rows_and_columns() -> None:
    scores = [[0.5, 0.1], [0.2, 0.4]]
    loss = infonce(NO_JOB, temperature=1.0, both=True)
    rows = [-math.log(softmax(scores[0])[0]), -math.log(softmax(scores[1])[1])]
    columns = [-math.log(softmax([0.5, 0.2])[0]), -math.log(softmax([0.1, 0.4])[1])]
    wanted = [(a + b) / 2 for a, b in zip(rows, columns, strict=True)]
    assert values(loss, batch(scores)) == pytest.approx(wanted, rel=1e-5)


def test_decoupled_leaves_the_positive_out_of_its_own_softmax() -> None:
    loss = decoupled(NO_JOB, temperature=0.5, both=False)
    found = values(loss, batch([[0.5, 0.0, -0.5]]))
    assert found == pytest.approx([math.log(math.exp(0) + math.exp(-1)) - 1], rel=1e-5)


def test_decoupled_pulls_a_pair_that_is_right_as_hard_as_one_that_is_wrong() -> None:
    scored = batch([[0.9, -0.9], [0.9, -0.9]], positives=[0, 1])
    decoupled(NO_JOB, temperature=0.5, both=False)(scored).sum().backward()
    gradient = scored.scores.grad
    assert gradient is not None
    assert gradient[[0, 1], [0, 1]].tolist() == pytest.approx([-2.0, -2.0])


def test_decoupled_takes_nothing_of_a_query_without_rivals() -> None:
    allowed = [[True, False], [True, True]]
    scored = batch([[0.3, 0.9], [0.1, 0.2]], allowed=allowed)
    found = decoupled(NO_JOB, temperature=0.5, both=False)(scored)
    found.sum().backward()
    assert found[0] == 0
    assert scored.scores.grad is not None
    assert scored.scores.grad[0].tolist() == [0.0, 0.0]
    assert torch.isfinite(scored.scores.grad).all()


def test_exchanged_leaves_mined_papers_out_and_pairs_of_one_paper_apart() -> None:
    # Pairs 0 and 1 ask for the same paper 7; paper 9 was mined and belongs to no pair.
    same = [[True, False, True, True], [False, True, True, True], [True, True, True, True]]
    scored = batch(
        [[0.9, 0.9, 0.1, 0.3], [0.8, 0.8, 0.2, 0.4], [0.0, 0.0, 0.7, 0.6]],
        allowed=same,
        documents=[7, 7, 8, 9],
        guide=[[1.0, 1.0, 0.0, 0.5], [1.0, 1.0, 0.1, 0.5], [0.2, 0.2, 1.0, 0.5]],
    )
    turned = exchanged(scored)
    assert turned.scores.tolist() == pytest.approx(
        torch.tensor([[0.9, 0.8, 0.0], [0.9, 0.8, 0.0], [0.1, 0.2, 0.7]])
    )
    assert turned.allowed.tolist() == [
        [True, False, True],
        [False, True, True],
        [True, True, True],
    ]
    assert turned.documents.tolist() == [7, 7, 8]
    assert turned.guide is not None and turned.guide.shape == (3, 3)
    assert turned.guide[2].tolist() == pytest.approx([0.0, 0.1, 1.0])


def test_kl_mixes_the_positive_with_the_guides_softmax() -> None:
    scored = batch([[0.5, 0.0]], guide=[[0.2, 0.4]])
    given, soft = softmax([0.5, 0.0]), softmax([0.2, 0.4])
    target = [0.25 + 0.75 * soft[0], 0.75 * soft[1]]
    wanted = -sum(t * math.log(g) for t, g in zip(target, given, strict=True))
    loss = kl(NO_JOB, temperature=1.0, guide_temperature=1.0, hard=0.25, both=False)
    assert values(loss, scored) == pytest.approx([wanted], rel=1e-5)


def test_kl_is_least_where_the_student_says_what_the_guide_says() -> None:
    loss = kl(NO_JOB, temperature=0.3, guide_temperature=0.3, hard=0.0, both=False)
    guide = [[0.7, 0.1, 0.4]]
    scored = batch([[0.7, 0.1, 0.4]], guide=guide)
    loss(scored).sum().backward()
    assert scored.scores.grad is not None
    assert scored.scores.grad.abs().max() < 1e-6


def test_margin_mse_is_zero_for_the_guides_own_margins_and_squares_the_rest() -> None:
    loss = margin_mse(NO_JOB, temperature=0.1, scale=2.0, hard=0.0, both=False)
    guide = [[0.4, 0.1, 0.3]]
    assert values(loss, batch([[0.8, 0.2, 0.6]], guide=guide)) == pytest.approx([0.0], abs=1e-8)
    off = batch([[0.8, 0.2, 0.7]], guide=guide)  # one of two margins is off by .1, a unit
    assert values(loss, off) == pytest.approx([0.5], rel=1e-4)


def test_a_loss_with_a_guide_says_when_the_recipe_names_none() -> None:
    with pytest.raises(RecipeError, match='guide = "initial"'):
        kl(NO_JOB)(batch([[0.5, 0.0], [0.0, 0.5]]))


@pytest.mark.parametrize(
    "make",
    [
        lambda: infonce(NO_JOB, temperature=0.0),
        lambda: kl(NO_JOB, hard=1.5),
        lambda: kl(NO_JOB, guide_temperature=math.nan),
        lambda: margin_mse(NO_JOB, scale=-1.0),
    ],
)
def test_impossible_sizes_are_refused(make: Any) -> None:
    with pytest.raises(ValueError, match="must"):
        make()
