"""Papers kept back ask for themselves, and never show what they are asked by."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.learn.learn_small import document

from broadsheet.learn import Corpus, LearnError, holdout
from broadsheet.learn.corpus import Document
from broadsheet.text import embedded_text


def paper(number: int, day: str) -> Document:
    sentences = [
        f"Sentence {word} of paper {number} says something quite of its own." for word in "abcd"
    ]
    made = document(f"p{number}", f"A title of paper {number}", " ".join(sentences), day=day)
    return replace(made, categories=(f"cs.{'AB'[number % 2]}",))


PAPERS = Corpus.of(paper(n, "2026-01-01" if n < 60 else "2026-02-01") for n in range(160))


def test_only_later_papers_are_asked_for() -> None:
    known, similar = holdout(PAPERS, "2026-02-01", queries=40)
    assert (known.name, similar.name) == ("known-item", "similar")
    assert len(known.documents) == 100
    assert len(known.queries) == 40
    assert {text.rsplit(" ", 1)[1] for text in known.queries.values()} <= {
        str(n) for n in range(60, 160)
    }


def test_a_document_shows_neither_its_title_nor_the_half_that_asks() -> None:
    for collection in holdout(PAPERS, "2026-02-01"):
        texts = {one.id: embedded_text(one) for one in collection.documents}
        for query, text in collection.queries.items():
            assert text not in texts[query]
            assert collection.qrels[query] == {query: 1}
    assert set(collection.groups["topic"].values()) == {"cs.A", "cs.B"}


def test_the_same_queries_are_drawn_every_time() -> None:
    first, again = (holdout(PAPERS, "2026-02-01", queries=30)[0] for _ in range(2))
    assert first.queries == again.queries
    assert holdout(PAPERS, "2026-02-01", queries=30, seed=1)[0].queries != first.queries


def test_too_few_later_papers_are_refused_in_one_line() -> None:
    with pytest.raises(LearnError, match="0 papers of 2027-01-01 and later have a title"):
        holdout(PAPERS, "2027-01-01")


def test_a_day_leaves_the_share_that_was_asked() -> None:
    before, later = PAPERS.split(PAPERS.day_leaving(0.5))
    assert (len(before), len(later)) == (60, 100)
    assert Corpus(()).day_leaving(0.1) == ""
