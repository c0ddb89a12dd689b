"""What papers say that they do without, in search and in its explanation."""

from __future__ import annotations

import pytest
from search_home import Home, WordEncoder, paper

from broadsheet.search import Searcher, SearchRequest
from broadsheet.search.pipelines import HYBRID

PAPERS = (
    paper("free", "Tuning by samples", "We tune large models without gradients. Samples suffice."),
    paper("uses", "Tuning large models", "We tune large models by many steps along gradients."),
    paper("both", "Gradients and samples", "We compare gradients with tuning without gradients."),
    paper("code", "Tuning in public", "Our code is at github.com/someone/tuning."),
)


@pytest.fixture
def searcher(empty_home: Home) -> Searcher:
    empty_home.file(PAPERS)
    return Searcher(empty_home.catalog, empty_home.index(), WordEncoder())


def found(searcher: Searcher, home: Home, query: str) -> list[str]:
    hits = searcher.search(SearchRequest(query)).hits
    works = home.catalog.get_many([hit.work_id for hit in hits])
    return [works[hit.work_id].paper.id for hit in hits]


def test_a_paper_that_only_denies_a_word_comes_after_one_that_does_it(
    searcher: Searcher, empty_home: Home
) -> None:
    order = found(searcher, empty_home, "tuning large models gradients")

    assert order.index("uses") < order.index("free")


def test_a_query_that_denies_a_word_wants_those_that_deny_it(
    searcher: Searcher, empty_home: Home
) -> None:
    order = found(searcher, empty_home, "tuning without using gradients")

    assert order.index("free") < order.index("uses")


def test_the_explanation_says_so(searcher: Searcher, empty_home: Home) -> None:
    result = searcher.search(SearchRequest("tuning gradients", explain=True))
    works = empty_home.catalog.get_many([hit.work_id for hit in result.hits])
    said = {works[hit.work_id].paper.id: hit.explanation for hit in result.hits if hit.explanation}

    assert said["free"].denied == ("gradients",)
    assert "only to deny" in said["free"].in_words()
    assert said["uses"].denied == said["both"].denied == ()


def test_links_of_the_text_count_in_filters(searcher: Searcher, empty_home: Home) -> None:
    assert found(searcher, empty_home, "tuning has:code") == ["code"]


def test_the_stage_is_in_the_default_line() -> None:
    assert "deny" in [stage.name for stage in HYBRID.stages]
