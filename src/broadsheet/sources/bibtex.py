"""Reference lists in BibTeX: one's own papers, or a library to start from."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from bibtexparser.entrypoint import parse_string
from bibtexparser.library import Library
from bibtexparser.middlewares import MonthIntMiddleware
from bibtexparser.middlewares.names import (
    InvalidNameError,
    parse_single_name_into_parts,
    split_multiple_persons_names,
)
from bibtexparser.middlewares.parsestack import default_parse_stack
from bibtexparser.model import DuplicateBlockKeyBlock, DuplicateFieldKeyBlock
from bibtexparser.model import Entry as Block

from broadsheet.citations import Name, unnamed
from broadsheet.sources.arrival import Arrived, Rejected, SourceError
from broadsheet.sources.whole import (
    Entry,
    arrivals,
    arxiv_named,
    content,
    named_by_doi,
    says_withdrawn,
)
from broadsheet.text import clean

# What it cannot read we report with its line; it would also be logged.
logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)

_SHARED_KEY = (DuplicateBlockKeyBlock, DuplicateFieldKeyBlock)
# Kept under the names that citations look for; all else stays as it came.
_VENUES = ("journal", "journaltitle", "booktitle")
_HOUSES = ("publisher", "school", "institution")
_TAKEN_NAMES = (
    "title author abstract doi eprint archiveprefix eprinttype primaryclass eprintclass url date"
    " year month keywords file"
)
_TAKEN = frozenset(_TAKEN_NAMES.split())
_SHARED = ("publisher", "year", "month", "date", "series", "volume", "address", "isbn")
_NAMING = ("journal", "volume", "howpublished", "note", "number")
_ABSTRACTS = re.compile(r"abs/\S+")
_ETAL = frozenset(("others", "et al.", "et al"))


def read_bibtex(path: Path, source: str, start_line: int = 0) -> Iterator[Arrived | Rejected]:
    """The entries of a file in order; what cannot be parsed among them as `Rejected`.

    A paper is named by its arXiv id, else its DOI, else its title: keys are only unique in
    one file. The key stays in ``extra["citation_key"]``. Raises `SourceError` when the file
    has no entry at all.
    """
    text, broken = content(path)
    library = parse_string(text, append_middleware=[MonthIntMiddleware()])
    wholes = {block.key.lower(): _fields(block) for block in library.entries}
    entries = [_entry(block, wholes) for block in library.entries]
    doubles: list[Block] = []
    for failed in library.failed_blocks:
        again = getattr(failed, "ignore_error_block", None)
        if isinstance(failed, _SHARED_KEY) and isinstance(again, Block):
            doubles.append(again)
        else:
            said = getattr(failed.error, "abort_reason", "") or str(failed.error)
            why = f"is not BibTeX: {' '.join(said.split())[:200]}"
            entries.append(Entry((failed.start_line or 0) + 1, why, failed.raw or ""))
    entries += [_entry(block, wholes) for block in _parsed(doubles, library)]
    if not entries:
        raise SourceError(f"{path}: no BibTeX entry found (@article{{...}} and the like)")
    entries.sort(key=lambda entry: entry.line)
    return arrivals(entries, source, start_line, broken)


def _parsed(doubles: list[Block], library: Library) -> list[Block]:
    """Entries whose key an earlier one has: two papers may share one, nothing of ours rests on it.

    The parser sets them aside as they stand, so they go through its steps under new keys.
    """
    parsed = []
    for number, block in enumerate(doubles):
        known, block.key = block.key, f"{block.key}#{number}"
        alone = Library([*library.strings, block])
        for step in (*default_parse_stack(), MonthIntMiddleware()):
            alone = step.transform(alone)
        for entry in alone.entries:
            entry.key = known
            parsed.append(entry)
    return parsed


def _fields(block: Block) -> dict[str, str]:
    return {key.lower(): str(field.value) for key, field in block.fields_dict.items()}


def _inherited(whole: Mapping[str, str]) -> dict[str, str]:
    """What a part has of the whole that it names as ``crossref``, as DBLP parts them."""
    fields = {name: whole[name] for name in _SHARED if name in whole}
    if book := whole.get("booktitle") or whole.get("title"):
        fields["booktitle"] = book
    return fields


def _entry(block: Block, wholes: Mapping[str, dict[str, str]]) -> Entry:
    line = (block.start_line or 0) + 1
    fields = _fields(block)
    fields = _inherited(wholes.get(fields.get("crossref", "").lower(), {})) | fields
    record: dict[str, object] = {
        name: value for name, value in fields.items() if name not in _TAKEN
    }
    record |= {
        **{name: clean(fields[name]) for name in (*_VENUES, *_HOUSES) if name in fields},
        "title": unnamed(_unbraced(fields.get("title", ""))),
        "abstract": fields.get("abstract", ""),
        "authors": people(fields.get("author", "")),
        # A span is dated by its beginning, an uncertain date by what it says.
        "published": fields.get("date", "").split("/")[0].rstrip("~?%") or _date(fields),
        "keywords": [
            word.strip() for word in re.split(r"[,;]", fields.get("keywords", "")) if word
        ],
        "citation_key": block.key,
        "entry_type": block.entry_type,
        "withdrawn": says_withdrawn(fields.get("note")),
    }
    record |= _names(fields)
    if arxiv_named(fields.get("journal")) or _ABSTRACTS.fullmatch(fields.get("volume", "")):
        for name in ("journal", "volume"):  # they only named the preprint
            record.pop(name, None)
    if venue := next((record[name] for name in _VENUES if record.get(name)), ""):
        record["venue"] = venue
    return Entry(line, {name: value for name, value in record.items() if value}, block.raw or "")


def _unbraced(title: str) -> str:
    """A title without the braces around the whole of it, which only keep its capitals."""
    inner = title.strip()
    if not (inner.startswith("{") and inner.endswith("}")):
        return title
    depth = 0
    for place, char in enumerate(inner):
        depth += (char == "{") - (char == "}")
        if depth == 0 and place < len(inner) - 1:
            return title
    return inner[1:-1]


def _names(fields: dict[str, str]) -> dict[str, object]:
    eprint, doi, url = (fields.get(name, "").strip() for name in ("eprint", "doi", "url"))
    kind = (fields.get("archiveprefix") or fields.get("eprinttype") or "arxiv").lower()
    named: dict[str, object] = {}
    arxiv = arxiv_named(f"arXiv:{eprint}") if eprint and kind == "arxiv" else ""
    arxiv = arxiv or arxiv_named(*(re.sub("[{}]", "", fields.get(name, "")) for name in _NAMING))
    if arxiv:
        named["id"] = arxiv
        subject = fields.get("primaryclass") or fields.get("eprintclass")
        named["categories"] = [subject] if subject else []
    if doi:
        named["doi"] = doi
        named.setdefault("id", named_by_doi(doi))
    if url:
        named["url"] = url.replace("\\_", "_").replace("\\%", "%").replace("\\&", "&")
    return named


def people(text: str) -> list[str]:
    """The names of an ``author`` field as printed, first names first."""
    names: list[str] = []
    for person in split_multiple_persons_names(text):
        if person.strip().lower() in _ETAL or not person.strip():
            continue
        if (whole := _unbraced(person)) != person:
            names.append(" ".join(whole.split()))  # a name in braces is one name, whatever is in it
            continue
        try:
            parts = parse_single_name_into_parts(person)
        except InvalidNameError:
            names.append(" ".join(person.split()))  # a name in no known order: as it stands
            continue
        words = (parts.last, parts.first, parts.von, parts.jr)
        if "," not in person:  # it stands as it is printed already
            words = (parts.first, parts.von, parts.last, parts.jr)
            names.append(" ".join(word for part in words for word in part))
            continue
        names.append(Name(*(" ".join(part) for part in words)).printed)
    return names


def _date(fields: dict[str, str]) -> str:
    year, month = fields.get("year", "").strip(), fields.get("month", "").strip()
    return f"{year}-{int(month):02}" if month.isdigit() and year.isdigit() else year
