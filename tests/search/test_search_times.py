"""Days said in words."""

from __future__ import annotations

from collections.abc import Iterator
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
        ("agents since 2026-01", "agents", "2026-01", ""),
        ("agents after March 2025", "agents", "2025-04-01", ""),
        ("agents before 2026-02-10", "agents", "", "2026-02-09"),
        ("agents until May 2025", "agents", "", "2025-05"),
        ("agents since March 5, 2025", "agents", "2025-03-05", ""),
        ("agents after Q1 2025", "agents", "2025-04-01", ""),
        ("agents until 2025 Q2", "agents", "", "2025-06"),
        ("last week", "", "2026-02-23", "2026-03-01"),
        ("before 2020 agents", "agents", "", "2019"),
        ("since 2026-02, agents cat:cs.LG", "agents", "2026-02", ""),
        ("cat:cs.LG since March 2025 agents", "agents", "2025-03", ""),
        ('since 2026-02 "many agents"', "many agents", "2026-02", ""),
        ("agents since January", "agents", "2026-01", ""),
        ("agents after December", "agents", "2026-01-01", ""),
        ("agents before May", "agents", "", "2025-04-30"),
        ("agents until March cat:cs.LG", "agents", "", "2026-03"),
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
    ("query", "first", "last"),
    [
        ("agents since 2024 before 2026", "2024", "2025"),
        ("agents after January 2025, before 2025-04", "2025-02-01", "2025-03-31"),
        ("agents before 2026-02 after 2025-12", "2026-01-01", "2026-01-31"),
        ("since 2024 agents until May 2025", "2024", "2025-05"),
        ("agents since 2025 after March", "2025-04-01", ""),
    ],
)
def test_days_said_twice_narrow_twice(query: str, first: str, last: str) -> None:
    reading = parse(query, WEDNESDAY)
    assert reading.filters is not None
    assert (reading.filters.first_day, reading.filters.last_day) == (first, last)
    assert reading.meaning == "agents"
    assert [part.kind for part in reading.parts].count("date") == 2
    assert len(set(reading.notes)) == len(reading.notes) == 2


@pytest.mark.parametrize(
    "query",
    [
        *(
            "agents since 2026-13",
            "agents since 2023 and earlier",
            '"large models" since 2023 agents -moe',
            "agents since March and April",
            "since March agents",
            "life after mar",
            "last week tonight transcripts",
            "weekly forecasts",
            "graph transformers 2024",
        ),
        *('models "last week"', "sink-source shifts in 1988", "this week in particle physics"),
        "How have attention mechanisms in very large language models been changed by many people"
        " over the last year?",
    ],
)
def test_other_words_about_time_are_words(query: str) -> None:
    assert parse(query, WEDNESDAY).filters is None


@pytest.fixture(scope="module")
def yearly_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    home = Home(tmp_path_factory.mktemp("years"))
    home.file(
        [
            paper("new", "Graph transformers", authors=("Ada Wong",), published="2024-05-01"),
            paper("newer", "Graph transformers again", "In 2025 graphs.", published="2025-02-01"),
            paper("old", "Graph 2023", "We use the COCO 2017 images.", published="2025-03-01"),
            paper("far", "Boxes", "COCO images are boxed.", published="2017-05-01"),
            paper("flare", "A flare", "It was seen on 2014-03-29.", published="2025-01-05"),
            paper("task", "Findings of the shared task 2024", published="2025-01-01"),
        ]
    )
    yield home
    home.catalog.close()


@pytest.fixture
def yearly(yearly_home: Home) -> Searcher:
    return Searcher(yearly_home.catalog, yearly_home.index())


