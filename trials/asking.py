"""Words of asking kept, or left out of texts that do not ask too, as lines of `trials.ranking`."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from broadsheet.index import WordQuery
from broadsheet.search import HYBRID, LEXICAL, Candidates, Pipeline, Search, Stage
from broadsheet.search.asking import without_asking


def line(left_out: Literal["nowhere", "everywhere"], *, meaning: bool = True) -> Pipeline:
    """The product's line, with words of asking left out nowhere or everywhere."""

    def run(search: Search, ranking: Candidates) -> Candidates:
        clauses = search.reading.words.clauses
        if len(clauses) == 1 and clauses[0].occur == "should" and not clauses[0].any_of:
            text = search.reading.meaning
            if left_out == "everywhere":
                text = without_asking(text) or text
            search.reading = replace(search.reading, words=WordQuery.of(text))
        return ranking

    base = HYBRID if meaning else LEXICAL
    return Pipeline((Stage("asking", run), *base.stages))
