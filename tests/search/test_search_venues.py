"""Where papers appeared, asked for in words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from search_home import Home, paper

from broadsheet.search import Searcher, SearchRequest


@pytest.fixture
def searcher(empty_home: Home) -> Searcher:
    noted = [
        replace(
            paper(f"n{n}", f"Pruning networks {n}", published="2026-01-05"),
            extra={"comments": f"{n} pages, accepted at NeurIPS 2025"},
        )
        for n in range(6)
    ]
    journal = [
        replace(
            paper(f"j{n}", f"Parsing trees {n}", published="2024-03-01"),
            extra={"journal_ref": "TACL"},
        )
        for n in range(6)
    ]
    said = [
        paper("s", "A workshop of NeurIPS 2025", "What we saw there."),
        paper("t", "Pruning in TACL 2024", "A count."),
        *(paper(f"p{n}", f"COCO {n}", "Of COCO 2017 images.") for n in range(3)),
    ]
    empty_home.file([*noted, *journal, *said])
    return Searcher(empty_home.catalog, empty_home.index())


@pytest.mark.parametrize(
    ("query", "suggestion"),
    [
        ("accepted at NeurIPS 2025", 'venue:"NeurIPS 2025"'),
        ("neurips 2025 papers on pruning", 'venue:"neurips 2025" papers on pruning'),
        ("pruning, papers at NeurIPS 2025", 'pruning, venue:"NeurIPS 2025"'),
        ("accepted at NeurIPS", "venue:NeurIPS"),
        ("published in TACL", "venue:TACL"),
        ("trees in TACL 2024", "trees venue:TACL year:2024"),
        ("pruning NeurIPS", ""),  # may be a word
        ("pages pruning", ""),
        ("COCO 2017 images", ""),
        ('"NeurIPS 2025" pruning', ""),
        ("venue:neurips pruning", ""),
    ],
)
def test_a_venue_in_words_is_offered_as_one(
    searcher: Searcher, query: str, suggestion: str
) -> None:
    assert searcher.search(SearchRequest(query)).suggestion == suggestion


def test_the_value_of_a_field_is_no_word_that_a_year_belongs_to(
    empty_home: Home, searcher: Searcher
) -> None:
    result = searcher.search(SearchRequest("venue:tacl 2024"))
    names = empty_home.names([hit.work_id for hit in result.hits])
    assert sorted(names) == [f"j{n}" for n in range(6)]
