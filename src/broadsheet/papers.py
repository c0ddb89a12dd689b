"""What a paper is: plain frozen records, no input or output.

A *paper* is one record as a source announced it. A *work* (`catalog.Work`) is what
several records have in common: votes, lists and links hang on the work.

Dates are ISO 8601 strings of the precision that is known: ``"1958"``, ``"1958-12"`` or
``"1958-12-01"``, and ``""`` when nothing is known. They compare and sort as text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from urllib.parse import quote, unquote

_ARXIV_NEW = r"\d{4}\.\d{4,5}"
_ARXIV_OLD = r"[a-z][a-z-]+(?:\.[A-Z]{2})?/\d{7}"
_ARXIV_BARE = re.compile(rf"(?:({_ARXIV_NEW})|({_ARXIV_OLD}))(v\d{{1,3}})?", re.ASCII)
_ARXIV = re.compile(
    rf"(?:arxiv:\s*|oai:arxiv\.org:|https?://(?:www\.|export\.)?arxiv\.org/(?:abs|pdf|html)/)?"
    rf"(?:({_ARXIV_NEW})|({_ARXIV_OLD}))(v\d{{1,3}})?(?:\.pdf)?/?",
    re.ASCII | re.IGNORECASE,
)
_DOI = re.compile(
    r"(?:doi:\s*|(https?://(?:dx\.)?doi\.org/))?(10\.\d{4,9}/\S+)", re.ASCII | re.IGNORECASE
)
# What a DOI may have and an address may not, or has for something else, is quoted there.
_DOI_PLAIN = "/:;()!*',@$&+=~"
# An Anthology id is the old letter-year form (P19-1001) or year.venue-volume.number.
_ACL = re.compile(
    r"(?:acl:|https?://(?:www\.)?aclanthology\.org/)?"
    r"([A-Z]\d{2}-\d{4}|(?:19|20)\d{2}\.[a-z0-9_]+-[a-z0-9]+\.\d+)(?:\.pdf)?/?",
    re.ASCII,
)
_OPENREVIEW = re.compile(
    r"(?:openreview:|https?://openreview\.net/(?:forum|pdf)\?id=)([\w-]{6,})", re.ASCII
)
_URL = re.compile(r"https?://\S+", re.IGNORECASE)
_ARXIV_DOI = re.compile(r"10\.48550/arxiv\.(.+)", re.IGNORECASE)
_MONTHS = {
    "jan": 1,
    "feb": 2,
    "mar": 3,
    "apr": 4,
    "may": 5,
    "jun": 6,
    "jul": 7,
    "aug": 8,
    "sep": 9,
    "oct": 10,
    "nov": 11,
    "dec": 12,
}
_ISO_DATE = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?(?:[T ].*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Identifier:
    """A name of a work in a scheme: ``arxiv`` (without version), ``doi``, ``acl``,
    ``openreview``, ``url``, or a source's own name for ids of no known scheme."""

    scheme: str
    value: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.value}"


@dataclass(frozen=True, slots=True)
class Author:
    """One author as printed."""

    name: str
    affiliation: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """An address that belongs to a paper; ``kind`` is abstract, pdf, code, data, model,
    project or other."""

    kind: str
    url: str


@dataclass(frozen=True, slots=True)
class Version:
    """One stored record of a work: what a source said, and when."""

    source: str
    external_id: str
    label: str
    title: str
    abstract: str
    published: str
    announced: str
    updated: str
    arrived_at: str
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    # What it says of its own withdrawal; '' for one that stands.
    withdrawn: str = ""
    # Every other field that its source has, as `Paper.extra`.
    extra: Mapping[str, object] = field(default_factory=dict)
    # Its number among all records here, in the order of arrival.
    number: int = 0


@dataclass(frozen=True, slots=True)
class Paper:
    """One record of a paper as a source has it.

    ``id`` is the id as it came, version suffix included. ``summary`` holds words that
    are not the authors' own and must be shown as such. ``extra`` keeps every field the
    importer does not know.
    """

    id: str
    source: str
    title: str = ""
    abstract: str = ""
    summary: str = ""
    authors: tuple[Author, ...] = ()
    categories: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    links: tuple[Link, ...] = ()
    published: str = ""
    announced: str = ""
    updated: str = ""
    version: str = ""
    extra: Mapping[str, object] = field(default_factory=dict)

    @property
    def withdrawn(self) -> str:
        """What it says of its own withdrawal; '' for one that stands."""
        return said_withdrawn(self.extra)


