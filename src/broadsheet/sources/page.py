"""Saved Daily Papers pages: as plain text, or as HTML with the page's own data in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from broadsheet.sources.arrival import RAW_LIMIT, Arrived, Rejected, SourceError
from broadsheet.sources.page_html import html_entries
from broadsheet.sources.page_text import Entry, text_entries
from broadsheet.sources.records import FieldError, paper_from
from broadsheet.sources.streams import BrokenStreamError, chunks, open_file

_LARGEST_PAGE = 64 << 20


def read_page(path: Path, source: str, start_line: int = 0) -> Iterator[Arrived | Rejected]:
    """The papers of a saved page in order; ``line`` is where a paper's title stands.

    The page's own date is no paper's date: it is kept in ``extra["page"]``. Raises
    `SourceError` when the file holds no papers.
    """
    content, broken = _content(path)
    text = content.decode("utf-8-sig", "surrogateescape").replace("\r\n", "\n").replace("\r", "\n")
    if text.lstrip()[:1] == "<":
        entries = html_entries(path, text)
    else:
        entries = text_entries(text, path.name)
    if not entries:
        raise SourceError(
            f"{path}: no papers found; a saved Daily Papers page (text or HTML) or jsonl is wanted"
        )
    return _items(entries, source, start_line, broken)


def _content(path: Path) -> tuple[bytes, str]:
    pieces: list[bytes] = []
    size = 0
    broken = ""
    with open_file(path) as file:
        try:
            for chunk in chunks(file):
                pieces.append(chunk)
                size += len(chunk)
                if size > _LARGEST_PAGE:
                    raise SourceError(
                        f"{path}: is larger than {_LARGEST_PAGE >> 20} MiB, so no page"
                    )
        except BrokenStreamError as error:
            broken = str(error)
    return b"".join(pieces), broken


def _items(
    entries: list[Entry], source: str, start_line: int, broken: str
) -> Iterator[Arrived | Rejected]:
    for entry in entries:
        if entry.line > start_line:
            yield _item(entry, source)
    if broken:
        yield Rejected(entries[-1].line + 1, broken, b"")


def _item(entry: Entry, source: str) -> Arrived | Rejected:
    raw = entry.raw.encode("utf-8", "surrogateescape")
    try:
        raw.decode("utf-8")
        return Arrived(paper_from(entry.record, source, "published"), entry.line)
    except UnicodeDecodeError as problem:
        reason = f"is not UTF-8: byte {problem.start} of the paper is 0x{raw[problem.start]:02x}"
    except FieldError as problem:
        reason = str(problem)
    return Rejected(entry.line, reason, raw[:RAW_LIMIT])
