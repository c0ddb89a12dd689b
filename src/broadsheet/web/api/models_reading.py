"""What the API answers with: what was read from papers, and terms."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from broadsheet.web.api.models import Answer, Day, Next, Paper, PaperName


class Place(Answer):
    """A stretch of the abstract: its words, and where they stand in code points."""

    start: int
    end: int
    text: str


class SentenceRead(Place):
    """A sentence and what it does; ``sure`` is 0 to 1."""

    role: Literal["background", "problem", "task", "idea", "result", ""]
    sure: float


class KeywordRead(Answer):
    """A key term: as printed, its key for `/terms/{key}`, and how much it stands for the paper."""

    text: str
    key: str
    weight: float


class AcronymRead(Answer):
    """A short form and its long one; ``start`` is -1 where it is defined in the title."""

    short: str
    long: str
    start: int
    end: int


class LinkRead(Answer):
    """An address in the text."""

    kind: Literal["code", "data", "model", "project", "other"]
    url: str
    host: str


class PaperReading(Answer):
    """What was read from a paper, all of it in the paper’s own words."""

    id: PaperName
    sentences: list[SentenceRead]
    problem: Place | None
    idea: Place | None
    result: Place | None
    summary: Place | None
    keywords: list[KeywordRead]
    acronyms: list[AcronymRead]
    denied: Annotated[
        list[Place], Field(description="Scopes of what the paper says it does not do.")
    ]
    links: list[LinkRead]


class TermRise(Answer):
    """A term of a week: its papers there, and in the eight weeks before."""

    key: str
    text: str
    papers: int
    before: int
    strength: Annotated[float, Field(description="Log-likelihood of its rise.")]


class TermWeek(Answer):
    """The terms of seven days: those that rise, and those of most papers."""

    first: Day
    last: Day
    papers: int
    rising: list[TermRise]
    frequent: list[TermRise]


class TermMonth(Answer):
    """A month of a term: its papers, all papers, the share with its 95 % interval (Wilson)."""

    month: str
    papers: int
    total: int
    share: float
    low: float
    high: float


class TermCompany(Answer):
    """A term that stands beside another more often than by chance."""

    key: str
    text: str
    papers: int


class TermTold(Answer):
    """A term: its papers, since when, its months, where they lead, and its company."""

    key: str
    text: str
    papers: int
    first: Day
    months: list[TermMonth]
    direction: Literal["rising", "falling", ""]
    company: list[TermCompany]


class TermPapers(Answer):
    """The papers of a term, newest first."""

    key: str
    papers: list[Paper]
    next: Next
