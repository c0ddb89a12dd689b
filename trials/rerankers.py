"""Rerankers over the default pipeline's first fifty hits, as systems of `trials.ranking`.

``python -m trials.rerankers DATA COEFFICIENTS.json`` fits linear rerankers on all collections
but one, for each in turn; `learned` uses the one that never saw the collection it ranks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import click
import numpy as np
from scipy.optimize import minimize

from broadsheet import evaluate, settings
from broadsheet.encoders import load_encoder
from broadsheet.evaluate import Field
from broadsheet.index import WordQuery
from broadsheet.search import HYBRID, Search
from broadsheet.search.candidates import Candidates, Floats
from broadsheet.search.clues import clues
from broadsheet.search.evidence import neighbour_means
from broadsheet.search.fusion import scaled

DEPTH = 50
NAMES = (
    "score", "words", "meaning", "proximity", "coverage", "rest", "neighbours", "attained",
    "covered", "title",
)  # fmt: skip
LOSSES = ("pointwise", "pairwise", "listwise")
LEARNED = {"cranfield": "cranfield", "cacm": "cacm", "scifact": "scifact:train"}
_LINE = HYBRID.without("calibrate", "sort", "diversify", "collapse", "page", "vendi", "explain")


def evidence(search: Search, ranking: Candidates) -> Floats:
    """What is known of the first hits, each column scaled to the query's best; (n, names)."""
    shown = ranking.take(np.arange(min(DEPTH, len(ranking))))
    known = dict(shown.features)
    known |= clues(search, ranking, len(shown))
    title = WordQuery(
        tuple(replace(clause, field="title") for clause in search.reading.words.clauses
              if clause.occur == "should" and not clause.any_of)
    )  # fmt: skip
    known["title"] = search.index.score_words(title, shown.ids).astype(np.float64)
    known |= {"score": shown.score, "words": shown.lexical, "meaning": shown.dense}
    nothing = np.zeros(len(shown))
    columns = [np.nan_to_num(scaled(known.get(name, nothing))) for name in NAMES]
    return np.stack(columns, axis=1) if len(shown) else np.empty((0, len(NAMES)))


def learned(field: Field, loss: str, coefficients: str) -> Callable[[str], Sequence[str]]:
    """A linear reranker that was fitted on the other collections."""
    known = _coefficients(coefficients)
    left_out = field.collection.name if field.collection.name in LEARNED else ""
    weights = np.array(known[loss][left_out])

    def rank(query: str) -> Sequence[str]:
        search, ranking = field.start(query, pipeline=_LINE)
        inputs = evidence(search, ranking)
        order = np.argsort(-(inputs @ weights), kind="stable")
        ids = ranking.ids[: len(inputs)][order].tolist() + ranking.ids[len(inputs) :].tolist()
        return field.names(ids[: evaluate.field.DEPTH])

    return rank


@cache
def _coefficients(path: str) -> Mapping[str, Mapping[str, list[float]]]:
    return dict(json.loads(Path(path).read_text(encoding="utf-8")))


def windows(
    field: Field, size: int, step: int, weight: float = 0.3
) -> Callable[[str], Sequence[str]]:
    """A ranker of lists (a hit is judged by its neighbours on the list) that sees ``size`` hits
    at a time, from the last to the first: size 100 is one full pass."""
    line = _LINE.without("neighbours")

    def rank(query: str) -> Sequence[str]:
        search, ranking = field.start(query, pipeline=line)
        ranking = ranking.take(np.arange(min(100, len(ranking))))
        ids, score = ranking.ids.copy(), ranking.score
        vectors = search.vectors(ranking.ids)
        place = {one: at for at, one in enumerate(ranking.ids.tolist())}
        start = max(0, len(ids) - size)
        while len(ids):
            part = ids[start : start + size]
            at = np.array([place[one] for one in part.tolist()])
            seen = vectors[at]
            if len(at) > 5 and not np.isnan(seen).any():
                said = (1 - weight) * score[at] + weight * neighbour_means(seen, score[at], 5)
                ids[start : start + size] = part[np.argsort(-said, kind="stable")]
            if start == 0:
                break
            start = max(0, start - step)
        return field.names(ids.tolist())

    return rank


