"""Where a paper was published, as its source tells it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from broadsheet.papers import Paper

# An arXiv record's note first: it says volume and pages too. Sources of meetings name venues.
_PLACES = ("journal_ref", "journal-ref", "journal", "booktitle", "venue", "container-title")
_NUMBERS = ("volume", "number", "issue", "pages", "page")
# RIS says start and end, OpenAlex first and last.
_FIRST, _LAST = ("first_page", "start_page"), ("last_page", "end_page")
_MEETING = re.compile(
    r"\b(?:proceedings|proc|conference|workshop|symposium|meeting|findings|congress)\b",
    re.IGNORECASE,
)
# What a reference list calls an entry, in BibTeX, RIS and CSL-JSON: said, not guessed.
_MEETING_ENTRIES = frozenset(("inproceedings", "conference", "cpaper", "conf", "paper-conference"))
_JOURNAL_ENTRIES = frozenset(("article", "jour", "article-journal"))
# The Anthology's journals; J and Q are Computational Linguistics and TACL before 2020.
_ACL_JOURNAL = re.compile(
    r"[JQ]\d\d-\d+|\d{4}\.(?:cl|tacl|tal|lilt|nejlt|jlcl|ijclclp)-.+", re.ASCII
)
_KINDS = {
    **dict.fromkeys(("book", "mvbook", "collection", "ebook", "edbook"), "book"),
    **dict.fromkeys(("incollection", "inbook", "chap", "echap", "chapter"), "chapter"),
    **dict.fromkeys(("phdthesis", "mastersthesis", "thesis", "thes"), "thesis"),
    **dict.fromkeys(("techreport", "report", "rprt"), "report"),
}
_HOUSES = ("publisher", "school", "institution", "university")
_TYPED = re.compile("--+")  # BibTeX's dash between pages, which no other format knows
_DASH = re.compile("[-\u2010-\u2015]+")


@dataclass(frozen=True, slots=True)
class Publication:
    """``names`` of the venue, several where it has them; ``meeting``: whether it is one rather
    than a journal. Parts that are not known are ''."""

    names: tuple[str, ...]
    meeting: bool
    volume: str = ""
    issue: str = ""
    pages: str = ""

    @property
    def venue(self) -> str:
        """The names on one line, '' where there is none."""
        return ", ".join(self.names)


def publication(paper: Paper) -> Publication:
    """Where a paper was published; of no names where its source does not say."""
    said = paper.extra
    names = next(filter(None, (_texts(said[name]) for name in _PLACES if name in said)), ())
    meeting = _is_meeting(paper, ", ".join(names))
    if not names:  # numbers of what is not known may be of anything
        return Publication((), meeting)
    told = _numbers(paper)
    first, last = (next(filter(None, map(told.get, ends)), "") for ends in (_FIRST, _LAST))
    pages = told["pages"] or told["page"] or first + (f"-{last}" if last else "")
    pages = _TYPED.sub("-", pages)
    return Publication(names, meeting, told["volume"], told["number"] or told["issue"], pages)


def kind_of(paper: Paper, place: Publication) -> str:
    """``book``, ``chapter``, ``thesis`` or ``report`` where a reference list says that it is one;
    ``meeting`` or ``article`` where it has such a venue; else ``preprint``."""
    kind = _KINDS.get(str(paper.extra.get("entry_type", "")).lower(), "")
    if kind and not (kind == "chapter" and not place.names):
        return kind
    if not place.names:
        return "preprint"
    return "meeting" if place.meeting else "article"


def house_of(paper: Paper) -> str:
    """Who published a book or a report, or accepted a thesis; '' where it is not told."""
    return next(filter(None, (", ".join(_texts(paper.extra.get(name))) for name in _HOUSES)), "")


def page_range(pages: str) -> tuple[str, str]:
    """The first and the last page; the last is '' where there is one page only."""
    first, _, last = (part.strip() for part in _DASH.sub("-", pages).partition("-"))
    return first, last


def one_line(text: str) -> str:
    """Text without line breaks and control characters, which no citation format can hold."""
    if not text.isprintable():  # nearly all are: to look at each letter took half of an export
        text = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(text.split())


def _is_meeting(paper: Paper, venue: str) -> bool:
    anthology = [one.value for one in paper.identifiers if one.scheme == "acl"]
    if any(_ACL_JOURNAL.fullmatch(name) for name in anthology):
        return False
    if anthology and _texts(paper.extra.get("journal")):
        return False
    entry = str(paper.extra.get("entry_type", "")).lower()
    if anthology or entry in _MEETING_ENTRIES:
        return True
    # A journal may be the "Proceedings of" an academy.
    return entry not in _JOURNAL_ENTRIES and bool(_MEETING.search(venue))


def _texts(value: object) -> tuple[str, ...]:
    entries = value if isinstance(value, list | tuple) else [value]
    lines = (one_line(entry) for entry in entries if isinstance(entry, str))
    return tuple(line for line in lines if line)


def _numbers(paper: Paper) -> dict[str, str]:
    said = {name: paper.extra.get(name) for name in (*_NUMBERS, *_FIRST, *_LAST)}
    return {
        name: one_line(str(value))
        if isinstance(value, str | int) and not isinstance(value, bool)
        else ""
        for name, value in said.items()
    }
