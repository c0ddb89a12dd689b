"""Learned term weights, tried: what is counted, learned and searched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from broadsheet.evaluate import Collection, Field, field_of
from broadsheet.index import Clause, WordQuery
from broadsheet.papers import Paper

pytest.importorskip("torch")

from trials.terms import Impacts, make
from trials.terms_engines import Filed, arrays, queries_of
from trials.terms_fit import QUERY_TERMS, Cells, fit
from trials.terms_fit import arrays as plain
from trials.terms_postings import FEATURES, Postings, Terms, analysed, neighbours

TEXTS = [
    ("Sparse retrieval of papers", "Terms weigh what they tell. Retrieval is sparse and exact."),
    ("Dense vectors", "Vectors of papers are compared. A graph finds the nearest of them."),
    ("Graphs of citations", "Papers cite papers. The graph of citations grows, and grows."),
    ("Weather over mountains", "Rain falls on slopes. Mountains catch clouds and retrieval fails."),
]


@pytest.fixture
def ground() -> Iterator[Field]:
    papers = tuple(
        Paper(id=str(row), source="test", title=title, abstract=abstract)
        for row, (title, abstract) in enumerate(TEXTS)
    )
    collection = Collection("tiny", papers, {"q": "graph of papers"}, {"q": {"2": 1}})
    with field_of(collection, None) as found:
        yield found


def impacts(ground: Field, **changes: object) -> Impacts:
    terms = Terms()
    postings = Postings.of(analysed(TEXTS, terms), len(terms))
    vectors = np.zeros((len(terms), 2), np.float32)
    made = Impacts(ground.index, terms, postings, postings.bm25, postings.idf, vectors, 0.0)
    return replace(made, **changes)  # type: ignore[arg-type]


def test_a_posting_knows_where_its_term_stands() -> None:
    terms = Terms()
    postings = Postings.of(analysed(TEXTS, terms), len(terms))
    at = np.flatnonzero((postings.term == terms["retriev"]) & (postings.doc == 0))
    assert postings.tf[at].tolist() == [2]
    assert (postings.first[at] - postings.last[at] < 0).all()
    where = (postings.in_title, postings.in_first, postings.in_last, postings.told)
    assert [float(one[at][0]) for one in where] == [1, 0, 1, 2]
    assert postings.counts[terms["retriev"]] == 2


def test_weights_that_learned_nothing_score_as_the_index_does(ground: Field) -> None:
    query = WordQuery.of("retrieval of graph papers papers")
    ids = np.arange(1, len(TEXTS) + 1)
    ours = impacts(ground).score_words(query, ids)
    assert ours == pytest.approx(ground.index.score_words(query, ids), rel=1e-4)
    found, filed = impacts(ground).search_words(query, 3), ground.index.search_words(query, 3)
    assert found.ids.tolist() == filed.ids.tolist()


def test_what_a_query_demands_is_left_to_the_index(ground: Field) -> None:
    query = WordQuery((Clause("papers"), Clause("citations", occur="must")))
    assert impacts(ground).search_words(query, 9).ids.tolist() == [3]


def test_a_neighbour_counts_for_less_than_the_word_itself(ground: Field) -> None:
    terms = impacts(ground).terms
    space = np.zeros((len(terms), 2), np.float32)
    space[terms["rain"]] = space[terms["cloud"]] = 1, 0
    space[terms["citat"]] = 0.8, 0.6
    assert neighbours(space, [terms["citat"]], 5, 0.6)[terms["citat"]][0][1] == pytest.approx(0.8)
    ids = np.arange(1, len(TEXTS) + 1)
    scores = impacts(ground, space=space, expanded=0.5).score_words(WordQuery.of("citations"), ids)
    assert scores[2] > scores[3] > 0
    assert scores[:2].tolist() == [0, 0]


def test_a_trial_runs_through_the_products_pipeline(ground: Field) -> None:
    rank = make(ground, line="lexical")
    assert rank("graph of citations")[0] == "2"
    assert make(ground, line="lexical", synthetic=True)("rain on mountains")[0] == "3"


def test_training_finds_the_feature_that_tells_the_right_paper() -> None:
    chance = np.random.default_rng(0)
    pairs, width = 1_500, 16
    terms = np.full((pairs, QUERY_TERMS), -1, np.int64)
    terms[:, 0] = 0
    has = np.zeros((pairs, width, QUERY_TERMS), np.bool_)
    has[:, :, 0] = True
    features = chance.normal(size=(pairs * width, len(FEATURES))).astype(np.float16)
    features[:, FEATURES.index("bm25")] = 1
    features[:, FEATURES.index("in_title")] = np.arange(pairs * width) % width == 0
    ones = np.ones((1, 35), np.float32)
    one = Cells("title", terms, (terms >= 0).astype(np.float32), has, features, ones[0, :1], ones)
    learned = plain(fit([one], 0, documents=True, queries=False))
    before = np.tanh(learned["inner.bias"]) @ learned["outer.weight"][0]
    titled = learned["inner.bias"] + learned["inner.weight"][:, FEATURES.index("in_title")]
    assert np.tanh(titled) @ learned["outer.weight"][0] > before + 0.1


def test_arrays_add_up_what_the_postings_say(tmp_path: Path) -> None:
    terms = Terms()
    postings = Postings.of(analysed(TEXTS, terms), len(terms))
    steps = np.maximum(np.rint(postings.bm25 / postings.bm25.max() * 255), 1).astype(np.float32)
    search = arrays(Filed(list(terms), postings, steps, tmp_path))
    (query,) = queries_of(terms, postings, ["graph of papers"])
    exact = postings.score(query, steps)
    expected = [row for row in np.argsort(-exact, kind="stable").tolist() if exact[row] > 0]
    assert list(search(query)) == expected
    stored = sum(path.stat().st_size for path in tmp_path.iterdir())
    assert stored <= 5 * len(postings.doc) + 8 * (len(terms) + 1) + 3 * 128
