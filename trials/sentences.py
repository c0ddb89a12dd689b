"""The sentences of abstracts beside their whole text, as systems of `trials.ranking`.

A paper's meaning is the cosine of its vector, of which the encoder reads the first 256 tokens; a
claim is often answered by one sentence, and that may come later. Here a share of the cosine is
that of the sentence nearest to the query (MaxSim over sentences; ColBERT does so over tokens,
Khattab and Zaharia, SIGIR 2020).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from broadsheet import evaluate
from broadsheet.evaluate import Field
from broadsheet.papers import Paper
from broadsheet.search import HYBRID, Candidates, Pipeline, Search, Stage, coverage, unit
from broadsheet.search.candidates import Floats
from broadsheet.search.fusion import DENSE_WEIGHT, fuse_scores
from broadsheet.text import plain, split_sentences

Kept = Literal["whole", "signs"]
Vectors = NDArray[np.float32]
_MOST = 40

_BANKS: dict[int, _Bank] = {}


@dataclass(frozen=True, slots=True)
class _Bank:
    """The sentences of all papers of a field: ``vectors`` (n, d) of unit length, and where those
    of the works 1, 2, … begin, ``starts``."""

    vectors: Vectors
    signs: Vectors
    starts: NDArray[np.int64]

    def nearest(self, query: Vectors, kept: Kept) -> Floats:
        """The cosine of each work's nearest sentence, by work number less one."""
        vectors = self.vectors if kept == "whole" else self.signs
        return np.maximum.reduceat(vectors @ query, self.starts).astype(np.float64)


def sentences_of(paper: Paper) -> list[str]:
    """The title and the sentences of the abstract; at least one text."""
    text = plain(paper.abstract)
    parts = [plain(paper.title), *(text[one.start : one.end] for one in split_sentences(text))]
    return [part for part in parts if part][:_MOST] or [""]


def _bank(field: Field) -> _Bank:
    key = id(field.index)
    if key not in _BANKS:
        if field.encoder is None:
            raise ValueError("this trial needs an encoder")
        papers = [sentences_of(work.paper) for _, work in sorted(field.documents.works.items())]
        vectors = field.encoder.encode_documents([text for paper in papers for text in paper])
        starts = np.cumsum([0, *map(len, papers[:-1])])
        signs = np.sign(vectors) / np.float32(np.sqrt(vectors.shape[1]))
        _BANKS[key] = _Bank(vectors, signs.astype(np.float32), starts)
    return _BANKS[key]


def nearest(
    found: Candidates,
    field: Field,
    query: str,
    *,
    share: float = 0.5,
    weight: float = DENSE_WEIGHT,
    kept: Kept = "whole",
) -> Candidates:
    """The plain sum of both legs, where a share of the cosine is that of the nearest sentence."""
    if field.encoder is None:
        raise ValueError("this trial needs an encoder")
    vector = unit(field.encoder.encode_queries([query])[0])
    best = _bank(field).nearest(vector, kept)[found.ids - 1]
    return fuse_scores(replace(found, dense=(1 - share) * found.dense + share * best), weight)


def whole(
    field: Field, *, share: float = 0.5, more: float = 0.0, kept: Kept = "whole"
) -> Callable[[str], Sequence[str]]:
    """The product's whole line with that in the place of its sum; meaning counts ``more``."""

    def mixed(_: Search, ranking: Candidates, vector: Vectors) -> Floats:
        best = _bank(field).nearest(unit(vector), kept)[ranking.ids - 1]
        return (1 - share) * ranking.dense + share * best

    return line_with(field, mixed, more)


def line_with(
    field: Field, mixed: Callable[[Search, Candidates, Vectors], Floats], more: float
) -> Callable[[str], Sequence[str]]:
    """The product's whole line, in whose sum ``mixed`` (n,) stands for the cosines of the n
    candidates; meaning counts ``more``."""

    def run(search: Search, ranking: Candidates) -> Candidates:
        if not ranking.scored:
            return ranking
        weight = min(1.0, coverage.dense_weight(search) + more)
        if search.vector is None:
            return fuse_scores(ranking, weight)
        fused = fuse_scores(replace(ranking, dense=mixed(search, ranking, search.vector)), weight)
        # What later stages know of the cosine stays: that of the whole text.
        order = {work: at for at, work in enumerate(ranking.ids.tolist())}
        places = [order[work] for work in fused.ids.tolist()]
        return replace(fused, dense=ranking.dense[places])

    stages = [Stage("fuse", run) if one.name == "fuse" else one for one in HYBRID.stages]
    line = Pipeline(tuple(stages))
    return lambda query: field.names(field.run(line, query).ids[: evaluate.field.DEPTH].tolist())
