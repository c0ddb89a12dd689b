"""Pages of one list: each work once, none left out, and nothing moves as one turns a page."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from search_home import Home, WordEncoder, paper

from broadsheet.papers import Author, Paper
from broadsheet.search import Searcher, SearchRequest
from broadsheet.search.seen import Seen

COUNT = 700
WORDS = ("pruning", "labels", "graphs", "sampling", "images", "speech", "robots", "proteins")


def many() -> list[Paper]:
    """Papers whose days say nothing of the order in which they are filed."""
    chance = random.Random(8)
    days = [f"2024-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 29)]
    return [
        paper(
            f"p{number}",
            f"{chance.choice(WORDS)} and {chance.choice(WORDS)}, part {number}",
            f"We study {' '.join(chance.choices(WORDS, k=6))} in case {number}.",
            categories=("cs.LG",) if number % 2 else ("cs.CV",),
            published=chance.choice(days),
        )
        for number in range(COUNT)
    ]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    home = Home(tmp_path_factory.mktemp("large"), WordEncoder())
    home.file(many())
    yield home
    home.catalog.close()


@pytest.fixture(scope="module")
def searching(large: Home) -> Iterator[Searcher]:
    searcher, index = large.open()
    yield searcher
    index.close()


def walked(searcher: Searcher, query: str, step: int, **asked: Any) -> tuple[list[int], set[int]]:
    """The works of all pages one after another, and what each page said is there in all."""
    found: list[int] = []
    totals: set[int] = set()
    for offset in range(0, 2 * COUNT, step):
        result = searcher.search(SearchRequest(query, limit=step, offset=offset, **asked))
        totals.add(result.total)
        found += [hit.work_id for hit in result.hits]
        if len(result.hits) < step:
            break
    return found, totals


@pytest.mark.parametrize("query", ["cat:cs.LG", "-pruning", "cat:cs.CV -graphs", "year:2024"])
def test_a_list_by_date_is_walked_whole_and_newest_first(
    large: Home, searching: Searcher, query: str
) -> None:
    found, totals = walked(searching, query, 20)
    works = large.catalog.get_many(found)
    days = [works[work_id].published for work_id in found]
    assert days == sorted(days, reverse=True)
    assert len(set(found)) == len(found) > 130
    assert totals == {len(found)}
    assert found == walked(searching, query, 130)[0]


@pytest.mark.parametrize(
    "asked",
    [{}, {"fusion": "rrf"}, {"legs": ("lexical",)}, {"legs": ("dense",)}, {"sort": "newest"},
     {"diverse": True}],
    ids=["hybrid", "rrf", "lexical", "dense", "newest", "diverse"],
)  # fmt: skip
@pytest.mark.parametrize("query", ["graphs", "pruning of graphs for speech", '"case 7" robots'])
def test_pages_bring_each_work_once_and_leave_none_out(
    searching: Searcher, query: str, asked: dict[str, Any]
) -> None:
    found, totals = walked(searching, query, 20, **asked)
    assert len(set(found)) == len(found)
    assert totals == {len(found)}
    for step in (130, 2 * COUNT):
        assert walked(searching, query, step, **asked)[0] == found


def test_every_hit_of_a_deep_page_says_how_likely_it_is(searching: Searcher) -> None:
    for offset in (0, 90, 180):
        hits = searching.search(SearchRequest("graphs", limit=20, offset=offset)).hits
        assert hits
        assert all(hit.probability is not None for hit in hits)


def test_whether_nothing_is_here_does_not_depend_on_the_page(searching: Searcher) -> None:
    for query in ("graphs", "jousting knights"):
        told = {
            searching.search(SearchRequest(query, limit=10, offset=offset)).nothing
            for offset in (0, 110, 150)
        }
        assert len(told) == 1


class Compared(np.ndarray):
    """A vector that counts how often vectors are compared."""

    times = 0

    def __matmul__(self, other: Any) -> Any:
        Compared.times += 1
        return np.asarray(self) @ np.asarray(other)


def test_a_work_is_held_against_those_of_its_authors_alone(large: Home) -> None:
    seen, vector = Seen(), np.eye(1, 64, dtype=np.float32)[0].view(Compared)
    Compared.times = 0
    works = list(large.catalog.get_many(large.ids()).values())
    for number, work in enumerate(works):
        by = replace(work.paper, authors=(Author(f"Author of {number // 2}"),))
        assert seen.is_first(replace(work, paper=by), vector)
    assert Compared.times == len(works) // 2
