"""Formulas in pages and in plain text."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.papers import Paper
from broadsheet.text import HASH_BYTES, embedded_text, plain, text_hash, to_html

ALLOWED = re.compile(r"m[a-z]+|code|none")


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        self.text += data


def parsed(markup: str) -> Tags:
    tags = Tags()
    tags.feed(markup)
    tags.close()
    return tags


def test_a_formula_becomes_mathml_and_the_rest_is_escaped() -> None:
    markup = to_html("If a<b & $x^2$ then")
    assert markup.startswith("If a&lt;b &amp; <math>") and markup.endswith("</math> then")
    assert "<msup><mi>x</mi><mn>2</mn></msup>" in markup


@pytest.mark.parametrize(
    "text",
    [
        "costs $5 and $6",
        "between US$ 10 and AU$ 20",
        "$500-$780 in total",
        "from $12 million to $15 million.",
        "a lone $ sign",
        r"priced \$5",
        "ends in $",
        "$ 5 or $ 6",
    ],
)
def test_prices_are_not_mathematics(text: str) -> None:
    assert "<" not in to_html(text)
    assert plain(text) == text.replace("\\$", "$")


@pytest.mark.parametrize(
    "text", ["$x$", "$ x + y $", "$\\sim$10", "$-$20", "\\(a\\)", "\\[a\\]", "$$a$$", "$5\\times$"]
)
def test_formulas_are_found_in_every_delimiter(text: str) -> None:
    assert "<math" in to_html(text)


def test_display_mathematics_says_so() -> None:
    assert to_html("$$a$$").startswith('<math display="block">')


@pytest.mark.parametrize(
    "source",
    [
        r"\text{<b onclick=alert(1)>x</b>}",
        r"\href{javascript:alert(1)}{x}",
        r"<script>alert(1)</script>",
        r"\text{&lt;script&gt;alert(1)&lt;/script&gt;}",
        r"\unicode{x3c}script",
        r"\color{red;background:url(x)}x",
        r'\class{"><img src=x>}{y}',
        r"\style{position:fixed}{y}",
    ],
)
def test_a_formula_cannot_bring_markup(source: str) -> None:
    tags = parsed(to_html(f"see ${source}$"))
    assert tags.seen
    for tag, attributes in tags.seen:
        assert ALLOWED.fullmatch(tag)
        for name, _ in attributes:
            assert not name.startswith("on") and name not in ("href", "style", "src", "id")


@given(st.text(alphabet=r"\${}^_&<>ab1 ()[]%'\"", max_size=60))
def test_any_text_is_safe_html(text: str) -> None:
    for tag, attributes in parsed(to_html(text)).seen:
        assert ALLOWED.fullmatch(tag)
        assert all(name not in ("href", "style", "src") for name, _ in attributes)
    plain(text)


@pytest.mark.parametrize(
    "text",
    [
        r"$$a &= b \\ c &= d$$",
        r"\begin{align}a &= b \nonumber \\[2pt] c &= d \label{eq:d} \\ \end{align}",
        r"$\begin{aligned}a &= b \\ c &= d\end{aligned}$",
        r"\begin{align*}a &= b \\ c &= d\end{align*}",
    ],
)
def test_the_lines_of_a_formula_stand_under_one_another(text: str) -> None:
    html = to_html(text)
    assert html.count("<mtr>") == 2 and html.count("<mtable") == 1
    assert "&amp;" not in html and "2pt" not in html and "eq" not in html and "label" not in html


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        (r"$\begin{cases}1 & x > 0 \\ 0 & y\end{cases}$", 1),
        (
            r"$$\begin{aligned}a &= \begin{matrix}1 & 2 \\ 3&4\end{matrix} \\ &= b\end{aligned}$$",
            2,
        ),
        (r"$\sum_{\substack{a \\ b}} x$", 1),
        (r"$a \& b$", 0),
    ],
)
def test_lines_within_a_part_of_a_formula_stay_there(text: str, tables: int) -> None:
    assert to_html(text).count("<mtable") == tables


def test_bad_latex_is_shown_as_its_source() -> None:
    markup = to_html(r"see $\begin{array}{c} x^{$ here")
    assert '<code class="tex">$\\begin{array}{c} x^{$</code>' in markup


def test_too_much_mathematics_is_shown_as_its_source() -> None:
    assert to_html("$" + "x^2+" * 400 + "y$").startswith('<code class="tex">')
    many = to_html("$x^2+y^2=z^2+w$ " * 2000)
    assert many.count("<math") < 700 and many.count("<code") > 1000


@pytest.mark.parametrize("source", ["^{", "_", r"\frac{", r"\left(", r"\sqrt[", "{", r"\hat", "'"])
def test_a_hostile_formula_is_cheap(source: str) -> None:
    text = "$" + (source * 900)[:450] + "}" * 450 + "$"
    start = time.process_time()
    to_html(text)
    plain(text)
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (r"$\alpha^2$ of $\mathcal{O}(n\log n)$", "α² of O(n log n)"),
        (r"$M_* = 2250^{+1180}_{-830}\,{\rm M_\odot}$", "M_* = 2250⁺¹¹⁸⁰₋₈₃₀ M_⊙"),
        (r"$\frac{a}{b} \leq \{x\}$", "a/b ≤ {x}"),
        (r"$\log_2 n$ and $x_{i}$ and $x_{i+1}$", "log₂ n and x_i and x_(i+1)"),
        (r"$2.49^\circ$, $10^{\circ}$C", "2.49°, 10°C"),
        (r"$11.7^{\prime\prime}$ and $f^\prime$", "11.7″ and f′"),
        (r"$M_{\odot}$, $z_{*}$, $e^+e^-$, $x^{\circ}_{i}$", "M_⊙, z_*, e⁺e⁻, x°_i"),
        ("no formula, \\$5", "no formula, $5"),
        ("plain", "plain"),
        (r"$\nu_e\leftrightharpoons\nu_\mu$ and $A^\top B$", "ν_e⇋ν_μ and A^⊤ B"),
        (r"$A_e\unheardof B$", "A_e unheardof B"),
    ],
)
def test_plain_text_reads_formulas(text: str, wanted: str) -> None:
    assert plain(text) == wanted


def test_the_text_for_encoders_is_title_and_abstract_or_summary() -> None:
    paper = Paper("1", "s", title="On $x^2$", abstract="We show.", summary="Ours.")
    assert embedded_text(paper) == "On x²\nWe show."
    assert embedded_text(Paper("1", "s", title="T", summary="Ours.")) == "T\nOurs."
    assert embedded_text(Paper("1", "s", abstract="A.")) == "A."
    assert embedded_text(Paper("1", "s")) == ""


def test_the_hash_follows_the_text_and_nothing_else() -> None:
    paper = Paper("1", "s", title="T", abstract="A")
    assert len(text_hash(paper)) == HASH_BYTES == 16
    assert text_hash(paper) == text_hash(Paper("2", "other", title="T", abstract="A", version="v2"))
    assert text_hash(paper) != text_hash(Paper("1", "s", title="T A"))


@pytest.mark.parametrize(
    ("source", "between"),
    [
        (r"n\log n", "<mi>n</mi>_<mi>log</mi>_<mi>n</mi>"),
        (r"x\log^2 n", "<mi>x</mi>_<msup><mi>log</mi><mn>2</mn></msup>_<mi>n</mi>"),
        (r"\log(n)", '<mi>log</mi><mo stretchy="false">(</mo>'),
        (r"\arg\min_x f", "<mi>arg</mi><msub><mo>min</mo>"),
    ],
)
def test_names_of_functions_stand_apart_from_letters(source: str, between: str) -> None:
    assert between.replace("_", '<mspace width="0.167em" />') in to_html(f"We take ${source}$.")


@pytest.mark.parametrize("source", ["_2", "^{-3}", "_2^3", "{}_2", "\\mathrm{}_2"])
def test_scripts_at_nothing_stand_at_the_height_of_a_letter(source: str) -> None:
    set_ = to_html(f"H${source}$O")
    assert re.search('<msu(?:b|p|bsup)><mspace height="0.7em" /><m', set_), set_
    assert "<mspace" not in to_html("We take $x_2$ and $\\sum_i x_i^2$.")
