"""Reranking by a model that reads query and paper together."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from search_home import Home

from broadsheet.search import Searcher, SearchRequest, load_reranker, rerank
from broadsheet.search.candidates import Candidates
from broadsheet.search.rerank import CrossEncoderReranker, reordered


class Shortest:
    """Takes the shortest paper for the best: a reranker whose order is known."""

    name = "shortest"

    def scores(self, query: str, texts: Sequence[str]) -> NDArray[np.float64]:
        return np.array([-float(len(text)) for text in texts])


class Clock:
    """A clock that goes on by so many milliseconds at every look."""

    def __init__(self, ms: float) -> None:
        self.now, self.ms = 0.0, ms

    def __call__(self) -> float:
        self.now += self.ms / 1e3
        return self.now


def searched(home: Home, stage: object, query: str = "pruning models") -> tuple[list[str], str]:
    index = home.index()
    searcher = Searcher(home.catalog, index, home.encoder, stage)  # type: ignore[arg-type]
    result = searcher.search(SearchRequest(query))
    index.close()
    return home.names([hit.work_id for hit in result.hits]), " ".join(result.notes)


def test_hits_come_in_the_models_order(home: Home) -> None:
    names, notes = searched(home, rerank(Shortest(), budget_ms=1e6))
    works = [home.catalog.get_many(home.catalog.resolve(f"arXiv:{name}")) for name in names]
    assert len(names) >= 3 and "read the first" not in notes
    lengths = [
        len(work.paper.title) + len(work.paper.abstract)
        for found in works
        for work in found.values()
    ]
    assert lengths == sorted(lengths)


def test_a_budget_cuts_the_hits_that_are_read_and_says_so(home: Home) -> None:
    _, notes = searched(home, rerank(Shortest(), budget_ms=10, clock=Clock(50.0)))
    assert "shortest read the first 4 of" in notes


def test_those_that_were_read_keep_their_places_above_the_rest() -> None:
    shares = np.array([0.5, 0.4, 0.3, 0.2])
    ids = np.array([1, 2, 3, 4], np.int64)
    ranking = Candidates(ids, shares, shares, shares, shares / 2)
    found = reordered(ranking, np.array([0.0, 2.0, 1.0]))
    assert found.ids.tolist() == [2, 3, 1, 4]
    assert found.score.tolist() == pytest.approx(ranking.score.tolist())
    assert np.isnan(found.features["rerank"]).tolist() == [False, False, False, True]


def test_none_is_loaded_unless_a_setting_names_it(home: Home) -> None:
    assert load_reranker(home.settings) is None


def test_a_model_that_is_not_there_leaves_the_order_and_says_why(home: Home) -> None:
    plain, _ = searched(home, None)
    names, notes = searched(home, rerank(CrossEncoderReranker("no-such-model", hub=False)))
    assert names == plain
    assert "Not reranked: reranker 'no-such-model'" in notes


def test_a_tiny_cross_encoder_of_our_own_reranks(home: Home, tmp_path: Path) -> None:
    if importlib.util.find_spec("sentence_transformers") is None:
        pytest.skip("needs the extra models (sentence-transformers)")
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefghijklmnopqrstuvwxyz"]
    words += [f"##{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]
    (tmp_path / "vocab.txt").write_text("\n".join(words), "utf-8")
    BertTokenizerFast(str(tmp_path / "vocab.txt")).save_pretrained(tmp_path)
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=16, num_labels=1,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(tmp_path)
    model = CrossEncoderReranker(str(tmp_path), hub=False)
    assert model.scores("pruning", ["a model", "a vision", "tea"]).shape == (3,)
    names, notes = searched(home, rerank(model, budget_ms=1e6))
    assert len(names) >= 3 and "Not reranked" not in notes
