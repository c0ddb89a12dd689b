from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.formulas import formulas
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


# After 2506.18913 and 2605.17371.
SHOWN = (
    r"Then for all $x$, we show that \begin{align} (1) \quad \|x\|\leq \left(\frac{1}{1-\max_{j "
    r"\in M} |\langle \tau_j, \omega_k \rangle|}\right)\max\left\{\max_{j} a, \max_{k} b \right\}. "
    r"\end{align} We call Inequality (1) as p-adic Ghobber-Jaming Uncertainty Principle. "
) * 3
BRACKETED = (
    r"The criterion is \[ λ\in F_q^*,\qquad \exists\ λ\text{-constacyclic. Ovoid code} \iff λ. \] "
    r"It holds for \(q \equiv 3 \pmod 4. \) And for $$ a = (q + 1) c, \qquad c. B $$ it does not. "
) * 4
PRICES = "Costs \\$5 to \\$6 and $a + b + c$ more. " * 9


@pytest.mark.parametrize("text", [SHOWN, BRACKETED, PRICES])
def test_no_formula_of_any_kind_is_cut_in_two(text: str) -> None:
    whole = formulas(text)
    for length in range(20, len(text) // 2):
        shown = len(opening(text, length).removesuffix(" …"))
        assert not [one for one in whole if one.start < shown < one.end], length
        assert shown > 10


def test_a_long_formula_that_begins_a_text_is_shown_whole() -> None:
    formula = "$" + " + ".join(["\\frac{a}{b}"] * 40) + "$"
    assert opening(f"{formula} is a sum. It is long.", 100) == f"{formula} …"


def test_of_an_endless_text_the_beginning_is_looked_at() -> None:
    began = time.process_time()
    opening("We see $a + b$ here. " * 500_000, 100)
    assert time.process_time() - began < 0.5


@given(st.text(max_size=600), st.integers(20, 200))
def test_an_opening_begins_the_text_and_is_not_much_longer_than_asked(
    text: str, target: int
) -> None:
    shown = opening(text, target)
    assert text.startswith(shown.removesuffix(" …"))
    begins = next((one.end for one in formulas(text)[:1] if not text[: one.start].strip()), 0)
    assert len(shown) <= max(1.4 * target, begins) + 4
