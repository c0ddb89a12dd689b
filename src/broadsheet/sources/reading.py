"""Which kind of file it is, and the papers in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Literal

from broadsheet.sources.acl_xml import read_acl_xml
from broadsheet.sources.arrival import Arrived, Rejected, SourceError
from broadsheet.sources.arxiv_snapshot import snapshot_record
from broadsheet.sources.csl import read_csl
from broadsheet.sources.jsonl import check_start, read_jsonl
from broadsheet.sources.page import read_page
from broadsheet.sources.ris import read_ris
from broadsheet.sources.streams import BrokenStreamError, head

FORMATS = ("jsonl", "page", "bibtex", "ris", "csl", "arxiv-snapshot", "acl-xml")


def _read_bibtex(path: Path, source: str, start_line: int) -> Iterator[Arrived | Rejected]:
    from broadsheet.sources.bibtex import read_bibtex  # its parser is slow to load

    return read_bibtex(path, source, start_line)


# Those that are read at once, record by record.
_READERS = {
    "page": read_page,
    "bibtex": _read_bibtex,
    "ris": read_ris,
    "csl": read_csl,
    "acl-xml": read_acl_xml,
}
_BY_SUFFIX = {".bib": "bibtex", ".ris": "ris", ".csljson": "csl"}
_BIBTEX = re.compile(rb"(?:\s|%[^\n]*\n)*@[A-Za-z]+\s*[{(]")
_RIS = re.compile(rb"\s*TY  ?- ?")
_SNAPSHOT = re.compile(rb'\s*\{[^\n]*"authors_parsed"')

# What reference managers export besides, which would be read as the text of a page.
_TABLES = (".csv", ".tsv")
_FOREIGN = re.compile(rb"(?:<\?xml[^>]*>\s*)?<(?:rdf:RDF|xml>\s*<records|modsCollection|mods)\b")

_AGAIN = "fetch or make the file again"
_PACKED = (".gz", ".zst", ".zstd")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_UNNAMEABLE = re.compile(r"[\s:]+")


def read(
    path: Path,
    *,
    format: str | None = None,  # noqa: A002 - the option is called so
    source: str | None = None,
    date_is: Literal["announced", "published"] = "announced",
    start_line: int = 0,
) -> Iterator[Arrived | Rejected]:
    """The papers of a file, and the records that could not be taken, in the file's order.

    ``format`` is one of `FORMATS`, found from content and name by default. ``source`` names
    the source, by default the file's folder. ``start_line`` lines are passed over: an
    interrupted import goes on there. Raises `SourceError` at once, not at the first item,
    when the file cannot be used at all; `BrokenStreamError`, which is one, behind the last
    whole record where it cannot be read to its end.
    """
    found = format_of(path, format)
    source = source or default_source(path)
    if found in _READERS:
        return _named(path, _READERS[found](path, source, start_line))
    if found == "arxiv-snapshot":
        items = read_jsonl(path, source, "published", start_line, snapshot_record)
    else:
        items = read_jsonl(path, source, date_is, start_line)
    return _named(path, items)


def format_of(path: Path, stated: str | None = None) -> str:
    """Which of `FORMATS` a file has; `SourceError` where it cannot have the ``stated`` one."""
    if stated is not None and stated not in FORMATS:
        raise SourceError(f"format '{stated}' is not known; known are {', '.join(FORMATS)}")
    try:
        start = head(path)
    except BrokenStreamError as error:
        raise SourceError(f"{path}: {error}; {_AGAIN}") from None
    found = stated or _found(path, start)
    if not start.strip():
        raise SourceError(f"{path}: is empty")
    if stated is None and found == "page":
        _check_foreign(path, start)
    _check_text(path, start)
    if found not in _READERS:
        check_start(path, start)
    return found


def _named(path: Path, items: Iterator[Arrived | Rejected]) -> Iterator[Arrived | Rejected]:
    """The items; where the file breaks off, the error has its name and what to do."""
    try:
        yield from items
    except BrokenStreamError as error:
        raise BrokenStreamError(f"{path}: {error}; {_AGAIN}") from error


def default_source(path: Path) -> str:
    """The name of the folder a file lies in, fit for ``NAME:id``."""
    resolved = path.resolve()
    return _UNNAMEABLE.sub("-", resolved.parent.name or resolved.stem) or "import"


def starter() -> Iterator[Arrived]:
    """The 482 papers of the starter edition that come with the package."""
    file = resources.files("broadsheet.sources") / "starter" / "papers.jsonl"
    with resources.as_file(file) as path:
        for item in read_jsonl(path, "starter", "published"):
            if isinstance(item, Rejected):
                raise SourceError(
                    f"{path}: line {item.line} {item.reason}; install the package again"
                )
            yield item


def _found(path: Path, start: bytes) -> str:
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() not in _PACKED]
    suffix = suffixes[-1] if suffixes else ""
    start = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    if start[:1] == b"[" and b'"type"' in start and b'"title"' in start:
        return "csl"
    if start[:1] in (b"{", b"["):
        return "arxiv-snapshot" if _SNAPSHOT.match(start) else "jsonl"
    if start[:11] == b"<collection" or (start[:5] == b"<?xml" and b"<collection" in start):
        return "acl-xml"
    if _BIBTEX.match(start):
        return "bibtex"
    if _RIS.match(start):
        return "ris"
    return "jsonl" if suffix in (".jsonl", ".ndjson", ".json") else "page"


def _check_foreign(path: Path, start: bytes) -> None:
    table = any(suffix.lower() in _TABLES for suffix in path.suffixes)
    if table or _FOREIGN.match(start.removeprefix(b"\xef\xbb\xbf").lstrip()):
        kind = "a table" if table else "XML of a reference manager"
        raise SourceError(
            f"{path}: is {kind}, which is not read; export BibTeX, RIS or CSL-JSON instead"
        )


def _check_text(path: Path, start: bytes) -> None:
    if start[:2] in _UTF16:
        raise SourceError(f"{path}: is UTF-16; save it as UTF-8")
    # Text has no control bytes; a few NULs in one bad line do not make a file binary.
    sample = start[:4096]
    controls = sum(sample.count(byte) for byte in (*range(9), *range(14, 27), *range(28, 32)))
    if controls * 10 > len(sample) or sample[:4] in (b"%PDF", b"PK\x03\x04", b"\x89PNG", b"SQLi"):
        raise SourceError(f"{path}: is a binary file; text is wanted (JSON lines, BibTeX, RIS)")
