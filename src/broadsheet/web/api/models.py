"""What the API answers with: papers and what is found of them.

These models declare answers; the handlers build plain values, and the tests hold every answer
against its declaration. What nobody set is null in numbers and times, "" in words.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Day = Annotated[str, Field(description="ISO, as precise as it is known; empty when it is not.")]
Moment = Annotated[str, Field(description="UTC, 2026-01-31T07:00:00Z.")]
PaperName = Annotated[str, Field(description="An id under which `/papers/{paper_id}` finds it.")]
Next = Annotated[
    str | None,
    Field(description="Address of the next page, also in `Link`; null on the last one."),
]


class Answer(BaseModel):
    """An answer; it has these fields and no others."""

    model_config = ConfigDict(extra="forbid")


class Author(Answer):
    """An author as printed."""

    name: str
    affiliation: str


class PaperLink(Answer):
    """An address that belongs to a paper."""

    kind: str
    url: str


class Paper(Answer):
    """A paper: the record shown, with the identifiers, sources and dates of the whole work."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "1706.03762",
                    "title": "Attention Is All You Need",
                    "abstract": "The dominant sequence transduction models are based on …",
                    "summary": "",
                    "authors": [{"name": "Ashish Vaswani", "affiliation": ""}],
                    "categories": ["cs.CL", "cs.LG"],
                    "identifiers": ["arxiv:1706.03762"],
                    "urls": ["https://arxiv.org/abs/1706.03762"],
                    "links": [],
                    "sources": ["starter"],
                    "published": "2017-06-12",
                    "announced": "",
                    "updated": "2017-06-12",
                    "version": "",
                    "versions": 1,
                    "appeared": ["NeurIPS 2017"],
                    "extra": {},
                }
            ]
        }
    )

    id: PaperName
    title: str
    abstract: str
    summary: Annotated[str, Field(description="Words that are not the authors’ own.")]
    authors: list[Author]
    categories: list[str]
    identifiers: Annotated[list[str], Field(description="Every name of the work, scheme:value.")]
    urls: list[str]
    links: list[PaperLink]
    sources: list[str]
    published: Day
    announced: Day
    updated: Day
    version: str
    versions: int
    appeared: Annotated[
        list[str], Field(description="Meetings and journals that took it, as its records tell.")
    ]
    extra: Annotated[dict[str, Any], Field(description="Every other field the source has.")]


class Listed(Answer):
    """A paper in a short list."""

    id: PaperName
    title: str


class Changed(Answer):
    """The latest state of a paper; null: it is gone."""

    seq: int
    work: int
    paper: Paper | None


class Papers(Answer):
    """Papers in the order in which they last changed here."""

    papers: list[Changed]
    seq: Annotated[int, Field(description="The newest change there is.")]
    next: Next


class Word(Answer):
    """What a hit would lose without a word of the query."""

    word: str
    lexical: float
    dense: float | None


class Explanation(Answer):
    """What carried a hit: BM25, cosine, their shares of the score, and the words."""

    lexical: float | None
    dense: float | None
    shares: dict[str, float]
    words: dict[str, float]
    by_word: list[Word]
    missing: list[str]
    denied: Annotated[list[str], Field(description="Words that the paper says it has not.")]
    by: Annotated[list[str], Field(description="Words that authors of the paper are called.")]
    text: str


class Hit(Answer):
    """A paper found; ``score`` orders this answer and says nothing across queries."""

    id: PaperName
    title: str
    withdrawn: Annotated[str, Field(description="What is said of its withdrawal; '' if it stands.")]
    score: float
    probability: Annotated[float | None, Field(ge=0, le=1)]
    explanation: Explanation | None


class Understood(Answer):
    """A part of the query and how it was read; ``without``: the query that takes it otherwise."""

    kind: str
    text: str
    given: str
    without: str


class Finding(Answer):
    """What is said of a search beside its hits."""

    query: str
    total: int
    took_ms: float
    reading: list[Understood]
    notes: list[str]
    suggestion: str
    facets: Annotated[
        dict[str, list[Any]], Field(description="By facet: pairs of a value and its papers.")
    ]
    nothing_relevant: bool
    vendi: dict[str, float]


