"""Search by words, as the contract has it."""

from __future__ import annotations

import pytest
from index_backends import LocalBackend, filed, gone, ids

from broadsheet.index import Clause, Index, Ranking, Word, WordQuery

WORKS = [
    filed(1, 1, "Graph networks", "Learning on molecules with message passing."),
    filed(2, 2, "Convolutions", "Images of molecules; the graph of a function. Graph theory."),
    filed(3, 3, "To be or not to be", "A study of Hamlet.", authors=["Jane Doe"]),
    filed(4, 4, "Large language models", "Prompts for an LLM.", authors=["Chris P. Pearson"]),
    filed(5, 5, "Tables", "", summary="Sorting quickly.", authors=["Ann Chris", "Bob Pearson"]),
    filed(6, 6, "Poincaré embeddings", "Hyperbolic space. All you really need."),
]


@pytest.fixture
def index(backend: LocalBackend) -> Index:
    return backend.fill(WORKS)


def search(index: Index, *clauses: Clause) -> Ranking:
    return index.search_words(WordQuery(clauses), 100)


def found(index: Index, *clauses: Clause) -> list[int]:
    return sorted(search(index, *clauses).ids.tolist())


def test_words_are_found_in_title_abstract_and_summary_in_any_of_their_forms(index: Index) -> None:
    assert ids(index, "network") == [1]
    assert ids(index, "learned") == [1]
    assert ids(index, "sort") == [5]


def test_accents_do_not_matter(index: Index) -> None:
    assert ids(index, "Poincare") == ids(index, "POINCARÉ") == [6]


def test_every_word_a_work_has_adds_to_its_score(index: Index) -> None:
    one, two = search(index, Clause("molecules")), search(index, Clause("molecules passing"))
    assert sorted(one.ids.tolist()) == sorted(two.ids.tolist()) == [1, 2]
    assert two.ids[0] == 1
    assert two.scores[0] > one.scores.max()


def test_scores_descend(index: Index) -> None:
    scores = search(index, Clause("graph molecules language")).scores
    assert (scores[:-1] >= scores[1:]).all()


def test_a_repeated_word_counts_as_often_as_it_stands_there(index: Index) -> None:
    once, twice = search(index, Clause("hamlet")), search(index, Clause("Hamlet, Hamlet"))
    assert twice.scores[0] == pytest.approx(2 * once.scores[0], rel=1e-5)


def test_a_weight_multiplies(index: Index) -> None:
    plain, heavy = search(index, Clause("hamlet")), search(index, Clause("hamlet", weight=2.5))
    assert heavy.scores[0] == pytest.approx(2.5 * plain.scores[0], rel=1e-5)


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf")])
def test_a_weight_that_is_none_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="weight"):
        Clause("x", weight=weight)


def test_must_wants_every_word_of_the_clause(index: Index) -> None:
    assert found(index, Clause("graph", occur="must")) == [1, 2]
    assert found(index, Clause("graph networks", occur="must")) == [1]
    assert found(index, Clause("hamlet"), Clause("graph networks", occur="must")) == [1]


def test_must_not_leaves_out_works_with_every_word(index: Index) -> None:
    assert found(index, Clause("graph"), Clause("images", occur="must_not")) == [1]
    assert found(index, Clause("graph"), Clause("images hamlet", occur="must_not")) == [1, 2]


def test_what_must_not_occur_finds_nothing_by_itself(index: Index) -> None:
    assert found(index, Clause("images", occur="must_not")) == []


def test_a_phrase_wants_its_words_in_order(index: Index) -> None:
    assert found(index, Clause("graph networks", phrase=True)) == [1]
    assert found(index, Clause("networks graph", phrase=True)) == []
    assert found(index, Clause("message-passing", phrase=True, occur="must")) == [1]
    assert found(index, Clause("graph"), Clause("graph theory", phrase=True, occur="must_not")) == [
        1
    ]


def test_a_phrase_does_not_reach_from_title_to_abstract(index: Index) -> None:
    assert found(index, Clause("convolutions images", phrase=True)) == []


def test_a_stop_word_in_a_phrase_is_a_gap_that_any_word_fills(index: Index) -> None:
    assert found(index, Clause("graph of a function", phrase=True)) == [2]
    assert found(index, Clause("graph function", phrase=True)) == []


