"""An acronym in capitals is told from the word that the index takes it for."""

from __future__ import annotations

import pytest
from search_home import Home, paper

from broadsheet.search import Searcher, SearchRequest, parse
from broadsheet.search.capitals import read_capitals

# Of a word's papers some write the acronym; the rest say more of the word.
PAPERS = [
    *(
        paper(f"aim{n}", f"The aim of study {n}", "We aim at an aim. Aims of a benchmark are aims.")
        for n in range(8)
    ),
    *(paper(f"aime{n}", f"Sums {n}", "Solved: AIME, of school.") for n in range(3)),
    *(paper(f"star{n}", f"Stars {n}", "A star and a star. Stars are seen.") for n in range(8)),
    paper("star", "Heavy ions", "Data of STAR, with care."),
    paper("loud", "STARS ARE SEEN", "A title in capitals says nothing by them."),
]


@pytest.fixture
def searcher(words_home: Home) -> Searcher:
    words_home.file(PAPERS)
    return Searcher(words_home.catalog, words_home.index())


def _best(home: Home, searcher: Searcher, query: str, count: int) -> set[str]:
    result = searcher.search(SearchRequest(query, legs=("lexical",)))
    return set(home.names([hit.work_id for hit in result.hits[:count]]))


@pytest.mark.parametrize("query", ["AIME", "AIME benchmark"])
def test_papers_that_write_an_acronym_come_before_those_of_the_word_it_collapses_into(
    words_home: Home, searcher: Searcher, query: str
) -> None:
    assert _best(words_home, searcher, query, 3) == {"aime0", "aime1", "aime2"}


def test_a_word_in_capitals_is_an_acronym_and_in_small_letters_the_word(
    words_home: Home, searcher: Searcher
) -> None:
    assert _best(words_home, searcher, "STAR", 1) == {"star"}
    assert "star" not in _best(words_home, searcher, "star", 8)


@pytest.mark.parametrize(
    "query", ["star", "Star", "aim", "aime", "STAR DATA SEEN", '"STAR"', "-STAR", "XY"]
)
def test_other_words_are_looked_for_as_they_are(searcher: Searcher, query: str) -> None:
    assert read_capitals(parse(query), searcher.index).forms == ()


def test_a_paper_with_the_word_alone_is_not_thought_to_have_the_acronym(
    empty_home: Home,
) -> None:
    empty_home.file(PAPERS)
    searcher = Searcher(empty_home.catalog, empty_home.index(), empty_home.encoder)
    result = searcher.search(SearchRequest("AIME", limit=20))
    names = empty_home.names([hit.work_id for hit in result.hits])
    chance = {name: hit.probability for name, hit in zip(names, result.hits, strict=True)}
    assert names[0].startswith("aime")
    assert (chance["aime0"] or 0) > (chance["aim0"] or 0)
