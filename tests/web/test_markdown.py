"""What papers say stays text in Markdown, whatever it holds."""

from __future__ import annotations

import html
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from broadsheet.catalog import Work
from broadsheet.papers import Author, Identifier, Link, Paper
from broadsheet.web.markdown import (
    entry,
    escaped,
    link,
    page,
    paper_markdown,
    web_address,
    words,
)
from broadsheet.web.markdown_accept import preferred
from broadsheet.web.mcp.answers import card

BASE = "http://paper.example"
GFM = MarkdownIt("gfm-like", {"linkify": False})
MARKS = st.text(alphabet="ab1_*`[](){}<>#+-=~|!\\&;:.$\"' \n\t/x\u2028\u202eé", max_size=60)

PAPER = Paper(
    id="2608.00001v2",
    source="listings",
    title="# A *title* with $\\alpha_1$ and [brackets](http://evil.example)",
    abstract="- It begins like a list.\n\n## Then a heading <script>x</script> and `code`.",
    authors=(Author("Ann `Tick`"), Author("1. Bob")),
    categories=("cs.LG", "x](http://evil.example)"),
    identifiers=(Identifier("arxiv", "2608.00001"), Identifier("doi", "10.1/a(b)<c>")),
    links=(Link("code", "https://example.org/a b)[x](y"), Link("other", "javascript:alert(1)")),
    published="2026-08-01",
)
WORK = Work(
    1, 1, PAPER, PAPER.identifiers, ("listings",), "2026-08-01", "", "", 1, False, b"0" * 16
)


def rendered(text: str) -> str:
    return html.unescape(GFM.render(text))


def test_a_withdrawn_paper_says_so_in_a_list() -> None:
    assert "Withdrawn" not in entry(WORK, BASE)
    gone = replace(PAPER, title="Sorting", extra={"withdrawn": "Withdrawn: Lemma 2 is wrong."})
    for said in (
        entry(replace(WORK, paper=gone), BASE),
        card(replace(WORK, paper=gone), "none").title,
    ):
        assert "Withdrawn: Sorting" in said


@settings(max_examples=400)
@given(MARKS)
def test_escaped_text_is_one_paragraph_of_the_same_text(text: str) -> None:
    line = " ".join(text.replace("\u202e", "").split())
    assert rendered(escaped(text)) == (f"<p>{html.unescape(line)}</p>\n" if line else "") or (
        html.unescape(line) != line  # what looks like an entity is shown as it stands
        and GFM.render(escaped(text)) == f"<p>{html.escape(line, quote=False)}</p>\n"
    )


@settings(max_examples=200)
@given(MARKS, MARKS)
def test_a_page_has_the_structure_we_gave_it_whatever_its_papers_say(
    title: str, abstract: str
) -> None:
    paper = replace(PAPER, title=title, abstract=abstract, categories=(title,), links=())
    work = replace(WORK, paper=paper)
    tokens = GFM.parse(page("Search", [entry(work, BASE, number=1, length=280)]))
    kinds = [token.type for token in tokens if token.type.endswith("_open")]
    assert kinds == [
        *("heading_open", "blockquote_open", "paragraph_open"),
        *("ordered_list_open", "list_item_open", "paragraph_open"),
    ]
    inline = tokens[-4].children or []
    assert [t.attrGet("href") for t in inline if t.type == "link_open"] == [
        f"{BASE}/papers/2608.00001"
    ]
    assert not [t for t in inline if t.type not in ("text", "link_open", "link_close", "hardbreak")]


def test_a_paper_has_its_facts_and_nothing_breaks_out_of_them() -> None:
    text = paper_markdown(WORK, base=BASE)
    shown = rendered(text)
    assert "<h1># A *title* with α₁ and [brackets](http://evil.example)</h1>" in shown
    assert shown.count("<h2>") == 1  # the abstract's
    assert "<li>Authors: Ann `Tick`, 1. Bob</li>" in shown
    assert "javascript:" not in text
    assert "https://example.org/a%20b%29%5Bx%5D%28y" in text
    assert "<script>" not in GFM.render(text)
    assert f"<{BASE}/papers/2608.00001>" in text
    assert "not kept here" in text
    assert text == paper_markdown(WORK, base=BASE)
    assert text.endswith("\n") and not text.endswith("\n\n")


def test_words_that_are_not_the_authors_are_said_to_be_so() -> None:
    work = replace(WORK, paper=replace(PAPER, abstract="", summary="We describe it."))
    assert "not the authors" in paper_markdown(work, base=BASE)
    assert "Our words: We describe it." in entry(work, BASE, length=100)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://a.example/x?y=1&z=2#f", "https://a.example/x?y=1&z=2#f"),
        ("https://a.example/(x)", "https://a.example/%28x%29"),
        ("https://a.example/\n- x", "https://a.example/%0A-%20x"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("//a.example", ""),
        ("http://[::1", ""),
        ("", ""),
    ],
)
def test_only_addresses_of_the_web_become_links(url: str, address: str) -> None:
    assert web_address(url) == address
    assert link("x", url).startswith("[x](") is bool(address)


def test_formulas_are_plain_unicode() -> None:
    assert words("Of order $\\alpha^2$ for $5 each") == "Of order α² for \\$5 each"


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("text/markdown", True),
        ("text/markdown, text/html, */*", True),
        ("text/html, text/markdown", True),
        ("TEXT/Markdown;Q=0.9, text/html;q=0.8", True),
        ("text/markdown;variant=GFM;q=0.5, text/html;q=0.4", True),
        ('text/markdown;title="a,b;q=0";q=0.7, text/html;q=0.5', True),
        ("text/markdown;q=0.8, text/html", False),
        ("text/markdown;q=0.8, text/*;q=0.9", False),
        ("text/markdown;q=0.1, */*;q=0.05, text/html;q=0", True),
        ("text/markdown;q=0", False),
        ("text/markdown;q=0, */*", False),
        ("text/markdown;q=2", False),
        ("text/markdown;q=x", False),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", False),
        ("text/*", False),
        ("*/*", False),
        ("text/markdownish", False),
        ("", False),
        (",;,=;q", False),
        ('"' * 5000, False),
    ],
)
def test_who_prefers_markdown_is_read_from_the_weights(accept: str, wanted: bool) -> None:
    assert (preferred(accept) == ".md") is wanted
