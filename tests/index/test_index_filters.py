"""Filters narrow both legs alike."""

from __future__ import annotations

import numpy as np
import pytest
from index_backends import LocalBackend, filed, vector_of

from broadsheet.index import Clause, Filters, Index, WordQuery, local

WORKS = [
    filed(
        1, 1, "Common one", categories=["cs.LG", "stat.ML"], authors=["Ada M. Lovelace"],
        published="2024-05-17", announced="2024-05-20", links=["code"],
    ),
    filed(
        2, 2, "Common two", categories=["cs.CL"], authors=["Chris Jones", "Alan Lovelace"],
        announced="2024-06-01", sources=["arxiv", "acl"],
    ),
    filed(3, 3, "Common three", categories=["math.AG"], published="2024", links=["code", "data"],
          extra={"comments": "12 pages, accepted to NeurIPS 2025", "report_number": "AB-1"}),
    filed(4, 4, "Common four", categories=["cs"], published="2024-06", sources=["acl"],
          extra={"journal_ref": "Nature 12 (2024)"}),
    filed(5, 5, "Common five", authors=["Émile Zola"], sources=[]),
    filed(6, 6, "Common six", categories=["cs-like.X"], published="1958-12-01"),
]  # fmt: skip
ALL = [1, 2, 3, 4, 5, 6]


def only(*work_ids: int) -> Filters:
    return Filters(only=np.array(work_ids, np.int64))


CASES = [
    (None, ALL),
    (Filters(), ALL),
    (Filters(first_day="2024-05-17", last_day="2024-05-17"), [1]),
    (Filters(first_day="2024-05-18"), [2, 4]),
    (Filters(last_day="2024-05-17"), [1, 6]),
    (Filters(first_day="2024", last_day="2024"), [1, 2, 3, 4]),
    (Filters(first_day="2024-06", last_day="2024-06"), [2, 4]),
    (Filters(first_day="2024-06-02", last_day="2024-06-30"), []),
    (Filters(first_day="2025", last_day="2024"), []),
    (Filters(announced_first="2024-05-18"), [1, 2]),
    (Filters(announced_last="2024-05-31"), [1]),
    (Filters(categories=("cs",)), [1, 2, 4]),
    (Filters(categories=("cs.LG",)), [1]),
    (Filters(categories=("cs.CL", "math")), [2, 3]),
    (Filters(categories=("CS.nothing", "\ud800", "")), []),
    (Filters(authors=("lovelace",)), [1, 2]),
    (Filters(authors=("Ada Lovelace",)), [1]),
    (Filters(authors=("Lovelace, A.",)), [1, 2]),
    (Filters(authors=("Chris Lovelace",)), []),
    (Filters(authors=("Jones", "Lovelace")), [2]),
    (Filters(authors=("emile zola",)), [5]),
    (Filters(authors=("...",)), []),
    (Filters(sources=("acl",)), [2, 4]),
    (Filters(sources=("acl", "arxiv")), [1, 2, 3, 4, 6]),
    (Filters(venues=("NeurIPS",)), [3]),
    (Filters(venues=("nips'25", "nature 2024")), [3, 4]),
    (Filters(venues=("NeurIPS 2024",)), []),
    (Filters(venues=("12 pages",)), [3]),  # where none appeared, what records note
    (Filters(venues=("\ud800", "", "of the")), []),
    (Filters(has=("code",)), [1, 3]),
    (Filters(met=(Clause("accept", "comment"), Clause("ab-1", "report", phrase=True))), [3]),
    (Filters(met=(Clause("nature", "journal"),)), [4]),
    (Filters(met=(Clause("page 12", "comment", phrase=True),)), []),
    (Filters(met=(Clause("..."),)), ALL),
    (
        Filters(none_of=(Filters(met=(Clause("12 pages", "comment", phrase=True),)),)),
        [1, 2, 4, 5, 6],
    ),
    (Filters(has=("code", "data")), [3]),
    (only(3, 5, 99), [3, 5]),
    (only(), []),
    (Filters(without=np.array([1, 99], np.int64)), [2, 3, 4, 5, 6]),
    (Filters(categories=("cs",), without=np.array([2], np.int64)), [1, 4]),
    (Filters(categories=("cs",), sources=("acl",), first_day="2024-06-02"), []),
    (Filters(categories=("cs",), sources=("acl",), first_day="2024-06-01"), [2, 4]),
    (Filters(only=np.arange(5_000), without=np.arange(2, 4_000)), [1]),
    (Filters(categories=("CS",)), [1, 2, 4]),
    (Filters(categories=("CS-LIKE.x", "Math")), [3, 6]),
    (Filters(sources=("ArXiv",)), [1, 2, 3, 6]),
    (Filters(categories=(".*", "(cs", "İ" * 200, "é" * 90)), []),
    (Filters(one_of=((Filters(authors=("zola",)), Filters(categories=("cs",))),)), [1, 2, 4, 5]),
    (
        Filters(
            has=("code",), one_of=((Filters(authors=("ada lovelace",)), Filters(last_day="1960")),)
        ),
        [1],
    ),
    (Filters(one_of=((only(1, 2), only(3)), (only(2, 3), Filters(sources=("acl",))))), [2, 3]),
    (Filters(one_of=((only(1), Filters()),)), ALL),
    (Filters(unmet=(Clause("one"), Clause("common two", phrase=True))), [3, 4, 5, 6]),
    (Filters(categories=("cs",), unmet=(Clause("lovelace", field="author"),)), [4]),
    (Filters(unmet=(Clause("..."),)), ALL),
    (
        Filters(none_of=(Filters(categories=("cs",)), Filters(first_day="1958", last_day="1958"))),
        [3, 5],
    ),
    (Filters(categories=("cs",), none_of=(Filters(has=("code",)),)), [2, 4]),
    (Filters(none_of=(Filters(),)), ALL),
]


