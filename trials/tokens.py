"""Late interaction of words in their context, as systems of `trials.ranking`.

A paper's meaning is the cosine of its vector, the mean of its tokens' states. Here a share of it
is that of each token of the query with the nearest token of the paper (MaxSim: Khattab and
Zaharia, "ColBERT", SIGIR 2020), weighted by how rare the query's token is, with the states of
the encoder at hand, which learned none of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from broadsheet import settings
from broadsheet.encoders import ShowsStates, load_encoder
from broadsheet.evaluate import Field
from broadsheet.search import Candidates, Search
from broadsheet.search.candidates import Floats
from broadsheet.text import embedded_text
from trials.sentences import Vectors, line_with

_SPECIAL = (101, 102)  # [CLS] and [SEP]

_BANKS: dict[int, _Bank] = {}


@dataclass(slots=True)
class _Bank:
    """The states of all papers of a field, one after the other: ``states`` (n, d) of unit length
    after the mean state is taken out, where those of the works 1, 2, … begin, ``starts``, and of
    each token the logarithm of papers a paper with it, ``rarity``."""

    states: NDArray[np.float16]
    starts: NDArray[np.int64]
    mean: NDArray[np.float32]
    rarity: NDArray[np.float64]
    known: dict[str, tuple[NDArray[np.int32], NDArray[np.float32]]]
    found: dict[tuple[str, int], NDArray[np.float32]]

    def best(self, query: str, tokens: NDArray[np.float32], work: int) -> NDArray[np.float32]:
        key = (query, work)
        if key not in self.found:
            start, end = self.starts[work - 1], self.starts[work]
            own = self.states[start:end].astype(np.float32)
            self.found[key] = (
                (tokens @ own.T).max(1) if len(own) else np.zeros(len(tokens), np.float32)
            )
        return self.found[key]


@cache
def _stock() -> ShowsStates:
    home = settings.load()
    encoder = load_encoder(home.encoder, home.models_path, hub=home.model_hub)
    if not isinstance(encoder, ShowsStates):
        raise ValueError("this trial needs an encoder that shows its states")
    return encoder


def _unit(states: NDArray[np.float32]) -> NDArray[np.float32]:
    return states / np.maximum(np.linalg.norm(states, axis=1, keepdims=True), 1e-6)


def _bank(field: Field) -> _Bank:
    key = id(field.index)
    if key not in _BANKS:
        _BANKS.clear()
        encoder = _stock()
        texts = [embedded_text(w.paper) for _, w in sorted(field.documents.works.items())]
        kept, sizes, ids = [], [], []
        for one in encoder.states(texts):
            use = ~np.isin(one.ids, _SPECIAL)
            kept.append(one.states[use].astype(np.float16))
            sizes.append(int(use.sum()))
            ids.append(np.unique(one.ids[use]))
        states = np.concatenate(kept)
        counts = np.bincount(np.concatenate(ids), minlength=31_000)
        rarity = np.log((len(texts) + 1) / (counts + 0.5))
        mean = states.mean(0, dtype=np.float64).astype(np.float32)
        for start in range(0, len(states), 100_000):
            part = states[start : start + 100_000].astype(np.float32)
            states[start : start + 100_000] = _unit(part - mean).astype(np.float16)
        starts = np.cumsum([0, *sizes])
        _BANKS[key] = _Bank(states, starts, mean, rarity, {}, {})
    return _BANKS[key]


def interaction(field: Field, query: str, works: Sequence[int], rare: float) -> Floats:
    """The weighted mean over the query's tokens of their nearest states' cosines, (n,)."""
    bank = _bank(field)
    if query not in bank.known:
        (one,) = _stock().states([query])
        use = ~np.isin(one.ids, _SPECIAL)
        bank.known[query] = (one.ids[use], _unit(one.states[use] - bank.mean))
    ids, tokens = bank.known[query]
    weights = np.maximum(bank.rarity[ids], 0.01) ** rare
    best = np.stack([bank.best(query, tokens, work) for work in works])
    return np.asarray(best @ (weights / weights.sum()), np.float64)


def whole(
    field: Field, *, share: float = 0.5, more: float = 0.0, rare: float = 1.0
) -> Callable[[str], Sequence[str]]:
    """The product's whole line with that in the place of its sum; meaning counts ``more``.

    What is mixed in is brought to the mean and spread of the candidates' cosines.
    """

    def mixed(search: Search, ranking: Candidates, _: Vectors) -> Floats:
        dense, works = ranking.dense, ranking.ids.tolist()
        said = interaction(field, search.reading.meaning, works, rare)
        said = (said - said.mean()) / max(said.std(), 1e-6) * dense.std() + dense.mean()
        return (1 - share) * dense + share * said

    return line_with(field, mixed, more)
