"""Why a paper was found: figures that can be checked by asking again, and marks that fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from search_home import PAPERS, Home, WordEncoder, paper

from broadsheet.search import Explanation, Hit, QueryWord, Searcher, SearchRequest, parse
from broadsheet.search.explain import MOST_LEFT_OUT, without
from broadsheet.search.highlights import MOST_SENTENCES, highlights, sentences


class WideEncoder(WordEncoder):
    """In more dimensions words that differ have nearly nothing in common; it counts its texts."""

    key = "words-wide"
    dimensions = 1024

    def __init__(self) -> None:
        self.batches: list[int] = []

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.batches.append(len(texts))
        return super().encode_queries(texts)


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    made = Home(tmp_path_factory.mktemp("wide"), WideEncoder())
    made.file(PAPERS)
    yield made
    made.catalog.close()


@pytest.fixture(scope="module")
def asked(wide: Home) -> Iterator[Searcher]:
    searcher, index = wide.open()
    yield searcher
    index.close()


def explained(searcher: Searcher, home: Home, query: str, paper_id: str) -> tuple[Hit, Explanation]:
    result = searcher.search(SearchRequest(query, explain=True))
    hit = next(hit for hit in result.hits if hit.work_id == home.id_of(paper_id))
    assert hit.explanation is not None
    return hit, hit.explanation


def test_a_word_gave_what_asking_without_it_loses(wide: Home, asked: Searcher) -> None:
    query = "pruning language models"
    _, told = explained(asked, wide, query, "2401.00001")
    index = wide.open()[1]
    vector = index.vector(wide.id_of("2401.00001"))
    assert vector is not None
    assert told.dense is not None
    scale = told.shares["dense"] / told.dense
    encoder = WideEncoder()
    for part in told.by_word:
        rest = " ".join(word for word in query.split() if word != part.word)
        near = encoder.encode_queries([query, rest]) @ vector
        assert part.dense == pytest.approx(scale * float(near[0] - near[1]), abs=0.02)
    by_words = sum(part.lexical for part in told.by_word)
    assert by_words == pytest.approx(told.shares["lexical"], rel=1e-4)
    index.close()


def batches_of(searcher: Searcher, home: Home, request: SearchRequest) -> list[int]:
    """How many texts were encoded at once, each time, for a search."""
    encoder = home.encoder
    assert isinstance(encoder, WideEncoder)
    encoder.batches.clear()
    searcher.search(request)
    return list(encoder.batches)


def test_all_shorter_queries_are_encoded_in_one_batch(wide: Home, asked: Searcher) -> None:
    query = "heat kernels spread labels"
    asked.search(SearchRequest(query))
    plain = batches_of(asked, wide, SearchRequest(query, limit=9))
    assert batches_of(asked, wide, SearchRequest(query, explain=True)) == [*plain, 4]


def test_what_is_lacking_is_told_without_encoding_again(wide: Home, asked: Searcher) -> None:
    query = "recurrent decoder kettle"
    asked.search(SearchRequest(query))
    plain = batches_of(asked, wide, SearchRequest(query, limit=9))
    assert batches_of(asked, wide, SearchRequest(query, lacking=True)) == plain
    first = asked.search(SearchRequest(query, lacking=True)).hits[0].explanation
    assert first is not None
    assert first.missing == ("kettle",)
    assert first.by_word[0].dense is None


def test_no_paper_lacks_a_word_of_asking(wide: Home, asked: Searcher) -> None:
    result = asked.search(SearchRequest("how do recurrent decoder kettles work?", lacking=True))
    told = result.hits[0].explanation
    assert told is not None
    assert told.missing == ("kettles", "work")


def test_a_word_that_is_meant_in_other_words_is_not_lacking(wide: Home, asked: Searcher) -> None:
    _, told = explained(asked, wide, "picture words decoder kettle", "1905.00004")
    assert "picture" not in told.words  # the paper says photograph
    assert told.missing == ("kettle",)


def test_without_its_only_word_a_query_loses_all(wide: Home, asked: Searcher) -> None:
    hit, told = explained(asked, wide, "diffusion", "2002.00005")
    (part,) = told.by_word
    assert part.lexical + (part.dense or 0.0) == pytest.approx(hit.score)


def test_in_a_long_query_neighbours_are_left_out_together(wide: Home, asked: Searcher) -> None:
    query = (
        "weights language models removed gradient score pass heads vision pruned images "
        "classified heat kernels spread labels graph diffusion flows matched target"
    )
    assert batches_of(asked, wide, SearchRequest(query, explain=True))[-1] == MOST_LEFT_OUT


def test_phrases_and_fields_are_parts_of_their_own(wide: Home, asked: Searcher) -> None:
    _, told = explained(asked, wide, '"language models" title:pruning gradient', "2401.00001")
    assert [part.word for part in told.by_word] == [
        "“language models”",
        "title:pruning",
        "gradient",
    ]
    assert all(part.lexical > 0 for part in told.by_word)
    assert all(part.dense is not None and part.dense > 0 for part in told.by_word)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ('"language models"', "the phrase “language models” carries"),
        ("gradient", "the word “gradient” carries"),
        ('"language models" gradient', "words and phrases “language models”, “gradient” carry"),
        ('"language models" "one pass"', "the phrases “one pass”, “language models” carry"),
    ],
)
def test_a_phrase_is_called_one(wide: Home, asked: Searcher, query: str, said: str) -> None:
    _, told = explained(asked, wide, query, "2401.00001")
    assert said in replace(told, shares={"dense": 0.7, "lexical": 0.3}).in_words()


def test_of_alternatives_none_is_lacking_and_words_add_up(words_home: Home) -> None:
    words_home.file(PAPERS)
    searcher, index = words_home.open()
    query = "(vision gradient OR diffusion OR graph) kettle"
    (hit,) = searcher.search(SearchRequest(query, explain=True)).hits
    told = hit.explanation
    assert told is not None
    # One paper has "vision", another "gradient": a side of several words wants them all.
    assert words_home.names([hit.work_id]) == ["2002.00005"]
    assert set(told.words) == {"diffusion", "graph"}
    assert sum(told.words.values()) == pytest.approx(told.lexical, rel=1e-4)
    assert told.missing == ("kettle",)
    index.close()


def test_by_words_alone_there_is_no_meaning_to_tell_of(words_home: Home) -> None:
    words_home.file(PAPERS)
    searcher, index = words_home.open()
    hit = searcher.search(SearchRequest("pruning kettle", explain=True)).hits[0]
    assert hit.explanation is not None
    assert hit.explanation.by_word[0].dense is None
    said = "By its words alone: “pruning”; “kettle” is not in it."
    assert hit.explanation.in_words() == said
    index.close()


def _told(dense: float, lexical: float, missing: tuple[str, ...] = ()) -> Explanation:
    words = {"language": 3.0, "models": 2.0}
    parts = (
        QueryWord("attribution", 0.0, 0.3),
        QueryWord("faithful", 0.0, 0.2),
        QueryWord("language", 0.6 * lexical, 0.01),
        QueryWord("models", 0.4 * lexical, 0.02),
        QueryWord("pruning", 0.0, -0.1),
    )
    shares = {"lexical": lexical, "dense": dense}
    return Explanation(5.0, 0.5, shares, words if lexical else {}, missing, parts)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (
            _told(0.7, 0.3, ("pruning",)),
            "Mostly by meaning (70 %): “attribution”, “faithful”; the words “language”, “models”"
            " carry 30 %; “pruning” is not in it.",
        ),
        (
            _told(0.55, 0.45),
            "By meaning (55 %): “attribution”, “faithful”; the words “language”, “models” carry"
            " 45 %.",
        ),
        (
            _told(0.2, 0.8, ("pruning", "trees")),
            "Mostly by its words (80 %): “language”, “models”; its meaning carries 20 %:"
            " “attribution”, “faithful”; “pruning”, “trees” are not in it.",
        ),
        (_told(1.0, 0.0), "By meaning alone: “attribution”, “faithful”."),
        (_told(0.0, 0.0), "Newest first: nothing that was asked for is ranked."),
    ],
)
def test_the_sentence_states_the_figures(told: Explanation, said: str) -> None:
    assert told.in_words() == said


TEXT = (
    "We prune a model. Here $x_{prune}$ costs little, e.g. in vision. "
    "A gradient score removes language weights without retraining."
)


def test_marks_are_words_of_the_query_and_the_sentence_that_means_it(wide: Home) -> None:
    encoder, index = WideEncoder(), wide.open()[1]
    reading = parse("gradient score of pruning")
    vector = encoder.encode_queries([reading.meaning])[0]
    marks = highlights(TEXT, reading, index, encoder.encode_documents, vector)
    words = [TEXT[mark.start : mark.end] for mark in marks if mark.kind == "word"]
    assert words == ["prune", "gradient", "score"]  # the one in the formula is left alone
    near = [TEXT[mark.start : mark.end] for mark in marks if mark.kind == "meaning"]
    assert near == ["A gradient score removes language weights without retraining."]
    carriers = {TEXT[mark.start : mark.end] for mark in marks if mark.kind == "carrier"}
    assert carriers == {"gradient", "score"}
    index.close()


def test_a_work_is_marked_in_the_text_that_is_shown(tmp_path: Path) -> None:
    home = Home(tmp_path, WideEncoder())
    home.file([paper("1", "Of trees", "Some text.  With &amp; two {\\it pruned} trees.")])
    searcher, index = home.open()
    work = home.catalog.get_many([home.id_of("1")])[home.id_of("1")]
    marks = searcher.highlights(work, "pruning trees")
    shown = [work.paper.abstract[m.start : m.end] for m in marks if m.kind == "word"]
    assert shown == ["pruned", "trees"]
    index.close()
    home.catalog.close()


def test_the_form_that_search_added_is_marked_where_it_stands_as_a_whole(tmp_path: Path) -> None:
    home = Home(tmp_path, WideEncoder())
    abstract = "A large model of images. Large language models plan. Neural language, large graphs."
    home.file([paper("1", "Of plans", abstract)])
    searcher, index = home.open()
    work = home.catalog.get_many([home.id_of("1")])[home.id_of("1")]
    for query, wanted in (("LLM plans", ["Large language models", "plan"]), ("LLM", None)):
        marks = searcher.highlights(work, query)
        shown = [abstract[m.start : m.end] for m in marks if m.kind == "word"]
        assert shown == (wanted or ["Large language models"])
    index.close()
    home.catalog.close()


@given(st.text(alphabet="ab $\\.{}?!é“”\n Ω", max_size=120), st.text('ab $.-"', max_size=20))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_marks_stay_inside_any_text(wide: Home, text: str, query: str) -> None:
    index = wide.open()[1]
    marks = highlights(text, parse(query), index)
    assert all(0 <= mark.start < mark.end <= len(text) for mark in marks)
    assert [mark.start for mark in marks] == sorted(mark.start for mark in marks)
    index.close()


def test_long_abstracts_are_read_in_runs_of_sentences() -> None:
    text = " ".join(f"Sentence {at} ends here, cf. Fig. 3." for at in range(40))
    spans = sentences(text)
    assert len(spans) == MOST_SENTENCES
    assert text.startswith("Sentence 0 ends")
    assert spans[0][0] == 0
    assert spans[-1][1] == len(text)
    assert all(end < start for (_, end), (start, _) in pairwise(spans))


def test_taking_words_out_leaves_readable_text() -> None:
    assert without("pruning of models", [(0, 7)]) == "of models"
    assert without("a (b) c", [(3, 4)]) == "a ( ) c"
    assert without("alone!", [(0, 5)]) == ""
