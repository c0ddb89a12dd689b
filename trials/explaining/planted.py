"""Known truth: words of the paper's own title among words of a paper on something else.

Half of a query's words are rare words of one title, half are from a title that shares none of its
words; the paper with the first title is explained. The planted words are the decisive ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from broadsheet.evaluate import Field, interval
from broadsheet.search import parse
from broadsheet.search.explain import asked_words
from broadsheet.search.fusion import DENSE_WEIGHT
from trials.explaining.explainers import BLACK_BOX
from trials.explaining.games import Game
from trials.explaining.querying import _chosen, seen_through
from trials.explaining.white_box import Transformer

EACH = 3  # words of either title


def run(
    place: Field, config: Mapping[str, Any], model: Transformer | None
) -> tuple[list[str], list[list[str]]]:
    """How many of the first words an explainer names are planted ones."""
    played = _games(place, config.get("queries", 60), config.get("seed", 0))
    print(
        f"{place.collection.name}: {len(played)} queries of {EACH} planted and {EACH} other words"
    )
    rows = []
    for name in _chosen(config["explainers"], model):
        explain = BLACK_BOX.get(name) or seen_through(model, name)  # type: ignore[arg-type]
        right, first, by_meaning = [], [], []
        for at, (game, planted) in enumerate(played):
            told = explain(game, np.random.default_rng(at))[:, 0]
            if np.isnan(told).any():  # the product does not rank the paper among its best 100
                continue
            best = np.argsort(-told, kind="stable")
            right.append(planted[best[:EACH]].mean())
            first.append(float(planted[best[0]]))
            # The words alone would do: so once more by what is left when they are taken off.
            rest = told - game.lexical[:, 0] * game.lexical_scale
            by_meaning.append(planted[np.argsort(-rest, kind="stable")[:EACH]].mean())
        low, high = interval(np.array(right))
        rows.append(
            [
                name,
                f"{np.mean(right):.3f}",
                f"{low:.3f}–{high:.3f}",
                f"{np.mean(first):.3f}",
                f"{np.mean(by_meaning):.3f}",
                str(len(right)),
            ]
        )
    return ["explainer", f"right of {EACH}", "95 %", "first right", "by meaning alone", "of"], rows


def _games(place: Field, count: int, seed: int) -> list[tuple[Game, np.ndarray]]:
    random = np.random.default_rng(seed)
    works = list(place.documents.works.items())
    found: list[tuple[Game, np.ndarray]] = []
    while len(found) < count:
        (number, work), (_, other) = (works[int(i)] for i in random.integers(0, len(works), 2))
        made = _game(place, number, work.paper.title, other.paper.title, random)
        if made:
            found.append(made)
    return found


def _game(
    place: Field, number: int, title: str, other: str, random: np.random.Generator
) -> tuple[Game, np.ndarray] | None:
    own = [word.name for word in asked_words(parse(title), place.index) if word.spans]
    strange = [
        word.name
        for word in asked_words(parse(other), place.index)
        if word.spans and not place.index.score_words(word.query, [number])[0] > 0
    ]
    if len(own) < EACH or len(strange) < EACH:
        return None
    chosen = list(
        random.permutation(
            [*random.choice(own, EACH, replace=False), *random.choice(strange, EACH, replace=False)]
        )
    )
    query = " ".join(map(str, chosen))
    reading = parse(query)
    words = [word for word in asked_words(reading, place.index) if word.spans]
    found = place.candidates(query)
    if len(words) != 2 * EACH or np.isnan(found.dense).any() or number not in found.ids:
        return None
    given = np.stack([place.index.score_words(word.query, [number]) for word in words])
    by_words = (1 - DENSE_WEIGHT) / float(np.nanmax(found.lexical))
    by_meaning = DENSE_WEIGHT / float(np.nanmax(found.dense))
    ids = np.array([number], np.int64)
    game = Game(place, query, reading.meaning, words, ids, given, by_words, by_meaning)
    return game, np.array([word.name in own for word in words])
