"""A search with the default encoder, where its weights are at hand without a network."""

from __future__ import annotations

from pathlib import Path

import pytest
from search_home import PAPERS, Home

from broadsheet.encoders import WeightsMissing, load_encoder
from broadsheet.search import SearchRequest


@pytest.fixture(scope="module")
def real_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    models: Path = tmp_path_factory.mktemp("models")
    try:
        encoder = load_encoder("all-MiniLM-L6-v2", models, hub=False)
    except WeightsMissing as error:
        pytest.skip(f"needs the weights: {error}")
    home = Home(tmp_path_factory.mktemp("real"), encoder)
    home.file(PAPERS)
    return home


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
