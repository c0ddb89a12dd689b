"""Days said in words."""

from __future__ import annotations

from datetime import date

import pytest
from search_home import Home, paper

from broadsheet.search import Searcher, SearchRequest, parse

WEDNESDAY = date(2026, 3, 4)


@pytest.mark.parametrize(
    ("query", "meaning", "first", "last"),
    [
        ("diffusion models last week", "diffusion models", "2026-02-23", "2026-03-01"),
        ("diffusion models from this week", "diffusion models", "2026-03-02", ""),
        ("diffusion models this month", "diffusion models", "2026-03-01", ""),
        ("diffusion models in the last month", "diffusion models", "2026-02", "2026-02"),
        ("diffusion models last year", "diffusion models", "2025", "2025"),
        ("diffusion, today", "diffusion", "2026-03-04", "2026-03-04"),
        ("papers from yesterday", "", "2026-03-03", "2026-03-03"),
        ("agents since Monday", "agents", "2026-03-02", ""),
        ("agents since wednesday", "agents", "2026-03-04", ""),
        ("agents of the past 3 days", "agents", "2026-03-01", ""),
        ("agents past 12 months", "agents", "2025-03-04", ""),
        ("agents past week", "agents", "2026-02-25", ""),
        ("agents since 2023", "agents", "2023", ""),
        ("agents after 2023 cat:cs.LG", "agents", "2024", ""),
        ("agents before 2020", "agents", "", "2019"),
        ("last week", "", "2026-02-23", "2026-03-01"),
    ],
)
def test_days_said_in_words_narrow(query: str, meaning: str, first: str, last: str) -> None:
    reading = parse(query, WEDNESDAY)
    assert reading.meaning == meaning
    assert reading.filters is not None
    assert (reading.filters.first_day, reading.filters.last_day) == (first, last)
    assert "read as days" in reading.notes[0]
    (part,) = (part for part in reading.parts if part.kind == "date")
    assert parse(part.without, WEDNESDAY).filters is None or "cat:" in query


@pytest.mark.parametrize(
    "query",
    [
        *("last week tonight transcripts", "weekly forecasts", "graph transformers 2024"),
        *('models "last week"', "sink-source shifts in 1988", "this week in particle physics"),
        "How have attention mechanisms in very large language models been changed by many people"
        " over the last year?",
    ],
)
def test_other_words_about_time_are_words(query: str) -> None:
    assert parse(query, WEDNESDAY).filters is None


def test_a_year_behind_the_words_is_offered(empty_home: Home) -> None:
    empty_home.file(
        [paper("new", "Graph transformers", published="2024-05-01"), paper("old", "Graph 2023")]
    )
    searcher = Searcher(empty_home.catalog, empty_home.index())
    for query, suggestion in {
        "graph transformers 2024": "graph transformers year:2024",
        "graph transformers in 2024 cat:cs.LG": "graph transformers year:2024 cat:cs.LG",
        "graph transformers (2024)": "graph transformers year:2024",
        "graph transformers 1999": "",
        "2024": "",
        "overview of the shared task on graph transformers 2024": "",
    }.items():
        assert searcher.search(SearchRequest(query)).suggestion == suggestion


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ("since:yesterday", "2026-03-03", ""),
        ('after:"last week"', "2026-03-02", ""),
        ("before:last_week", "", "2026-02-22"),
        ("until:yesterday", "", "2026-03-03"),
        ("date:today", "2026-03-04", "2026-03-04"),
        ('date:"last month"', "2026-02", "2026-02"),
        ('year:"this year"', "2026", "2026"),
        ("since:Monday", "2026-03-02", ""),
        ('since:"3 days ago"', "2026-03-01", ""),
        ('since:"past 2 weeks"', "2026-02-18", ""),
    ],
)
def test_a_field_takes_days_in_words(query: str, first: str, last: str) -> None:
    reading = parse(f"agents {query}", WEDNESDAY)
    assert reading.filters is not None
    assert (reading.filters.first_day, reading.filters.last_day) == (first, last)
    assert (reading.meaning, reading.notes) == ("agents", ())
    assert reading.parts[-1].given == query
    left_out = parse(f"agents -{query}", WEDNESDAY).filters
    assert left_out is not None
    assert len(left_out.none_of) == 1
