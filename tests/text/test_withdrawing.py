"""A paper that was withdrawn says so; one about withdrawals was not."""

from __future__ import annotations

import pytest

from broadsheet.text import withdrawal


@pytest.mark.parametrize(
    "abstract",
    [
        "This paper has been withdrawn by the author due to a crucial error in Lemma 5.",
        "Withdrawn by the authors due to an error in the proof.",
        "This submission has been withdrawn at the request of the author.",
        "arXiv admin note: This submission has been withdrawn by arXiv administrators due to X.",
        "Admin note: withdrawn by arXiv admin because of the use of a pseudonym.",
        "This version of the paper has been withdrawn due to an error.",
        "This article is withdrawn because the co-authors do not agree.",
        "There are some problems with this paper, and it is being withdrawn.",
        "This paper has been temporarily withdrawn, pending a revised version.",
    ],
)
def test_what_says_it_was_withdrawn_was(abstract: str) -> None:
    assert withdrawal("A theorem", abstract) == abstract


def test_only_the_sentence_that_says_so_is_told() -> None:
    said = "This paper has been withdrawn by the authors."
    assert withdrawal("A theorem", f"{said} We prove that all is well.") == said
    note = "Update: Manuscript withdrawn, because results are incorrect."
    assert withdrawal("A theorem", f"We prove it for all curves. {note} See below.") == note


def test_comments_and_titles_say_it_too() -> None:
    assert withdrawal("A theorem", "We prove it.", "Withdrawn by the author") != ""
    assert withdrawal("[Withdrawn] A theorem", "We prove it.") != ""
    assert (
        withdrawal("A theorem", "We prove it.", "12 pages; this paper has not been withdrawn") == ""
    )


@pytest.mark.parametrize(
    ("comments", "gone"),
    [
        ("Withdrawn from ICLR 2024", False),
        ("This paper was withdrawn from the conference and is under review elsewhere", False),
        ("9 pages; it was withdrawn from NeurIPS 2025", False),
        ("10 pages. A previous version was withdrawn; this one is corrected", False),
        ("The first version of this paper has been withdrawn, see v3", False),
        ("This paper has been withdrawn from arXiv by the authors", True),
        ("This submission has been withdrawn from the arXiv", True),
        ("This paper was retracted from Nature", True),
        ("Paper withdrawn from public view", True),
        ("This version withdrawn by arXiv administrators", True),
    ],
)
def test_what_was_withdrawn_elsewhere_or_before_stands_here(comments: str, gone: bool) -> None:
    assert bool(withdrawal("A theorem", "We prove it.", comments)) == gone


@pytest.mark.parametrize(
    ("title", "abstract"),
    [
        ("Retracted articles in medicine", "We study papers that were withdrawn by journals."),
        (
            "Money",
            "From this bank, funds cannot be withdrawn without a key. " + "We prove it. " * 30,
        ),
        ("Pumps", "The piston is withdrawn by a spring. " + "We measure it. " * 30),
        ("Troops", "Forces have been withdrawn from the region; " + "we count them. " * 30),
        ("A survey", "Retracted papers are cited for years after they were withdrawn."),
        ("Heads", "We prune heads."),
        ("", ""),
    ],
)
def test_what_is_about_withdrawal_stands(title: str, abstract: str) -> None:
    assert withdrawal(title, abstract) == ""
