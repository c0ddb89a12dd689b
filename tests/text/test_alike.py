"""One work in two records is known; the same authors' next paper is another work."""

from __future__ import annotations

import random

import pytest

from broadsheet.papers import Author, Paper
from broadsheet.text import Titles, compare_titles, likeness, near_duplicates, title_key

WORDS = [f"word{number}" for number in range(3_000)]
AUTHORS = (Author("Anna van der Berg"), Author("J. Müller"))


def told(seed: int, length: int = 150) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=length))


def paper(title: str, abstract: str, authors: tuple[Author, ...] = AUTHORS) -> Paper:
    return Paper(id=title, source="s", title=title, abstract=abstract, authors=authors)


TITLE = "Ranking papers by what they mean"


@pytest.mark.parametrize(
    ("title", "abstract", "why"),
    [
        (TITLE, told(1), "nothing changed"),
        ("RANKING PAPERS, by what they mean!", told(1)[:400], "an abstract cut short"),
        (TITLE, told(1) + " " + told(2, 300), "an abstract that grew"),
        (TITLE + " (extended version)", told(1), "an extended version"),
        ("PAPR: " + TITLE, told(1), "a method's name before it"),
        ("Ranking Papers by Meaning", told(1), "a changed title over a copied abstract"),
    ],
)
def test_a_work_is_known_again(title: str, abstract: str, why: str) -> None:
    assert likeness(paper(TITLE, told(1)), paper(title, abstract)).same, why
    assert likeness(paper(title, abstract), paper(TITLE, told(1))).same, why


@pytest.mark.parametrize(
    ("title", "abstract", "authors", "why"),
    [
        (TITLE + " II", told(1), AUTHORS, "the second part"),
        (TITLE + ": reply to comments", told(1), AUTHORS, "a reply"),
        (TITLE, told(1), (Author("Somebody Else"),), "other authors"),
        (TITLE, told(2), AUTHORS, "an abstract with nothing in common"),
        ("Ranking books by what they mean", told(1)[:700] + told(3, 40), AUTHORS, "the next one"),
        ("Sorting goods in warehouses", told(1), AUTHORS, "a copied abstract, another title"),
    ],
)
def test_a_look_alike_stays_another_work(
    title: str, abstract: str, authors: tuple[Author, ...], why: str
) -> None:
    assert not likeness(paper(TITLE, told(1)), paper(title, abstract, authors)).same, why


def test_without_abstracts_title_and_most_authors_must_agree() -> None:
    one = paper(TITLE, "")
    assert likeness(one, paper(TITLE, "", (Author("Anna van der Berg"),))).same
    stranger = (AUTHORS[1], Author("A. One"), Author("B. Two"))
    assert not likeness(
        paper(TITLE, "", (*AUTHORS, Author("C. Four"))), paper(TITLE, "", stranger)
    ).same
    assert not likeness(one, paper(TITLE + " again", "")).same


def test_part_numbers_are_compared_by_value() -> None:
    first = paper("On observers with a metric (Part I)", told(4))
    assert not likeness(first, paper("On observers with a metric (Part II)", told(4))).same
    assert likeness(first, paper("On observers with a metric, part 1", told(4))).same


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("Größe matters for ranking papers", "GROSSE MATTERS: for ranking papers", Titles.EQUAL),
        ("Étude of observers and metrics", "Etude of Observers and Metrics", Titles.EQUAL),
        ("Bulk Scheduling with DIANA", "Bulk Scheduling with the DIANA", Titles.EDITION),
        ("Control improvisation", "Control", Titles.WITHIN),
        ("Colouring of chordal graphs", "Colouring of bipartite graphs", Titles.CHANGED),
        ("Soccer goals", "Deep learning", Titles.OTHER),
    ],
)
def test_titles_differ_in_kind(one: str, other: str, kind: Titles) -> None:
    assert compare_titles(one, other) is kind


def test_a_title_that_is_too_short_names_no_work() -> None:
    assert title_key("Introduction") == ""
    assert title_key("On the Étude of $x_1$ and more") == "ontheetudeofx1andmore"


def test_texts_that_contain_one_another_are_found_among_many() -> None:
    texts = [told(seed) for seed in range(2_000)]
    texts += [texts[7][:600], texts[11] + " " + told(9_001, 200), "too short", ""]
    found = {(pair.one, pair.other): pair.contained for pair in near_duplicates(texts, 0.5)}
    assert set(found) == {(7, 2_000), (11, 2_001)}
    assert min(found.values()) > 0.95


def test_a_phrase_that_all_texts_share_makes_no_pair() -> None:
    phrase = told(5, 30)
    assert not list(near_duplicates([f"{phrase} {told(seed)}" for seed in range(100, 300)], 0.5))


def test_a_hundred_thousand_words_are_compared_in_time() -> None:
    long = told(6, 100_000)
    assert likeness(paper(TITLE, long), paper(TITLE, long)).same
