"""Synthetic queries of a paper by ordinary and by diverse beam search (row 42).

``python -m trials.decoding DIR`` prints how they differ from one another, how much of a paper
they cover, and how often they find it among all. A bigram model of the paper's own words, mixed
with its words by tf-idf, stands for a neural decoder. Diverse beam search: Vijayakumar and
others, AAAI 2018, groups of one with Hamming diversity.
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import click
import numpy as np
from numpy.typing import NDArray

from broadsheet import settings
from broadsheet.encoders import load_encoder
from broadsheet.evaluate import Field, field_of, read_judged
from broadsheet.search import HYBRID

LENGTH = 4  # words of a query
QUERIES = 4  # of a paper
FOLLOWS = 0.5  # of the next word's chance that is the bigram's
FOUND = 1  # first hits among which the paper is looked for
Words = tuple[str, ...]
Decoder = Callable[["Model", random.Random], list[Words]]


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Chances of words, and of words after words, in one paper."""

    single: Mapping[str, float]
    after: Mapping[str, Mapping[str, float]]

    @classmethod
    def of(cls, text: str, rarity: Callable[[str], float]) -> Model:
        """From a text; ``rarity`` is a word's inverse document frequency."""
        tokens = [word for word in re.findall(r"[a-z][a-z-]+", text.lower()) if len(word) > 2]
        weights = {word: uses * rarity(word) for word, uses in Counter(tokens).items()}
        total = sum(weights.values()) or 1.0
        pairs: dict[str, Counter[str]] = {}
        for one, other in pairwise(tokens):
            pairs.setdefault(one, Counter())[other] += 1
        after = {
            one: {other: uses / sum(found.values()) for other, uses in found.items()}
            for one, found in pairs.items()
        }
        return cls({word: weight / total for word, weight in weights.items() if weight > 0}, after)

    def next(self, words: Words) -> dict[str, float]:
        """Logarithms of the chances of the next word; none comes twice."""
        follows = self.after.get(words[-1], {}) if words else {}
        share = FOLLOWS if follows else 0.0
        return {
            word: math.log((1 - share) * chance + share * follows.get(word, 0.0))
            for word, chance in self.single.items()
            if word not in words
        }


def beam(model: Model, rng: random.Random) -> list[Words]:
    """The likeliest queries that a beam of their number finds."""
    del rng
    kept: list[tuple[float, Words]] = [(0.0, ())]
    for _ in range(LENGTH):
        grown = [
            (score + chance, (*words, word))
            for score, words in kept
            for word, chance in model.next(words).items()
        ]
        kept = sorted(grown, reverse=True)[:QUERIES] or kept
    return [words for _, words in kept]


def diverse(model: Model, rng: random.Random, *, strength: float) -> list[Words]:
    """One query a group; a word costs ``strength`` for each earlier group that has it at the
    same place."""
    del rng
    found: list[Words] = []
    for _ in range(QUERIES):
        words: Words = ()
        for place in range(LENGTH):
            taken = Counter(one[place] for one in found if len(one) > place)
            chances = model.next(words)
            if not chances:
                break
            best = max(chances, key=lambda word: (chances[word] - strength * taken[word], word))
            words = (*words, best)
        found.append(words)
    return found


def sampled(model: Model, rng: random.Random) -> list[Words]:
    """Queries drawn by their chances."""
    found: list[Words] = []
    for _ in range(QUERIES):
        words: Words = ()
        for _ in range(LENGTH):
            chances = model.next(words)
            if chances:
                weights = [math.exp(chance) for chance in chances.values()]
                words = (*words, rng.choices(list(chances), weights)[0])
        found.append(words)
    return found


DECODERS: dict[str, Decoder] = {
    "beam": beam,
    "diverse .5": partial(diverse, strength=0.5),
    "diverse 1": partial(diverse, strength=1.0),
    "diverse 3": partial(diverse, strength=3.0),
    "sampled": sampled,
}


def values(field: Field, work_id: int, model: Model, queries: Sequence[Words]) -> list[float]:
    """Distinct words and pairs by all of them, the share of the model that the queries' words
    cover, how many of the queries find the paper, and whether any does."""
    words = [word for query in queries for word in query]
    pairs = [pair for query in queries for pair in pairwise(query)]
    name = field.names([work_id])[0]
    pipeline = HYBRID.without("calibrate", "page", "explain", "collapse")
    found = []
    for query in queries:
        ranking = field.run(pipeline, " ".join(query), syntax=False)
        found.append(name in field.names(ranking.ids[:FOUND].tolist()))
    return [
        len(set(words)) / max(1, len(words)),
        len(set(pairs)) / max(1, len(pairs)),
        sum(model.single[word] for word in set(words)),
        float(np.mean(found)),
        float(any(found)),
    ]


def measured(field: Field, papers: int, seed: int) -> dict[str, NDArray[np.float64]]:
    """Each decoder's values, shape (papers, 5)."""
    rng = random.Random(seed)  # noqa: S311 - a sample, no secret
    works = field.documents.works
    size = max(1, field.index.size)

    def rarity(word: str) -> float:
        terms = [one.term for one in field.index.words(word) if one.term]
        return math.log(size / max(1, int(field.index.frequencies(terms)[0]))) if terms else 0.0

    drawn = rng.sample(sorted(works), min(papers, len(works)))
    texts = {one: f"{works[one].paper.title}. {works[one].paper.abstract}" for one in drawn}
    models = {one: Model.of(text, rarity) for one, text in texts.items()}
    return {
        name: np.array([values(field, one, models[one], decode(models[one], rng)) for one in drawn])
        for name, decode in DECODERS.items()
    }


@click.command()
@click.argument("folder")
@click.option("--papers", default=150, show_default=True)
@click.option("--seed", default=0, show_default=True)
def main(folder: str, papers: int, seed: int) -> None:
    """Prints each decoder's means, and differences to the ordinary beam with 95 % intervals."""
    home = settings.load()
    encoder = load_encoder(home.encoder, home.models_path, hub=home.model_hub)
    columns = ("distinct-1", "distinct-2", "covered", f"found@{FOUND}", "any found")
    for collection in read_judged(folder):
        with field_of(collection, encoder) as field:
            found = measured(field, papers, seed)
        click.echo(f"{collection.name}: {len(found['beam'])} papers, {QUERIES} queries each")
        click.echo(" " * 12 + "".join(f"{column:>24}" for column in columns))
        for name, rows in found.items():
            gap = rows - found["beam"]
            error = 1.96 * gap.std(0) / math.sqrt(len(gap))
            cells = [
                f"{mean:.3f}" + ("" if name == "beam" else f" ({by:+.3f} ± {wide:.3f})")
                for mean, by, wide in zip(rows.mean(0), gap.mean(0), error, strict=True)
            ]
            click.echo(f"{name:12}" + "".join(f"{cell:>24}" for cell in cells))


if __name__ == "__main__":
    main()
