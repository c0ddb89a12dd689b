"""What a line of stages left becomes the answer to a search."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping

import numpy as np

from broadsheet.search.candidates import Candidates
from broadsheet.search.pipeline import Search
from broadsheet.search.results import Hit, SearchResult


def result_of(
    search: Search, ranking: Candidates, took: Mapping[str, float], started: float
) -> SearchResult:
    """The result of a search; ``took`` are milliseconds by stage, ``started`` its moment."""
    chances = ranking.features.get("probability", np.full(len(ranking), np.nan))
    hits = tuple(
        Hit(
            work_id,
            score,
            None if math.isnan(chance) else chance,
            search.explanations.get(work_id),
        )
        for work_id, score, chance in zip(
            ranking.ids.tolist(), ranking.score.tolist(), chances.tolist(), strict=True
        )
    )
    return SearchResult(
        query=search.reading.query,
        reading=search.reading,
        total=max(search.total, len(hits)),
        took_ms=ms_since(started),
        hits=hits,
        stages=took,
        notes=tuple(dict.fromkeys(search.notes)),
        suggestion=search.suggestion,
        facets=search.facets,
        vendi=search.vendi,
        nothing=search.nothing,
    )


def ms_since(started: float) -> float:
    """The milliseconds since a moment of `time.perf_counter`."""
    return (time.perf_counter() - started) * 1e3
