"""A letter and the word that it belongs to are looked for side by side."""

from __future__ import annotations

import pytest
from search_home import Home, paper

from broadsheet.search import Searcher, SearchRequest, parse
from broadsheet.search.lettered import read_lettered

FILLER = [paper(f"f{n}", f"Rivers and their stones {n}") for n in range(8)]


@pytest.fixture
def searcher(empty_home: Home) -> Searcher:
    empty_home.file(
        [
            *FILLER,
            paper("means", "Fast $k$-means", "Points are grouped by k-means."),
            paper("blank", "Groups of points", "We run K means on points."),
            paper("apart", "K by other means, K and k", "By all means, k is the means of k."),
            paper("unet", "UNet for cells", "A net."),
            paper("unets", "UNets again", "A UNet."),
            paper("net", "A U-Net for lungs", "A net."),
            paper("vitamin", "Vitamin D in winter", "Vitamin D deficiency is common."),
            paper("ab", "A/B tests of pages", "An A/B test."),
            paper("abs", "Pages by A/B testing"),
            paper("test", "A test of B", "B is tested."),
            paper("c", "A C compiler", "It is small."),
            paper("compiler", "A compiler for C", "It is large."),
        ]
    )
    return Searcher(empty_home.catalog, empty_home.index())


@pytest.mark.parametrize("query", ["k-means", "k means", "$k$-means", "kmeans", "K-Means"])
def test_a_paper_with_letter_and_word_apart_is_none_of_them(
    empty_home: Home, searcher: Searcher, query: str
) -> None:
    result = searcher.search(SearchRequest(query, legs=("lexical",), lacking=True))
    assert set(empty_home.names([hit.work_id for hit in result.hits])) == {"means", "blank"}
    assert all(hit.explanation and not hit.explanation.missing for hit in result.hits)
    assert result.suggestion == ""


def test_letters_that_a_stroke_joins_are_one_with_their_word(
    empty_home: Home, searcher: Searcher
) -> None:
    result = searcher.search(SearchRequest("A/B testing", legs=("lexical",), lacking=True))
    assert set(empty_home.names([hit.work_id for hit in result.hits])) == {"ab", "abs"}


def test_beside_other_words_a_paper_without_them_together_is_told_to_lack_them(
    empty_home: Home, searcher: Searcher
) -> None:
    request = SearchRequest("k-means by other means of points", legs=("lexical",), explain=True)
    result = searcher.search(request)
    lacks = dict(
        zip(
            empty_home.names([hit.work_id for hit in result.hits]),
            (hit.explanation.missing if hit.explanation else () for hit in result.hits),
            strict=True,
        )
    )
    assert "“k-means”" in lacks["apart"]
    assert "“k-means”" not in lacks["blank"]


def test_nothing_is_promised_for_a_letter_and_a_word_that_no_paper_has_together(
    searcher: Searcher,
) -> None:
    together = searcher.search(SearchRequest("k-means stones", legs=("lexical",))).hits
    apart = searcher.search(SearchRequest("k-compiler stones", legs=("lexical",))).hits
    assert together[0].probability is not None
    assert apart[0].probability is not None
    assert apart[0].probability < together[0].probability


def test_written_as_one_it_lacks_nothing(empty_home: Home, searcher: Searcher) -> None:
    result = searcher.search(SearchRequest("U-Net", legs=("lexical",), explain=True))
    names = empty_home.names([hit.work_id for hit in result.hits])
    assert (names[0], set(names)) == ("net", {"net", "unet", "unets"})
    for hit in result.hits:
        assert hit.explanation is not None
        assert not hit.explanation.missing
        assert list(hit.explanation.words) == ["“U-Net”"]


def test_they_are_marked_together(empty_home: Home, searcher: Searcher) -> None:
    marked = {}
    for name in ("means", "apart"):
        work_id = empty_home.id_of(name)
        work = empty_home.catalog.get_many([work_id])[work_id]
        found = searcher.highlights(work, "k-means")
        marked[name] = [work.paper.abstract[one.start : one.end] for one in found]
    assert marked == {"means": ["k-means"], "apart": []}


@pytest.mark.parametrize(
    "query",
    [
        "vitamin D deficiency",  # the letter is of the word before
        *(
            "C compiler",
            "z compiler",
            "a means",
            "Green's function",
            "LLM ’ s means",
            "type I means",
            "r 16",
        ),
        "what means have rivers and stones of grouped points at rest in winter k-means",
    ],
)
def test_other_letters_stay_words(searcher: Searcher, empty_home: Home, query: str) -> None:
    reading = parse(query)
    assert read_lettered(reading, empty_home.index()) is reading


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("k-means OR h-index", {"means", "blank"}),
        ("title:k-means", {"means"}),
        ("title:k-means OR title:h-index", {"means"}),
        ("abs:k-means", {"means", "blank"}),
    ],
)
def test_what_a_hyphen_joins_stands_side_by_side_in_alternatives_and_fields(
    empty_home: Home, searcher: Searcher, query: str, found: set[str]
) -> None:
    result = searcher.search(SearchRequest(query, legs=("lexical",)))
    assert set(empty_home.names([hit.work_id for hit in result.hits])) == found
