"""Markdown of readers as HTML that can do no harm.

Two walls: the Markdown reader knows no HTML and no images (an image would tell another host who
reads), and what comes out of it is cleaned by an allow-list again. Formulas are put in behind both,
in the HTML that the papers' own are set in.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cache
from typing import TYPE_CHECKING

import nh3

from broadsheet.cache import Cache
from broadsheet.formulas import Formula, formula_at
from broadsheet.text import FormulaSetter

if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence
    from typing import Any

    from markdown_it import MarkdownIt
    from markdown_it.renderer import RendererHTML
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token
    from markdown_it.utils import OptionsDict

LONGEST = 10_000
# Headings would break the order of the page they are on.
_OFF = ("image", "html_block", "html_inline", "heading", "lheading", "reference")
_TAGS = frozenset(
    ("p br hr strong em s code pre blockquote ul ol li a table thead tbody tr th td").split()  # noqa: SIM905
)
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_SCHEMES = frozenset(("http", "https", "mailto"))
# Whole addresses alone: a link to a page of ours could be a trap for who follows it.
_WHOLE = re.compile(r"(?:https?://|mailto:)[^\s]+", re.IGNORECASE)
# Where a formula goes: signs that no text has, since Unicode keeps them for programs.
_PLACE, _PLACED = "\ufdd0{}\ufdd1", re.compile("\ufdd0(\\d+)\ufdd1")
_KEPT_FOR_US = str.maketrans("", "", "\0\ufdd0\ufdd1")
# In Markdown \( and \[ are brackets too that begin no link: "\[1\]" and "\(see above\)".
_MATHEMATICAL = re.compile(r"[\\^_=<>{}|+]|\A\s*[^\W\d_]\s*\Z")
# HTML is about as long as its text, but for text that shows nothing.
_SET: Cache[str, str] = Cache(8_000_000, lambda html: len(html) + 1_000)
_DISPLAYED = re.compile(r"\$\$|\\\[|\\begin\{")


def to_safe_html(markdown: str) -> str:
    """HTML of text in Markdown: no scripts, styles, images, headings or foreign attributes.

    Formulas are MathML, or shown as they were written (`broadsheet.text.FormulaSetter`). Links go
    to http, https and mail addresses only, and tell nobody where they were found. Of longer text
    than `LONGEST` characters the beginning. What was set lately is kept: a discussion is shown
    far more often than it changes.
    """
    text = markdown[:LONGEST]
    html = _SET.get(text)
    if html is None:
        html = _set(text)
        _SET.put(text, html)
    return html


def _set(text: str) -> str:
    found: list[str] = []
    env = {"found": found, "setter": FormulaSetter()}
    html = _cleaned(_reader().render(text.translate(_KEPT_FOR_US), env))
    return _PLACED.sub(lambda place: found[int(place[1])], html)


def _cleaned(html: str) -> str:
    return nh3.clean(
        html,
        tags=set(_TAGS),
        clean_content_tags={"script", "style"},
        attributes=_ATTRIBUTES,
        attribute_filter=_kept,
        url_schemes=set(_SCHEMES),
        link_rel="nofollow ugc noopener noreferrer",
        strip_comments=True,
    ).strip()


def _kept(_tag: str, name: str, value: str) -> str | None:
    return value if name != "href" or _WHOLE.fullmatch(value) else None


@cache
def _reader() -> MarkdownIt:
    from markdown_it import MarkdownIt  # slow to load

    # Nesting is bounded by the preset (20): a thousand quotes in one another are flat text.
    reader = MarkdownIt("commonmark", {"html": False, "linkify": False, "typographer": False})
    reader.enable(["table", "strikethrough"]).disable(list(_OFF))
    # Before what reads a backslash, and before whatever a line of a formula may look like.
    reader.inline.ruler.before("escape", "formula", _formula)
    reader.block.ruler.before(
        "fence", "displayed", _displayed, {"alt": ["paragraph", "blockquote", "list"]}
    )
    reader.add_render_rule("formula", _put_in_later)
    return reader


def _formula(state: StateInline, silent: bool) -> bool:  # as markdown-it calls it
    """Reads a formula within a paragraph, so that nothing in it is taken for Markdown."""
    if state.src[state.pos] not in "$\\":
        return False
    formula = formula_at(state.src, state.pos)
    if formula is None or formula.end > state.posMax or not _is_meant(state.src, formula):
        return False
    if not silent:
        token = state.push("formula", "", 0)
        token.content = state.src[formula.start : formula.end]
        token.meta["formula"] = formula
    state.pos = formula.end
    return True


def _is_meant(text: str, formula: Formula) -> bool:
    if "`" in formula.source:  # code binds tighter: "$5 for `a_$b`"
        return False
    bracketed = text.startswith(("\\(", "\\["), formula.start)
    return not bracketed or _MATHEMATICAL.search(formula.source) is not None


def _displayed(state: StateBlock, line: int, last: int, silent: bool) -> bool:
    """Keeps the lines of a displayed formula one paragraph: one that begins with + or > would end
    it."""
    start = state.bMarks[line] + state.tShift[line]
    if state.is_code_block(line) or not _DISPLAYED.match(state.src, start):
        return False
    formula = formula_at(state.src, start)
    if formula is None:
        return False
    end = bisect_left(state.eMarks, formula.end) + 1
    if end - line < 2 or end > last or any(map(state.isEmpty, range(line, end))):
        return False
    if not silent:
        state.push("paragraph_open", "p", 1).map = [line, end]
        inline = state.push("inline", "", 0)
        inline.content = state.getLines(line, end, state.blkIndent, False).strip()
        inline.children = []
        state.push("paragraph_close", "p", -1)
        state.line = end
    return True


def _put_in_later(
    _renderer: RendererHTML,
    tokens: Sequence[Token],
    at: int,
    _options: OptionsDict,
    env: MutableMapping[str, Any],
) -> str:
    """The place of a formula; its HTML would not pass the wall, and needs no wall."""
    token = tokens[at]
    env["found"].append(env["setter"].html(token.meta["formula"], token.content))
    return _PLACE.format(len(env["found"]) - 1)
