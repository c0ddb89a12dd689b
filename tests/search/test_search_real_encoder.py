"""A search with the default encoder, where its weights are at hand without a network."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from search_home import PAPERS, Home

from broadsheet.encoders import Encoder, WeightsMissing, load_encoder
from broadsheet.search import Searcher, SearchRequest
from broadsheet.sources import starter

# What the starter edition has papers on, and what it has none on.
TOPICS = ("in-context learning", "pruning", "graph neural networks", "reward models")
ELSEWHERE = ("tax fraud", "wheat disease", "dental implants", "chess endgames", "court rulings")


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    models: Path = tmp_path_factory.mktemp("models")
    try:
        return load_encoder("all-MiniLM-L6-v2", models, hub=False)
    except WeightsMissing as error:
        pytest.skip(f"needs the weights: {error}")


@pytest.fixture(scope="module")
def real_home(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Home:
    home = Home(tmp_path_factory.mktemp("real"), encoder)
    home.file(PAPERS)
    return home


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Iterator[Searcher]:
    """The starter edition with its meaning."""
    home = Home(tmp_path_factory.mktemp("edition"), encoder)
    home.file([item.paper for item in starter()])
    searcher, index = home.open()
    yield searcher
    index.close()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("captioning pictures automatically", "1905.00004"),
        ("compressing an LLM by deleting parameters", "2401.00001"),
        ("eliciting intermediate steps when solving sums", "2208.00003"),
    ],
)
def test_the_meaning_of_a_question_finds_its_paper(
    real_home: Home, query: str, expected: str
) -> None:
    searcher, index = real_home.open()
    hits = searcher.search(SearchRequest(query)).hits
    assert real_home.names([hits[0].work_id]) == [expected]
    index.close()


def test_what_is_answered_by_half_is_not_promised(edition: Searcher) -> None:
    def best(query: str) -> float:
        return edition.search(SearchRequest(query)).hits[0].probability or 0.0

    halves = [best(f"{topic} {other}") for topic, other in product(TOPICS, ELSEWHERE)]
    assert np.mean(halves) < 0.2
    assert max(halves) < 0.6
    assert min(map(best, TOPICS)) > 0.6
    # The words of an answer may be others: summaries, summarisers.
    found = edition.search(SearchRequest("summarization evaluation"))
    assert not found.nothing and (found.hits[0].probability or 0.0) > 0.25


def test_all_papers_on_a_topic_are_promised(edition: Searcher) -> None:
    found = edition.search(SearchRequest("importance sampling")).hits[:5]
    assert min(hit.probability or 0.0 for hit in found) > 0.6


@pytest.mark.parametrize("degree", ["cheaper", "smaller"])
def test_a_word_of_degree_is_no_topic_that_papers_lack(edition: Searcher, degree: str) -> None:
    plain, more = (
        edition.search(SearchRequest(query)).hits[0].probability or 0.0
        for query in ("importance sampling", f"{degree} importance sampling")
    )
    assert more > 0.7 * plain
