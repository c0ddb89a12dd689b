"""Key terms of a paper: which are found, how they are addressed, which are shown."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trials.keywords_table import written

from broadsheet.papers import Paper
from broadsheet.sources import starter
from broadsheet.text import (
    clean_paper,
    keywords,
    prepare,
    ranked_terms,
    tells_a_subject,
    term_key,
)
from broadsheet.text.terms.background import background, parse
from broadsheet.text.terms.keys import singular

TITLE = "Score Matching for Graph Neural Networks under Label Noise"
ABSTRACT = (
    "We study graph neural networks (GNNs) whose labels are noisy. Existing methods fail when label"
    " noise grows. We propose score matching on random walks, and show that score matching makes"
    " GNNs robust. Extensive experiments on Cora demonstrate state-of-the-art results, and label"
    " noise of 40% costs 1.2 points with $x_{i}$ features."
)


def _shown(title: str, abstract: str) -> list[str]:
    return [term.text for term in keywords(prepare(title, abstract))]


@pytest.mark.parametrize(
    ("printed", "key"),
    [
        ("Graph Neural Networks", "graph neural network"),
        ("graph-neural network", "graph neural network"),
        ("LLMs", "llm"),
        ("GPS", "gps"),
        ("galaxies", "galaxy"),
        ("statistical analyses", "statistical analysis"),
        ("biases", "bias"),
        ("quantum mechanics", "quantum mechanics"),
        ("Alzheimer’s disease", "alzheimer disease"),
        ("  ", ""),
    ],
)
def test_spellings_of_a_term_share_one_key(printed: str, key: str) -> None:
    assert term_key(printed) == key


@given(st.from_regex(r"[a-z]{1,14}", fullmatch=True))
def test_the_singular_of_a_singular_is_itself(word: str) -> None:
    once = singular(word)
    if once.endswith("s"):
        return  # "classs" is no word
    assert singular(once) == once or once.endswith(("e", "a", "i"))


def test_the_terms_of_a_paper_are_found_without_the_words_that_say_nothing() -> None:
    shown = [term.lower() for term in _shown(TITLE, ABSTRACT)]
    assert shown[:1] and set(shown) >= {"score matching", "graph neural networks", "label noise"}
    said = " ".join(shown)
    for dull in ("existing", "method", "experiment", "result", "propose", "state-of-the-art", "x_"):
        assert dull not in said


def test_a_short_form_is_not_shown_beside_its_long_one() -> None:
    assert "GNNs" not in _shown(TITLE, ABSTRACT)


def test_no_more_than_six_are_shown_and_none_within_another() -> None:
    for paper in _starter()[:200]:
        shown = keywords(prepare(paper.title, paper.summary))
        assert len(shown) <= 6
        sets = [set(term.key.split()) for term in shown]
        for place, one in enumerate(sets):
            assert not any(one <= other for other in sets[:place] + sets[place + 1 :])


def test_what_is_shown_stands_in_the_paper_as_printed() -> None:
    for paper in _starter()[:200]:
        both = " ".join(f"{paper.title} {paper.summary}".split())
        for term in keywords(prepare(paper.title, paper.summary)):
            assert term.text in both
            assert 0 < term.weight < 1
            assert term.key == term_key(term.text)


def test_most_titles_have_terms_and_none_of_them_is_dull() -> None:
    shown = [keywords(prepare(p.title, "")) for p in _starter()]
    assert sum(bool(terms) for terms in shown) > 0.85 * len(shown)
    keys = {term.key for terms in shown for term in terms}
    assert not keys & {"method", "result", "paper", "approach", "experimental result", "model"}


def test_the_name_of_a_kind_of_model_keeps_its_vague_first_word() -> None:
    text = "Large language models are costly. We prune large language models."
    assert "large language model" in [t.key for t in keywords(prepare("", text))]


@pytest.mark.parametrize(
    "abstract",
    [
        "",
        "Word",
        "$x^2 + y^2 = z^2$ $\\alpha$",
        "((((( ]]]] {{{ $ unbalanced",
        "Wir untersuchen die Eigenschaften von Galaxien und zeigen, dass sie sich nicht ändern.",
        "本文提出了一种新的图神经网络方法。实验结果表明该方法有效。",
        "Эта статья изучает нейронные сети и их свойства при обучении.",
        "- item one - item two - item three",
    ],
)
def test_nothing_is_shown_rather_than_nonsense(abstract: str) -> None:
    assert keywords(prepare("", abstract)) == ()


def test_formulas_and_versions_make_no_terms() -> None:
    text = (
        "FePS$_3$ bilayers are grown. FePS$_3$ bilayers carry spin currents. We use v1.5 and v1.5."
    )
    assert not {"feps", "v1"} & {term.key for term in ranked_terms(prepare("", text))}


def test_time_does_not_grow_faster_than_a_text() -> None:
    long = prepare(TITLE, ABSTRACT * 1_000)
    start = time.process_time()
    assert keywords(long)
    assert time.process_time() - start < 1.0


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120), st.text(max_size=400))
def test_any_text_can_be_read(title: str, abstract: str) -> None:
    document = prepare(title, abstract)
    assert keywords(document) == keywords(document)


def test_the_table_survives_being_written() -> None:
    table = background()
    again = parse(written(table))
    assert again.words == table.words
    assert again.phrases == table.phrases
    assert again.words["galaxy"].kind == "N"
    assert again.words["propose"].kind == "V"


def _starter() -> list[Paper]:
    return [clean_paper(item.paper) for item in starter()]


@pytest.mark.parametrize(
    ("term", "tells"),
    [
        ("galaxies", True), ("retrieval", True), ("exoplanet", True), ("JWST", True),
        ("adopt", False), ("relevant", False), ("million", False), ("simply", False),
        ("predefined categories", False), ("dense retrieval", True), ("qwertyness", True),
    ],
)  # fmt: skip
def test_a_subject_is_what_titles_have_too(term: str, tells: bool) -> None:
    assert tells_a_subject(term) is tells
