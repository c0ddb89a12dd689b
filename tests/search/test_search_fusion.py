"""Two legs, one score."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from broadsheet.search.candidates import Candidates
from broadsheet.search.fusion import fuse_ranks, fuse_scores, one_leg, scaled

SCORES = st.floats(0.01, 50)
COSINES = st.floats(-1, 1)


@st.composite
def candidates(draw: st.DrawFn) -> Candidates:
    ids = draw(st.lists(st.integers(1, 10_000), unique=True, min_size=1, max_size=30))
    lexical = [draw(st.one_of(SCORES, st.just(float("nan")))) for _ in ids]
    dense = [draw(st.one_of(COSINES, st.just(float("nan")))) for _ in ids]
    return Candidates.of(np.array(ids, np.int64), np.array(lexical), np.array(dense))


@given(candidates(), st.randoms())
def test_the_order_candidates_come_in_changes_nothing(given_: Candidates, random: object) -> None:
    order = np.arange(len(given_))
    random.shuffle(order)  # type: ignore[attr-defined]
    assume(given_.scored)
    for fuse in (fuse_scores, fuse_ranks):
        one, other = fuse(given_), fuse(given_.take(order))
        assert one.ids.tolist() == other.ids.tolist()
        assert one.score.tolist() == other.score.tolist()


def test_a_list_by_date_keeps_its_order() -> None:
    nothing = np.full(3, np.nan)
    listed = Candidates.of(np.array([7, 2, 5]), nothing, nothing)
    assert listed.ordered(np.zeros(3), np.zeros(3)).ids.tolist() == [7, 2, 5]
    assert fuse_scores(listed).ids.tolist() == [7, 2, 5]


@given(candidates())
def test_scores_fall_and_shares_add_up_to_them(given_: Candidates) -> None:
    for fused in (fuse_scores(given_), fuse_ranks(given_)):
        assert (np.diff(fused.score) <= 1e-12).all()
        assert np.array_equal(fused.score, fused.lexical_share + fused.dense_share)
        assert sorted(fused.ids) == sorted(given_.ids)


@given(candidates(), st.floats(0.05, 0.95))
def test_better_in_both_legs_is_never_behind(given_: Candidates, weight: float) -> None:
    fused = fuse_scores(given_, weight)
    known = fused.take(~np.isnan(fused.dense) & ~np.isnan(fused.lexical))
    for place in range(len(known)):
        behind = known.take(np.arange(place + 1, len(known)))
        better = (behind.lexical > known.lexical[place]) & (behind.dense > known.dense[place])
        better &= behind.dense > 0
        assert not better.any()


@given(candidates(), st.floats(0.1, 10))
def test_the_scale_of_a_leg_does_not_matter(given_: Candidates, factor: float) -> None:
    other = Candidates.of(given_.ids, given_.lexical * factor, given_.dense)
    assert np.allclose(np.sort(fuse_scores(given_).score), np.sort(fuse_scores(other).score))


def test_the_best_of_both_legs_has_score_one() -> None:
    best = Candidates.of(np.array([1, 2]), np.array([9.0, 3.0]), np.array([0.7, 0.2]))
    assert fuse_scores(best).score[0] == pytest.approx(1.0)


def test_a_work_without_a_vector_is_judged_by_its_words() -> None:
    mixed = Candidates.of(
        np.array([1, 2, 3]), np.array([10.0, 9.0, 2.0]), np.array([0.8, np.nan, 0.1])
    )
    fused = fuse_scores(mixed)
    assert fused.ids.tolist() == [1, 2, 3]
    assert fused.score[1] == pytest.approx(0.9)
    assert fused.dense_share[1] == 0


def test_nothing_known_scores_nothing() -> None:
    nothing = np.full(2, np.nan)
    assert np.isnan(scaled(nothing)).all()
    assert scaled(np.array([-0.5, 0.0])).tolist() == [0, 0]
    assert fuse_scores(Candidates.none()).ids.tolist() == []
    assert len(one_leg(Candidates.of(np.array([1, 2]), nothing, nothing), "dense")) == 0


def test_reciprocal_ranks_are_the_published_formula() -> None:
    both = Candidates.of(
        np.array([1, 2, 3]), np.array([5.0, 4.0, np.nan]), np.array([0.1, 0.9, 0.5])
    )
    fused = fuse_ranks(both)
    expected = {1: 1 / 61 + 1 / 63, 2: 1 / 62 + 1 / 61, 3: 1 / 62}
    assert dict(zip(fused.ids.tolist(), fused.score.tolist(), strict=True)) == pytest.approx(
        expected
    )
