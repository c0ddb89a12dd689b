"""Requests put around the queries of judged collections, as lines of `trials.ranking`."""

from __future__ import annotations

from dataclasses import replace

from broadsheet.index import WordQuery
from broadsheet.search import HYBRID, Candidates, Pipeline, Search, Stage, parse, read_as_words


def line(request: str, *, seen: bool = True) -> Pipeline:
    """The product's line, each query put in a request ("papers about {}").

    With ``seen`` off the words of the request are looked for like the query's own.
    """

    def run(search: Search, ranking: Candidates) -> Candidates:
        read = parse if search.request.syntax else read_as_words
        if seen:
            search.reading = read(request.format(search.request.query))
            return ranking
        reading = search.reading
        words = tuple(
            replace(clause, text=request.format(clause.text)) if place == 0 else clause
            for place, clause in enumerate(reading.words.clauses)
        )
        search.reading = replace(
            reading, words=WordQuery(words), meaning=request.format(reading.meaning)
        )
        return ranking

    return Pipeline((Stage("request", run), *HYBRID.stages))
