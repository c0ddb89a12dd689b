"""A diff that reads: what moved is not struck out, formulas stay whole, nothing is lost."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.text import Piece, compare_texts

FIRST = "Heads are hard to read."
SECOND = "Our method removes one third of all heads in large models."


def said(old: str, new: str) -> list[tuple[str, str]]:
    return [(piece.kind, piece.text) for piece in compare_texts(old, new)]


def test_what_did_not_change_is_one_piece() -> None:
    assert compare_texts(f"{FIRST}\n{SECOND}", f"{FIRST} {SECOND}") == (
        Piece("same", f"{FIRST} {SECOND}"),
    )
    assert compare_texts("", " ") == ()


def test_a_reworded_sentence_is_compared_word_by_word() -> None:
    assert said(SECOND, SECOND.replace("one third", "half")) == [
        ("same", "Our method removes"),
        ("removed", "one third"),
        ("added", "half"),
        ("same", "of all heads in large models."),
    ]


def test_a_moved_sentence_is_neither_struck_out_nor_new() -> None:
    third = "It needs no training data at all."
    assert said(f"{FIRST} {SECOND} {third}", f"{third} {FIRST} {SECOND}") == [
        ("moved", third),
        ("same", f"{FIRST} {SECOND}"),
    ]


def test_an_unlike_sentence_is_replaced_whole() -> None:
    other = "Galaxies rotate faster than anyone expected."
    assert said(f"{FIRST} {SECOND}", f"{FIRST} {other}") == [
        ("same", FIRST),
        ("removed", SECOND),
        ("added", other),
    ]


def test_a_formula_is_one_word() -> None:
    old = "We bound the risk by $x_1 + y$ for every model in the class."
    new = old.replace("x_1", "X_1")
    assert said(old, new) == [
        ("same", "We bound the risk by"),
        ("removed", "$x_1 + y$"),
        ("added", "$X_1 + y$"),
        ("same", "for every model in the class."),
    ]


def test_too_few_words_between_two_changes_are_taken_into_one() -> None:
    old = "We test the old slow method on three small sets of data today."
    new = "We test a new slow model on three small sets of data today."
    assert said(old, new) == [
        ("same", "We test"),
        ("removed", "the old slow method"),
        ("added", "a new slow model"),
        ("same", "on three small sets of data today."),
    ]


def test_a_sentence_given_twice_and_moved_once_keeps_its_number() -> None:
    pieces = compare_texts(f"{FIRST} {SECOND} {FIRST}", f"{SECOND} {FIRST}")
    assert [piece.kind for piece in pieces] == ["removed", "same"]


@given(st.text("ab$ .", max_size=120), st.text("ab$ .", max_size=120))
def test_the_new_text_can_be_read_off(old: str, new: str) -> None:
    pieces = compare_texts(old, new)
    kept = " ".join(piece.text for piece in pieces if piece.kind != "removed")
    assert kept == " ".join(new.split())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a b c " * 3_500, "b a c " * 3_500),
        ("Foo is bar. " * 1_600, "Foo is baz. " * 1_600),
        ("a. " * 6_000, "b. a. " * 3_000),
    ],
)
def test_hostile_texts_are_compared_quickly(old: str, new: str) -> None:
    started = time.process_time()
    compare_texts(old, new)
    assert time.process_time() - started < 3
