"""Markdown of readers: what they mean is shown, what would do harm is text."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.readers import to_safe_html

TAGS = set(
    ("p br hr strong em s code pre blockquote ul ol li a table thead tbody tr th td").split()  # noqa: SIM905
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
    assert set(found.tags) <= TAGS
    for tag, name, value in found.attributes:
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
     "x" * 1_000_000],
)  # fmt: skip
def test_no_text_takes_long(text: str) -> None:
    start = time.thread_time()
    html = to_safe_html(text)
    assert time.thread_time() - start < 2
    assert_safe(html)
    assert len(html) < 1_000_000
