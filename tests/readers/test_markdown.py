"""Markdown of readers: what they mean is shown, what would do harm is text."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.readers import MAX_COMMENT as LONGEST
from broadsheet.readers import to_safe_html

TAGS = set(
    ("p br hr strong em s code pre blockquote ul ol li a table thead tbody tr th td").split()  # noqa: SIM905
)
# What formulas are set with, and what their elements may say: layout, no address, colour or script.
FORMULA_TAGS = set(
    ("math mrow mi mn mo mtext mspace msub msup msubsup munder mover munderover mfrac msqrt"  # noqa: SIM905
     " mroot mtable mtr mtd mstyle mpadded mphantom menclose").split()
)  # fmt: skip
FORMULA_ATTRIBUTES = re.compile(
    r"display|displaystyle|scriptlevel|mathvariant|stretchy|fence|form|separator|accent|accentunder"
    r"|largeop|movablelimits|[lr]space|width|height|depth|(min|max)size|(row|column)(align|lines)"
    r"|notation|symmetric|linethickness|(row|column)spacing|voffset"
)


class Found(HTMLParser):
    """What a browser would see."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]


def assert_safe(html: str) -> None:
    found = Found(html)
    assert set(found.tags) <= TAGS | FORMULA_TAGS
    for tag, name, value in found.attributes:
        if tag in FORMULA_TAGS:
            assert FORMULA_ATTRIBUTES.fullmatch(name), name
            assert re.fullmatch(r"[\w .%#+-]*", value), value
            continue
        if (tag, name) == ("code", "class"):
            assert value == "tex"
            continue
        assert (tag, name) in {("a", "href"), ("a", "title"), ("a", "rel"), ("ol", "start")}
        if name == "href":
            assert re.match(r"(https?|mailto):", value), value
        if name == "rel":
            assert set(value.split()) == {"nofollow", "ugc", "noopener", "noreferrer"}
    links = [1 for tag, name, _ in found.attributes if (tag, name) == ("a", "href")]
    told = [1 for tag, name, _ in found.attributes if (tag, name) == ("a", "rel")]
    assert len(told) >= len(links)


def test_what_is_meant_is_shown() -> None:
    html = to_safe_html(
        "A *good* **idea**, see [the code](https://example.org/x?a=1&b=2).\n\n"
        "- one\n- two\n\n> said\n\n```python\nx < y\n```\n\n"
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n~~no~~"
    )
    for part in ("<em>good</em>", "<strong>idea</strong>", "<li>one</li>", "<blockquote>",
                 "x &lt; y", "<td>1</td>", "<s>no</s>",
                 'href="https://example.org/x?a=1&amp;b=2"'):  # fmt: skip
        assert part in html
    assert_safe(html)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<ScRiPt src=//evil.example></sCrIpT>",
        "<img src=x onerror=alert(1)>",
        "![x](https://evil.example/pixel.gif)",
        "![x][1]\n\n[1]: https://evil.example/pixel.gif",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java\nscript:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](\x01javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        "[x](//evil.example)",
        "[x](/account/delete)",
        "<javascript:alert(1)>",
        "<https://ok.example\"onmouseover=alert(1)>",
        '[x](https://ok.example "title\\" onmouseover=alert(1)")',
        "[x](https://ok.example '\"><script>alert(1)</script>')",
        "<svg><script>alert(1)</script></svg>",
        "<math><mtext></p><style><img src onerror=alert(1)>",
        "<iframe src=https://evil.example>",
        "<style>*{display:none}</style>",
        "<form action=/account/delete><input name=sure value=1>",
        "<a href=https://x.example onclick=alert(1) target=_top>x</a>",
        "<base href=https://evil.example>",
        "<meta http-equiv=refresh content=0;url=https://evil.example>",
        "<!-- --!><script>alert(1)</script> -->",
        "<![CDATA[<script>alert(1)</script>]]>",
        "# A heading\n\nAnother\n=====",
        "```<script>\nx\n```",
        "`<script>`",
        "\0<script>\0",
        "\ufeff<script>alert(1)</script>",
        "<p style=position:fixed class=button id=main>x</p>",
        "[a]: javascript:alert(1)\n\n[a]",
    ],
)  # fmt: skip
def test_what_would_do_harm_is_text(text: str) -> None:
    html = to_safe_html(text)
    assert_safe(html)
    assert to_safe_html(html) is not None


def test_hostile_text_stays_readable() -> None:
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in to_safe_html("<script>alert(1)</script>")
    assert "A heading" in to_safe_html("# A heading")