def test_title_clauses_look_in_titles_only(index: Index) -> None:
    assert found(index, Clause("graph", field="title")) == [1]
    assert found(index, Clause("graph", field="title", occur="must"), Clause("molecules")) == [1]
    assert found(index, Clause("not to be", field="title", phrase=True)) == [3]


def test_the_words_of_an_author_clause_belong_to_one_name(index: Index) -> None:
    assert found(index, Clause("pearson", field="author")) == [4, 5]
    assert found(index, Clause("chris pearson", field="author")) == [4]
    assert found(index, Clause("Pearson, C.", field="author", occur="must")) == [4]
    assert found(index, Clause("chris p pearson", field="author", phrase=True)) == [4]


@pytest.mark.parametrize(
    ("begun", "works"),
    [
        ("gra", [1, 2]),
        ("Graph", [1, 2]),
        ("poin", [6]),
        ("learni", [1]),  # filed as "learn"
        ("embeddin", [6]),
        ("message pass", [1]),
        ("messages pass", [1]),
        ("xyz", []),
        ("", []),
        ("...", []),
    ],
)
def test_a_prefix_is_the_beginning_of_a_word(index: Index, begun: str, works: list[int]) -> None:
    assert found(index, Clause(begun, prefix=True, occur="must")) == works
    assert found(index, Clause(begun, prefix=True)) == works
    either = Clause(any_of=(Clause(begun, prefix=True), Clause("hamlet")), occur="must")
    assert found(index, either) == sorted([*works, 3])


def test_what_begins_so_can_be_left_out(index: Index) -> None:
    without = Clause("imag", prefix=True, occur="must_not")
    assert found(index, Clause("graph"), without) == [1]
    assert found(index, Clause("emb", prefix=True, field="title", occur="must")) == [6]
    assert found(index, Clause("hyper", prefix=True, field="title", occur="must")) == []


def test_one_member_of_a_group_has_to_match(index: Index) -> None:
    group = Clause(
        occur="must",
        any_of=(Clause("llm"), Clause("message passing", phrase=True), Clause("tables hamlet")),
    )
    assert found(index, group) == [1, 4]
    assert found(index, group, Clause("molecules hamlet")) == [1, 4]
    assert found(
        index,
        Clause("molecules language"),
        Clause(occur="must_not", any_of=(Clause("llm"), Clause("theory"))),
    ) == [1]


def test_members_of_a_group_that_match_add_up(index: Index) -> None:
    both = search(index, Clause(any_of=(Clause("llm"), Clause("prompts"))))
    one = search(index, Clause(any_of=(Clause("llm"), Clause("absent"))))
    assert both.ids.tolist() == one.ids.tolist() == [4]
    assert both.scores[0] > one.scores[0]


def test_a_clause_has_a_text_or_a_group() -> None:
    with pytest.raises(ValueError, match="not both"):
        Clause("x", any_of=(Clause("y"),))


@pytest.mark.parametrize(
    "text", ["", "   ", "the", "the of and", "?!", "\0", "\ud800", "AND OR", "🙂", "(" * 500]
)
def test_a_query_without_a_word_to_look_for_finds_nothing(index: Index, text: str) -> None:
    assert ids(index, text) == []
    assert index.count_words(WordQuery.of(text)) == 0
    assert index.explain_words(WordQuery.of(text), 1) == {}


@pytest.mark.parametrize("text", ["x" * 1_000_000, "graph " * 100_000, "\ud800 graph"])
def test_queries_of_any_size_are_answered(index: Index, text: str) -> None:
    assert set(ids(index, text)) <= {1, 2}


def test_stop_words_alone_are_looked_for_in_titles(index: Index) -> None:
    assert ids(index, "to be or not to be") == [3]
    assert found(index, Clause("to be or not to be", phrase=True)) == [3]
    assert found(index, Clause("the", occur="must"), Clause("hamlet")) == [3]


def test_the_limit_is_kept(index: Index) -> None:
    assert len(index.search_words(WordQuery.of("molecules"), 1)) == 1
    assert len(index.search_words(WordQuery.of("molecules"), 0)) == 0


def test_count_is_that_of_a_search_without_limit(index: Index) -> None:
    assert index.count_words(WordQuery.of("graph molecules hamlet")) == 3