@pytest.mark.parametrize(
    ("query", "given", "said", "without"),
    [
        ("graph transformers 2024", "2024", "dated 2024", "graph transformers"),
        ("graph transformers in 2024", "in 2024", "dated 2024", "graph transformers"),
        ("graph transformers (2024)", "(2024)", "dated 2024", "graph transformers"),
        ("graph transformers, May 2024", "May 2024", "dated 2024-05", "graph transformers"),
        ("graph transformers 2022-2024", "2022-2024", "dated 2022 to 2024", "graph transformers"),
        ("graph transformers 2024 -moe", "2024", "dated 2024", "graph transformers -moe"),
        ("2024 papers on graph transformers", "2024", "dated 2024", "papers on graph transformers"),
        ('"graph transformers" 2024', "2024", "dated 2024", '"graph transformers"'),
        ("author:wong 2024", "2024", "dated 2024", "author:wong"),
        ("Wong et al., 2024", "2024", "dated 2024", "Wong et al."),
        ("graph transformers 2024-05", "2024-05", "dated 2024-05", "graph transformers"),
        ("graphs on 1 May 2024", "on 1 May 2024", "dated 2024-05-01", "graphs"),
        ("May 2024 graph transformers", "May 2024", "dated 2024-05", "graph transformers"),
        ("2024-05-01 graphs", "2024-05-01", "dated 2024-05-01", "graphs"),
        ("graphs Q2 2024", "Q2 2024", "dated 2024-04 to 2024-06", "graphs"),
        ("graphs 2024Q2", "2024Q2", "dated 2024-04 to 2024-06", "graphs"),
        ("graphs, April to June 2024", "April to June 2024", "dated 2024-04 to 2024-06", "graphs"),
        ("graphs Apr-May 2024", "Apr-May 2024", "dated 2024-04 to 2024-05", "graphs"),
        ("graphs in spring 2024", "in spring 2024", "dated 2024-03 to 2024-05", "graphs"),
        ("May 2024", "May 2024", "dated 2024-05", ""),
        ("2024-05", "2024-05", "dated 2024-05", ""),
    ],
)
def test_a_year_beside_what_is_looked_for_asks_for_papers_of_that_year(
    yearly_home: Home, yearly: Searcher, query: str, given: str, said: str, without: str
) -> None:
    result = yearly.search(SearchRequest(query))
    assert yearly_home.names([hit.work_id for hit in result.hits]) == ["new"]
    (part,) = (part for part in result.reading.parts if part.kind == "date")
    assert (part.given, part.text, part.without) == (given, said, without)
    assert f"“{given}” is read as the time" in result.notes[0]
    assert (result.query, result.suggestion) == (query, "")


def test_a_year_beside_filters_alone_is_offered_to_be_taken_away(yearly: Searcher) -> None:
    assert yearly.search(SearchRequest("author:wong 2025")).suggestion == "author:wong"
    assert yearly.search(SearchRequest("author:nobody 2025")).suggestion == ""


def test_a_time_that_has_few_of_many_papers_is_offered_to_be_taken_away(empty_home: Home) -> None:
    many = [paper(f"m{n}", f"Maps of caves {n}", published="2026-03-01") for n in range(20)]
    few = [paper("f", "Maps of a cave", published="2025-03-01"),
           paper("o", "Ovens", published="2025-03-01")]  # fmt: skip
    empty_home.file([*many, *few])
    searcher = Searcher(empty_home.catalog, empty_home.index())
    for query, suggestion in {
        "cave maps 2025": "cave maps",
        "cave maps before 2026": "cave maps",
        '"maps of caves" before 2026': '"maps of caves"',
        "maps 2026": "",
        "ovens 2025": "",
        "cave maps year:2025": "",  # asked for by its name
    }.items():
        assert searcher.search(SearchRequest(query)).suggestion == suggestion, query


@pytest.mark.parametrize("query", ["2024 graphs after March", "graphs 2024 since May"])
def test_a_month_is_of_the_year_that_stands_beside(
    yearly_home: Home, yearly: Searcher, query: str
) -> None:
    result = yearly.search(SearchRequest(query))
    assert yearly_home.names([hit.work_id for hit in result.hits]) == ["new"]
    assert result.reading.meaning == "graphs"
    said = [note for note in result.notes if " is read as " in note]
    assert len(said) == len(set(said)) == 2


def test_winter_begins_in_the_year_before(yearly_home: Home, yearly: Searcher) -> None:
    result = yearly.search(SearchRequest("graphs from winter 2025"))
    assert yearly_home.names([hit.work_id for hit in result.hits]) == ["newer"]
    assert result.reading.parts[-1].text == "dated 2024-12 to 2025-02"


