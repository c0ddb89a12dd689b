"""What an index tells of given works: which clauses they meet, their vectors, their counts."""

from __future__ import annotations

import numpy as np
import pytest
from index_backends import LocalBackend, Log, filed, gone, vector_of

from broadsheet.index import Clause, Filters, WordQuery

CHANGES = [
    filed(
        1, 1, "Pruning models", "Weights of what is language are removed.", categories=("cs.LG",)
    ),
    filed(2, 2, "Vision", "Language models see.", categories=("cs.CV", "cs.LG"), links=("code",)),
    filed(3, 3, "Kettles", "Models of tea.", published="2024-05", sources=("acl",)),
    filed(4, 4, "Tea", "", published="2023"),
]


@pytest.fixture
def index(backend: LocalBackend):  # type: ignore[no-untyped-def]
    backend.fill(CHANGES)
    return backend.reader()


def test_matches_are_told_for_every_work_and_clause(index) -> None:  # type: ignore[no-untyped-def]
    clauses = [
        Clause("models"),
        Clause("language models", phrase=True),
        Clause("models language", phrase=True, slop=3),
        Clause("the"),
        Clause("models", "title"),
        Clause("pruning weights"),
    ]
    found = index.matches(clauses, [3, 1, 2, 1, 99])
    assert found.astype(int).tolist() == [
        [1, 0, 0, 0, 0, 0],
        [1, 0, 0, 0, 1, 1],
        [1, 1, 1, 0, 0, 0],
        [1, 0, 0, 0, 1, 1],
        [0, 0, 0, 0, 0, 0],
    ]


def test_many_clauses_are_told_apart(index) -> None:  # type: ignore[no-untyped-def]
    words = ["models", "tea", "kettles", "vision", "zebra"] * 15
    found = index.matches([Clause(word) for word in words], [1, 2, 3, 4])
    for place, word in enumerate(words):
        one = index.score_words(WordQuery.of(word), [1, 2, 3, 4]) > 0
        assert found[:, place].tolist() == one.tolist()
    assert index.matches([], [1, 2]).shape == (2, 0)
    assert index.matches([Clause("models")], []).shape == (0, 1)


def test_frequencies_sizes_and_lengths(index) -> None:  # type: ignore[no-untyped-def]
    terms = [word.term for word in index.words("models tea zebra")]
    assert index.frequencies(terms).tolist() == [3, 2, 0]
    assert index.frequencies([]).tolist() == []
    assert index.size == 4
    assert index.mean_words == pytest.approx((9 + 4 + 4 + 1) / 4)


def test_tallies_count_what_matches(index) -> None:  # type: ignore[no-untyped-def]
    tally = index.tally(WordQuery.of("models"))
    assert dict(tally["category"]) == {"cs": 2, "cs.LG": 2, "cs.CV": 1}
    assert dict(tally["source"]) == {"arxiv": 2, "acl": 1}
    assert tally["has"] == [("code", 1)]
    assert tally["year"] == [("2024", 1)]
    assert index.tally(WordQuery())["year"] == [("2024", 1), ("2023", 1)]
    narrowed = index.tally(WordQuery.of("models"), Filters(without=np.array([1, 3])))
    assert narrowed["source"] == [("arxiv", 1)]
    assert len(index.tally(WordQuery(), most=1)["category"]) == 1


def test_terms_that_are_alike_are_found(index) -> None:  # type: ignore[no-untyped-def]
    assert set(index.alike("kettel", 1, 9).tolist()) == {3}
    assert set(index.alike("vison", 1, 9).tolist()) == {2}
    assert set(index.alike("zzzzzz", 2, 9).tolist()) == set()


def test_vectors_are_those_filed(backend: LocalBackend) -> None:
    backend.fill([*CHANGES, gone(4, 5)])
    index = backend.reader()
    found = index.vectors([2, 99, 1])
    assert np.isnan(found[1]).all()
    for row, title in ((0, "Vision\nLanguage models see."), (2, None)):
        assert np.linalg.norm(found[row]) == pytest.approx(1, abs=1e-3)
        if title:
            assert found[row] @ vector_of(title) > 0.99
    assert index.vectors([]).shape[0] == 0


def test_an_index_that_nothing_is_filed_in(backend: LocalBackend) -> None:
    with backend.writer() as writer:
        writer.sync(Log([]))
    index = backend.reader()
    assert index.mean_words == 0
    assert index.size == 0
    assert index.matches([Clause("x")], [1]).tolist() == [[False]]
    assert index.tally(WordQuery())["year"] == []