def said_withdrawn(extra: Mapping[str, object]) -> str:
    """The field ``withdrawn`` of a record: a sentence, or true where a source knows no more."""
    value = extra.get("withdrawn")
    if isinstance(value, str):
        return value
    return "This paper has been withdrawn." if value else ""


def parse_identifier(text: str, source: str = "") -> tuple[Identifier, str]:
    """Reads an id, DOI or address; returns the identifier and the version label ('' if none).

    An id of no known scheme becomes ``source:text``, or ``id:text`` without a source.
    """
    text = text.strip()
    # Nearly every id of a bulk import is a bare arXiv id: the short pattern is the fast path.
    match = _ARXIV_BARE.fullmatch(text) or _ARXIV.fullmatch(text)
    if match:
        return Identifier("arxiv", _arxiv_value(match)), (match[3] or "").lower()
    match = _DOI.fullmatch(text)
    if match:
        doi = (_unquoted(match[2]) if match[1] else match[2]).lower()
        arxiv = _ARXIV_DOI.fullmatch(doi)
        inner = _ARXIV.fullmatch(arxiv[1]) if arxiv else None
        if inner:
            return Identifier("arxiv", _arxiv_value(inner)), (inner[3] or "").lower()
        return Identifier("doi", doi), ""
    for scheme, pattern in (("acl", _ACL), ("openreview", _OPENREVIEW)):
        match = pattern.fullmatch(text)
        if match:
            return Identifier(scheme, match[1]), ""
    if _URL.fullmatch(text):
        return Identifier("url", text), ""
    return Identifier(source or "id", text), ""


def _unquoted(text: str) -> str:
    """What a part of an address stands for; as it is where that could be no identifier."""
    if "%" not in text:
        return text
    plain = unquote(text)
    good = plain.isprintable() and not any(sign in plain for sign in " \N{REPLACEMENT CHARACTER}")
    return plain if good else text


def _arxiv_value(match: re.Match[str]) -> str:
    if match[1]:
        return match[1]
    # math.GT/0309136 and math/0309136 name the same paper: the subject class is decoration.
    archive, number = match[2].lower().split("/")
    return f"{archive.split('.')[0]}/{number}"


def identifier_url(identifier: Identifier) -> str:
    """The public address of an identifier, '' for schemes that have none."""
    value = identifier.value
    match identifier.scheme:
        case "arxiv":
            return f"https://arxiv.org/abs/{value}"
        case "doi":
            return f"https://doi.org/{quote(value, safe=_DOI_PLAIN, errors='replace')}"
        case "acl":
            return f"https://aclanthology.org/{value}/"
        case "openreview":
            return f"https://openreview.net/forum?id={value}"
        case "url":
            return value
        case _:
            return ""


def parse_date(text: str) -> str:
    """Normalises a date to ISO of the precision it has; '' when it says nothing sure.

    Reads ISO dates and times, ``December, 1958``, ``Oct 3, 2022`` and ``3 October 2022``.
    """
    text = text.strip()
    match = _ISO_DATE.fullmatch(text)
    if match:
        return _valid(match[1], match[2], match[3])
    words = re.findall(r"[A-Za-z]+|\d+", text)
    year = next((w for w in words if w.isdigit() and len(w) == 4), "")
    months = [_MONTHS[w[:3].lower()] for w in words if w.isalpha() and w[:3].lower() in _MONTHS]
    day = next((w for w in words if w.isdigit() and len(w) <= 2), "")
    if not year or len(words) > 3 or len(months) != 1:
        return ""
    return _valid(year, f"{months[0]:02}", f"{int(day):02}" if day else None)


def _valid(year: str, month: str | None, day: str | None) -> str:
    if int(year) < 1000:
        return ""
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return ""
    return "-".join(part for part in (year, month, day) if part)


def first_day(iso: str) -> date | None:
    """The first day a date of any precision can mean; None for ''."""
    if not iso:
        return None
    parts = [int(part) for part in iso.split("-")]
    return date(parts[0], parts[1] if len(parts) > 1 else 1, parts[2] if len(parts) > 2 else 1)


def last_day(iso: str) -> date | None:
    """The last day a date of any precision can mean; None for ''."""
    if not iso:
        return None
    parts = [int(part) for part in iso.split("-")]
    if len(parts) == 3:
        return date(*parts)
    year, month = parts[0], parts[1] if len(parts) == 2 else 12
    if (year, month) == (9999, 12):
        return date.max
    start_of_next = date(year + month // 12, month % 12 + 1, 1)
    return start_of_next - timedelta(days=1)
