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


def test_about_the_share_that_was_asked_is_kept_back() -> None:
    corpus = Corpus.of(paper(n, f"2026-01-{1 + n // 8:02}") for n in range(160))
    before, later, day = corpus.newest(0.1)
    assert (len(before), len(later), day) == (144, 16, "2026-01-19")
    assert {one.day for one in later.documents} == {"2026-01-19", "2026-01-20"}
    assert Corpus(()).newest(0.1)[2] == ""


@pytest.mark.parametrize("first", ["2026-01-01", "", None])
def test_a_day_that_holds_more_is_cut(first: str | None) -> None:
    """40 papers of one day and 120 of the next, or all of one day, or of none."""
    last = "" if first == "" else "2026-02-01"
    days = [first if n < 40 and first is not None else last for n in range(160)]
    corpus = Corpus.of(paper(n, day) for n, day in enumerate(days))
    before, later, day = corpus.newest(0.1)
    assert (len(before), len(later), day) == (144, 16, last)
    assert {*before.documents, *later.documents} == {*corpus.documents}
    assert list(before.documents) == sorted(before.documents, key=lambda one: (one.day, one.name))
    again = Corpus.of(reversed(corpus.documents)).newest(0.1)
    assert again[1].documents == later.documents


def test_a_training_goes_on_with_the_papers_and_the_order_it_began_with() -> None:
    before, later, day = PAPERS.newest(0.1)
    keys = [one.key for one in before.documents]
    came = [paper(n, "2026-01-15" if n < 190 else "2026-03-01") for n in range(160, 220)]
    moved = replace(before.documents[0], day="2026-01-31")
    grown = Corpus.of([moved, *PAPERS.documents[1:], *came])
    again, others = grown.begun(keys, day)
    assert [one.key for one in again.documents] == keys
    assert again.digest() == before.digest()
    assert {*others.documents} == {*later.documents, *came[30:]}
    fewer, _ = Corpus.of(grown.documents[2:]).begun(keys, day)
    assert fewer.digest() != before.digest()
