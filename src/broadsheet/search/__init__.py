"""It is found: a query is read, looked up by word and by meaning, fused and explained.

`Searcher` is the way in. A pipeline is a line of `Stage`s (see `pipeline`), so each can be
timed and left out.
"""

from broadsheet.search.candidates import Candidates
from broadsheet.search.explanation import Explanation, QueryWord
from broadsheet.search.feedback import DISLIKED, orthogonal, revised, unit
from broadsheet.search.fields import category_name, narrow
from broadsheet.search.highlights import Highlight
from broadsheet.search.kept import search_kept
from broadsheet.search.naming import names_in
from broadsheet.search.parsing import parse, read_as_words
from broadsheet.search.pipeline import Library, Pipeline, Search, Stage
from broadsheet.search.pipelines import DENSE, HYBRID, LEXICAL, RRF
from broadsheet.search.reading import Part, PartKind, Reading
from broadsheet.search.rerank import Reranker, load_reranker, rerank
from broadsheet.search.results import (
    LEGS,
    Hit,
    SearchRequest,
    SearchResult,
    hit_json,
    result_json,
)
from broadsheet.search.searcher import Searcher

__all__ = [
    "DENSE",
    "DISLIKED",
    "HYBRID",
    "LEGS",
    "LEXICAL",
    "RRF",
    "Candidates",
    "Explanation",
    "Highlight",
    "Hit",
    "Library",
    "Part",
    "PartKind",
    "Pipeline",
    "QueryWord",
    "Reading",
    "Reranker",
    "Search",
    "SearchRequest",
    "SearchResult",
    "Searcher",
    "Stage",
    "category_name",
    "hit_json",
    "load_reranker",
    "names_in",
    "narrow",
    "orthogonal",
    "parse",
    "read_as_words",
    "rerank",
    "result_json",
    "revised",
    "search_kept",
    "unit",
]
