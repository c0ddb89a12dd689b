"""What a search in Semantic Scholar's way is narrowed to."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.requests import Request

from broadsheet import citations
from broadsheet.catalog import Work
from broadsheet.index import Filters
from broadsheet.papers import first_day, last_day
from broadsheet.web.compat.replies import text
from broadsheet.web.compat.semantic_scholar_papers import FIELDS_OF_STUDY, pdf_of, venue_of

if TYPE_CHECKING:
    from datetime import date

_YEAR = re.compile(r"(\d{4})?(-)?(\d{4})?", re.ASCII)
_DATE = r"\d{4}(?:-\d{2}(?:-\d{2})?)?"
_DATES = re.compile(rf"({_DATE})?(:)?({_DATE})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What hits must be: ``filters`` is asked of the index, the rest of the papers found."""

    filters: Filters | None = None
    venues: frozenset[str] = frozenset()
    open_pdf: bool = False
    key: str = field(default="", compare=False)

    @staticmethod
    def of(request: Request) -> Narrowed:
        """Read from an address; 400 for what does not read, or cannot be told here."""
        if text(request, "minCitationCount", 20) not in ("", "0"):
            raise HTTPException(400, "minCitationCount: citations are not counted here")
        if text(request, "publicationTypes", 500):
            raise HTTPException(400, "publicationTypes: kinds of publications are not known here")
        first, last = _between(request)
        categories = _categories(text(request, "fieldsOfStudy", 500))
        filters = None
        if first or last or categories:
            filters = Filters(first_day=first, last_day=last, categories=categories)
        venues = frozenset(_folded(name) for name in text(request, "venue", 1000).split(","))
        return Narrowed(
            filters,
            venues - {""},
            "openAccessPdf" in request.query_params,
            f"{first} {last} {categories}",
        )

    @property
    def looks_at_papers(self) -> bool:
        """Whether the papers found have to be looked at one by one."""
        return bool(self.venues) or self.open_pdf

    def keeps(self, work: Work) -> bool:
        """Whether a paper is among those that are wanted."""
        if self.open_pdf and not pdf_of(work):
            return False
        if not self.venues:
            return True
        told = citations.appearances(work.paper)
        names = [venue_of(work), *citations.publication(work.paper).names]
        names += [name for one in told for name in (one.name, str(one))]
        return not self.venues.isdisjoint(map(_folded, names))

    def named(self) -> str:
        """A name for caches."""
        return f"{self.key} {sorted(self.venues)} {self.open_pdf}"


def without(filters: Filters | None, **more: object) -> Filters:
    """The filters, narrowed further."""
    return replace(filters or Filters(), **more)  # type: ignore[arg-type]


def _between(request: Request) -> tuple[str, str]:
    first, last = _range(request, "year", _YEAR)
    since, until = _range(request, "publicationDateOrYear", _DATES)
    return max(first, since), min(filter(None, (last, until)), default="")


def _range(request: Request, name: str, form: re.Pattern[str]) -> tuple[str, str]:
    """The first and the last day of a range, '' where it is open."""
    given = text(request, name, 30)
    if not given:
        return "", ""
    match = form.fullmatch(given)
    if match is None or not (match[1] or match[3]) or (match[3] and not match[2]):
        raise HTTPException(400, f"{name}: 2019, 2016-2020 or 2019-03:2020-06 are the forms")
    first, last = match[1] or "", match[3] or ("" if match[2] else match[1] or "")
    try:
        return _iso(first_day(first)), _iso(last_day(last))
    except ValueError as error:
        raise HTTPException(400, f"{name}: there is no such date") from error


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _categories(text_: str) -> tuple[str, ...]:
    wanted = {_folded(name) for name in text_.split(",") if name.strip()}
    if not wanted:
        return ()
    found = tuple(a for a, name in FIELDS_OF_STUDY.items() if _folded(name) in wanted)
    # A field that no archive is of has no papers here; no category is named like this.
    return found or ("none",)


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
