"""The query language of arXiv's search and API, typed into the search box."""

from __future__ import annotations

from dataclasses import replace

import pytest
from search_home import Home, paper

from broadsheet.search import Searcher, SearchRequest, parse


def kinds(query: str) -> list[tuple[str, str]]:
    return [(part.kind, part.text) for part in parse(query).parts]


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        (
            "ti:diffusion AND au:wang",
            [("title", "diffusion in the title"), ("author", "by wang")],
        ),
        (
            'abs:"graph neural" ANDNOT ti:survey',
            [("phrase", "“graph neural” in the text"), ("exclude", "not survey in the title")],
        ),
        (
            "all:electron AND NOT cat:cs.LG",
            [("phrase", "electron in the text or as an author"), ("exclude", "not in cs.LG")],
        ),
        (
            "(ti:flow OR ti:diffusion) ANDNOT (cat:cs.CV OR cat:cs.RO)",
            [
                ("any", "flow in the title or diffusion in the title"),
                ("exclude", "not in cs.CV or in cs.RO"),
            ],
        ),
        (
            "cat:cs.* AND submittedDate:[202601010600 TO 202602012359]",
            [("category", "in cs"), ("date", "dated 2026-01-01 to 2026-02-01")],
        ),
        ("submittedDate:[* TO 2026]", [("date", "dated to 2026")]),
        ("all:quantum_dot", [("phrase", "“quantum dot” in the text or as an author")]),
        (
            "ti:spin ANDNOT (ti:hole)",
            [("title", "spin in the title"), ("exclude", "not hole in the title")],
        ),
        ("spin NOT (deep learning)", [("words", "spin"), ("exclude", "not deep learning")]),
        ("spin ANDNOT (hole", [("words", "spin"), ("exclude", "not hole")]),
        ("spin NOT (cat:cs.LG)", [("words", "spin"), ("exclude", "not in cs.LG")]),
        ("abs:spin OR all:hole", [("any", "spin or hole")]),
        ("search AND rescue robots", [("words", "search AND rescue robots")]),
    ],
)
def test_arxivs_query_language_is_understood(query: str, parts: list[tuple[str, str]]) -> None:
    assert kinds(query) == parts
    assert parse(query).notes == ()
    assert "AND" not in parse(query).meaning or query.startswith("search")


def test_the_field_of_arxiv_that_is_none_here_is_said() -> None:
    for given in ("lastUpdatedDate:[202601010000 TO 202602010000]", "-lastUpdatedDate:2026"):
        reading = parse(f"graphs {given} trees")
        assert reading.notes == (f"{given} is passed over: the day of an update is no field here.",)
        assert reading.meaning == "graphs trees"


@pytest.mark.parametrize("query", ["Ti:sapphire lasers", "Co:Fe films", "films of Au:Pd"])
def test_signs_of_elements_are_no_fields(query: str) -> None:
    assert kinds(query) == [("words", query)]


def test_what_records_note_is_searched(empty_home: Home) -> None:
    said = {
        "pages": {"comments": "12 pages, accepted at NeurIPS 2025"},
        "nature": {"journal_ref": "Nature 12 (2024)"},
        "icml": {"booktitle": "Proceedings of ICML", "report_number": "AB-1"},
        "none": {},
    }
    papers = [replace(paper(name, f"Graphs {name}"), extra=extra) for name, extra in said.items()]
    empty_home.file(papers)
    searcher = Searcher(empty_home.catalog, empty_home.index())
    for query, found in {
        'co:"12 pages" graphs': {"pages"},
        "co:accepted": {"pages"},
        "jr:Nature graphs": {"nature"},
        "rn:AB-1": {"icml"},
        "venue:neurips OR venue:icml": {"pages", "icml"},
        "graphs -co:accepted": {"nature", "icml", "none"},
    }.items():
        result = searcher.search(SearchRequest(query))
        assert set(empty_home.names([hit.work_id for hit in result.hits])) == found
        assert result.notes[:-1] == ()


