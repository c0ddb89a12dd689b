"""What a feed is made of: its own lines, and papers put into words that any format can hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from uuid import UUID, uuid5

from broadsheet.catalog import Work
from broadsheet.papers import Identifier, first_day, identifier_url
from broadsheet.text import plain, told_title

# Names of works that no address and no registered scheme can say are made in this space.
_SPACE = UUID("6f0a3f52-2c5e-4f0b-9d0a-5b1d5b6a7c11")
_SCHEMES = ("arxiv", "doi", "acl", "openreview", "url")
# A record may hold megabytes; a feed carries what someone could mean to read there.
_LONGEST_TEXT = 8_000
_LONGEST_TITLE = 1_000
_MOST_AUTHORS = 50
# An empty feed was last changed before any paper.
NEVER = "1970-01-01T00:00:00Z"
# What XML 1.0 (2.2) and JSON readers can hold: no controls, no halves, no non-characters.
_UNPRINTABLE = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]"
)


@dataclass(frozen=True, slots=True)
class FeedHead:
    """A feed's own lines. ``page`` is the list as a page and ``address`` the feed itself, both
    absolute; ``identity`` stays the same for ever. ``first`` and ``following`` are the addresses
    of the list's first part, where this is another, and of the part after this one."""

    identity: str
    title: str
    page: str
    address: str
    subtitle: str = ""
    # No entry may be older than the feed itself: when the list was made, '' where it always was.
    made: str = ""
    first: str = ""
    following: str = ""

    def parts(self) -> list[tuple[str, str]]:
        """Relation and address of the list's other parts (RFC 5005, 3)."""
        told = (("first", self.first), ("next", self.following))
        return [(relation, address) for relation, address in told if address]


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """A paper in a feed: ``url`` is its page here (absolute), ``note`` why it is in the list,
    ``at`` when it came into it (ISO; '' for the day it was announced)."""

    work: Work
    url: str
    note: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """An entry in words, ready for any format; dates are RFC 3339 in UTC."""

    identity: str
    url: str
    outside: str
    title: str
    html: str
    summary: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    published: str
    updated: str


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed in a list of feeds."""

    title: str
    address: str
    page: str


def entry_identity(identifiers: Sequence[Identifier]) -> str:
    """The name of a work for ever: an address or ``info:`` URI (RFC 4452) of its most public
    identifier, never with a version."""
    for scheme in _SCHEMES:
        for found in identifiers:
            if found.scheme == scheme:
                if scheme in ("arxiv", "doi"):
                    return f"info:{scheme}/{found.value}"
                return identifier_url(found)
    name = str(identifiers[0]) if identifiers else ""
    return f"urn:uuid:{uuid5(_SPACE, name)}"


def moment(iso: str) -> str:
    """A date of any precision, or a time, as RFC 3339 in UTC: a date means its first moment."""
    if not iso:
        return NEVER
    if "T" in iso:
        return iso if iso.endswith("Z") else f"{iso[:19]}Z"
    day = first_day(iso)
    return f"{day.isoformat()}T00:00:00Z" if day else NEVER


def printable(text: str) -> str:
    """Text that every format can hold."""
    return _UNPRINTABLE.sub("", text)


def said(entry: FeedEntry) -> Said:
    """A paper in words; its text is cut where no one would read on in a feed."""
    work, paper = entry.work, entry.work.paper
    text = plain(paper.abstract[:_LONGEST_TEXT] or paper.summary[:_LONGEST_TEXT])
    ours = "" if paper.abstract or not text else " (in our words)"
    authors = tuple(printable(author.name) for author in paper.authors[:_MOST_AUTHORS])
    outside = next((url for url in map(identifier_url, work.identifiers) if url), "")
    came = moment(entry.at or work.announced or work.published or work.updated)
    changed = moment(work.updated or work.published)
    return Said(
        identity=printable(entry_identity(work.identifiers or paper.identifiers))
        if work.identifiers or paper.identifiers
        else f"urn:uuid:{uuid5(_SPACE, f'{paper.source}:{paper.id}')}",
        url=entry.url,
        outside=printable(outside),
        title=printable(told_title(paper, plain(paper.title[:_LONGEST_TITLE]) or paper.id)),
        html=_html(text, ours, authors, entry.note, outside),
        summary=printable(text),
        authors=authors,
        categories=tuple(printable(category) for category in paper.categories),
        published=came,
        updated=max(came, changed),
    )


def _html(text: str, ours: str, authors: Sequence[str], note: str, outside: str) -> str:
    """The entry's body. Formulas are plain Unicode: most feed readers drop MathML's elements
    and would leave its letters in a heap."""
    parts = []
    if authors:
        more = f" and {len(authors) - 8} others" if len(authors) > 9 else ""
        shown = authors[:8] if more else authors
        parts.append(f"<p><em>{escape(', '.join(shown) + more)}</em></p>")
    if note:
        parts.append(f"<p><strong>{escape(note)}</strong></p>")
    if text:
        parts.append(f"<p>{escape(text)}{ours}</p>")
    if outside.startswith(("http://", "https://")):
        parts.append(f'<p><a href="{escape(outside)}">{escape(outside)}</a></p>')
    return printable("\n".join(parts))
