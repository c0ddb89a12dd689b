"""What is known of a term: its senses, its neighbours, its trend."""

from __future__ import annotations

import math

import numpy as np
import pytest

from broadsheet.text import (
    Document,
    neighbour_terms,
    prepare,
    senses,
    term_trend,
    trend_direction,
)
from broadsheet.text.terms import log_likelihood

CELLS = (
    "perovskite",
    "silicon",
    "tandem",
    "organic",
)


def _solar(n: int) -> Document:
    kind = CELLS[n % 4]
    return prepare(
        f"Efficient {kind} solar cells",
        f"The solar cell converts photons. Its {kind} absorber layer, electrodes and open-circuit"
        f" voltage limit power conversion efficiency under illumination in sample {n}.",
    )


def _blood(n: int) -> Document:
    kind = ("red", "white", "sickle", "stem")[n % 4]
    return prepare(
        f"Imaging of {kind} blood cells",
        f"A blood cell deforms in microfluidic flow. Membrane proteins of {kind} erythrocytes,"
        f" plasma and hemoglobin tell anemia of patients apart in sample {n}.",
    )


def test_two_meanings_are_told_apart_and_named_by_their_phrases() -> None:
    papers = [make(n) for n in range(12) for make in (_solar, _blood)]
    found = senses("cell", papers)
    assert len(found) == 2
    assert {frozenset(n % 2 for n in sense.papers) for sense in found} == {
        frozenset((0,)),
        frozenset((1,)),
    }
    names = " / ".join(sense.name for sense in found)
    assert "solar" in names and "blood" in names


def test_one_meaning_is_left_whole() -> None:
    assert senses("cell", [_solar(n) for n in range(24)]) == ()


def test_a_handful_of_papers_says_nothing() -> None:
    assert senses("cell", [_solar(0), _blood(0), _solar(1), _blood(1)]) == ()
    assert senses("cell", []) == ()


def test_every_paper_has_one_sense_and_the_same_again() -> None:
    papers = [make(n) for n in range(10) for make in (_solar, _blood)]
    found = senses("cell", papers)
    assert sorted(place for sense in found for place in sense.papers) == list(range(20))
    assert senses("cell", papers) == found


def test_vectors_can_part_what_words_do_not() -> None:
    random = np.random.default_rng(0)
    papers = [_solar(n) for n in range(20)]
    axes = np.array([[1.0, 0.0], [0.0, 1.0]])[np.arange(20) % 2]
    vectors = np.hstack([axes * 9, random.normal(0, 0.1, (20, 4))]).astype(np.float32)
    found = senses("cell", papers, vectors, apart=0.8)
    assert all(len({n % 2 for n in sense.papers}) == 1 for sense in found)


def test_papers_without_text_are_no_senses() -> None:
    assert senses("cell", [prepare("", "")] * 20) == ()


def test_neighbours_are_those_that_chance_does_not_explain() -> None:
    found = neighbour_terms(
        100,
        {"label noise": 40, "deep learning": 30, "graph": 50, "graph network model": 30, "rare": 1},
        {"label noise": 60, "deep learning": 3_000, "graph": 50, "graph network model": 30},
        10_000,
        key="graph network",
    )
    assert [n.key for n in found] == ["label noise"]
    assert found[0].papers == 40


def test_log_likelihood_is_that_of_a_known_table() -> None:
    # 2 sum of O ln(O/E) over (10, 90, 20, 880) with E (3, 97, 27, 873).
    expected = 2 * sum(
        o * math.log(o / e) for o, e in ((10, 3.0), (90, 97.0), (20, 27.0), (880, 873.0))
    )
    assert log_likelihood(10, 100, 30, 1_000) == pytest.approx(expected)
    assert log_likelihood(3, 100, 30, 1_000) == 0.0
    assert log_likelihood(0, 0, 0, 0) == 0.0


def test_a_trend_is_of_shares_and_not_of_counts() -> None:
    totals = {f"2026-0{n}": 1_000 * n for n in range(1, 9)}
    steady = term_trend({month: total // 100 for month, total in totals.items()}, totals)
    assert [month.share for month in steady] == [0.01] * 8
    assert all(month.low < 0.01 < month.high for month in steady)
    assert trend_direction(steady) == ""
    risen = {month: total // 100 for month, total in totals.items()} | {"2026-08": 400}
    assert trend_direction(term_trend(risen, totals)) == "rising"
    fallen = {month: total // 20 for month, total in totals.items()}
    fallen |= {"2026-06": 60, "2026-07": 70, "2026-08": 80}
    assert trend_direction(term_trend(fallen, totals)) == "falling"


def test_months_without_papers_are_left_out_and_few_papers_are_no_trend() -> None:
    months = term_trend({"2026-02": 3}, {"2026-01": 0, "2026-02": 10, "2026-03": 10})
    assert [month.month for month in months] == ["2026-02", "2026-03"]
    assert trend_direction(months) == ""
