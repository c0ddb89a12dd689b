"""Do the sentence and the shares of an explanation agree with the numbers they stand for?

The sentence is read back: its percentages and words against the figures beside it. The shares of
both legs are held against Shapley values of a game in which a leg is taken out of the pipeline
after both have been looked up, and against the order in which taking them out hurts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from broadsheet.evaluate import Field, shapley
from broadsheet.search import (
    HYBRID,
    Candidates,
    Pipeline,
    Search,
    Searcher,
    SearchRequest,
    Stage,
)
from trials.explaining.white_box import Transformer

_AFTER = "complete"
_BEFORE = ("collapse", "page", "explain")
_LATER = ("proximity", "cover", "neighbours")  # stages that let words and meaning mix
_PERCENT = re.compile(r"(\d+) %")
_WORD = re.compile(r"“([^”]+)”")


def run(
    place: Field, config: Mapping[str, Any], _model: Transformer | None
) -> tuple[list[str], list[list[str]]]:
    """Counts of what was checked and of what agreed."""
    searcher = Searcher(place.documents, place.index, place.encoder)
    counts: dict[str, list[bool]] = {}
    errors: list[float] = []
    queries = list(place.collection.queries.values())[: config.get("queries", 60)]
    for text in queries:
        result = searcher.search(SearchRequest(text, explain=True))
        for hit in result.hits:
            told = hit.explanation
            if told is None or not told.words:
                continue
            errors.append(abs(sum(told.shares.values()) - hit.score))
            for what, right in _sentence(told).items():
                counts.setdefault(what, []).append(right)
        shares = {hit.work_id: hit.explanation.shares for hit in result.hits if hit.explanation}
        for what, right in _legs(place, text, shares, ()):
            counts.setdefault(f"default pipeline: {what}", []).append(right)
        ranking = place.run(_without(frozenset(), _LATER), text)
        fused = {
            work: {"lexical": lexical, "dense": dense}
            for work, lexical, dense in zip(
                ranking.ids[:10].tolist(),
                ranking.lexical_share[:10].tolist(),
                ranking.dense_share[:10].tolist(),
                strict=True,
            )
        }
        for what, right in _legs(place, text, fused, _LATER):
            counts.setdefault(f"legs alone: {what}", []).append(right)
    rows = [
        [what, f"{sum(found)}", f"{len(found)}", f"{np.mean(found):.3f}"]
        for what, found in counts.items()
    ]
    rows.append(["largest |sum of shares - score|", "", str(len(errors)), f"{max(errors):.1e}"])
    print(f"{place.collection.name}: {len(queries)} queries")
    return ["stated", "agree", "of", "rate"], rows


def _sentence(told: Any) -> dict[str, bool]:
    said, whole = told.in_words(), sum(told.shares.values())
    dense = 100 * told.shares["dense"] / whole
    figures = [int(found) for found in _PERCENT.findall(said)]
    head, _, lacking = (
        said.partition(" not in it")[0].rpartition(";") if "not in it" in said else (said, "", "")
    )
    named = list(_WORD.findall(head))
    words = {_bare(part.word): part for part in told.by_word}
    missing = set(_WORD.findall(lacking)) == set(map(_bare, told.missing))
    leads = (
        abs(figures[0] - (dense if "meaning (" in said else 100 - dense)) <= 1 if figures else True
    )
    carried = [
        sum(part.lexical for part in told.by_word) > 0,
        all(word in words for word in named),
    ]
    first = _WORD.findall(head.partition(";")[0])
    strongest = True
    if first:
        leg = (
            (lambda p: p.dense or 0.0)
            if "meaning" in head.partition(";")[0]
            else (lambda p: p.lexical)
        )
        strongest = leg(words[first[0]]) >= max(map(leg, words.values())) - 1e-12
    return {
        "leading percentage is the leg's share": leads,
        "named words are words of the query": all(carried),
        "first named word gives most": strongest,
        "words said to be lacking are those computed": missing,
    }


def _bare(word: str) -> str:
    """A word as the sentence has it between quotation marks: a phrase may bring its own."""
    quoted = _WORD.search(word)
    return quoted[1] if quoted else word


def _legs(
    place: Field,
    text: str,
    shares: Mapping[int, Mapping[str, float]],
    left_out: tuple[str, ...],
) -> list[tuple[str, bool]]:
    """Shapley values of the two legs, and the order in which their deletion hurts."""
    known: dict[frozenset[str], dict[int, float]] = {}

    def value(kept: frozenset[str]) -> np.ndarray:
        if kept not in known:
            search, _ = place.start(text)
            ranking, _ = _without(frozenset({"lexical", "dense"}) - kept, left_out).run(search)
            known[kept] = dict(zip(ranking.ids.tolist(), ranking.score.tolist(), strict=True))
        return np.array([known[kept].get(work, 0.0) for work in shares])

    if not shares:
        return []
    values = shapley(value, ["lexical", "dense"])
    found = []
    for at, share in enumerate(shares.values()):
        total = sum(share.values())
        near = all(abs(values[leg][at] - share[leg]) <= 0.02 * total for leg in share)
        found.append(("shares are the Shapley values (within .02)", near))
        drops = {leg: values[leg][at] for leg in share}
        same = max(drops, key=drops.__getitem__) == max(share, key=share.__getitem__)
        found.append(("leg with the larger share hurts more when deleted", bool(same)))
    return found


def _without(legs: frozenset[str], left_out: tuple[str, ...]) -> Pipeline:
    """The default pipeline in which the scores of some legs are nothing for every candidate."""

    def silence(_search: Search, ranking: Candidates) -> Candidates:
        nothing = np.zeros(len(ranking))
        return replace(ranking, **dict.fromkeys(legs, nothing))

    stages = [stage for stage in HYBRID.stages if stage.name not in _BEFORE + left_out]
    at = next(i for i, stage in enumerate(stages) if stage.name == _AFTER)
    return Pipeline((*stages[: at + 1], Stage("silence", silence), *stages[at + 1 :]))
