"""Abstracts are split into sentences as a reader would split them."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.timing import least_seconds

from broadsheet.sources import Arrived, read
from broadsheet.text import clean_abstract, prepare, split_sentences, tokenize


def split(text: str) -> list[str]:
    return [text[span.start : span.end] for span in split_sentences(text)]


@pytest.mark.parametrize(
    "sentence",
    [
        "It holds, e.g. When a set is open, and i.e. In all others.",
        "Smith et al. (2019) and Jones et al. showed it.",
        "As Fig. 3 and Eq. (2) show, it wins vs. Others by 3.5 %.",
        "The loss w.r.t. Weights is convex.",
        "J. R. Smith and C.-Y. Lee say so.",
        "Here $x = 1. Y$ holds and $$z. A$$ too.",
        "See https://example.org/a.b/C.d?e=F.G for code.",
        "We note (as others did. Before us) that it ends.",
        "It runs 2.3 times faster than v1.2.Beta does.",
        "The U.S. Security Council met.",
        "Data are i.i.d. Gaussian in R.",
    ],
)
def test_what_ends_no_sentence(sentence: str) -> None:
    assert split(sentence) == [sentence]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("It is. We see.", ["It is.", "We see."]),
        ("Is it? It is! So be it.", ["Is it?", "It is!", "So be it."]),
        ("We use A, B, etc. We win.", ["We use A, B, etc.", "We win."]),
        ("Shown by Lee et al. We differ.", ["Shown by Lee et al.", "We differ."]),
        ("We study vitamin C. This helps.", ["We study vitamin C.", "This helps."]),
        ("mBERT is old. mT5 is new.", ["mBERT is old.", "mT5 is new."]),
        ("It equals $x$. $y$ does not.", ["It equals $x$.", "$y$ does not."]),
        ('He said "no." Then he left.', ['He said "no."', "Then he left."]),
        ("今日は。明日は！", ["今日は。", "明日は！"]),
        ("यह है। वह है।", ["यह है।", "वह है।"]),
        ("هل هذا؟ نعم.", ["هل هذا؟", "نعم."]),
        ("all is small. it still ends.", ["all is small.", "it still ends."]),
        ("1. First things. 2. Second things.", ["1. First things.", "2. Second things."]),
        ("Points: • one • two", ["Points:", "• one", "• two"]),
        ("", []),
        ("Word", ["Word"]),
    ],
)
def test_where_sentences_end(text: str, sentences: list[str]) -> None:
    assert split(text) == sentences


_words = "We see e.g. et al. A. . ? ( ) $ $x$ 3.5 。 • “ ” [ \\( \\) É 。」 … http://a.b - ß 😀"
_pieces = st.sampled_from([*_words.split(), " ", "  ", "\n"])


@given(st.one_of(st.text(max_size=300), st.lists(_pieces, max_size=80).map("".join)))
def test_sentences_are_in_order_and_hold_every_character_that_is_no_space(text: str) -> None:
    spans = split_sentences(text)
    edges = [edge for span in spans for edge in (span.start, span.end)]
    assert edges == sorted(edges)
    assert all(text[span.start : span.end].strip() == text[span.start : span.end] for span in spans)
    assert all(span.start < span.end for span in spans)
    held = "".join(text[span.start : span.end] for span in spans)
    assert "".join(held.split()) == "".join(text.split())


@given(st.one_of(st.text(max_size=300), st.lists(_pieces, max_size=80).map("".join)))
def test_tokens_are_in_order_and_hold_every_character_that_is_no_space(text: str) -> None:
    tokens = tokenize(text)
    assert [token.text for token in tokens] == [text[token.start : token.end] for token in tokens]
    edges = [edge for token in tokens for edge in (token.start, token.end)]
    assert edges == sorted(edges)
    assert "".join("".join(t.text for t in tokens).split()) == "".join(text.split())
    document = prepare("", text)
    assert len(document.firsts) == len(document.sentences) + 1
    for place, span in enumerate(document.sentences):
        inside = tokens[document.firsts[place] : document.firsts[place + 1]]
        assert all(span.start <= token.start < span.end for token in inside)


def test_real_sentences_have_a_sensible_length(shared_data: Path) -> None:
    items = islice(read(shared_data / "arxiv-2025-2026" / "corpus.jsonl.zst"), 1_000)
    lengths = [
        len(sentence.split())
        for item in items
        if isinstance(item, Arrived)
        for sentence in split(clean_abstract(item.paper.abstract))
    ]
    assert sum(3 <= length <= 70 for length in lengths) > 0.985 * len(lengths)


@pytest.mark.parametrize(
    "piece",
    ["word ", "We see it. ", "e.g. ", "( ", ") ", "$ ", "A. ", "...", ". ", "[(", "。", "•"],
)
def test_time_grows_as_the_text_does(piece: str) -> None:
    def seconds(count: int) -> float:
        text = piece * count
        return least_seconds(lambda: prepare("", text))

    assert seconds(16_000) < 12 * max(seconds(4_000), 0.002)
