"""The trials of bursts and of synthetic queries measure what they say."""

from __future__ import annotations

import random

import pytest
from search_home import PAPERS, WordEncoder
from trials.bursts import bursting, fused
from trials.decoding import QUERIES, Model, beam, diverse, sampled

from broadsheet.evaluate import Collection, field_of

TEXT = (
    "Pruning large language models without retraining. Weights of language models are removed by"
    " a gradient score in one pass over a small sample of unlabelled text."
)


@pytest.fixture
def model() -> Model:
    return Model.of(TEXT, lambda word: float(len(word)))


def test_a_word_bursts_when_the_week_has_it_more_often_than_before() -> None:
    week = ["agents that browse", "browse with agents", "agents browse the web", "graph of words"]
    before = ["graph of words", "agents in games", "words of graphs", "graph cuts"] * 3
    assert bursting(week, before) == {"browse", "agents"}
    assert bursting(before, before) == set()


def test_a_diverse_beam_starts_each_query_anew_and_a_beam_does_not(model: Model) -> None:
    rng = random.Random(0)
    assert len({words[0] for words in diverse(model, rng, strength=30.0)}) == QUERIES
    assert len({words[0] for words in beam(model, rng)}) < QUERIES


def test_without_a_cost_all_groups_say_the_same(model: Model) -> None:
    assert len(set(diverse(model, random.Random(0), strength=0.0))) == 1


@pytest.mark.parametrize("decode", [beam, sampled])
def test_queries_are_of_the_papers_words_and_none_comes_twice(model: Model, decode: object) -> None:
    for words in decode(model, random.Random(0)):  # type: ignore[operator]
        assert len(set(words)) == len(words) and set(words) <= set(model.single)


def test_the_chances_of_the_next_word_add_up_to_what_is_left(model: Model) -> None:
    import math

    chances = model.next(())
    assert sum(math.exp(chance) for chance in chances.values()) == pytest.approx(1.0)


def test_a_boost_of_the_week_moves_its_papers_up_where_a_word_bursts() -> None:
    from dataclasses import replace

    new = [replace(PAPERS[0], id=f"2026-02-0{day}/{day}") for day in (1, 2, 3)]
    old = [replace(PAPERS[0], id="2025-01-01/old")]
    old += [replace(paper, id=f"2025-01-01/{paper.id}") for paper in PAPERS[1:]]
    collection = Collection("own", (*old, *new), {"q": "pruning gradient"}, {"q": {new[0].id: 1}})
    with field_of(collection, WordEncoder()) as place:
        plain = fused(place, weight=0.0)("pruning gradient")
        boosted = fused(place, weight=0.0, boost=0.5)("pruning gradient")
        turned = fused(place, weight=0.5)("pruning gradient")
    assert plain[0] == "2025-01-01/old"
    assert set(boosted[:3]) == {paper.id for paper in new}
    assert len(turned) == len(set(turned)) == len(plain)
