"""Acronyms: found where a paper defines them, told by context where it does not."""

from __future__ import annotations

import pytest
from tests.timing import least_seconds

from broadsheet.text import (
    Meaning,
    acronym_knowledge,
    acronym_marks,
    acronym_mentions,
    defined_acronyms,
    find_acronyms,
    long_key,
    prepare,
    read_paper,
    short_key,
    words_of,
)


def defined(abstract: str, title: str = "A title") -> dict[str, str]:
    return {one.short: one.long for one in defined_acronyms(prepare(title, abstract))}


@pytest.mark.parametrize(
    ("abstract", "short", "long"),
    [
        ("We use graph neural networks (GNNs) here.", "GNN", "graph neural networks"),
        ("The LSTM (long short-term memory) is old.", "LSTM", "long short-term memory"),
        (
            "We apply non-negative matrix factorization (NMF) to it.",
            "NMF",
            "non-negative matrix factorization",
        ),
        ("Rates in the bag of words (BoW) model fall.", "BoW", "bag of words"),
        (
            "A stochastic gradient Markov chain Monte Carlo (SG-MCMC) sampler is fast.",
            "SG-MCMC",
            "stochastic gradient Markov chain Monte Carlo",
        ),
        ("We stress explainable artificial intelligence (XAI).", "XAI", "explainable artificial"
         " intelligence"),
        ("Convolutional neural networks are old. CNNs are fast.", "", ""),
    ],
)  # fmt: skip
def test_a_definition_is_found_with_its_whole_long_form(
    abstract: str, short: str, long: str
) -> None:
    assert defined(abstract) == ({short: long} if short else {})


def test_a_definition_says_where_it_stands() -> None:
    abstract = "First. Then the graph neural network (GNN) learns."
    (one,) = defined_acronyms(prepare("T", abstract))
    assert abstract[one.start : one.end] == one.long == "graph neural network"


def test_a_definition_in_the_title_has_no_place_in_the_abstract() -> None:
    (one,) = read_paper("Neural Radiance Fields (NeRF) at night", "We see more.").acronyms
    assert (one.short, one.start) == ("NeRF", -1)


@pytest.mark.parametrize(
    "abstract",
    [
        "",
        "Word",
        "We compare it with others (see Table 2) and (Smith 2020).",
        "The result (NASA) stands.",
        "THE WHOLE OF THIS ABSTRACT (TWOTA) IS WRITTEN IN CAPITALS.",
        "((((((( A ( B ) (C (AB) BA (AB (BA",
        "本文提出了一种新的方法（GNN），用于图。",
        "$\\alpha$ (ABC) $\\beta$ and \\cite{abc} (XYZ)",
    ],
)
def test_what_defines_nothing_yields_nothing(abstract: str) -> None:
    assert defined(abstract) == {}


def test_acronyms_that_define_each_other_are_not_expanded_without_end() -> None:
    found = defined("The AB (BA) and the BA (AB) are the same.")
    assert "AB" not in found.values() or "BA" not in found.values()


def test_time_is_linear_in_a_sentence_that_never_ends() -> None:
    def took(count: int) -> float:
        text = "the graph neural network (GNN) of ABC and deep XYZ models " * count
        document = prepare("T", text)
        return least_seconds(lambda: defined_acronyms(document))

    assert took(1600) < 30 * max(took(200), 0.002)


def test_short_forms_are_found_by_their_looks_where_nothing_defines_them() -> None:
    found = find_acronyms(["We", "train", "CNNs", "on", "the", "GPU", ",", "In", "Figures"])
    assert [(one.start, one.long) for one in found] == [(2, None), (5, None)]


def test_mentions_are_places_of_the_text() -> None:
    text = "A CNN and two GPUs."
    assert [text[one.start : one.end] for one in acronym_mentions(text)] == ["CNN", "GPUs"]


def test_keys_ignore_case_plural_and_hyphens() -> None:
    assert short_key("GNNs") == short_key("gnn") == "gnn"
    assert long_key("Graph-Neural Networks") == long_key("graph neural network")


def test_a_meaning_follows_the_words_around_it() -> None:
    known = acronym_knowledge()
    meanings = known.meanings("PDF")
    for text, long in (
        ("documents scanned pages layout text extraction files", "portable document format"),
        ("random variable density estimation gaussian distribution moments", "probability density"
         " function"),
    ):  # fmt: skip
        assert known.weigh(words_of(text), meanings)[0].meaning.key == long


def test_probabilities_of_meanings_add_up() -> None:
    weighed = acronym_knowledge().weigh(["graph"], acronym_knowledge().meanings("CNN"))
    assert sum(one.probability for one in weighed) == pytest.approx(1)
    assert weighed == sorted(weighed, key=lambda one: -one.probability)
    assert acronym_knowledge().weigh(["graph"], ()) == []


def test_marks_show_what_the_paper_defines_and_what_is_sure() -> None:
    abstract = "Graph neural networks (GNNs) and LLMs read text; QQX is unheard of. A GNN is fast."
    marks = acronym_marks("Large language models", abstract, read_paper("T", abstract).acronyms)
    said = {abstract[one.start : one.end]: (long_key(one.long), one.defined) for one in marks}
    assert said["GNNs"] == said["GNN"] == ("graph neural network", True)
    assert said["LLMs"] == ("large language model", False)
    assert "QQX" not in said


def test_a_home_s_own_dictionary_tells_of_what_papers_at_large_do_not() -> None:
    own = {"qqx": (Meaning("quick quantum exchange", 40.0),)}
    (mark,) = acronym_marks("T", "The QQX is fast.", (), own)
    assert (mark.long, mark.defined) == ("quick quantum exchange", False)
