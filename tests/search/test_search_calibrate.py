"""Probabilities of relevance, and "nothing relevant here", with the shipped coefficients."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from search_home import PAPERS, Home, WordEncoder

from broadsheet.search import HYBRID, Search, Searcher, SearchRequest, parse, result_json
from broadsheet.search.calibrate import Calibration, Logistic, shipped
from broadsheet.search.candidates import Floats
from broadsheet.search.clues import clues, rarity
from broadsheet.sources import starter

OTHER_WORLDS = Path(__file__).parents[2] / "trials" / "calibration" / "other-worlds.tsv"


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """The starter edition, searched by words alone."""
    made = Home(tmp_path_factory.mktemp("edition"))
    made.file([item.paper for item in starter()])
    yield made
    made.catalog.close()


def test_a_title_is_found_with_a_high_probability_and_recipes_are_not(edition: Home) -> None:
    searcher, index = edition.open()
    titles = [item.paper.title for item in list(starter())[::8]]
    found = [searcher.search(SearchRequest(title)) for title in titles]
    assert np.mean([result.nothing for result in found]) <= 0.02
    assert np.median([result.hits[0].probability or 0 for result in found]) > 0.8
    lines = OTHER_WORLDS.read_text("utf-8").splitlines()
    others = [searcher.search(SearchRequest(line.split("\t")[2])) for line in lines]
    assert len(others) >= 150
    assert np.mean([result.nothing for result in others]) >= 0.9
    index.close()


WAYS: dict[str, dict[str, object]] = {
    "words and meaning": {},
    "words": {"legs": ("lexical",)},
    "meaning": {"legs": ("dense",)},
    "ranks": {"fusion": "rrf"},
    "newest first": {"sort": "newest"},
}


@pytest.fixture(scope="module")
def encoded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A fifth of the starter edition with vectors."""
    made = Home(tmp_path_factory.mktemp("encoded"), WordEncoder())
    made.file([item.paper for item in list(starter())[::5]])
    yield made
    made.catalog.close()


@pytest.mark.parametrize("way", WAYS)
def test_whichever_way_is_searched_titles_are_likely_and_recipes_are_not(
    encoded: Home, way: str
) -> None:
    searcher, index = encoded.open()
    asked = [item.paper.title for item in list(starter())[::40]]
    found = [searcher.search(SearchRequest(title, **WAYS[way])) for title in asked]  # type: ignore[arg-type]
    assert not any(result.nothing for result in found)
    best = [max(hit.probability or 0 for hit in result.hits) for result in found]
    assert np.median(best) > 0.6
    other = searcher.search(SearchRequest("sourdough starter feeding", **WAYS[way]))  # type: ignore[arg-type]
    assert other.nothing
    dated = searcher.search(SearchRequest("year:1990..2030", **WAYS[way]))  # type: ignore[arg-type]
    assert not dated.nothing and all(hit.probability is None for hit in dated.hits)
    index.close()


def test_the_one_paper_that_has_the_words_is_likely_by_words_alone(encoded: Home) -> None:
    searcher, index = encoded.open()
    lone = 0
    for item in list(starter())[::5]:
        request = SearchRequest(" ".join(item.paper.title.split()[:3]), legs=("lexical",))
        result = searcher.search(request)
        if len(result.hits) == 1:
            lone += 1
            assert not result.nothing
            assert (result.hits[0].probability or 0) > 0.4
    assert lone >= 3
    index.close()


def test_a_probability_does_not_depend_on_how_the_ranking_was_fused(encoded: Home) -> None:
    searcher, index = encoded.open()
    title = next(iter(starter())).paper.title
    chances = [
        searcher.search(SearchRequest(title, **WAYS[way])).hits[0].probability or 0  # type: ignore[arg-type]
        for way in ("words and meaning", "ranks")
    ]
    assert chances[0] == pytest.approx(chances[1], abs=0.1)
    index.close()


def test_probabilities_lie_between_0_and_1_and_come_with_every_hit_of_any_page(
    home: Home, searcher: Searcher
) -> None:
    for query in ("pruning", "pruning of language models, not vision", "images " * 300, "pruning²"):
        for sort in ("relevance", "newest"):
            hits = searcher.search(SearchRequest(query, offset=1, limit=3, sort=sort)).hits
            assert hits
            assert all(hit.probability is not None and 0 <= hit.probability <= 1 for hit in hits)


