"""Probabilities are told by words alone under an encoder that they were not fitted for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from search_home import Home, WordEncoder

from broadsheet.encoders import Words, write_static
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
