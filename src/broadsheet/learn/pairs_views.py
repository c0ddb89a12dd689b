"""Pairs whose paper does not say what was asked: what is left to learn is meaning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from broadsheet.encoders import split_words
from broadsheet.learn.pairs_reading import joined, rows_of
from broadsheet.learn.parts import Pair, part

if TYPE_CHECKING:
    from broadsheet.learn.job import Job

_WORDS = 256  # of an abstract; what follows is not looked at
_FEWEST = 12


@part("pairs", "unsaid")
def unsaid(
    job: Job, *, share: float = 1.0, runs: float = 0.3, samples: float = 0.3, left_out: float = 0.7
) -> Iterator[Pair]:
    """One view of a paper asks for the rest: ``runs`` of them 6 to 24 words in a row of the
    abstract, ``samples`` 2 to 8 words from anywhere in it, the others the title.

    From ``left_out`` of the documents every word of the query is taken out, wherever it stands:
    lexical search finds a paper by the words it shares with a query, and what a dense encoder
    is to add is the rest (Gao et al. 2021, "Complement lexical retrieval model with semantic
    residual embeddings", which teaches it by the lexical model's errors instead).
    """
    if min(runs, samples) < 0 or runs + samples > 1 or not 0 <= left_out <= 1:
        raise ValueError(
            "runs, samples and left_out are shares from 0 to 1, the first two together"
        )
    rng = job.chance("unsaid")
    for row in rows_of(rng, len(job.corpus), share):
        document = job.corpus.documents[row]
        words = [word.decode() for word in split_words(document.abstract)[:_WORDS]]
        if len(words) < _FEWEST or not document.title:
            continue
        kind = rng.random()
        if kind < runs + samples:
            query, rest = _run(rng, words) if kind < runs else _sample(rng, words)
            text = joined(document.title, " ".join(rest))
        else:
            query, text = [word.decode() for word in split_words(document.title)], " ".join(words)
        if query and rng.random() < left_out:
            asked = set(query)
            lines = text.split("\n")
            text = joined(*(" ".join(w for w in _words(line) if w not in asked) for line in lines))
        if query and text:
            yield Pair(" ".join(query), row, "unsaid", text)


def _words(line: str) -> list[str]:
    return [word.decode() for word in split_words(line)]


def _run(rng: np.random.Generator, words: list[str]) -> tuple[list[str], list[str]]:
    length = min(int(rng.integers(6, 25)), len(words) // 3)
    start = int(rng.integers(len(words) - length + 1))
    return words[start : start + length], words[:start] + words[start + length :]


def _sample(rng: np.random.Generator, words: list[str]) -> tuple[list[str], list[str]]:
    count = min(int(rng.integers(2, 9)), len(words) // 3)
    chosen = set(rng.choice(len(words), count, replace=False).tolist())
    rest = [word for place, word in enumerate(words) if place not in chosen]
    return [words[place] for place in sorted(chosen)], rest
