"""The meetings and journals that papers here appeared at, by year: each leads to its papers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from broadsheet.citations import venue_key
from broadsheet.index import Index, WordQuery
from broadsheet.web.links import Links

# Venues of a year, where all years are shown: of the latest ones, and of those before.
_MOST, _LATEST, _FEWER = 30, 3, 8
_ALL = 20_000  # names that are counted
_LONGEST = 100  # characters of what is looked up
_UNDATED = "none"


@dataclass(frozen=True, slots=True)
class Venue:
    """A venue of a year: its papers found by ``url``."""

    name: str
    year: str
    papers: int
    url: str


@dataclass(frozen=True, slots=True)
class Year:
    """The venues of a year, those with the most papers first; ``more`` leads to all of them."""

    name: str
    venues: tuple[Venue, ...]
    more: str
    left: int


def venues_of(index: Index, links: Links) -> list[Venue]:
    """All venues, those with the most papers first; different spellings are one."""
    told: dict[str, tuple[str, int]] = {}
    for label, count in index.tally(WordQuery(()), None, _ALL).get("venue", []):
        key = venue_key(label)
        name, so_far = told.get(key, (label, 0))
        told[key] = name, so_far + count
    found = [_venue(label, count, links) for label, count in told.values()]
    return sorted(found, key=lambda one: (-one.papers, one.name.casefold(), one.year))


def venues_values(
    venues: Sequence[Venue], links: Links, year: str = "", asked: str = ""
) -> dict[str, object]:
    """The values of ``venues.html``: all years, one (``none``: those without), or what a name is
    part of."""
    asked = " ".join(asked.split())[:_LONGEST]
    shown = [one for one in venues if asked.casefold() in f"{one.name} {one.year}".casefold()]
    if year:
        shown = [one for one in shown if (one.year or _UNDATED) == year]
    by_year: dict[str, list[Venue]] = {}
    for one in shown:
        by_year.setdefault(one.year, []).append(one)
    years = []
    for place, name in enumerate(sorted(by_year, reverse=True)):
        cut = _MOST if place < _LATEST or not name else _FEWER
        years.append(_year(name, by_year[name], None if year or asked else cut, links))
    return {"years": years, "asked": asked, "only": year, "any": bool(venues), "here": "/venues"}


def _year(name: str, venues: list[Venue], cut: int | None, links: Links) -> Year:
    left = max(len(venues) - cut, 0) if cut else 0
    more = f"{links.base}/venues?{urlencode({'year': name or _UNDATED})}" if left else ""
    return Year(name, tuple(venues[:cut]), more, left)


def _venue(label: str, papers: int, links: Links) -> Venue:
    name, _, year = label.rpartition(" ")
    if not (name and len(year) == 4 and year.isdecimal()):
        name, year = label, ""
    return Venue(name, year, papers, links.venue(label))