def test_a_year_that_is_asked_for_is_not_marked_in_texts(
    yearly_home: Home, yearly: Searcher
) -> None:
    work = yearly_home.catalog.get_many([yearly_home.id_of("newer")])[yearly_home.id_of("newer")]
    marked = {
        query: [work.paper.abstract[one.start : one.end] for one in yearly.highlights(work, query)]
        for query in ("graphs 2025", 'graphs "2025"')
    }
    assert marked == {"graphs 2025": ["graphs"], 'graphs "2025"': ["2025", "graphs"]}


def test_a_year_beside_words_that_no_paper_has_together_is_passed_over(yearly: Searcher) -> None:
    result = yearly.search(SearchRequest("graph transformers qwxyz 2024"))
    assert result.reading.filters is None
    assert result.reading.words.clauses[0].text == "graph transformers qwxyz"
    assert result.reading.parts[0].text == "graph transformers qwxyz"
    assert result.notes[0].startswith("“2024” is passed over")
    assert result.suggestion == "graph transformers qwxyz year:2024"


@pytest.mark.parametrize(
    ("query", "given"),
    [
        ("graph transformers 2024-05-04", "2024-05-04"),
        ("graph transformers on 4 May 2024", "on 4 May 2024"),
        ("2030-01 graph transformers", "2030-01"),
        ("graph transformers 2018-2020", "2018-2020"),
        ("graph transformers May 2017", "May 2017"),  # of boxes
        ('"graph transformers" in spring 2030', "in spring 2030"),
    ],
)
def test_a_time_that_no_paper_on_it_is_of_and_none_writes_is_passed_over(
    yearly_home: Home, yearly: Searcher, query: str, given: str
) -> None:
    result = yearly.search(SearchRequest(query))
    none = "no paper of that time here has all of the other words"
    assert {"new", "newer"} <= set(yearly_home.names([hit.work_id for hit in result.hits]))
    assert result.reading.meaning == "graph transformers"
    assert result.notes[0] == f"“{given}” is passed over: {none}."
    assert (result.reading.filters, result.suggestion) == (None, "")


def test_of_a_year_alone_that_is_passed_over_nothing_is_left(yearly: Searcher) -> None:
    result = yearly.search(SearchRequest("title:qwxyz 2024"))
    assert result.notes[0].startswith("“2024” is passed over")
    assert [part.given for part in result.reading.parts] == ["title:qwxyz"]


def test_a_text_without_syntax_may_end_in_a_year_too(yearly_home: Home, yearly: Searcher) -> None:
    request = SearchRequest("graph -transformers, 2024", syntax=False, names=True)
    result = yearly.search(request)
    assert yearly_home.names([hit.work_id for hit in result.hits]) == ["new"]
    assert result.reading.meaning == "graph -transformers"


@pytest.mark.parametrize(
    ("query", "suggestion"),
    [
        ("COCO 2017", "COCO year:2017"),  # papers write it so
        ("COCO 2025 images of boxes", ""),  # inside the words
        ("boxes 2025", "boxes"),  # none of that year
        ('"COCO images" boxed 2025', '"COCO images" boxed'),
        ('"graph transformers" 2017', '"graph transformers"'),
        ("findings of the shared task 2024", ""),  # a title
        ("graph transformers 1999", "graph transformers"),  # no paper is of it
        ('"COCO" 2018', '"COCO"'),
        ("graph transformers 2024-02-30", ""),
        ("2030-01-01", ""),
        ("graph spring 2024-moe", ""),
        ("flare of 2014-03-29", "flare"),  # a paper writes it
        ("2024", ""),
        ("Which graph transformers are of 2024?", ""),
    ],
)
def test_a_year_that_may_belong_to_the_words_is_one_of_them(
    yearly: Searcher, query: str, suggestion: str
) -> None:
    result = yearly.search(SearchRequest(query))
    assert result.reading.filters is None
    assert result.suggestion == suggestion


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
