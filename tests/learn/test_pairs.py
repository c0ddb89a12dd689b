"""Where pairs come from: what asks, what answers, and what must not show."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch")

from learn_small import document, job_of, pairs_of

from broadsheet.learn.corpus import Corpus, document_of
from broadsheet.learn.errors import RecipeError
from broadsheet.learn.pairs import quotas
from broadsheet.learn.pairs_text import shortened
from broadsheet.learn.pairs_words import divergence, frequency, language, likelihood, words
from broadsheet.learn.training import register_parts
from broadsheet.sources import Arrived, starter
from broadsheet.text import text_hash

register_parts()

ACRONYM = document(
    "a",
    "Convolutional neural networks see edges",
    "We study what a convolutional neural network (CNN) learns from natural pictures. "
    "A CNN of eight layers finds edges in its first layer and textures in its second one. "
    "Pruning half of the CNN costs little accuracy on the pictures that were held out.",
    authors=["Ada Byron"],
)
GRAPHS = document(
    "b",
    "Graph neural networks forget",
    "Message passing smooths what nodes know. We measure how much a graph neural network "
    "forgets with each layer, and show that skipping layers keeps what was known.",
    authors=["Ada Byron", "Kurt G"],
)


def test_a_sentence_never_stands_in_the_rest_that_answers_it(tmp_path: Path) -> None:
    pairs = pairs_of(job_of([ACRONYM, GRAPHS], tmp_path), "sentence-rest", per_paper=3, keep=0.0)
    assert Counter(pair.document for pair in pairs) == {0: 3, 1: 2}
    for pair in pairs:
        text = [ACRONYM, GRAPHS][pair.document].abstract
        assert pair.query in text
        assert pair.text is not None
        assert pair.query not in pair.text
        assert pair.text.startswith([ACRONYM, GRAPHS][pair.document].title)


def test_the_sentence_stays_as_often_as_was_asked(tmp_path: Path) -> None:
    always = pairs_of(job_of([ACRONYM] * 20, tmp_path), "sentence-rest", keep=1.0)
    sometimes = pairs_of(job_of([ACRONYM] * 200, tmp_path), "sentence-rest", keep=0.5)
    assert all(pair.text and pair.query in pair.text for pair in always)
    kept = sum(pair.query in (pair.text or "") for pair in sometimes)
    assert 70 <= kept <= 130


def test_short_sentences_and_single_ones_ask_nothing(tmp_path: Path) -> None:
    papers = [
        document("c", "Title", "One sentence that stands alone here."),
        document("d", "Title", "It works. It is so."),
        document("e", "Only a title", ""),
    ]
    assert pairs_of(job_of(papers, tmp_path), "sentence-rest") == []


def test_a_summary_is_taken_out_of_its_paper(tmp_path: Path) -> None:
    (pair,) = pairs_of(job_of([ACRONYM], tmp_path), "summary-paper")
    assert pair.query in ACRONYM.abstract
    assert pair.text is not None
    assert pair.query not in pair.text
    assert len(pair.text) > 60


def test_keywords_are_the_terms_of_the_paper_and_too_few_ask_nothing(tmp_path: Path) -> None:
    terms = ["Message passing", "Graph neural networks forget", "graph neural network"]
    job = job_of([ACRONYM, *[GRAPHS] * 9], tmp_path)
    pairs = pairs_of(job, "keywords-paper", least=2, most=2)
    assert [pair.document for pair in pairs] == list(range(1, 10))
    both = {f"{one} {other}" for one in terms for other in terms if one != other}
    assert len({pair.query for pair in pairs}) > 2
    assert {pair.query for pair in pairs} <= both


def test_the_long_form_asks_for_a_paper_that_says_only_the_short_one(tmp_path: Path) -> None:
    (pair,) = pairs_of(job_of([ACRONYM, GRAPHS], tmp_path), "acronym-paper")
    assert pair.query == "convolutional neural network"
    assert pair.text is not None
    assert "convolutional neural network" not in pair.text.lower()
    assert "what a CNN learns" in pair.text
    (names,) = pairs_of(job_of([ACRONYM], tmp_path), "acronym-forms")
    assert (names.query, names.text) == ("CNN", "convolutional neural network")


def test_shortening_leaves_patterns_and_other_words_alone() -> None:
    text = "A graph (x+y) net (GN), then graph (x+y) nets."
    assert shortened(text, "graph (x+y) net", "GN") == "A GN, then GNs."


def test_one_author_alone_makes_no_pair_but_author_and_term_do(tmp_path: Path) -> None:
    tides = document(
        "c",
        "Tides of small moons",
        "Tidal heating of small moons melts ice.",
        authors=["Ada Byron"],
    )
    more = document(
        "d",
        "Deep graph neural networks",
        "A graph neural network of forty layers "
        "trains when graph neural network layers are skipped.",
        authors=["Ada Byron"],
    )
    stranger = document("e", "Graph neural networks again", more.abstract, authors=["B. Other"])
    found = pairs_of(job_of([GRAPHS, tides, more, stranger], tmp_path), "author-term")
    assert [(pair.query, pair.document) for pair in found] == [(GRAPHS.title, 2)]


def test_a_citation_asks_for_what_is_cited(tmp_path: Path) -> None:
    citing = document("c", "Citing", "It cites.", cites=["b", "unknown", "c"])
    found = pairs_of(job_of([ACRONYM, GRAPHS, citing], tmp_path), "citations")
    assert [(pair.query, pair.document, pair.source) for pair in found] == [
        ("Citing", 1, "citations")
    ]


def test_a_cited_id_is_the_paper_in_whatever_version(tmp_path: Path) -> None:
    papers = [
        document("2401.00001v2", "Cited", "It is cited."),
        document("c", "Citing", "It cites.", cites=["https://arxiv.org/abs/2401.00001"]),
    ]
    found = pairs_of(job_of(papers, tmp_path), "citations")
    assert [(pair.query, pair.document) for pair in found] == [("Citing", 0)]


def test_only_what_readers_allow_is_learned_from(tmp_path: Path) -> None:
    papers = [document(str(n), f"Title {n}", f"Abstract {n}.", work=n) for n in range(1, 7)]
    job = job_of(papers, tmp_path)
    assert pairs_of(job, "co-liked") == []
    job.liked = ((1, 3, 99), (5,))  # 99 is not in the corpus, one like makes no pair
    assert [(pair.query, pair.document) for pair in pairs_of(job, "co-liked")] == [("Title 1", 2)]
    job.liked = ((1, 2, 3, 4, 5, 6),)
    assert len(pairs_of(job, "co-liked", per_reader=2)) == 2
    assert len(pairs_of(job, "co-liked")) == 15


def test_representative_words_are_those_that_tell_the_paper_from_others() -> None:
    papers = [document(str(n), "", "the model of the data and the model") for n in range(50)]
    odd = document("odd", "", "the model of the glacier and the moraine")
    known = language([*papers, odd])
    counts = Counter(["the", "model", "of", "the", "glacier", "and", "the", "moraine"])
    by_gain = dict(zip(counts, divergence(counts, known), strict=True))
    by_count = dict(zip(counts, frequency(counts), strict=True))
    assert by_gain["glacier"] > 0.4
    assert by_gain["the"] == 0
    assert by_count["the"] == pytest.approx(3 / 8)
    assert sum(by_gain.values()) == pytest.approx(1)


def test_likelihood_is_that_of_the_smoothed_unigram_model() -> None:
    known = language([document("a", "", "owl owl fish"), document("b", "", "fish fish")])
    counts = Counter({"owl": 2, "fish": 1})
    share = {"owl": 2.5 / 6, "fish": 3.5 / 6}
    wanted = sum(math.log((counts[w] + 1000 * share[w]) / (3 + 1000)) for w in ("owl", "fish"))
    assert likelihood(["owl", "fish"], counts, known) == pytest.approx(wanted)


@pytest.mark.parametrize("by", ["divergence", "frequency"])
def test_words_of_a_paper_ask_for_it(tmp_path: Path, by: str) -> None:
    pairs = pairs_of(job_of([ACRONYM, GRAPHS], tmp_path), "words-paper", per_paper=3, by=by)
    assert Counter(pair.document for pair in pairs) == {0: 3, 1: 3}
    for pair in pairs:
        asked = pair.query.split()
        assert len(asked) == len(set(asked)) >= 2
        assert set(asked) <= set(words([ACRONYM, GRAPHS][pair.document]))


def test_papers_of_one_word_everywhere_do_not_stop_it(tmp_path: Path) -> None:
    papers = [document(str(n), "", text) for n, text in enumerate(["", "x", "the", "same same"])]
    papers += [document("z", "", "only two")]
    pairs = pairs_of(job_of(papers, tmp_path), "words-paper")
    assert [(set(pair.query.split()), pair.document) for pair in pairs] == [({"only", "two"}, 4)]


ALL = (
    "sentence-rest",
    "summary-paper",
    "keywords-paper",
    "acronym-paper",
    "acronym-forms",
    "author-term",
    "words-paper",
)


@pytest.mark.parametrize("kind", ALL)
def test_the_same_seed_draws_the_same_pairs(tmp_path: Path, kind: str) -> None:
    papers = [item.paper for item in starter() if isinstance(item, Arrived)][:150]
    documents = [document_of(paper, "", text_hash(paper)) for paper in papers]
    corpus = Corpus.of(documents).documents
    share = {} if kind == "author-term" else {"share": 0.4}
    once = pairs_of(job_of(corpus, tmp_path, seed=3), kind, **share)
    again = pairs_of(job_of(corpus, tmp_path, seed=3), kind, **share)
    assert once == again
    assert len({pair.document for pair in once}) <= (60 if share else 150)
    assert all(pair.query and 0 <= pair.document < len(corpus) for pair in once)


@pytest.mark.parametrize(
    ("kind", "args", "said"),
    [
        ("sentence-rest", {"share": 0.0}, "share must be above 0"),
        ("sentence-rest", {"keep": 2.0}, "keep is from 0 to 1"),
        ("keywords-paper", {"least": 5, "most": 2}, "least <= most"),
        ("words-paper", {"by": "magic"}, "'divergence' or 'frequency'"),
        ("acronym-paper", {"per_paper": 0}, "per_paper must be 1"),
        ("author-term", {"limit": 0}, "1 or more"),
        ("citations", {"limit": -1}, "limit must be 1"),
        ("papers", {"even_sources": 1.5}, "even_sources is from 0 to 1, not 1[.]5"),
        ("papers", {"even_fields": -1}, "even_fields is from 0 to 1, not -1"),
    ],
)
def test_impossible_sizes_are_one_line(
    tmp_path: Path, kind: str, args: dict[str, object], said: str
) -> None:
    with pytest.raises(RecipeError, match=said) as caught:
        pairs_of(job_of([ACRONYM], tmp_path), kind, **args)
    assert "\n" not in str(caught.value)


def test_shares_are_of_the_papers(tmp_path: Path) -> None:
    job = job_of([ACRONYM] * 100, tmp_path)
    rows = [pair.document for pair in pairs_of(job, "sentence-rest", share=0.3)]
    assert len(rows) == 30
    assert rows == sorted(set(rows))
    assert np.mean(rows) == pytest.approx(50, abs=15)


def test_papers_are_paired_with_nothing_and_drawn_where_they_are_many(tmp_path: Path) -> None:
    long = "Owls were counted at night. " * 20
    documents = [document(f"p{n}", f"Paper {n}", long) for n in range(30)]
    documents.append(document("short", "Short", "Owls."))
    every = pairs_of(job_of(documents, tmp_path), "papers")
    assert [pair.document for pair in every] == list(range(30))
    assert {pair.query for pair in every} == {""}
    assert every[3].text == documents[3].text
    drawn, again, other = (
        [pair.document for pair in pairs_of(job_of(documents, tmp_path, seed=n), "papers", limit=8)]
        for n in (0, 0, 1)
    )
    assert len(set(drawn)) == 8
    assert drawn == again != other


def test_papers_are_drawn_evenly_over_sources_and_fields_as_far_as_is_asked(
    tmp_path: Path,
) -> None:
    kinds = [("arxiv", "cs.CL")] * 400 + [("arxiv", "q-bio")] * 100 + [("medrxiv", "")] * 25
    documents = [
        replace(
            document(str(n), f"Title {n}", f"Abstract {n}. " * 30),
            source=source,
            categories=(field, "cs.LG") if field else (),
        )
        for n, (source, field) in enumerate(kinds)
    ]
    job = job_of(documents, tmp_path)

    def drawn(limit: int, sources: float, fields: float) -> list[int]:
        pairs = pairs_of(job, "papers", limit=limit, even_sources=sources, even_fields=fields)
        rows = [pair.document for pair in pairs]
        assert rows == sorted(set(rows))
        return [sum(kinds[row] == kind for row in rows) for kind in dict.fromkeys(kinds)]

    assert sum(drawn(105, 0, 0)) == 105
    assert drawn(105, 0.001, 0.001) == [80, 20, 5]
    assert drawn(105, 1, 1) == [40, 40, 25]  # medrxiv has no more, arxiv gives the rest
    assert drawn(105, 1, 0) == [64, 16, 25]
    assert drawn(105, 0, 1) == [50, 50, 5]
    assert drawn(54, 0.5, 0.5) == [29, 15, 10]
    assert drawn(1000, 1, 1) == [400, 100, 25]


@given(
    st.lists(st.integers(1, 500), min_size=1, max_size=12),
    st.integers(0, 2000),
    st.floats(0, 1),
)
def test_quotas_add_up_and_never_ask_for_more_than_there_is(
    sizes: list[int], total: int, evenness: float
) -> None:
    found = quotas(sizes, total, evenness)
    assert sum(found) == min(total, sum(sizes))
    assert all(0 <= one <= size for one, size in zip(found, sizes, strict=True))
    # A larger group gives no less, but for the one that rounding adds.
    ordered = [one for _, one in sorted(zip(sizes, found, strict=True))]
    assert all(after >= before - 1 for before, after in pairwise(ordered))
