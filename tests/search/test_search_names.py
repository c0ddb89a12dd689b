"""Authors who are asked for among a query's words."""

from __future__ import annotations

import pytest
from search_home import Home, paper

from broadsheet.search import Searcher, SearchRequest

GREEN = [paper(f"g{n}", f"Green computing {n}", "Green graphs.") for n in range(3)]


@pytest.fixture
def authors(empty_home: Home) -> Searcher:
    empty_home.file(
        [
            paper("by", "Graph safety", "Graphs that are safe.", authors=("Amartya Dutta",)),
            paper("not", "Graph safety again", "Graphs.", authors=("Jane Green",)),
            *GREEN,
        ]
    )
    return Searcher(empty_home.catalog, empty_home.index())


def test_an_author_who_is_asked_for_is_no_missing_word(empty_home: Home, authors: Searcher) -> None:
    result = authors.search(SearchRequest("graph safety dutta", explain=True))
    told = {
        name: hit.explanation
        for name, hit in zip(
            empty_home.names([hit.work_id for hit in result.hits]), result.hits, strict=True
        )
    }
    by, other = told["by"], told["not"]
    assert by is not None
    assert other is not None
    assert (by.missing, by.by) == ((), ("dutta",))
    assert "by “dutta”" in by.in_words()
    assert (other.missing, other.by) == (("dutta",), ())


@pytest.mark.parametrize(
    ("query", "by"),
    [
        ("graph safety dutta", "Amartya Dutta"),
        ("Amartya Dutta safety", "Amartya Dutta"),
        ("safe graphs by Dutta", "Amartya Dutta"),
        ("quantum dutta", ""),  # has no paper on it
        ("graph safety green", ""),
    ],
)
def test_a_name_among_words_without_syntax_asks_for_papers_on_them(
    empty_home: Home, authors: Searcher, query: str, by: str
) -> None:
    result = authors.search(SearchRequest(query, syntax=False, names=True))
    works = empty_home.catalog.get_many([hit.work_id for hit in result.hits]).values()
    assert all(work.paper.authors[0].name == by for work in works if by)
    assert bool(result.reading.filters) == bool(by)


def test_a_word_that_papers_say_is_no_name(empty_home: Home, authors: Searcher) -> None:
    result = authors.search(SearchRequest("graph safety green", explain=True, legs=("lexical",)))
    names = empty_home.names([hit.work_id for hit in result.hits])
    told = result.hits[names.index("not")].explanation
    assert told is not None
    assert (told.missing, told.by) == (("green",), ())


def test_a_paper_by_whom_is_asked_for_lacks_nothing_that_lowers_its_promise(
    empty_home: Home, authors: Searcher
) -> None:
    chances = {}
    for word in ("dutta", "qwxyz"):
        result = authors.search(SearchRequest(f"graph safety {word}", legs=("lexical",)))
        names = empty_home.names([hit.work_id for hit in result.hits])
        chances[word] = result.hits[names.index("by")].probability or 0.0
    assert chances["dutta"] > 2 * chances["qwxyz"]


@pytest.mark.parametrize(
    ("query", "suggestion"),
    [
        ("author:Bengoi", "author:Bengio"),
        ("author:bengoi graphs", "author:Bengio graphs"),
        ('author:"Yosua Bengio"', 'author:"Yoshua Bengio"'),
        ('author:"Jan Bengio"', ""),
        ('author:"Yoshua Ben Gio"', 'author:"Yoshua BenGio"'),
        ('author:"Ja Le" trees', ""),
        ('author:"Tom Baker"', 'author:"Tim Baker"'),
        ('author:"Bernhard Schollkopf"', 'author:"Bernhard Schölkopf"'),
        ("author:Schoelkoph", "author:Schölkopf"),
        ('author:"Bernard Schoelkoph"', 'author:"Bernhard Schölkopf"'),
        ('author:"Yosua Ben Giio"', 'author:"Yoshua Bengio"'),
        ("Yoshua Bengoi", 'author:"Yoshua Bengio"'),
        ("Yosua Bengoi", 'author:"Yoshua Bengio"'),
        ("Yosua Ben Gioi", 'author:"Yoshua Bengio"'),
        ("graphs by Yoshua Bengoi", 'graphs author:"Yoshua Bengio"'),
        ("Qwertz Uiop", ""),
        ("bengio:x graphs", ""),
        ("author:Bengio", ""),
        ("author:Qwertzuiop", ""),
        ("author:Lee", ""),
    ],
)
def test_a_misspelt_author_is_told_the_nearest_name(
    empty_home: Home, query: str, suggestion: str
) -> None:
    empty_home.file(
        [
            paper("a", "Graphs", "Many graphs.", authors=("Yoshua Bengio", "Bernhard Schölkopf")),
            paper("b", "Trees", "Many trees.", authors=("Jae Le", "Tim Baker", "Tom Mitchell")),
        ]
    )
    searcher = Searcher(empty_home.catalog, empty_home.index())
    assert searcher.search(SearchRequest(query)).suggestion == suggestion


def test_a_misspelt_family_name_that_some_texts_say_is_told_with_its_given_name(
    empty_home: Home,
) -> None:
    said = [paper(f"l{n}", f"Levin distributions {n}") for n in range(2)]
    others = [paper(f"o{n}", f"Robots that walk {n}") for n in range(2_000)]
    by = [paper(f"b{n}", f"Arms {n}", authors=("Sergey Levine",)) for n in range(2)]
    empty_home.file([*said, *others, *by])
    searcher = Searcher(empty_home.catalog, empty_home.index())
    result = searcher.search(SearchRequest("Sergey Levin robots", legs=("lexical",)))
    assert result.suggestion == 'author:"Sergey Levine" robots'


def test_a_name_written_in_parts_is_the_name(empty_home: Home) -> None:
    empty_home.file(
        [
            paper("by", "World models", authors=("Yann LeCun",)),
            paper("on", "Yann sees le cun", "Of le cun."),
        ]
    )
    searcher = Searcher(empty_home.catalog, empty_home.index())
    for query, found in (("Yann Le Cun", ["on"]), ("Y. Le Cun", ["by"]), ("Y. Le Gun", [])):
        result = searcher.search(SearchRequest(query, legs=("lexical",)))
        names = empty_home.names([hit.work_id for hit in result.hits])
        assert (names if result.reading.filters or found == ["on"] else []) == found
