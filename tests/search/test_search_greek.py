"""Greek letters and their names are the same letters."""

from __future__ import annotations

import pytest
from search_home import Home, paper

from broadsheet.search import Searcher, SearchRequest, parse
from broadsheet.search.greek import read_greek


@pytest.fixture
def searcher(empty_home: Home) -> Searcher:
    empty_home.file(
        [
            paper("letter", "A $β$-VAE of pictures"),
            paper("name", "The beta-VAE in colours"),
            paper("joined", "Hα and $Λ$CDM"),
            paper("apart", "H$α$ and ΛCDM"),
            paper("said", "Of ϵ-greedy agents"),
            paper("other", "A VAE of colours"),
        ]
    )
    return Searcher(empty_home.catalog, empty_home.index())


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("beta-VAE", ["name", "letter"]),
        ("β-VAE", ["letter", "name"]),
        ("Hα", ["joined", "apart"]),
        ("H-alpha", ["apart", "joined"]),
        ("ΛCDM", ["apart", "joined"]),
        ("Lambda CDM", ["joined", "apart"]),
        ("ε greedy", ["said"]),
        ("LCDM", ["apart", "joined"]),
        (r"$\Lambda$CDM", ["apart", "joined"]),
        (r"H$\alpha$", ["apart", "joined"]),
        (r"H\alpha", ["apart", "joined"]),
        (r"$\beta$-VAE", ["letter", "name"]),
    ],
)
def test_letters_and_names_find_each_other(
    empty_home: Home, searcher: Searcher, query: str, found: list[str]
) -> None:
    result = searcher.search(SearchRequest(query, legs=("lexical",), lacking=True))
    names = empty_home.names([hit.work_id for hit in result.hits])
    assert set(names[: len(found)]) == set(found)
    told = [hit.explanation for hit in result.hits[: len(found)]]
    assert not any(one.missing for one in told if one)


@pytest.mark.parametrize(
    "query", ["beta", "delta hedging", '"beta-VAE"', "-beta VAE", "a VAE", "LVAE"]
)
def test_other_words_are_left_alone(empty_home: Home, searcher: Searcher, query: str) -> None:
    reading = parse(query)
    assert read_greek(reading, empty_home.index()) is reading