def test_scores_of_given_works_are_those_of_the_search(index: Index) -> None:
    query = WordQuery(
        (
            Clause("graph graph molecules"),
            Clause("networks", weight=3),
            Clause("x", occur="must_not"),
        )
    )
    ranking = index.search_words(query, 10)
    again = index.score_words(query, ranking.ids)
    assert again == pytest.approx(ranking.scores, rel=1e-5)


def test_scores_of_works_that_are_not_found_are_0(index: Index) -> None:
    scores = index.score_words(WordQuery.of("hamlet"), [3, 1, 999, 3])
    assert scores[0] > 0
    assert scores[0] == scores[3]
    assert scores[1:3].tolist() == [0, 0]
    assert index.score_words(WordQuery.of("hamlet"), []).shape == (0,)
    assert index.score_words(WordQuery.of(""), [3]).tolist() == [0]


def test_an_explanation_adds_up_to_the_score(index: Index) -> None:
    query = WordQuery(
        (
            Clause("learning graphs graph absent"),
            Clause("message passing", phrase=True),
            Clause("networks", field="title", occur="must", weight=2),
        )
    )
    shares = index.explain_words(query, 1)
    assert set(shares) == {"learn", "graph", '"messag pass"', "title:network"}
    assert sum(shares.values()) == pytest.approx(index.score_words(query, [1])[0], rel=1e-5)
    assert index.explain_words(query, 2) == {}


def test_words_are_told_as_written_and_as_filed(index: Index) -> None:
    assert index.words("The Graph-networks, naïve") == [
        Word("The", ""),
        Word("Graph", "graph"),
        Word("networks", "network"),
        Word("naïve", "naiv"),
    ]


@pytest.mark.parametrize("mark", ["'", "’"])
def test_a_possessive_s_is_looked_for_in_phrases_alone(backend: LocalBackend, mark: str) -> None:
    index = backend.fill(
        [
            filed(1, 1, "Green's functions", "On lattices."),
            filed(2, 2, "An s orbital", "Of hydrogen."),
            filed(3, 3, "Green functions", "In the plane."),
        ]
    )
    query = f"Green{mark}s functions"
    assert sorted(ids(index, query)) == [1, 3]
    assert found(index, Clause(query, phrase=True)) == [1]
    assert ids(index, "s orbital") == [2, 1]  # what is no possessive is looked for
    assert [word.surface for word in index.words(query)] == ["Green", "functions"]


def test_an_update_replaces_all_words(backend: LocalBackend) -> None:
    index = backend.fill([*WORKS, filed(1, 7, "Trees", "Forests.")])
    assert ids(index, "graph") == [2]
    assert ids(index, "forest") == [1]


def test_a_deleted_work_is_not_found(backend: LocalBackend) -> None:
    index = backend.fill([*WORKS, gone(2, 7), gone(77, 8)])
    assert ids(index, "graph") == [1]
    assert index.count() == len(WORKS) - 1


def test_text_that_utf8_cannot_hold_is_filed(backend: LocalBackend) -> None:
    index = backend.fill([filed(1, 1, "Lone \ud800 surrogate", "in\0side", categories=["\udfff"])])
    assert ids(index, "surrogate") == [1]


def test_a_very_long_abstract_is_filed(backend: LocalBackend) -> None:
    index = backend.fill(
        [filed(1, 1, "Long", "x" * 10_000_000), filed(2, 2, "B", "w " * 5_000_000)]
    )
    assert ids(index, "long") == [1]


def test_words_in_capitals_are_told_from_the_words_they_are_in_small_letters(
    backend: LocalBackend,
) -> None:
    index = backend.fill(
        [
            filed(1, 1, "Sums", "Solved: AIME (AIME24 too), of GPT-4."),
            filed(2, 2, "An aim", "We aim at aims."),
            filed(3, 3, "OUR AIM IS SUMS", "Aims."),
        ]
    )
    assert found(index, Clause("AIME", "caps")) == [1]
    assert found(index, Clause("AIME24 GPT", "caps", occur="must")) == [1]
    assert found(index, Clause("AIM", "caps"), Clause("aim")) == [1, 2, 3]
    assert found(index, Clause("AIM", "caps")) == []
    assert index.count_words(WordQuery((Clause("aime", "caps"),))) == 0