def extracts(field: Field, sentences: int, depth: int = 20) -> Callable[[str], Sequence[str]]:
    """Late interaction with the encoder at hand: a hit's best sentence, for the first hits.

    ``sentences``: how many are read of each, those with most of the query's words first; 0 for
    all. Added to the fused score with weight .3.
    """
    if field.encoder is None:
        raise ValueError("late interaction needs an encoder")
    encode = field.encoder.encode_queries

    def rank(query: str) -> Sequence[str]:
        search, ranking = field.start(query, pipeline=_LINE)
        shown = ranking.take(np.arange(min(depth, len(ranking))))
        asked = {word.term for word in search.index.words(query) if word.term}
        best = np.zeros(len(shown))
        vector = encode([query])[0]
        for place, work in enumerate(shown.ids.tolist()):
            paper = field.documents.works[work].paper
            parts = [paper.title, *_sentences(paper.abstract)]
            if sentences:
                parts.sort(
                    key=lambda part: -len(asked & {w.term for w in search.index.words(part)})
                )
                parts = parts[:sentences]
            best[place] = max(float(value) for value in encode(parts) @ vector)
        score = 0.7 * scaled(shown.score) + 0.3 * scaled(best)
        order = np.argsort(-score, kind="stable")
        ids = shown.ids[order].tolist() + ranking.ids[len(shown) :].tolist()
        return field.names(ids[: evaluate.field.DEPTH])

    return rank


def _sentences(text: str) -> list[str]:
    parts = text.replace("? ", "?. ").split(". ")
    return [part for part in parts if len(part) > 20][:12]


@click.command()
@click.argument("data", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("coefficients", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--sample", default=300)
def main(data: Path, coefficients: Path, sample: int) -> None:
    """Fits the linear rerankers, each without one collection and once with all ('')."""
    home = settings.load()
    encoder = load_encoder(home.encoder, home.models_path, hub=home.model_hub)
    seen: dict[str, list[tuple[Floats, Floats]]] = {}
    for name, folder in LEARNED.items():
        collection = evaluate.read_judged(str(data / folder))[0]
        with evaluate.field_of(collection, encoder) as field:
            queries = list(collection.queries.items())
            drawn = np.random.default_rng(0).permutation(len(queries))[:sample]
            seen[name] = [_judged(field, *queries[place]) for place in drawn.tolist()]
    found = {
        loss: {left: _fit(seen, left, loss).tolist() for left in ("", *LEARNED)} for loss in LOSSES
    }
    coefficients.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    for loss, weights in found.items():
        told = ", ".join(f"{n} {w:.2f}" for n, w in zip(NAMES, weights[""], strict=True))
        click.echo(f"{loss}: {told}")


def _judged(field: Field, query: str, text: str) -> tuple[Floats, Floats]:
    search, ranking = field.start(text, pipeline=_LINE)
    inputs = evidence(search, ranking)
    grades = field.collection.qrels[query]
    names = field.names(ranking.ids[: len(inputs)].tolist())
    return inputs, np.array([float(max(0, grades.get(name, 0))) for name in names])


def _fit(seen: Mapping[str, list[tuple[Floats, Floats]]], left: str, loss: str) -> Floats:
    """Weights for a loss, every collection weighing the same; they start at the fused score."""
    used = [
        (inputs, grades, 1 / len(queries))
        for name, queries in seen.items()
        if name != left
        for inputs, grades in queries
        if grades.any() and not grades.all()
    ]
    start = np.array([5.0 if name == "score" else 0.0 for name in NAMES])

    def value(weights: Floats) -> tuple[float, Floats]:
        total, slope = 0.0, np.zeros(len(weights))
        for inputs, grades, share in used:
            scores = inputs @ weights[: len(NAMES)]
            cost, back = _loss(loss, scores - (weights[-1] if loss == "pointwise" else 0), grades)
            total += share * cost
            slope[: len(NAMES)] += share * (back @ inputs)
            if loss == "pointwise":
                slope[-1] -= share * back.sum()
        away = weights[: len(NAMES)] - start
        slope[: len(NAMES)] += 0.01 * away
        return total + 0.005 * float(away @ away), slope

    extra = [0.0] if loss == "pointwise" else []
    first = np.array([*start, *extra])
    found = minimize(value, first, jac=True, method="L-BFGS-B").x
    return np.asarray(found[: len(NAMES)], np.float64)


def _loss(loss: str, scores: Floats, grades: Floats) -> tuple[float, Floats]:
    """A query's loss and its slope by score."""
    if loss == "pointwise":
        label = (grades > 0).astype(np.float64)
        chance = 1 / (1 + np.exp(-scores))
        cost = np.mean(np.logaddexp(0, scores) - label * scores)
        return float(cost), (chance - label) / len(scores)
    if loss == "pairwise":
        more = grades[:, None] > grades[None, :]
        gap = scores[:, None] - scores[None, :]
        wrong = np.where(more, 1 / (1 + np.exp(gap)), 0.0) / more.sum()
        return float((np.logaddexp(0, -gap) * more).sum() / more.sum()), wrong.sum(0) - wrong.sum(1)
    target = grades / grades.sum()
    shifted = np.exp(scores - scores.max())
    share = shifted / shifted.sum()
    return float(-(target * np.log(share + 1e-12)).sum()), share - target


if __name__ == "__main__":
    main()
