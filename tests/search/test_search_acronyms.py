"""Acronyms in queries, both ways: what is understood, and what is left alone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from search_home import Home as SearchHome
from search_home import paper

from broadsheet.search import LEXICAL, Explanation, Search, Searcher, SearchRequest, parse
from broadsheet.search.acronyms import LONG_WEIGHT, expanded, read_acronyms, understood
from broadsheet.search.clues import clues
from broadsheet.search.explain import asked_words, without
from broadsheet.text import Meaning


class Home:
    """A dictionary of one paper's worth."""

    def meanings(self, shorts: object) -> dict[str, tuple[Meaning, ...]]:
        return {"qqx": (Meaning("quick quantum exchange", 5.0),)}

    def shorts(self, longs: object) -> dict[str, tuple[str, int]]:
        return {"quick quantum exchange": ("QQX", 5)}


@pytest.mark.parametrize(
    ("query", "other"),
    [
        ("GNN for molecules", "graph neural network"),
        ("gnn for molecules", "graph neural network"),
        ("graph neural networks for molecules", "GNN"),
        ("Graph-neural networks", "GNN"),
    ],
)
def test_either_form_asks_for_the_other(query: str, other: str) -> None:
    (one,) = understood(parse(query))
    assert one.other.lower().removesuffix("s") == other.lower()


@pytest.mark.parametrize(
    ("query", "given"),
    [
        ("GNNs, transformers, and LLMs", ["GNNs", "LLMs"]),
        ("what is a GNN?", ["GNN"]),
        ("graph neural networks, molecules", ["graph neural networks"]),
        ("molecules; graph neural networks.", ["graph neural networks"]),
        ("graph, neural networks", ["neural networks"]),
    ],
)
def test_marks_beside_an_acronym_are_no_part_of_it(query: str, given: list[str]) -> None:
    assert [one.given for one in understood(parse(query))] == given


@pytest.mark.parametrize(
    "query",
    [
        "",
        '"GNN"',
        "GNN graph neural network",
        "the cat sat on the mat",
        "WHAT IS THIS ALL",
        "author:GNN",
        "QZXW",
        "a " * 200 + "GNN",
    ],
)
def test_what_is_demanded_said_or_doubtful_is_left_alone(query: str) -> None:
    assert understood(parse(query)) == []


def test_a_home_s_own_acronyms_are_understood() -> None:
    assert [one.other for one in understood(parse("fast QQX"), Home())] == [
        "quick quantum exchange"
    ]
    assert [one.other for one in understood(parse("quick quantum exchange"), Home())] == ["QQX"]


def test_what_was_understood_can_be_taken_back() -> None:
    reading = parse("GNN for molecules")
    read = expanded(reading, understood(reading), [0.8])
    part = read.parts[-1]
    assert (part.kind, part.given, part.without) == ("acronym", "GNN", '"GNN" for molecules')
    assert understood(parse(part.without)) == []
    assert read.meaning.lower().startswith("graph neural network")


FORMS = (
    paper("1", "Molecules read by a graph neural network", "Bonds are edges."),
    paper("2", "GNN for proteins", "Residues are nodes of a GNN."),
    paper("3", "Graph colouring of a road network", "Neural activity is not measured."),
    *(paper(f"x{at}", f"Of kettles, part {at}", "Water is boiled.") for at in range(20)),
)


@pytest.fixture
def forms(words_home: SearchHome) -> Iterator[tuple[SearchHome, Searcher]]:
    words_home.file(FORMS)
    searcher, index = words_home.open()
    yield words_home, searcher
    index.close()


def told(home: SearchHome, searcher: Searcher, query: str) -> dict[str, Explanation]:
    hits = searcher.search(SearchRequest(query, explain=True)).hits
    names = home.names([hit.work_id for hit in hits])
    return {name: hit.explanation for name, hit in zip(names, hits, strict=True) if hit.explanation}


