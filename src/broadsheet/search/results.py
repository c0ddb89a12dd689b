"""What is asked of a search, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from broadsheet.index import Filters
from broadsheet.search.reading import Reading

if TYPE_CHECKING:
    from broadsheet.catalog import Work

Leg = Literal["lexical", "dense"]
LEGS: tuple[Leg, ...] = ("lexical", "dense")
Fusion = Literal["scores", "rrf"]


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A search. ``offset`` and ``limit`` cut the page out of the ranking.

    ``legs`` are the ways to look: ``lexical`` by words, ``dense`` by meaning. ``filters``
    narrow beside what the query itself says. With ``syntax`` off every character of the query
    is text.
    """

    query: str
    limit: int = 10
    offset: int = 0
    legs: tuple[str, ...] = LEGS
    filters: Filters | None = None
    explain: bool = False
    fusion: Fusion = "scores"
    syntax: bool = True

    def __post_init__(self) -> None:
        unknown = [leg for leg in self.legs if leg not in LEGS]
        if unknown or not self.legs:
            raise ValueError(f"legs are {' and '.join(LEGS)}, not {unknown or 'none'}")
        if self.limit < 0 or self.offset < 0:
            raise ValueError("limit and offset are numbers from 0 up")
        if self.fusion not in {"scores", "rrf"}:
            raise ValueError(f"fusion is scores or rrf, not {self.fusion}")


@dataclass(frozen=True, slots=True)
class Explanation:
    """What carried a hit.

    ``lexical`` is its BM25 score and ``dense`` its cosine similarity to the query; None where
    the leg was left out or, for ``dense``, the paper has no vector yet. ``shares`` says how
    much of the hit's score each leg gave; they add up to the score. ``words`` says what each
    word and phrase of the query, as written, added to ``lexical``; ``missing`` are those that
    the paper has not.
    """

    lexical: float | None
    dense: float | None
    shares: Mapping[str, float]
    words: Mapping[str, float]
    missing: tuple[str, ...] = ()

    def in_words(self) -> str:
        """One line: "59% by words (pruning, language), 41% by meaning; lacks: vision"."""
        whole = sum(self.shares.values())
        said = []
        for leg, name in (("lexical", "words"), ("dense", "meaning")):
            share = self.shares.get(leg, 0.0)
            if share > 0 and whole > 0:
                said.append(f"{share / whole:.0%} by {name}")
        if said and self.words and self.shares.get("lexical", 0.0) > 0:
            most = sorted(self.words, key=lambda word: -self.words[word])[:4]
            said[0] += f" ({', '.join(most)})"
        line = ", ".join(said) or "newest first"
        return f"{line}; lacks: {', '.join(self.missing)}" if self.missing else line


@dataclass(frozen=True, slots=True)
class Hit:
    """A work found. ``score`` orders one result and says nothing across queries;
    ``probability`` of being relevant is None until scores are calibrated."""

    work_id: int
    score: float
    probability: float | None = None
    explanation: Explanation | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SearchResult:
    """The answer to a search.

    ``total`` is the number of works that satisfy the filters and the query's words: every
    required part, and at least one of the plain words. Where meaning finds works without any of
    the words, it is the number of works ranked. ``stages`` are milliseconds by stage.
    ``notes`` are sentences for the person who asked, the reading's among them.
    """

    query: str
    reading: Reading
    total: int
    took_ms: float
    hits: tuple[Hit, ...]
    stages: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


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
        "hits": [
            {
                "id": works[hit.work_id].paper.id,
                "title": works[hit.work_id].paper.title,
                "score": round(hit.score, 6),
                "probability": hit.probability,
                "explanation": _explanation_json(hit.explanation),
            }
            for hit in result.hits
            if hit.work_id in works
        ],
    }


def _explanation_json(explanation: Explanation | None) -> dict[str, object] | None:
    if explanation is None:
        return None
    return {
        "lexical": _rounded(explanation.lexical),
        "dense": _rounded(explanation.dense),
        "shares": {leg: round(share, 6) for leg, share in explanation.shares.items()},
        "words": {word: round(value, 4) for word, value in explanation.words.items()},
        "missing": list(explanation.missing),
        "text": explanation.in_words(),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
