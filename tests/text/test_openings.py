from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from broadsheet.text import opening


def test_a_short_text_is_shown_whole() -> None:
    assert opening("One sentence. And another.", 100) == "One sentence. And another."


def test_it_stops_at_the_end_of_a_sentence() -> None:
    text = "We study cats. They sleep a lot, as is known. " + "Dogs are another matter. " * 20
    assert opening(text, 50) == "We study cats. They sleep a lot, as is known."


def test_abbreviations_and_initials_end_no_sentence() -> None:
    text = "We follow Smith et al. Their cats, e.g. Tom, are fine here. " + "More follows. " * 20
    assert opening(text, 50).endswith("are fine here.")


def test_a_long_sentence_is_cut_at_a_word_with_an_ellipsis() -> None:
    cut = opening("word " * 200, 52)
    assert cut.endswith("word …")
    assert len(cut) <= 54


def test_no_formula_is_cut_in_two() -> None:
    text = "The bound $a + b + c + d + e + f + g$ holds for " + "every word here " * 20
    for length in range(10, 80):
        assert opening(text, length).count("$") % 2 == 0


@given(st.text(max_size=600), st.integers(20, 200))
def test_an_opening_begins_the_text_and_is_not_much_longer_than_asked(
    text: str, target: int
) -> None:
    shown = opening(text, target)
    assert text.startswith(shown.removesuffix(" …"))
    assert len(shown) <= 1.4 * target + 4
