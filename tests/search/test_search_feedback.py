"""Turning a search towards and away: exclusions by meaning, liked and disliked papers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from search_home import Home, WordEncoder, paper

from broadsheet.search import Searcher, SearchRequest
from broadsheet.search.feedback import orthogonal, revised, unit

TRAINING = (
    paper("text", "Adversarial training of classifiers", "Sentences are changed by one word."),
    paper("photo", "Adversarial training of classifiers II", "A picture is changed by a pixel."),
    paper("plain", "Adversarial training", "Weights are perturbed."),
)


def ids(home: Home, searcher: Searcher, request: SearchRequest) -> list[str]:
    hits = searcher.search(request).hits
    works = home.catalog.get_many([hit.work_id for hit in hits])
    return [works[hit.work_id].paper.id for hit in hits]


def work_id(home: Home, searcher: Searcher, title: str) -> int:
    return searcher.search(SearchRequest(f'title:"{title}"')).hits[0].work_id


@pytest.fixture
def trained(empty_home: Home) -> tuple[Home, Searcher]:
    empty_home.file(TRAINING)
    return empty_home, Searcher(empty_home.catalog, empty_home.index(), WordEncoder())


def test_what_is_excluded_falls_behind_without_the_word(trained: tuple[Home, Searcher]) -> None:
    home, searcher = trained
    plain = ids(home, searcher, SearchRequest("adversarial training of classifiers"))
    assert plain.index("photo") < plain.index("plain")
    # "image" and "picture" mean the same to this encoder; no paper says "image".
    said = ids(home, searcher, SearchRequest("adversarial training of classifiers, not image"))
    assert said.index("photo") > said.index("text")
    assert set(said) == set(plain)


def test_papers_that_say_the_excluded_word_are_left_out(trained: tuple[Home, Searcher]) -> None:
    home, searcher = trained
    request = SearchRequest("adversarial training of classifiers other than sentences")
    assert "text" not in ids(home, searcher, request)


def test_a_bare_without_excludes_unless_papers_are_without_it(empty_home: Home) -> None:
    empty_home.file(
        [
            *(paper(f"w{n}", f"Learning without labels {n}", "No labels.") for n in range(3)),
            paper("i", "Learning from images", "Images are seen."),
            paper("t", "Learning from text", "Text is read."),
        ]
    )
    searcher = Searcher(empty_home.catalog, empty_home.index(), WordEncoder())
    idiom = searcher.search(SearchRequest("learning without labels")).reading
    assert idiom.away == ()
    assert [part.kind for part in idiom.parts] == ["words"]
    wish = searcher.search(SearchRequest("learning without images")).reading
    assert wish.away == ("images",)
    assert [(part.kind, part.without) for part in wish.parts] == [
        ("words", "without images"),
        ("exclude", "learning"),
    ]
    # Nobody is shut out for a word of a doubtful exclusion.
    assert "i" in ids(empty_home, searcher, SearchRequest("learning without images"))


def test_more_like_a_paper_brings_its_kind_forward(home: Home, searcher: Searcher) -> None:
    liked = work_id(home, searcher, "Pruning vision transformers")
    plain = ids(home, searcher, SearchRequest("model"))
    more = ids(home, searcher, SearchRequest("model", more_like=(liked,)))
    assert more[0] == "2305.00002"
    assert set(more) == set(plain)


def test_less_like_a_paper_sends_it_back_and_keeps_the_topic(
    home: Home, searcher: Searcher
) -> None:
    request = SearchRequest("pruning models")
    best = searcher.search(request).hits[0].work_id
    turned = SearchRequest("pruning models", less_like=(best,))
    assert searcher.search(turned).hits[0].work_id != best
    assert {"2401.00001", "2305.00002"} == set(ids(home, searcher, turned)[:2])


def test_works_that_are_unknown_or_not_encoded_turn_nothing(home: Home, searcher: Searcher) -> None:
    plain = searcher.search(SearchRequest("pruning models"))
    turned = searcher.search(SearchRequest("pruning models", more_like=(10**9,), less_like=(0,)))
    assert [hit.work_id for hit in turned.hits] == [hit.work_id for hit in plain.hits]


numbers = st.lists(st.floats(-1, 1, allow_nan=False, width=32), min_size=6, max_size=6)


@given(numbers, st.lists(numbers, min_size=1, max_size=4))
def test_turning_away_takes_nothing_of_the_query(
    query: list[float], off: list[list[float]]
) -> None:
    vector = unit(np.array(query, np.float32))
    if not np.linalg.norm(vector) > 0.5:  # points nowhere
        return
    away = orthogonal(np.stack([unit(np.array(one, np.float32)) for one in off]), vector)
    assert np.abs(away @ vector).max() < 1e-3
    turned = revised(vector, np.empty((0, 6), np.float32), away, np.full(len(away), 0.2, "f"))
    assert np.linalg.norm(turned) == pytest.approx(1, abs=1e-4)
    assert turned @ vector > 0
    # Of the query's own direction the same is left, whichever way the others point.
    length = np.linalg.norm(vector - 0.2 * away.sum(0))
    assert turned @ vector == pytest.approx(1 / length, rel=1e-2)
