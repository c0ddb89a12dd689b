"""Reference lists in RIS, as Zotero, EndNote, Mendeley and PubMed write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import rispy  # type: ignore[import-untyped]

from broadsheet.citations import parse_name
from broadsheet.sources.arrival import Arrived, Rejected, SourceError
from broadsheet.sources.whole import (
    Entry,
    arrivals,
    content,
    put_name,
    says_withdrawn,
)

_START = re.compile(r"^[ \t]*TY  ?- ?", re.MULTILINE)
_END = re.compile(r"^[ \t]*ER  ?- ?", re.MULTILINE)
_TITLES = ("title", "primary_title", "translated_title", "short_title")
_VENUES = ("journal_name", "secondary_title", "alternate_title3", "alternate_title1")
_ABSTRACTS = ("abstract", "notes_abstract")
_TAKEN_NAMES = (
    "authors first_authors year publication_year date doi urls url keywords id accession_number"
    " type_of_reference"
)
_TAKEN = frozenset((*_TITLES, *_VENUES, *_ABSTRACTS, *_TAKEN_NAMES.split()))
_ARXIV = re.compile(r"arxiv:\s*(\S+)", re.IGNORECASE)


def read_ris(path: Path, source: str, start_line: int = 0) -> Iterator[Arrived | Rejected]:
    """The records of a file in order; what cannot be parsed among them as `Rejected`.

    A paper is named by its arXiv id, else its DOI, else its title. Raises `SourceError` when
    the file has no record at all.
    """
    text, broken = content(path)
    starts = [match.start() for match in _START.finditer(text)]
    if not starts:
        raise SourceError(f"{path}: no RIS record found (each begins with a line 'TY  - ')")
    ends = [*starts[1:], len(text)]
    line, seen = 1, 0
    entries = []
    for start, end in zip(starts, ends, strict=True):
        line += text.count("\n", seen, start)
        seen = start
        entries.append(_entry(line, text[start:end].strip("\n")))
    return arrivals(entries, source, start_line, broken)


def _entry(line: int, raw: str) -> Entry:
    if not _END.search(raw):
        return Entry(line, "the record has no end ('ER  - '): the file may be cut off here", raw)
    try:
        records = rispy.loads(raw, skip_unknown_tags=True)
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        return Entry(line, f"is not RIS: {' '.join(str(error).split())[:200]}", raw)
    if len(records) != 1:
        return Entry(line, "is not one RIS record", raw)
    return Entry(line, _record(records[0]), raw)


def _record(fields: dict[str, object]) -> dict[str, object]:
    def first(names: tuple[str, ...]) -> str:
        return next((str(fields[name]) for name in names if fields.get(name)), "")

    year = first(("year", "publication_year"))
    authors = fields.get("authors") or fields.get("first_authors") or []
    record = {name: value for name, value in fields.items() if name not in _TAKEN}
    record |= {
        "title": first(_TITLES),
        "abstract": first(_ABSTRACTS),
        "authors": [parse_name(str(name)).printed for name in authors if str(name).strip()]
        if isinstance(authors, list)
        else [],
        "published": _date(first(("date",))) or _date(year) or year[:4],
        "venue": first(_VENUES),
        "keywords": fields.get("keywords"),
        "entry_type": fields.get("type_of_reference"),
        "withdrawn": says_withdrawn(fields.get("notes")),
    }
    urls = fields.get("urls") or fields.get("url") or []
    addresses = [str(url) for url in urls] if isinstance(urls, list) else [str(urls)]
    record["url"] = addresses[0] if addresses else ""
    arxiv = _ARXIV.search(" ".join((first(("accession_number", "number", "note")), *addresses[:1])))
    notes = fields.get("notes")
    stated = f"arXiv:{arxiv[1]}" if arxiv else ""
    record["doi"] = doi = str(fields.get("doi") or "").strip()
    put_name(record, stated, notes if isinstance(notes, list) else (), doi)
    return {name: value for name, value in record.items() if value}


def _date(text: str) -> str:
    """``2020/03/01/`` and its shorter forms as ISO."""
    parts = [part for part in text.split("/")[:3] if part.strip().isdigit()]
    if not parts or len(parts[0]) != 4:
        return ""
    return "-".join([parts[0], *(f"{int(part):02}" for part in parts[1:])])
