"""Umlauts and their spellings in full are the same letters."""

from __future__ import annotations

import pytest
from search_home import Home, paper

from broadsheet.search import Searcher, SearchRequest, parse
from broadsheet.search.umlauts import read_umlauts


@pytest.fixture
def searcher(empty_home: Home) -> Searcher:
    empty_home.file(
        [
            paper("umlaut", "The Schrödinger equation", "It is solved."),
            paper("full", "A Schroedinger equation", "It is solved."),
            paper("bare", "On the Schrodinger equation", "It is solved."),
            paper("poets", "Poets and their shoes", "Coefficients of value."),
            paper("pots", "Pots and their shos", "Cofficients of valu."),
        ]
    )
    return Searcher(empty_home.catalog, empty_home.index())


@pytest.mark.parametrize("query", ["schroedinger", "Schrödinger", "Schrodinger"])
def test_every_spelling_finds_the_others(empty_home: Home, searcher: Searcher, query: str) -> None:
    result = searcher.search(SearchRequest(query, legs=("lexical",), lacking=True))
    names = empty_home.names([hit.work_id for hit in result.hits])
    assert set(names) == {"umlaut", "full", "bare"}
    assert (names[0] == "full") == (query == "schroedinger")
    assert not any(hit.explanation.missing for hit in result.hits if hit.explanation)


@pytest.mark.parametrize(
    "query", ["poets", "pots", "shoes", "coefficients", "value", '"schroedinger"', "-schroedinger"]
)
def test_words_that_no_paper_writes_with_an_umlaut_are_left_alone(
    empty_home: Home, searcher: Searcher, query: str
) -> None:
    reading = parse(query)
    assert read_umlauts(reading, empty_home.index(), empty_home.catalog) is reading