class Found(Finding):
    """What a search found, best first."""

    hits: list[Hit]


class FoundPage(Found):
    """A page of what a search found, best first."""

    next: Next


class VersionTold(Answer):
    """What a source said of the paper, and when."""

    key: str
    label: str
    source: str
    id: str
    title: str
    abstract: str
    authors: list[str]
    categories: list[str]
    published: Day
    announced: Day
    updated: Day
    withdrawn: str


class Stretch(Answer):
    """A stretch of text and what became of it."""

    kind: Literal["same", "added", "removed", "moved"]
    text: str


class Moved(Answer):
    """Names that came and went."""

    added: list[str]
    removed: list[str]


class Changes(Answer):
    """What differs between two versions."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    from_: Annotated[str, Field(alias="from")]
    to: str
    title: list[Stretch]
    abstract: list[Stretch]
    authors: Moved
    categories: Moved


class Versions(Answer):
    """The versions of a paper, the oldest first, and what changed between two of them."""

    id: PaperName
    versions: list[VersionTold]
    changes: Changes | None


class EditionDay(Answer):
    """A day that has an edition."""

    date: Day
    papers: int


class EditionDays(Answer):
    """Days with the number of papers announced on each, newest first."""

    days: list[EditionDay]
    next: Next


class EditionSection(Answer):
    """A section of an edition, as far as it stands on this page."""

    model_config = ConfigDict(extra="allow")

    category: str
    name: str
    total: int
    papers: list[Paper]


class EditionPage(Answer):
    """One page of an edition. ``previous`` and ``next`` are keys of editions, ``page`` of
    ``pages`` is told apart from them."""

    model_config = ConfigDict(extra="allow")

    kind: str
    key: str
    title: str
    first: Day
    last: Day
    total: int
    page: int
    pages: int
    previous: str | None
    next: Annotated[str | None, Field(description="Key of the next edition.")]
    lead_rule: str | None
    leads: list[Paper]
    sections: list[EditionSection]


class SourceCount(Answer):
    """A source and its papers."""

    name: str
    papers: int


class IndexStatus(Answer):
    """How far papers are filed: by words, and encoded by meaning."""

    generation: str
    encoder: str | None
    applied_seq: int
    papers: int
    encoded: int
    pending: int
    committed_at: str | None
    bytes: dict[str, int]


class Status(Answer):
    """What is here."""

    papers: int
    coverage: str
    sources: list[SourceCount]
    index: IndexStatus | None
    problems: list[str]


class TrendingPart(Answer):
    """What readers did, and how much of it still counts."""

    kind: str
    count: int
    heat: float


class TrendingPaper(Answer):
    """A paper and its score taken apart."""

    id: PaperName
    title: str
    score: float
    heat: float
    damped: float
    field: str
    typical: float
    parts: list[TrendingPart]


class TrendingList(Answer):
    """What readers turn to; the list of a past day never changes."""

    kind: Literal["day", "week", "month"]
    as_of: str
    half_life_days: float
    total: int
    papers: list[TrendingPaper]


class Freshness(Answer):
    """To which day the paper is complete, and where it is not."""

    complete_to: str | None
    incomplete: str | None
    missing: int
    announced: int
    words: str | None


class LedgerDay(Answer):
    """What became of one listing’s set on one day; every count is of papers."""

    listing: str
    set: str
    day: str
    announced: int
    new: int
    fetched: int
    stored: int
    merged: int
    rejected: int
    undone: int
    indexed: int
    encoded: int | None
    deleted: int
    total: int | None
    stale: bool
    missing: int


class TroubleTold(Answer):
    """Something wrong with a source’s listing."""

    id: int
    source: str
    set: str
    day: str
    kind: str
    sentence: str
    figures: dict[str, Any]
    opened_at: str
    told_at: str | None
    closed_at: str | None
    ending: str


class Ledger(Answer):
    """What sources announced day by day, newest first, and the troubles that are open."""

    freshness: Freshness
    rows: list[LedgerDay]
    troubles: list[TroubleTold]
