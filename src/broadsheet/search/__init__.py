"""It is found: a query is read, looked up by word and by meaning, fused and explained.

`Searcher` is the way in. A pipeline is a line of `Stage`s (see `pipeline`), so each can be
timed and left out.
"""

from broadsheet.search.candidates import Candidates
from broadsheet.search.fields import narrow
from broadsheet.search.parse import parse, read_as_words
from broadsheet.search.pipeline import Library, Pipeline, Search, Stage
from broadsheet.search.reading import Part, PartKind, Reading
from broadsheet.search.results import (
    LEGS,
    Explanation,
    Hit,
    SearchRequest,
    SearchResult,
    result_json,
)
from broadsheet.search.searcher import DENSE, HYBRID, LEXICAL, RRF, Searcher

__all__ = [
    "DENSE",
    "HYBRID",
    "LEGS",
    "LEXICAL",
    "RRF",
    "Candidates",
    "Explanation",
    "Hit",
    "Library",
    "Part",
    "PartKind",
    "Pipeline",
    "Reading",
    "Search",
    "SearchRequest",
    "SearchResult",
    "Searcher",
    "Stage",
    "narrow",
    "parse",
    "read_as_words",
    "result_json",
]
