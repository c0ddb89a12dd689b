"""Systems by name: the product's pipelines, their ablations, and the references."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from broadsheet.evaluate import references
from broadsheet.evaluate.collection import BenchError
from broadsheet.evaluate.field import DEPTH, Field
from broadsheet.search import (
    HYBRID,
    RRF,
    Candidates,
    Pipeline,
    Searcher,
    SearchRequest,
)

Rank = Callable[[str], Sequence[str]]  # a query's text -> document ids, best first

DEFAULT = ("hybrid", "rrf", "rrf-weighted", "dense", "lexical", "bm25", "tfidf", "count")
BASELINE = "rrf"


@dataclass(frozen=True, slots=True)
class System:
    """A way to rank. ``make`` prepares it for a field, None where it cannot run there;
    ``about`` says in a line what it is."""

    name: str
    make: Callable[[Field], Rank | None]
    about: str = ""


def product(name: str, request: SearchRequest, about: str) -> System:
    """The product as it stands, by a request."""

    def make(field: Field) -> Rank | None:
        if field.encoder is None and "dense" in request.legs and "lexical" not in request.legs:
            return None
        searcher = Searcher(field.documents, field.index, field.encoder)

        def rank(query: str) -> Sequence[str]:
            asked = SearchRequest(query, limit=DEPTH, legs=request.legs, fusion=request.fusion)
            return field.names([hit.work_id for hit in searcher.search(asked).hits])

        return rank

    return System(name, make, about)


def of_pipeline(name: str, pipeline: Pipeline, about: str = "") -> System:
    """A line of the product's stages."""

    def make(field: Field) -> Rank:
        return lambda query: field.names(field.run(pipeline, query).ids[:DEPTH].tolist())

    return System(name, make, about)


def of_candidates(
    name: str, order: Callable[[Candidates, Field, str], Candidates], about: str = ""
) -> System:
    """A function that orders the cached candidates of a query (`Field.candidates`)."""

    def make(field: Field) -> Rank:
        def rank(query: str) -> Sequence[str]:
            ordered = order(field.candidates(query), field, query)
            return field.names(ordered.ids[:DEPTH].tolist())

        return rank

    return System(name, make, about)


def _reference(name: str, make: Callable[[Field], Rank | None], about: str) -> System:
    return System(name, make, about)


_KNOWN = {
    system.name: system
    for system in (
        product("hybrid", SearchRequest(""), "the product's default pipeline"),
        product("rrf", SearchRequest("", fusion="rrf"), "its two legs by reciprocal ranks, k = 60"),
        product("lexical", SearchRequest("", legs=("lexical",)), "its words alone"),
        product("dense", SearchRequest("", legs=("dense",)), "its encoder alone"),
        _reference(
            "rrf-weighted",
            references.weighted_rrf,
            "reciprocal ranks, k = 60, meaning .7 and words .3 (arxiv-search-kit)",
        ),
        _reference("bm25", references.bm25, "Lucene's BM25, k1 .9, b .4 (Anserini)"),
        _reference("tfidf", references.tfidf, "TF-IDF of one and two words (arxiv-sanity)"),
        _reference("count", references.count_search, "counted substrings (arxiv-sanity-lite)"),
        _reference("random", references.shuffled, "any order, the same for every run"),
    )
}
_LINES = {"hybrid": HYBRID, "rrf": RRF}


def system(name: str) -> System:
    """A system by its name; ``hybrid-STAGE`` is the default pipeline without that stage.

    Raises `BenchError`.
    """
    if name in _KNOWN:
        return _KNOWN[name]
    line, _, stage = name.partition("-")
    if line in _LINES and stage:
        stages = sorted({step.name for step in _LINES[line].stages})
        if stage in stages:
            about = f"{line} without {stage}"
            return of_pipeline(name, _LINES[line].without(stage), about)
        raise BenchError(f"system {name!r}: {line} has no stage {stage!r}; {', '.join(stages)}")
    raise BenchError(
        f"no system {name!r}; there are {', '.join(_KNOWN)}, and hybrid-STAGE for the default"
        " pipeline without a stage"
    )


def chosen(names: Sequence[str]) -> tuple[System, ...]:
    """The systems with these names, each once; raises `BenchError`."""
    return tuple(system(name) for name in dict.fromkeys(names))