@pytest.mark.parametrize(
    ("text", "within"),
    [
        ("The bound $x^2$ holds", "<msup><mi>x</mi><mn>2</mn></msup>"),
        ("so $a_1 * b_2 * c_3$", "<msub><mi>a</mi><mn>1</mn></msub>"),
        ("so \\(x < y\\) here", "<mo>&lt;</mo>"),
        ("$$\n\\sum_i x_i\n= 1\n+ z\n$$", '<math display="block">'),
        ("We have\n\\[\na\n- b\n> c\n\\]\nthroughout", '<math display="block">'),
        ("\\begin{align}\na &= b \\\\\n+ c\n\\end{align}", '<math display="block">'),
        ("> quoted $n$ and\n> $$\n> - n\n> $$", "<mi>n</mi>"),
        ("- in a list $n$", "<mi>n</mi>"),
        ("[on $n$](https://example.org)", "<mi>n</mi>"),
        ("| a |\n|---|\n| $n$ |", "<mi>n</mi>"),
    ],
)
def test_formulas_are_set(text: str, within: str) -> None:
    html = to_safe_html(text)
    assert within in html
    assert "<em>" not in html and "$" not in html and "\\" not in html
    assert html.count("<li>") == ("list" in text)
    assert html.count("<blockquote>") == ("quoted" in text)
    assert_safe(html)


@pytest.mark.parametrize(
    "text",
    ["it costs $5 here and $6 there", "`$x^2$` as source", "```\n$x^2$\n```", "cited in \\[1\\]",
     "\\(see the appendix\\)", "\\$x^2\\$", "at $5 for `a_$b`", "$$", "$$\n\n$$", "$ $",
     "[x](https://example.org/$a_1$)"],
)  # fmt: skip
def test_what_is_no_formula_stays_as_it_was(text: str) -> None:
    html = to_safe_html(text)
    assert "<math" not in html and "tex" not in Found(html).tags and 'class="tex"' not in html
    assert_safe(html)


@pytest.mark.parametrize("source", ["$\\frac{$", "$x^x^x$", "$$\n\\left(\n$$"])
def test_a_broken_formula_is_shown_as_it_was_written(source: str) -> None:
    html = to_safe_html(f"so **that** {source}" if "\n" not in source else source)
    assert f'<code class="tex">{source}</code>' in html
    assert_safe(html)


@pytest.mark.parametrize(
    "source",
    ["\\text{<script>alert(1)</script>}", "\\href{javascript:alert(1)}{x}",
     "\\text{</math><img src=x onerror=alert(1)>}", "\\class{menu}{x}",
     "\\style{position:fixed}{x}",
     "\\color{red}x", "<style>*{display:none}</style>", "&lt;script&gt;_x", "\ufdd00\ufdd1_x",
     "\\text{\\ufdd00\\ufdd1}_x"],
)  # fmt: skip
def test_no_formula_does_harm(source: str) -> None:
    for text in (
        f"${source}$",
        f"$${source}$$",
        f"\\({source}\\) \ufdd00\ufdd1 \ufdd09\ufdd1 $x_1$",
    ):
        assert_safe(to_safe_html(text))


@given(st.text(alphabet="$\\()[]{}^_abx<>&\"'`*|\n \ufdd0\ufdd10", max_size=200))
def test_no_signs_of_mathematics_become_anything_but_the_allowed(text: str) -> None:
    assert_safe(to_safe_html(text))


@given(st.text(alphabet="<>[]()!*_`~|-#&;:/\"'\\ \n\tajscript:httpsonerror=x0", max_size=300))
def test_no_text_becomes_anything_but_the_allowed(text: str) -> None:
    assert_safe(to_safe_html(text))


@given(st.text(max_size=200))
def test_any_text_can_be_shown(text: str) -> None:
    assert_safe(to_safe_html(text.encode("utf-8", "replace").decode()))


@pytest.mark.parametrize(
    "text",
    ["*" * 10_000, "[" * 10_000, "> " * 5_000, "`" * 9_999 + "a", "![" * 5_000, "**a " * 2_500,
     "- " * 5_000, "<" * 10_000, "[a](" * 2_500, "| " * 5_000 + "\n" + "|-" * 5_000, "_a" * 5_000,
     "x" * 1_000_000, "$" * 10_000, "$a" * 5_000, "\\(" * 5_000, "\\[\n" * 3_300, "$$\n" * 3_300,
     "$x_1$ " * 1_600, ("$" + "{" * 480 + "}" * 480 + "$ ") * 10, "\\begin{math}\n" * 700],
)  # fmt: skip
def test_no_text_takes_long(text: str) -> None:
    start = time.thread_time()
    html = to_safe_html(text)
    assert time.thread_time() - start < 2
    assert_safe(html)
    assert len(html) < 1_000_000


def test_what_is_shown_again_is_the_same() -> None:
    texts = [f"On $x_{number}$ and **{number}**" for number in range(50)]
    first = [to_safe_html(text) for text in texts]
    assert len(set(first)) == 50
    assert [to_safe_html(text) for text in texts] == first
    assert to_safe_html("") == to_safe_html("") == ""
    longer = "x" * LONGEST
    assert to_safe_html(longer + "y") == to_safe_html(longer)
