"""A field of keywords in search (row 4): candidates re-ranked by key terms the query asks for.

For `trials.ranking`. A document's field is its first terms; what a query gains from it is the
share of its words, weighed by rarity, that stand in them, as a second field of BM25 would add.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from broadsheet.evaluate import Field
from broadsheet.evaluate.keywords import stemmed
from broadsheet.search import Candidates
from broadsheet.search.fusion import fuse_scores
from broadsheet.text.reading import prepare
from broadsheet.text.terms.background import background
from broadsheet.text.terms.extracting import ranked_terms
from broadsheet.text.terms.stopping import FUNCTION

_WORDS: dict[tuple[int, int, int], frozenset[str]] = {}


def _field(field: Field, work: int, most: int) -> frozenset[str]:
    place = (id(field), work, most)
    if place not in _WORDS:
        paper = field.documents.works[work].paper
        terms = ranked_terms(prepare(paper.title, paper.abstract))[:most]
        _WORDS[place] = frozenset(stem for term in terms for stem in stemmed(term.text).split())
    return _WORDS[place]


@cache
def _asked(query: str) -> tuple[tuple[str, float], ...]:
    table = background()
    rarity = {}
    for word in query.lower().split():
        word = word.strip(".,;:?!()\"'")
        if word and word not in FUNCTION:
            known = table.words.get(word)
            rarity[stemmed(word)] = -(known.share if known is not None else table.unknown)
    total = sum(rarity.values()) or 1.0
    return tuple((stem, weight / total) for stem, weight in rarity.items())


def keyworded(
    found: Candidates,
    field: Field,
    query: str,
    *,
    weight: float = 0.1,
    most: int = 10,
    dense_weight: float = 0.0,
) -> Candidates:
    """Both legs as the product weighs them (0: words alone), plus ``weight`` for the field."""
    plain = fuse_scores(found, dense_weight)
    share = np.array(
        [
            sum(w for stem, w in _asked(query) if stem in _field(field, int(work), most))
            for work in plain.ids
        ]
    )
    return plain.ordered(plain.lexical_share + weight * share, plain.dense_share)
