"""Files that are read at once, record by record: pages, reference lists, XML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from broadsheet.sources.arrival import RAW_LIMIT, Arrived, Rejected, SourceError
from broadsheet.sources.records import FieldError, paper_from
from broadsheet.sources.streams import BrokenStreamError, broken_after, chunks, open_file

LARGEST = 256 << 20
_ARXIV = re.compile(
    r"(?:(?:arxiv|corr|preprints?|e-?prints?|abs)[\s,;:./]*)+"
    r"((?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d{1,3})?)"
    r"(?:\s*[\[(][\w.,;\s-]{0,60}[\])])?\.?",
    re.IGNORECASE | re.ASCII,
)
_WITHDRAWN = re.compile(
    r"^\s*(?:status:\s*)?(?:withdrawn|retracted)\.?\s*$", re.IGNORECASE | re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A record where it stands: its line (from 1), its fields or what is wrong, its own text."""

    line: int
    record: Mapping[str, object] | str
    raw: str


def content(path: Path, largest: int = LARGEST) -> tuple[str, str]:
    """A whole file as text, and where its stream broke ('' if it did not).

    Bytes that are not UTF-8 stay in it as surrogates, to be named with the record that has
    them. Raises `SourceError` for a file larger than ``largest`` bytes.
    """
    pieces: list[bytes] = []
    size = 0
    broken = ""
    with open_file(path) as file:
        try:
            for chunk in chunks(file):
                pieces.append(chunk)
                size += len(chunk)
                if size > largest:
                    raise SourceError(
                        f"{path}: is larger than {largest >> 20} MiB; split it and import the parts"
                    )
        except BrokenStreamError as error:
            broken = str(error)
    text = b"".join(pieces).decode("utf-8-sig", "surrogateescape")
    return text.replace("\r\n", "\n").replace("\r", "\n"), broken


def named_by_doi(doi: str) -> str:
    """A DOI in whatever form it is written, as the id of a record."""
    return doi if doi.lower().startswith(("http", "doi:")) else f"doi:{doi}"


def arxiv_named(*fields: object) -> str:
    """The arXiv id that one of an entry's fields names and nothing else, as ``arXiv:ID``; ''.

    Google Scholar says ``arXiv preprint arXiv:2401.00001`` for a journal, Semantic Scholar and
    DBLP ``abs/2401.00001`` for a volume, Zotero ``arXiv:2401.00001 [cs]`` on a line of a note. A
    note that says something of another paper (``Comment on arXiv:…``) names none.
    """
    for field in fields:
        for line in field.splitlines() if isinstance(field, str) else ():
            if found := _ARXIV.fullmatch(line.strip()):
                return f"arXiv:{found[1]}"
    return ""


def put_name(record: dict[str, object], stated: str, notes: Iterable[object], doi: str) -> None:
    """Names an entry as it states, else by the arXiv id that its venue or a note is, else by its
    DOI; a venue that only named the preprint goes."""
    preprint = arxiv_named(record["venue"])
    if preprint:
        del record["venue"]
    if found := stated or preprint or arxiv_named(*notes) or (doi and named_by_doi(doi)):
        record["id"] = found


def says_withdrawn(*notes: object) -> bool:
    """Whether one of an entry's notes says that the paper was withdrawn, as our citations do it
    and Zotero's field "Extra"; texts, or lists of them."""
    texts = [text for note in notes for text in (note if isinstance(note, list) else [note])]
    return any(isinstance(text, str) and _WITHDRAWN.search(text) for text in texts)


def arrivals(
    entries: Iterable[Entry], source: str, start_line: int, broken: str
) -> Iterator[Arrived | Rejected]:
    """The papers of entries that stand after ``start_line``.

    Of a file that is ``broken`` the last entry may be half of one and is not given:
    `BrokenStreamError` comes in its place.
    """
    whole = list(entries)
    if broken:
        del whole[-1:]
    for entry in whole:
        if entry.line > start_line:
            yield _arrival(entry, source)
    if broken:
        raise broken_after(BrokenStreamError(broken), whole[-1].line if whole else 0)


def _arrival(entry: Entry, source: str) -> Arrived | Rejected:
    raw = entry.raw.encode("utf-8", "surrogateescape")
    try:
        raw.decode("utf-8")
        if isinstance(entry.record, str):
            raise FieldError(entry.record)
        return Arrived(paper_from(entry.record, source, "published"), entry.line)
    except UnicodeDecodeError as problem:
        reason = f"is not UTF-8: byte {problem.start} of the paper is 0x{raw[problem.start]:02x}"
    except FieldError as problem:
        reason = str(problem)
    return Rejected(entry.line, reason, raw[:RAW_LIMIT])
