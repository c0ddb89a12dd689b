"""Acronyms in queries, both ways: what is understood, and what is left alone."""

from __future__ import annotations

import pytest

from broadsheet.search import Searcher, SearchRequest, parse
from broadsheet.search.acronyms import expanded, understood
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
    read = expanded(reading, understood(reading), 0.8, 0.8)
    part = read.parts[-1]
    assert (part.kind, part.given, part.without) == ("acronym", "GNN", '"GNN" for molecules')
    assert understood(parse(part.without)) == []
    assert read.meaning.lower().startswith("graph neural network")


def test_nothing_is_demanded_or_left_out_by_an_added_form(searcher: Searcher) -> None:
    reading = parse("GNN for molecules")
    read = expanded(reading, understood(reading), 0.8, 0.8)
    assert read.required == reading.required and read.excluded == reading.excluded
    result = searcher.search(SearchRequest("GNN for molecules"))
    assert [part.kind for part in result.reading.parts][-1] == "acronym"
