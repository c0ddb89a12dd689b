"""What is asked of a search, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from broadsheet.index import Filters
from broadsheet.search.explanation import Explanation, explanation_json
from broadsheet.search.reading import Reading

if TYPE_CHECKING:
    from broadsheet.catalog import Work

Leg = Literal["lexical", "dense"]
LEGS: tuple[Leg, ...] = ("lexical", "dense")
Fusion = Literal["scores", "rrf"]
Sort = Literal["relevance", "newest"]


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A search. ``offset`` and ``limit`` cut the page out of the ranking.

    ``legs`` are the ways to look: ``lexical`` by words, ``dense`` by meaning. ``filters``
    narrow beside what the query itself says. ``explain`` says what carried each hit;
    ``lacking``, for less time, only which of the query's words it has not. With ``syntax``
    off every character of the query is text; with ``names`` such a text may still be the name
    of an author, or have one among its words, which then asks for their papers.

    ``more_like`` and ``less_like`` are ids of works that the search turns towards and away
    from. ``sort`` is by relevance or, among the relevant, by date. ``diverse`` spreads the page
    over kinds of hits. ``facets`` counts the years, categories, sources and kinds of links of
    all that matches.
    """

    query: str
    limit: int = 10
    offset: int = 0
    legs: tuple[str, ...] = LEGS
    filters: Filters | None = None
    explain: bool = False
    lacking: bool = False
    fusion: Fusion = "scores"
    syntax: bool = True
    names: bool = False
    more_like: tuple[int, ...] = ()
    less_like: tuple[int, ...] = ()
    sort: Sort = "relevance"
    diverse: bool = False
    facets: bool = False

    def __post_init__(self) -> None:
        unknown = [leg for leg in self.legs if leg not in LEGS]
        if unknown or not self.legs:
            raise ValueError(f"legs are {' and '.join(LEGS)}, not {unknown or 'none'}")
        if self.limit < 0 or self.offset < 0:
            raise ValueError("limit and offset are numbers from 0 up")
        if self.fusion not in {"scores", "rrf"}:
            raise ValueError(f"fusion is scores or rrf, not {self.fusion}")
        if self.sort not in {"relevance", "newest"}:
            raise ValueError(f"sort is relevance or newest, not {self.sort}")


@dataclass(frozen=True, slots=True)
class Hit:
    """A work found. ``score`` orders one result and says nothing across queries;
    ``probability`` of being relevant, comparable between queries, is None where nothing was
    looked for but a paper's neighbours or its date. ``noted``: it is found for what its reader
    wrote beside it, of which no probability is known."""

    work_id: int
    score: float
    probability: float | None = None
    explanation: Explanation | None = None
    noted: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class SearchResult:
    """The answer to a search.

    ``total`` is the number of works that satisfy the filters and the query's words: every
    required part, and at least one of the plain words. Where meaning finds works without any of
    the words, it is the number of works ranked. ``stages`` are milliseconds by stage.
    ``notes`` are sentences for the person who asked, the reading's among them.

    ``suggestion`` is the query in the index's spelling, '' where nothing is misspelt. ``facets``
    are, when asked for, the values that most of the works matching the query's words have,
    with their counts: ``year`` newest first, ``category``, ``source`` and ``has``. ``vendi`` is
    the Vendi score of the page by order ("0.5", "1", "2", "inf") when it was asked to be
    diverse: the number of different hits that it amounts to. ``nothing``: no hit is likely to be
    relevant; the hits are the nearest there are.
    """

    query: str
    reading: Reading
    total: int
    took_ms: float
    hits: tuple[Hit, ...]
    stages: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    suggestion: str = ""
    facets: Mapping[str, Sequence[tuple[str, int]]] = field(default_factory=dict)
    vendi: Mapping[str, float] = field(default_factory=dict)
    nothing: bool = False


def result_json(result: SearchResult, works: Mapping[int, Work]) -> dict[str, object]:
    """A result as the command line and the API print it; works that are gone are left out."""
    return {
        "query": result.query,
        "total": result.total,
        "took_ms": round(result.took_ms, 3),
        "reading": [
            {"kind": part.kind, "text": part.text, "given": part.given, "without": part.without}
            for part in result.reading.parts
        ],
        "notes": list(result.notes),
        "suggestion": result.suggestion,
        "facets": {name: [list(one) for one in counts] for name, counts in result.facets.items()},
        "nothing_relevant": result.nothing,
        "vendi": {order: round(score, 4) for order, score in result.vendi.items()},
        "hits": [hit_json(hit, works[hit.work_id]) for hit in result.hits if hit.work_id in works],
    }


def hit_json(hit: Hit, work: Work) -> dict[str, object]:
    """A hit of a result, as `result_json` has it."""
    return {
        "id": work.paper.id,
        "title": work.paper.title,
        "withdrawn": work.paper.withdrawn,
        "score": round(hit.score, 6),
        "probability": None if hit.probability is None else round(hit.probability, 4),
        "explanation": explanation_json(hit.explanation),
    }
