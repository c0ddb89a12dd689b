"""RIS, which Zotero, EndNote and Mendeley read."""

from __future__ import annotations

import re
from collections.abc import Iterable

import rispy  # type: ignore[import-untyped]

from broadsheet.citations.names import Name
from broadsheet.citations.reference import Reference
from broadsheet.citations.venues import page_range
from broadsheet.formulas import plain

_TYPES = {
    "preprint": "UNPB",  # unpublished work is what reference managers make of a preprint
    "article": "JOUR",
    "meeting": "CPAPER",
    "book": "BOOK",
    "chapter": "CHAP",
    "thesis": "THES",
    "report": "RPRT",
}


# DOIs that servers of preprints and archives of files give. Any other is a publisher's, and what it
# names is published, wherever that may be.
_UNPUBLISHED = re.compile(
    r"10\.(?:48550|64898|1101/(?:\d{6}|20\d\d\.\d\d\.\d\d\.\d+)|2139|21203|26434|31219|31234|31235"
    r"|35542|20944|5281|6084|22541|36227)(?:[/v]|$)"
)


class _Writer(rispy.RisWriter):  # type: ignore[misc]  # rispy has no types
    """rispy's writer without the running number above each record, which is no part of RIS."""

    def set_header(self, count: int) -> str:  # noqa: ARG002 - rispy calls it so
        return ""


def ris(references: Iterable[Reference]) -> str:
    """The records of a .ris file."""
    records = [_record(reference) for reference in references]
    text: str = rispy.dumps(records, implementation=_Writer)
    return text.lstrip("\n")


def _record(reference: Reference) -> dict[str, object]:
    first, last = page_range(reference.pages)
    record: dict[str, object] = {
        "type_of_reference": _type(reference),
        "id": reference.key,
        "title": plain(reference.title),
        "authors": [_name(name) for name in reference.names],
        "year": reference.year,
        "date": _date(reference.date),
        "secondary_title": reference.venue,
        "publisher": reference.house,
        "volume": reference.volume,
        "number": reference.issue,
        "start_page": first,
        "end_page": last,
        "abstract": reference.abstract,
        "keywords": list(reference.keywords),
        "doi": reference.doi,
        "urls": [reference.url] if reference.url else [],
        "file_attachments1": reference.pdf,
        "accession_number": f"arXiv:{reference.arxiv}" if reference.arxiv else "",
        "name_of_database": "arXiv" if reference.arxiv else "",
        "edition": reference.version,
        "notes": ["Withdrawn"] if reference.withdrawn else [],
    }
    return {name: value for name, value in record.items() if value}


def _type(reference: Reference) -> str:
    kind = _TYPES[reference.kind]
    published = reference.doi and not (reference.arxiv or _UNPUBLISHED.match(reference.doi))
    return "GEN" if kind == "UNPB" and published else kind


def _name(name: Name) -> str:
    """``van der Berg, Anna, Jr.``: RIS has the suffix last."""
    family = f"{name.particle} {name.family}".strip()
    return name.literal or ", ".join(part for part in (family, name.given, name.suffix) if part)


def _date(date: str) -> str:
    """``YYYY/MM/DD/`` with the parts that are not known left empty, as RIS wants it."""
    return "/".join([*date.split("-"), "", "", ""][:4]) if date else ""
