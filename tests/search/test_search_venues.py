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
    meeting = [
        replace(
            paper(f"a{n}", f"Pruning of agents {n}", "Agents."),
            extra={"comments": "AGENTS 2025"},
        )
        for n in range(2)
    ]
    said = [
        *(paper(f"w{n}", f"Agents at work {n}", "Of agents.") for n in range(9)),
        paper("s", "A workshop of NeurIPS 2025", "What we saw there."),
        paper("t", "Pruning in TACL 2024", "A count."),
        *(paper(f"p{n}", f"COCO {n}", "Of COCO 2017 images.") for n in range(3)),
    ]
    empty_home.file([*noted, *journal, *meeting, *said])
    return Searcher(empty_home.catalog, empty_home.index())


@pytest.mark.parametrize(
    ("query", "understood"),
    [
        ("accepted at NeurIPS 2025", 'venue:"NeurIPS 2025"'),
        ("neurips 2025 papers on pruning", 'venue:"neurips 2025" pruning'),
        ("pruning, papers at NeurIPS 2025", 'pruning venue:"NeurIPS 2025"'),
        ("networks accepted at NIPS", "networks venue:NIPS"),
        ("published in TACL", "venue:TACL"),
        ("trees in TACL 2024", "trees venue:TACL year:2024"),
    ],
)
def test_a_venue_in_words_asks_for_what_appeared_there(
    empty_home: Home, searcher: Searcher, query: str, understood: str
) -> None:
    result = searcher.search(SearchRequest(query))
    asked = searcher.search(SearchRequest(understood))
    found = empty_home.names([hit.work_id for hit in result.hits])
    assert found == empty_home.names([hit.work_id for hit in asked.hits])
    assert {name[0] for name in found} <= {"n", "j"}
    assert any("is read as where papers appeared" in note for note in result.notes)
    (part,) = (one for one in result.reading.parts if one.kind == "venue")
    assert part.given in query
    assert part.given not in part.without
    quoted = searcher.search(SearchRequest(query, syntax=False))
    assert not any(one.kind == "venue" for one in quoted.reading.parts)


@pytest.mark.parametrize(
    ("query", "suggestion"),
    [
        ("parsing NeurIPS 2025", 'parsing venue:"NeurIPS 2025"'),  # no paper there has the word
        ("networks 2025 accepted at Agents", ""),
        ("pruning agents 2025", 'pruning venue:"agents 2025"'),  # a word of texts, too
        ("pruning NeurIPS", ""),  # may be a word
        ("pages pruning", ""),
        ("COCO 2017 images", ""),
        ('"NeurIPS 2025" pruning', ""),
        ("venue:neurips pruning", ""),
    ],
)
def test_a_venue_in_words_is_offered_as_one_where_it_may_be_a_word(
    searcher: Searcher, query: str, suggestion: str
) -> None:
    result = searcher.search(SearchRequest(query))
    assert result.suggestion == suggestion
    assert not any("where papers appeared" in note for note in result.notes)


def test_the_value_of_a_field_is_no_word_that_a_year_belongs_to(
    empty_home: Home, searcher: Searcher
) -> None:
    result = searcher.search(SearchRequest("venue:tacl 2024"))
    names = empty_home.names([hit.work_id for hit in result.hits])
    assert sorted(names) == [f"j{n}" for n in range(6)]
