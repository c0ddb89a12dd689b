"""Searches of a small home, through the real catalog and index."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from search_home import PAPERS, Home, WordEncoder, paper

from broadsheet.index import Filters
from broadsheet.search import (
    HYBRID,
    Reading,
    Search,
    Searcher,
    SearchRequest,
    parse,
    result_json,
)
from broadsheet.search import names as name_reading


@pytest.fixture
def searcher(home: Home) -> Iterator[Searcher]:
    made, index = home.open()
    yield made
    index.close()


def found(home: Home, searcher: Searcher, query: str, **more: object) -> list[str]:
    result = searcher.search(SearchRequest(query, **more))  # type: ignore[arg-type]
    return home.names([hit.work_id for hit in result.hits])


def test_words_find_papers(home: Home, searcher: Searcher) -> None:
    assert found(home, searcher, "pruning language models")[0] == "2401.00001"


def test_meaning_finds_a_paper_that_has_none_of_the_words(home: Home, searcher: Searcher) -> None:
    assert found(home, searcher, "picture", legs=("lexical",)) == []
    assert found(home, searcher, "picture")[0] == "1905.00004"
    assert searcher.search(SearchRequest("picture")).total >= 1


@pytest.mark.parametrize("legs", [("lexical",), ("dense",), ("lexical", "dense")])
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("pruning cat:cs.CV", {"2305.00002", "1905.00004"}),
        ("pruning author:hopper", {"2401.00001", "2208.00003"}),
        ("models year:2023..", {"2401.00001", "2305.00002"}),
        ("pruning has:code", {"2401.00001"}),
        ("diffusion source:journal", {"2002.00005"}),
        ('"language models"', {"2401.00001", "2208.00003"}),
        ("title:pruning", {"2401.00001", "2305.00002"}),
        ("diffusion OR flow", {"2002.00005", "2103.00006"}),
    ],
)
def test_what_a_query_demands_holds_in_every_leg(
    home: Home, searcher: Searcher, query: str, expected: set[str], legs: tuple[str, ...]
) -> None:
    hits = set(found(home, searcher, query, legs=legs))
    assert hits
    assert hits <= expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("-vision", {"2401.00001", "2208.00003", "1905.00004", "2002.00005", "2103.00006"}),
        ("author:hopper -author:lovelace", {"2208.00003"}),
        ("cat:cs.LG OR source:journal -pruning", {"2002.00005", "2103.00006"}),
        ("author:turing OR year:..2020", {"2305.00002", "1905.00004", "2002.00005"}),
        ('-"language models" cat:CS year:2020..', {"2305.00002", "2103.00006"}),
    ],
)
def test_without_words_the_total_the_facets_and_all_pages_agree(
    home: Home, searcher: Searcher, query: str, expected: set[str]
) -> None:
    result = searcher.search(SearchRequest(query, facets=True))
    assert set(home.names([hit.work_id for hit in result.hits])) == expected
    assert result.total == sum(count for _, count in result.facets["year"]) == len(expected)
    pages = [found(home, searcher, query, limit=1, offset=at) for at in range(len(expected) + 1)]
    assert {name for page in pages for name in page} == expected
    assert not result.nothing and not result.notes


@pytest.mark.parametrize("legs", [("lexical",), ("dense",), ("lexical", "dense")])
@pytest.mark.parametrize("query", ["pruning -vision", "pruning of models, not vision"])
def test_exclusions_hold_in_every_leg(
    home: Home, searcher: Searcher, query: str, legs: tuple[str, ...]
) -> None:
    hits = found(home, searcher, query, legs=legs)
    assert "2401.00001" in hits
    assert "2305.00002" not in hits


def test_filters_alone_list_the_newest_first(home: Home, searcher: Searcher) -> None:
    assert found(home, searcher, "cat:cs.CV") == ["2305.00002", "1905.00004"]
    assert found(home, searcher, "cat:cs -vision") == [
        "2401.00001",
        "2208.00003",
        "2103.00006",
        "1905.00004",
    ]
    assert searcher.search(SearchRequest("cat:cs.CV", limit=1)).total == 2


def test_an_empty_query_finds_nothing(home: Home, searcher: Searcher) -> None:
    assert found(home, searcher, "  ") == []


def test_an_identifier_goes_straight_to_its_paper(home: Home, searcher: Searcher) -> None:
    assert found(home, searcher, "https://arxiv.org/abs/2208.00003v2") == ["2208.00003"]
    unknown = searcher.search(SearchRequest("1706.03762"))
    assert any("No paper here is 1706.03762" in note for note in unknown.notes)


@pytest.mark.parametrize(
    "query",
    [
        *("(2208.00003)", "[2208.00003v2]", "arXiv 2208.00003", "arXiv: 2208.00003", "2208.00003."),
        *("arXiv:2208.00003v1 [cs.LG] 1 Aug 2022", "arxiv.org/abs/2208.00003", "arXiv:2208.00003,"),
        *(
            "https://www.alphaxiv.org/abs/2208.00003v2",
            "https://arxiv.org/pdf/2208.00003.pdf#page=3",
        ),
        *("https://arxiv.org/abs/2208.00003?context=cs", "(doi:10.48550/arXiv.2208.00003)."),
        *("2208.00003v2.pdf", "eprint = {2208.00003},", "id:2208.00003"),
    ],
)
def test_the_name_of_a_paper_is_found_as_it_is_pasted(
    home: Home, searcher: Searcher, query: str
) -> None:
    result = searcher.search(SearchRequest(query))
    assert home.names([hit.work_id for hit in result.hits]) == ["2208.00003"]
    assert result.reading.names_papers
    assert "2208" not in result.reading.parts[0].without


@pytest.mark.parametrize(
    "query",
    [
        *("Ada Lovelace", "ada lovelace", "Lovelace, Ada", "by Ada Lovelace", "A. Lovelace"),
        *("Lovelace et al.", "Ada Lovelace and Grace Hopper", "A. Lovelace & Hopper, G."),
        *("Lovelace A", "Ada Lovelace year:2024", "cat:cs.LG Ada Lovelace"),
        *("Lovelace", "by lovelace", "Lovelace year:2024", "lovelace et al."),
    ],
)
def test_the_name_of_an_author_asks_for_their_papers(
    home: Home, searcher: Searcher, query: str
) -> None:
    result = searcher.search(SearchRequest(query))
    assert home.names([hit.work_id for hit in result.hits]) == ["2401.00001"]
    assert "author" in [part.kind for part in result.reading.parts]
    assert any("read as the name of an author" in note for note in result.notes)
    assert result.hits[0].probability is None


@pytest.mark.parametrize(
    "query", ['"Ada Lovelace"', "Ada", "pruning models", "Ada Lovelace pruning", "-Ada Lovelace"]
)
def test_words_that_are_not_a_name_alone_are_words(searcher: Searcher, query: str) -> None:
    result = searcher.search(SearchRequest(query))
    assert "author" not in [part.kind for part in result.reading.parts]
    plain = searcher.search(SearchRequest("Ada Lovelace", syntax=False))
    assert not plain.reading.filters


def test_a_name_that_more_papers_speak_of_than_are_by_stays_a_topic(empty_home: Home) -> None:
    empty_home.file(
        [
            paper("a", "On the Grace Hopper chip", "A processor."),
            paper("b", "Grace and Hopper", "Two processors."),
            paper("c", "Compilers", "A language.", authors=("Grace Hopper",)),
        ]
    )
    searcher = Searcher(empty_home.catalog, empty_home.index())
    result = searcher.search(SearchRequest("Grace Hopper"))
    assert empty_home.names([hit.work_id for hit in result.hits])[:2] == ["a", "b"]


def test_by_before_a_name_is_no_part_of_the_name(empty_home: Home) -> None:
    empty_home.file([paper("a", "Compilers", "A language.", authors=("Darby Smith",))])
    searcher = Searcher(empty_home.catalog, empty_home.index())
    result = searcher.search(SearchRequest("by Darby Smith"))
    assert empty_home.names([hit.work_id for hit in result.hits]) == ["a"]
    assert [part.text for part in result.reading.parts] == ["by Darby Smith"]


def test_what_a_title_is_called_is_no_name_of_an_author(
    empty_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One of fourteen papers is as rare here as one of ten thousand elsewhere.
    monkeypatch.setattr(name_reading, "UNSAID", 0.1)
    empty_home.file(
        [
            paper("a", "AViLA: tools for video", "A language and a video."),
            *(
                paper(f"b{n}", f"Compilers {n}", "A language.", authors=(f"{n} Avila",))
                for n in "JKLMNP"
            ),
            *(paper(f"c{n}", f"Graphs {n}", "A network of nodes.") for n in range(9)),
        ]
    )
    searcher = Searcher(empty_home.catalog, empty_home.index())
    result = searcher.search(SearchRequest("AViLA"))
    assert empty_home.names([hit.work_id for hit in result.hits]) == ["a"]
    by = searcher.search(SearchRequest("by Avila"))
    assert len(by.hits) == 6


def test_several_names_of_papers_find_them_in_their_order(home: Home, searcher: Searcher) -> None:
    assert found(home, searcher, "2208.00003, 2401.00001") == ["2208.00003", "2401.00001"]
    assert found(home, searcher, "2208.00003; arXiv:2208.00003") == ["2208.00003"]
    other = searcher.search(SearchRequest("2208.00003; 2912.99999"))
    assert home.names([hit.work_id for hit in other.hits]) == ["2208.00003"]
    assert other.notes == ("No paper here is 2912.99999.",)
    among = searcher.search(SearchRequest("pruning, 2208.00003 and 2912.99999"))
    assert "No paper here is 2912.99999." in among.notes


@pytest.mark.parametrize("asked", ["similar:{}", "papers similar to {}", "more like {}"])
def test_papers_like_a_named_one_follow_it(home: Home, searcher: Searcher, asked: str) -> None:
    near = searcher.similar(home.id_of("2401.00001"), 100)
    result = searcher.search(SearchRequest(asked.format("2401.00001"), limit=2))
    second = searcher.search(SearchRequest(asked.format("2401.00001"), limit=2, offset=2))
    ids = [hit.work_id for hit in (*result.hits, *second.hits)]
    assert home.names(ids[:1]) == ["2401.00001"]
    assert ids[1:] == [hit.work_id for hit in near.hits[:3]]
    assert result.total == second.total == 1 + len(near.hits)


@pytest.mark.parametrize(
    ("query", "given", "names"),
    [
        ("similar:2401.00001 cat:cs.CL", ["cat:cs.CL"], {"2208.00003"}),
        ("papers similar to 2401.00001 before 2023", ["before 2023"],
         {"2208.00003", "1905.00004", "2002.00005", "2103.00006"}),
        ("papers like 2401.00001 -pruning -flow", ["-pruning", "-flow"],
         {"2208.00003", "1905.00004", "2002.00005"}),
        ("papers like 2401.00001 on vision", ["vision"], {"2305.00002"}),
        ("similar to 2401.00001 but about graphs -pruning", ["graphs", "-pruning"],
         {"2002.00005"}),
    ],
)  # fmt: skip
def test_papers_like_a_named_one_are_narrowed_by_what_stands_beside(
    home: Home, searcher: Searcher, query: str, given: list[str], names: set[str]
) -> None:
    result = searcher.search(SearchRequest(query))
    first, *others = home.names([hit.work_id for hit in result.hits])
    assert first == "2401.00001"
    assert set(others) == names
    narrowing = result.reading.parts[1:]
    assert [part.given for part in narrowing] == given
    assert all("2401.00001" in part.without for part in narrowing)


@pytest.mark.parametrize("query", ["2401.00001 -vision", "2401.00001 cat:cs.LG", "2401.00001 -"])
def test_beside_a_name_what_only_narrows_finds_nothing_more(
    home: Home, searcher: Searcher, query: str
) -> None:
    assert found(home, searcher, query) == ["2401.00001"]


@pytest.mark.parametrize(
    ("query", "passed"),
    [
        ("2401.00001 cat:cs.CL -vision", ["cat:cs.CL", "-vision"]),
        ("2401.00001 since 2025", ["since 2025"]),
        ("2401.00001 -", []),
    ],
)
def test_what_is_passed_over_beside_a_name_is_told(
    searcher: Searcher, query: str, passed: list[str]
) -> None:
    notes = searcher.search(SearchRequest(query)).notes
    told = [note for note in notes if "passed over" in note]
    assert told == [f"{given} is passed over: a paper is named." for given in passed]


@pytest.mark.parametrize(
    ("query", "note"),
    [
        ("2912.99999 cat:cs.CL", "No paper here is 2912.99999; it is searched as words."),
        ("pruning, see 2912.99999", "No paper here is 2912.99999; it is searched as words."),
        ("2912.99999, 10.1/x, 2912.99998",
         "No paper here is 2912.99999 or 2912.99998; they are searched as words."),
        ("similar:2912.99999", "No paper here is 2912.99999; it is searched as words."),
        ("2912.99999v2", "No paper here is 2912.99999; it is searched as words."),
        ("anthology:X99", "No paper here is anthology:X99; it is searched as words."),
        ("pruning 29.99", ""),
    ],
)  # fmt: skip
def test_a_name_that_no_paper_here_has_is_told(searcher: Searcher, query: str, note: str) -> None:
    notes = searcher.search(SearchRequest(query)).notes
    assert [one for one in notes if "No paper here is" in one] == ([note] if note else [])


def test_the_paper_that_a_reference_names_stands_before_what_its_words_find(
    home: Home, searcher: Searcher
) -> None:
    reference = "Lovelace et al. Pruning language models. arXiv preprint arXiv:1905.00004, 2019"
    whole = searcher.search(SearchRequest(reference))
    names = home.names([hit.work_id for hit in whole.hits])
    assert names[0] == "1905.00004"
    assert "2401.00001" in names
    assert len(set(names)) == len(names)
    assert whole.total >= len(names)
    assert [part.kind for part in whole.reading.parts][:2] == ["identifier", "words"]
    assert "1905" not in whole.reading.parts[0].without
    assert "1905.00004" in whole.reading.parts[1].without
    assert not whole.nothing
    paged = [
        name
        for offset in range(len(names))
        for name in found(home, searcher, reference, limit=1, offset=offset)
    ]
    assert paged == names
    pasted = "@article{x, title={Roses}, eprint={1905.00004}, archivePrefix={arXiv}}"
    assert found(home, searcher, pasted)[0] == "1905.00004"


def test_a_number_that_names_no_paper_is_a_word(home: Home, searcher: Searcher) -> None:
    result = searcher.search(SearchRequest("pruning 2999.99999"))
    assert [part.kind for part in result.reading.parts] == ["words"]
    unknown = searcher.search(SearchRequest("1706.03762"))
    assert not unknown.reading.names_papers


def test_a_phrase_that_no_paper_has_is_searched_as_words(home: Home, searcher: Searcher) -> None:
    result = searcher.search(SearchRequest('"models pruning language"'))
    assert home.names([hit.work_id for hit in result.hits])[0] == "2401.00001"
    assert any("“models pruning language”" in note for note in result.notes)


def test_the_requests_filters_and_the_querys_both_hold(home: Home, searcher: Searcher) -> None:
    filters = Filters(categories=("cs.CV",))
    assert found(home, searcher, "pruning cat:cs", filters=filters) == ["2305.00002", "1905.00004"]
    assert found(home, searcher, "pruning cat:cs.LG", filters=filters) == []


def test_pages_follow_one_another(home: Home, searcher: Searcher) -> None:
    whole = found(home, searcher, "models of language", limit=6)
    paged = [
        name
        for offset in range(0, 6, 2)
        for name in found(home, searcher, "models of language", limit=2, offset=offset)
    ]
    assert paged == whole
    assert found(home, searcher, "models", offset=1_000) == []


def test_an_explanation_adds_up(home: Home, searcher: Searcher) -> None:
    result = searcher.search(SearchRequest("pruning language models kettle", explain=True))
    for hit in result.hits:
        explanation = hit.explanation
        assert explanation is not None
        assert sum(explanation.shares.values()) == pytest.approx(hit.score)
        assert sum(explanation.words.values()) == pytest.approx(explanation.lexical or 0, rel=1e-4)
        assert "kettle" not in explanation.words
        assert not set(explanation.words) & set(explanation.missing)
    first = result.hits[0].explanation
    assert first is not None
    assert set(first.words) == {"pruning", "language", "models"}
    assert "words" in first.in_words()


def test_word_contributions_are_those_of_the_index(home: Home, searcher: Searcher) -> None:
    query = "language models language gradients"
    result = searcher.search(SearchRequest(query, explain=True))
    hit = result.hits[0]
    index = home.open()[1]
    told = index.explain_words(parse(query).words, hit.work_id)
    assert hit.explanation is not None
    assert sorted(hit.explanation.words.values()) == pytest.approx(sorted(told.values()), rel=1e-4)


def test_every_stage_is_timed_and_can_be_left_out(home: Home, searcher: Searcher) -> None:
    result = searcher.search(SearchRequest("pruning"))
    assert {"parse", "words", "encode", "meaning", "complete", "fuse", "page"} <= set(result.stages)
    index = home.open()[1]
    search = Search(SearchRequest("pruning"), parse("pruning"), index, home.catalog)
    ranking, took = HYBRID.without("meaning", "encode").run(search)
    assert "meaning" not in took
    assert np.isnan(ranking.dense).all()
    assert len(ranking) == 2


def test_a_result_is_kept_until_the_index_changes(empty_home: Home) -> None:
    empty_home.file(PAPERS[:2])
    searcher, index = empty_home.open()
    request = SearchRequest("pruning")
    first = searcher.search(request)
    again = searcher.search(request)
    assert again.hits is first.hits
    empty_home.file([paper("2501.00009", "Pruning trees", "Trees are pruned in winter.")])
    index.refresh()
    assert len(searcher.search(request).hits) == len(first.hits) + 1
    index.close()


def test_without_an_encoder_words_answer_and_the_result_says_so(words_home: Home) -> None:
    words_home.file(PAPERS)
    searcher, index = words_home.open()
    result = searcher.search(SearchRequest("pruning"))
    assert len(result.hits) == 2
    assert any("words only" in note for note in result.notes)
    lexical = searcher.search(SearchRequest("pruning", legs=("lexical",)))
    assert lexical.notes == ()
    index.close()


def test_papers_that_are_not_encoded_yet_hold_their_place(empty_home: Home) -> None:
    empty_home.file(PAPERS, encoded=["2305.00002", "1905.00004"])
    searcher, index = empty_home.open()
    result = searcher.search(SearchRequest("pruning language models", explain=True))
    assert empty_home.names([result.hits[0].work_id]) == ["2401.00001"]
    explanation = result.hits[0].explanation
    assert explanation is not None
    assert explanation.dense is None
    assert any("2 of 6" in note for note in result.notes)
    index.close()


def test_one_paper_filed_twice_is_shown_once(empty_home: Home) -> None:
    title = "A survey of pruning for networks of all kinds"
    empty_home.file(
        [
            paper("2401.10001", title, "One abstract on pruning.", authors=["A. Uthor"]),
            paper("x1", title, "Quite other words here.", authors=["A. Uthor"], source="other"),
            paper("x2", title, "Third of the name.", authors=["B. Writer"], source="other"),
        ]
    )
    searcher, index = empty_home.open()
    names = found(empty_home, searcher, "survey of pruning")
    assert len(names) == 2
    assert "x2" in names
    index.close()


def test_similar_papers_leave_the_paper_itself_out(home: Home, searcher: Searcher) -> None:
    itself = home.id_of("2401.00001")
    result = searcher.similar(itself, limit=3)
    ids = [hit.work_id for hit in result.hits]
    assert len(ids) == 3
    assert itself not in ids
    assert searcher.similar(10**9).hits == ()


def test_similar_papers_by_words_where_nothing_is_encoded(words_home: Home) -> None:
    words_home.file(PAPERS)
    searcher, index = words_home.open()
    result = searcher.similar(words_home.id_of("2401.00001"))
    assert set(words_home.names([hit.work_id for hit in result.hits][:2])) <= {
        "2208.00003",
        "2305.00002",
    }
    index.close()


def test_many_threads_get_the_same_answer(home: Home, searcher: Searcher) -> None:
    queries = ["pruning", "language models", "picture", "diffusion OR flow"] * 10
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda query: found(home, searcher, query), queries))
    assert answers == [found(home, searcher, query) for query in queries]


ODD = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(["the", '"', "-a", "(", ")", "OR", "pruning", "title:x", '"of the"', "!!"]),
        max_size=6,
    ).map(" ".join),
)


@given(ODD)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_query_fails(home: Home, searcher: Searcher, query: str) -> None:
    result = searcher.search(SearchRequest(query, explain=True))
    scores = [hit.score for hit in result.hits]
    assert scores == sorted(scores, reverse=True)
    assert result.total >= len(result.hits)


def test_the_json_of_a_result(home: Home, searcher: Searcher) -> None:
    result = searcher.search(SearchRequest("pruning", explain=True))
    works = home.catalog.get_many([hit.work_id for hit in result.hits])
    told = result_json(result, works)
    assert {"query", "total", "took_ms", "hits"} <= set(told)
    hits = told["hits"]
    assert isinstance(hits, list)
    assert set(hits[0]) == {"id", "title", "withdrawn", "score", "probability", "explanation"}
    assert 0 <= hits[0]["probability"] <= 1


def test_a_request_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="legs"):
        SearchRequest("x", legs=("sparse",))
    with pytest.raises(ValueError, match="limit"):
        replace(SearchRequest("x"), limit=-1)
    assert Reading("x").required == ()
    assert WordEncoder().encode_queries(["a"]).shape == (1, 64)