@pytest.fixture
def index(backend: LocalBackend) -> Index:
    return backend.fill(WORKS)


@pytest.mark.parametrize(("filters", "expected"), CASES)
def test_both_legs_and_every_count_keep_the_filters(
    backend: LocalBackend,
    filters: Filters | None,
    expected: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    index = backend.fill(WORKS)
    query = WordQuery.of("common")
    for limit in (100, 2):
        words = index.search_words(query, limit, filters)
        vectors = index.search_vectors(vector_of("x"), limit, filters)
        assert set(words.ids) <= set(expected)
        assert len(words) == len(vectors) == min(limit, len(expected))
        assert set(vectors.ids) <= set(expected)
    assert index.count_words(query, filters) == len(expected)
    assert index.count(filters) == len(expected)
    assert sorted(index.newest(filters, 100).tolist()) == expected
    coded = index.tally(WordQuery(), filters)["has"]
    assert dict(coded).get("code", 0) == len({1, 3} & set(expected))
    # The way a broad filter takes, through the graph, leaves the same.
    monkeypatch.setattr(local, "SCAN_AT_MOST", -1)
    broad = backend.reader().search_vectors(vector_of("x"), 100, filters)
    assert sorted(broad.ids.tolist()) == expected


def test_a_filter_changes_no_score(index: Index) -> None:
    query, filters = WordQuery.of("common four"), Filters(categories=("cs",))
    plain, narrowed = index.search_words(query, 9), index.search_words(query, 9, filters)
    scores = dict(zip(plain.ids.tolist(), plain.scores.tolist(), strict=True))
    assert narrowed.scores == pytest.approx([scores[one] for one in narrowed.ids.tolist()])
    near = index.search_vectors(vector_of("x"), 9, filters)
    assert near.scores == pytest.approx(index.score_vectors(vector_of("x"), near.ids))


def test_a_day_that_is_none_is_refused(index: Index) -> None:
    for filters in (Filters(first_day="2024-13"), Filters(announced_last="2024-02-31")):
        with pytest.raises(ValueError, match=r"month|day"):
            index.search_words(WordQuery.of("common"), 9, filters)
        with pytest.raises(ValueError, match=r"month|day"):
            index.search_vectors(vector_of("x"), 9, filters)


def test_newest_is_by_day_and_can_be_paged(index: Index) -> None:
    dated = Filters(first_day="1900")
    assert index.newest(dated, 3).tolist() == [4, 2, 1]
    assert index.newest(dated, 3, offset=3).tolist() == [3, 6]
    assert index.newest(dated, 0).tolist() == []


def test_leaving_out_the_best_hits_brings_up_the_next(backend: LocalBackend) -> None:
    index = backend.fill([filed(n, n, "word " * n, "filler " * 50) for n in range(1, 60)])
    best = index.search_words(WordQuery.of("word"), 40).ids
    rest = index.search_words(WordQuery.of("word"), 5, Filters(without=best[:30]))
    assert rest.ids.tolist() == best[30:35].tolist()
    near = index.search_vectors(vector_of("x"), 40).ids
    rest = index.search_vectors(vector_of("x"), 5, Filters(without=near[:30]))
    assert rest.ids.tolist() == near[30:35].tolist()


def test_an_issue_of_next_spring_is_as_new_as_its_announcement(backend: LocalBackend) -> None:
    early = filed(7, 7, "Common seven", published="2999-03", announced="2024-05-31")
    index = backend.fill([*WORKS, early])
    assert index.newest(Filters(first_day="1900"), 4).tolist() == [4, 2, 7, 1]
    assert index.newest(Filters(first_day="2999"), 4).tolist() == [7]
