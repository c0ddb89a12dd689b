"""Probabilities are told by words alone under an encoder that they were not fitted for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from search_home import Home, WordEncoder, paper

from broadsheet.encoders import Words, weight_of_meaning, write_static
from broadsheet.encoders.static import StaticEncoder
from broadsheet.search import Searcher, SearchRequest
from broadsheet.search.calibrate import on_scale
from broadsheet.sources import starter


class Stock(WordEncoder):
    """Goes by the name of the encoder that the coefficients belong to."""

    name = "all-MiniLM-L6-v2"


def test_a_cosine_of_another_scale_says_nothing(tmp_path: Path) -> None:
    made = Home(tmp_path, WordEncoder())
    made.file([item.paper for item in list(starter())[::5]])
    _, index = made.open()
    asked = [SearchRequest(item.paper.title) for item in list(starter())[:60:10]]

    def told(searcher: Searcher) -> list[float | None]:
        return [hit.probability for one in asked for hit in searcher.search(one).hits]

    other, stock = (Searcher(made.catalog, index, one) for one in (WordEncoder(), Stock()))
    assert told(other) != told(stock)
    assert all(chance is not None and 0 <= chance <= 1 for chance in told(other))
    made.catalog.close()


def test_models_that_were_trained_from_the_stock_encoder_keep_its_scale(tmp_path: Path) -> None:
    from tokenizers import Tokenizer, models

    pieces = Tokenizer(models.WordPiece({"[UNK]": 0, "a": 1}, unk_token="[UNK]"))
    words = Words(["graph", "network"], pieces)
    table = np.random.default_rng(0).standard_normal((len(words), 8)).astype(np.float32)
    write_static(tmp_path / "model", words, table, np.ones(len(words)))
    assert on_scale(StaticEncoder(tmp_path / "model"))
    assert on_scale(Stock())
    assert not on_scale(WordEncoder())


class Unsure(WordEncoder):
    """Says how much its cosines are worth beside words."""

    def __init__(self, meaning: float) -> None:
        self.meaning = meaning


def test_meaning_counts_as_much_as_the_encoder_says(tmp_path: Path) -> None:
    """One paper has the query's word again and again, the other says the same in other words."""
    made = Home(tmp_path, WordEncoder())
    made.file(
        [
            paper("by-word", "Picture", "picture picture of cold rivers and their owls at night"),
            paper("by-meaning", "Image", "photograph"),
        ]
    )
    _, index = made.open()

    def first(encoder: WordEncoder) -> str:
        hits = Searcher(made.catalog, index, encoder).search(SearchRequest("picture")).hits
        return made.catalog.get_many([hits[0].work_id])[hits[0].work_id].paper.id

    assert first(Unsure(0.0)) == "by-word"
    assert first(Unsure(1.0)) == "by-meaning"
    made.catalog.close()


def test_an_encoder_that_says_nothing_counts_like_the_stock_one() -> None:
    assert weight_of_meaning(None) is None
    assert weight_of_meaning(WordEncoder()) is None
    assert weight_of_meaning(Unsure(0.4)) == 0.4
