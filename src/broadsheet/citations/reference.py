"""What every citation format needs to know about a paper, worked out once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from broadsheet.citations.names import Name, parse_name
from broadsheet.citations.venues import house_of, kind_of, one_line, publication
from broadsheet.papers import Paper, identifier_url

_ARXIV_MONTH = re.compile(r"(?:[a-z-]+/)?(\d{2})(0[1-9]|1[0-2])\d{3,5}|(\d{2})(0[1-9]|1[0-2])\.\d+")
_DATE = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?", re.ASCII)
_CLASS = re.compile(r"[A-Za-z][\w.-]*", re.ASCII)
_HOUSED = frozenset(("book", "chapter", "thesis", "report"))
_DEGREES = ("entry_type", "type", "type_of_work", "genre")
_MASTER = re.compile("master", re.IGNORECASE)
_WORD = re.compile(r"[a-z0-9]+")
_SMALL_WORDS = "a an and are as at by for from how in into is it its of on or the to"
_STOP_WORDS = frozenset(_SMALL_WORDS.split())

# Letters that are no letter with an accent: normalisation would drop them from a key.
_NO_ACCENT = str.maketrans(
    {"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "æ": "ae", "Æ": "Ae", "œ": "oe", "đ": "d"}
    | {"Đ": "D", "ð": "d", "þ": "th", "ı": "i"}
)


@dataclass(frozen=True, slots=True)
class Reference:
    """One paper, ready to be written down in any format. Texts are on one line."""

    key: str
    title: str
    names: tuple[Name, ...]
    date: str  # ISO of the precision that is known, '' if none
    arxiv: str  # with the version it came with
    arxiv_class: str
    doi: str
    url: str
    pdf: str
    venue: str
    meeting: bool
    volume: str
    issue: str
    pages: str
    version: str
    abstract: str
    keywords: tuple[str, ...]
    kind: str = "preprint"  # or article, meeting, book, chapter, thesis, report
    house: str = ""  # the publisher of a book or chapter, the school or institution of the rest
    master: bool = False  # of a thesis
    withdrawn: bool = False

    @property
    def year(self) -> str:
        """The year of the date, '' when there is none."""
        return self.date[:4]


def references(papers: Iterable[Paper]) -> list[Reference]:
    """The references of papers in order; keys are unique among them and else independent."""
    taken: set[str] = set()
    return [_reference(paper, taken) for paper in papers]


def _reference(paper: Paper, taken: set[str]) -> Reference:
    values = {identifier.scheme: identifier.value for identifier in reversed(paper.identifiers)}
    arxiv, doi = values.get("arxiv", ""), values.get("doi", "")
    printed = (one_line(author.name) for author in paper.authors)
    names = tuple(parse_name(name) for name in printed if name)
    arxiv, doi = one_line(arxiv), one_line(doi)
    version = one_line(paper.version)
    dates = (paper.published, _arxiv_date(arxiv), paper.announced)
    date = next((date for date in dates if _DATE.fullmatch(date)), "")
    title = one_line(paper.title)
    place = publication(paper)
    kind = kind_of(paper, place)
    return Reference(
        key=_unique(_key(names, date[:4], title) or _key_of_id(arxiv, doi, date[:4]), taken),
        title=title,
        names=names,
        date=date,
        arxiv=arxiv + version if arxiv else "",
        arxiv_class=next(filter(_CLASS.fullmatch, paper.categories), "") if arxiv else "",
        doi=doi,
        url=one_line(_url(paper)),
        pdf=one_line(next((link.url for link in paper.links if link.kind == "pdf"), "")),
        venue=place.venue,
        meeting=place.meeting,
        volume=place.volume,
        issue=place.issue,
        pages=place.pages,
        version=version,
        abstract=one_line(paper.abstract),
        keywords=tuple(_texts(paper.extra.get("keywords"))),
        kind=kind,
        house=house_of(paper) if kind in _HOUSED else "",
        master=kind == "thesis"
        and bool(_MASTER.search(" ".join(str(paper.extra.get(name)) for name in _DEGREES))),
        withdrawn=bool(paper.withdrawn),
    )


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        value = re.split(r"[;,]", value)
    entries = value if isinstance(value, list | tuple) else []
    return [one_line(entry) for entry in entries if isinstance(entry, str) and entry.strip()]


def _url(paper: Paper) -> str:
    addresses = [identifier_url(identifier) for identifier in paper.identifiers]
    addresses += [link.url for link in paper.links if link.kind in ("abstract", "other")]
    return next((address for address in addresses if address), "")


def _arxiv_date(arxiv: str) -> str:
    """The month in an arXiv id: that of the first version."""
    match = _ARXIV_MONTH.fullmatch(arxiv)
    if not match:
        return ""
    year, month = match[1] or match[3], match[2] or match[4]
    return f"{'19' if int(year) > 90 else '20'}{year}-{month}"


def _folded(text: str) -> list[str]:
    plain = (
        unicodedata.normalize("NFKD", text.translate(_NO_ACCENT))
        .encode("ascii", "ignore")
        .decode()
        .lower()
    )
    return _WORD.findall(plain.replace("'", ""))


def _key(names: tuple[Name, ...], year: str, title: str) -> str:
    """Family, year and first word; '' where neither name nor title has a letter for it."""
    first = names[0] if names else Name()
    family = "".join(_folded(first.family)) or next(iter(_folded(first.literal)), "")
    words = [word for word in _folded(title) if word not in _STOP_WORDS and len(word) > 1]
    if not (family or words):
        return ""
    return f"{family or 'anonymous'}{year}{words[0] if words else 'untitled'}"


def _key_of_id(arxiv: str, doi: str, year: str) -> str:
    """Where letters fail, an id still names one paper: the same words for all would not."""
    name = f"arxiv{arxiv}" if arxiv else f"doi{doi}" if doi else ""
    return "".join(_folded(name)) or f"anonymous{year}untitled"


def _unique(key: str, taken: set[str]) -> str:
    """The key, with a, b, ... z, aa, ... after it from the second paper that wants it on."""
    candidate, number = key, 0
    while candidate in taken:
        number += 1
        candidate = key + _letters(number)
    taken.add(candidate)
    return candidate


def _letters(number: int) -> str:
    letters = ""
    while number:
        number, place = divmod(number - 1, 26)
        letters = chr(ord("a") + place) + letters
    return letters