@pytest.mark.parametrize("query", ["graph neural networks", "GNN", "3D network"])
def test_words_that_nobody_typed_are_neither_asked_for_nor_lacking(
    forms: tuple[SearchHome, Searcher], query: str
) -> None:
    found = told(*forms, query)
    assert found
    for one in found.values():
        assert {*one.words, *one.missing, *(part.word for part in one.by_word)} <= set(
            query.split()
        )
        assert sum(one.words.values()) == pytest.approx(one.lexical, rel=1e-4)


def test_another_form_stands_in_for_the_words_it_replaces(
    forms: tuple[SearchHome, Searcher],
) -> None:
    found = told(*forms, "graph neural networks")
    assert set(found["2"].words) == {"graph", "neural", "networks"}
    assert len(set(found["2"].words.values())) == 1
    assert found["2"].missing == ()
    assert told(*forms, "graph colouring")["3"].missing == ()
    assert told(*forms, "GNN")["1"].missing == ()
    assert "GNN" in told(*forms, "GNN")["1"].words


def test_a_form_weighs_no_more_than_what_it_stands_for(words_home: SearchHome) -> None:
    # Half of the papers say HIV, and one of them spells it out.
    words_home.file(
        (
            *(paper(f"h{at}", f"HIV and trial {at}", "Of HIV alone.") for at in range(20)),
            paper("long", "Human immunodeficiency virus", "It is named after its host."),
            paper("both", "Partners and HIV", "A partner helps."),
            *(paper(f"x{at}", f"Of kettles, part {at}", "Water is boiled.") for at in range(20)),
        )
    )
    index = words_home.index()
    common, rare = parse("partners HIV"), parse("GNN for molecules")
    (form,) = read_acronyms(common, None, index).forms
    assert form.clause.any_of[0].weight < LONG_WEIGHT / 4
    # What no paper writes in short is looked for by its long form.
    (form,) = read_acronyms(rare, None, index).forms
    assert LONG_WEIGHT / 4 < form.clause.any_of[0].weight <= LONG_WEIGHT
    searcher, opened = words_home.open()
    hits = searcher.search(SearchRequest("partners HIV", limit=50)).hits
    names = words_home.names([hit.work_id for hit in hits])
    assert names.index("both") < names.index("long")
    opened.close()
    index.close()


def test_a_short_form_left_out_takes_its_long_form_along(home: SearchHome) -> None:
    index = home.index()
    reading = parse("GNN for molecules")
    read = expanded(reading, understood(reading), [0.4])
    asked = {one.name: one for one in asked_words(read, index)}
    assert set(asked) == {"GNN", "molecules"}
    assert without(read.meaning, asked["GNN"].spans) == "for molecules"
    index.close()


def test_an_added_form_takes_nothing_from_a_probability(
    forms: tuple[SearchHome, Searcher],
) -> None:
    home, _ = forms
    index = home.index()
    search = Search(
        SearchRequest("graph neural networks"), parse("graph neural networks"), index, home.catalog
    )
    ranking, _ = LEXICAL.without("page").run(search)
    assert search.reading.forms
    known = clues(search, ranking, len(ranking))
    names = home.names(ranking.ids.tolist())
    assert known["covered"][names.index("1")] == pytest.approx(1.0)
    assert known["covered"][names.index("2")] == pytest.approx(1.0)  # it says GNN
    assert known["covered"][names.index("3")] == pytest.approx(1.0)
    assert known["attained"].max() <= 1.0
    assert np.expm1(known["terms"]).tolist() == pytest.approx([3.0] * len(ranking))
    index.close()


def test_nothing_is_demanded_or_left_out_by_an_added_form(searcher: Searcher) -> None:
    reading = parse("GNN for molecules")
    read = expanded(reading, understood(reading), [0.8])
    assert read.required == reading.required and read.excluded == reading.excluded
    result = searcher.search(SearchRequest("GNN for molecules"))
    assert [part.kind for part in result.reading.parts][-1] == "acronym"