def test_a_query_of_words_that_no_paper_has_finds_nothing_relevant(
    home: Home, searcher: Searcher
) -> None:
    result = searcher.search(SearchRequest("zyxwv quuxly"))
    assert result.nothing
    works = home.catalog.get_many([hit.work_id for hit in result.hits])
    assert result_json(result, works)["nothing_relevant"] is True


def test_what_looks_for_no_words_has_no_probability(searcher: Searcher) -> None:
    result = searcher.search(SearchRequest("year:2019..2024"))
    assert result.hits and not result.nothing
    assert all(hit.probability is None for hit in result.hits)


def test_hits_without_a_vector_are_judged_by_their_words(words_home: Home) -> None:
    words_home.file([item.paper for item in list(starter())[:40]])
    searcher, index = words_home.open()
    hits = searcher.search(SearchRequest("gradient")).hits
    assert hits and all(hit.probability is not None for hit in hits)
    index.close()


def test_while_few_papers_have_vectors_every_hit_still_has_a_number(empty_home: Home) -> None:
    papers = [item.paper for item in list(starter())[:60]]
    empty_home.file(papers, encoded=[paper.id for paper in papers[-3:]])
    searcher, index = empty_home.open()
    result = searcher.search(SearchRequest(f"{papers[0].title} model", limit=60))
    index.close()
    assert len(result.hits) > 15 and not result.nothing
    assert all(hit.probability is not None for hit in result.hits)
    assert (result.hits[0].probability or 0) > 0.5


def test_a_word_that_no_paper_has_is_the_rarest(home: Home) -> None:
    index = home.index()
    common, rare, absent = rarity(index, ["languag", "diffus", "zyxwv"])
    assert common < rare < absent
    index.close()


def test_a_product_of_clues_is_read_from_its_name() -> None:
    model = Logistic(("a", "a*b"), np.array([1.0, 2.0]), -1.0)
    logits = model.logit({"a": np.array([1.0, 2.0]), "b": np.array([0.5, 0.0])})
    assert logits.tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("query", "least", "most"),
    [
        ("photograph decoder", 1.0, 1.0),  # the paper has both words
        ("photograph zyxwv", 0.0, 0.6),  # and one of these
        ("photograph decoder given words by a naming recurrent network", 0.0, 0.0),  # too long
        ("photograph", 0.0, 0.0),  # and too short to lack a part
    ],
)
def test_a_short_query_is_meant_as_far_as_each_of_its_words_is(
    home: Home, query: str, least: float, most: float
) -> None:
    known = _clues(home, query)
    assert least <= known["weakest"][0] <= known["meant"][0] <= most
    assert known["short"][0] == float(len(query.split()) == 2)


def test_a_word_that_a_paper_has_not_counts_by_its_meaning(home: Home) -> None:
    other, same = (_clues(home, f"{word} decoder") for word in ("zyxwv", "picture"))
    assert same["covered"][0] == pytest.approx(other["covered"][0])
    assert same["meant"][0] > other["meant"][0] and same["weakest"][0] > other["weakest"][0]


def test_an_index_without_meaning_has_no_clue_from_it(words_home: Home) -> None:
    words_home.file(PAPERS)
    known = _clues(words_home, "photograph zyxwv")
    assert known["covered"][0] > 0 and not known["meant"].any() and not known["weakest"].any()


def _clues(home: Home, query: str) -> dict[str, Floats]:
    """The clues of the first three hits."""
    index = home.index()
    search = Search(SearchRequest(query), parse(query), index, home.catalog)
    search.encode = lambda text: WordEncoder().encode_queries([text])[0]
    ranking, _ = HYBRID.without("page").run(search)
    known = clues(search, ranking, 3)
    index.close()
    return known


def test_the_shipped_models_read_only_clues_that_there_are(home: Home) -> None:
    known = _clues(home, "pruning models")
    for calibration in shipped().values():
        assert isinstance(calibration, Calibration)
        for model in (calibration.answered, calibration.relevant):
            assert {part for name in model.names for part in name.split("*")} <= set(known)
