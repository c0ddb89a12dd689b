"""Markdown of readers as HTML that can do no harm.

Two walls: the Markdown reader knows no HTML and no images (an image would tell another host who
reads), and what comes out of it is cleaned by an allow-list again.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import nh3

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

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


def to_safe_html(markdown: str) -> str:
    """HTML of text in Markdown: no scripts, styles, images, headings or foreign attributes.

    Links go to http, https and mail addresses only, and tell nobody where they were found. Of
    longer text than `LONGEST` characters the beginning.
    """
    html = _reader().render(markdown[:LONGEST].replace("\0", ""))
    return nh3.clean(
        str(html),
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
    return reader.enable(["table", "strikethrough"]).disable(list(_OFF))
