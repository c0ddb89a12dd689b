"""Two rankers on live use: lists interleaved by team draft, credit to who brought what."""

from __future__ import annotations

import pytest

from broadsheet.readers import Interleaving, Readers, Store
from broadsheet.readers.taste import team_draft
from broadsheet.readers.taste.interleaving import sign_test

NAMES = ("new", "old")


def test_each_ranker_brings_its_best_and_no_paper_stands_twice() -> None:
    drawn = team_draft([1, 2, 3, 4], [1, 5, 6, 7], 6, "a seed")
    works = [work for work, _ in drawn]
    assert len(set(works)) == 6
    assert works[0] == 1
    for start in (0, 2, 4):  # in every round both pick once
        assert {ranker for _, ranker in drawn[start : start + 2]} == {0, 1}
    assert drawn == team_draft([1, 2, 3, 4], [1, 5, 6, 7], 6, "a seed")


def test_coins_are_fair() -> None:
    firsts = [team_draft([1, 2], [3, 4], 2, str(seed))[0][1] for seed in range(400)]
    assert 150 < sum(firsts) < 250


def test_short_lists_end() -> None:
    assert team_draft([1], [1], 5, "x") in ([(1, 0)], [(1, 1)])
    assert team_draft([], [], 5, "x") == []


def test_likes_count_for_the_ranker_that_brought_the_paper(readers: Readers) -> None:
    trial = Interleaving(Store(readers.catalog), readers.acts)
    list_ = trial.show(1, "2026-01-02", NAMES, ([1, 2], [3, 4]), 4)
    assert sorted(list_) == [1, 2, 3, 4]
    assert trial.show(1, "2026-01-02", NAMES, ([5], [5]), 4) == list_
    readers.acts.do(1, "upvote", 1, at="2026-01-01")  # before it was shown: nobody's merit
    readers.acts.do(1, "upvote", 2, at="2026-01-03")
    found = trial.report(NAMES)
    assert (found.wins, found.losses, found.ties) == (1, 0, 0)
    assert found.likes == {"new": 1, "old": 0}
    assert "chance" in found.sentence()


def test_the_sign_test_is_that_of_a_fair_coin() -> None:
    assert sign_test(0, 0) == 1.0
    assert sign_test(5, 5) == 1.0
    assert sign_test(8, 0) == pytest.approx(2 / 256)