@pytest.mark.parametrize(
    "query", ["submittedDate:[20261399 TO 2027]", "submittedDate:[* TO *]", "submittedDate:x"]
)
def test_days_that_are_none_are_words(query: str) -> None:
    reading = parse(query)
    assert reading.filters is None
    assert reading.query == query


@pytest.mark.parametrize(
    "query",
    [
        'spin ANDNOT (ti:hole AND "quantum dot")',
        "spin ANDNOT ((ti:hole) OR ti:dot)",
        "spin ANDNOT (ti:hole OR ti:dot",
    ],
)
def test_brackets_that_cannot_be_left_out_are_not_asked_for(query: str) -> None:
    reading = parse(query)
    assert [(part.kind, part.text) for part in reading.parts] == [("words", "spin")]
    assert "is passed over" in reading.notes[0]


def test_all_looks_among_the_authors_too(empty_home: Home) -> None:
    empty_home.file(
        [
            paper("by", "World models", authors=("Yann LeCun",)),
            paper("on", "The career of LeCun"),
            paper("no", "World models again", authors=("Ada Lovelace",)),
        ]
    )
    searcher = Searcher(empty_home.catalog, empty_home.index())
    for query, found in (("all:LeCun", {"by", "on"}), ("abs:LeCun", {"on"})):
        hits = searcher.search(SearchRequest(query)).hits
        assert set(empty_home.names([hit.work_id for hit in hits])) == found


def test_brackets_are_left_out_and_lower_no_promise(empty_home: Home) -> None:
    titles = ("Electron spin", "Electron hole", "Electron gas", "Proton gas")
    empty_home.file([paper(title, title) for title in titles])
    searcher = Searcher(empty_home.catalog, empty_home.index())
    plain = searcher.search(SearchRequest("abs:electron"))
    alone = searcher.search(SearchRequest("abs:electron ANDNOT (ti:spin) ANDNOT (ti:hole)"))
    left = searcher.search(SearchRequest("abs:electron ANDNOT (ti:spin OR ti:hole)"))
    assert empty_home.names([hit.work_id for hit in left.hits]) == ["Electron gas"]
    assert alone.hits[0].work_id == left.hits[0].work_id
    assert len(alone.hits) == 1
    (gas,) = (hit for hit in plain.hits if hit.work_id == left.hits[0].work_id)
    assert left.hits[0].probability == pytest.approx(gas.probability, abs=0.2)
    assert left.nothing == plain.nothing


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("classif*", {"2305.00002"}),
        ("langu* -retrain*", {"2208.00003"}),
        ("ti:prun* ANDNOT ti:transf*", {"2401.00001"}),
        ("abs:classif*", {"2305.00002"}),
        ("(classif* OR arithm*)", {"2305.00002", "2208.00003"}),
        ('"removed * score"', set()),
        ('"language * without"', {"2401.00001"}),
        ('"models language"~2', {"2401.00001", "2208.00003"}),
    ],
)
def test_signs_for_any_word_are_read(
    home: Home, searcher: Searcher, query: str, found: set[str]
) -> None:
    result = searcher.search(SearchRequest(query))
    assert found == set(home.names([hit.work_id for hit in result.hits])) or (
        not found and "No paper here has" in result.notes[0]
    )


@pytest.mark.parametrize("query", ["A* search", "C*-algebras", "so * so", "5~2 ratio"])
def test_signs_that_are_of_names_are_words(query: str) -> None:
    assert [(part.kind, part.text) for part in parse(query).parts] == [("words", query)]


def test_who_has_one_side_of_an_or_lacks_nothing(searcher: Searcher) -> None:
    (either, *_), (both, *_) = (
        searcher.search(SearchRequest(query)).hits
        for query in ("diffusion OR heliotropes", "diffusion heliotropes")
    )
    assert either.work_id == both.work_id
    assert (either.probability or 0.0) > 2 * (both.probability or 0.0)
