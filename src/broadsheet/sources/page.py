"""Saved Daily Papers pages: as plain text, or as HTML with the page's own data in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from broadsheet.sources.arrival import Arrived, Rejected, SourceError
from broadsheet.sources.page_html import html_entries
from broadsheet.sources.page_text import text_entries
from broadsheet.sources.whole import arrivals, content

_LARGEST_PAGE = 64 << 20


def read_page(path: Path, source: str, start_line: int = 0) -> Iterator[Arrived | Rejected]:
    """The papers of a saved page in order; ``line`` is where a paper's title stands.

    The page's own date is no paper's date: it is kept in ``extra["page"]``. Raises
    `SourceError` when the file holds no papers.
    """
    text, broken = content(path, _LARGEST_PAGE)
    if text.lstrip()[:1] == "<":
        entries = html_entries(path, text)
    else:
        entries = text_entries(text, path.name)
    if not entries:
        raise SourceError(
            f"{path}: no papers found; JSON lines, BibTeX, RIS, CSL-JSON or a saved Daily Papers "
            "page is wanted"
        )
    return arrivals(entries, source, start_line, broken)
