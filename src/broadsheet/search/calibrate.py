"""From a ranking to probabilities of relevance, and to "nothing relevant here".

A probability is the product of two logistic models over `clues`: that this corpus answers the
query at all, and that the hit is relevant given that it does. It says how often somebody who
judged hits like this one, for a query like this one, called them relevant. Judges of open
collections have not seen every paper and some collections count one paper a query, so it is
rather too low than too high for queries on a whole topic.

The coefficients are in ``calibration.json``, with the data and the command that fit them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from broadsheet.encoders import Encoder, is_trained_here
from broadsheet.search.candidates import Candidates, Floats
from broadsheet.search.clues import clues
from broadsheet.search.pipeline import Search, Stage

COEFFICIENTS = Path(__file__).with_name("calibration.json")
_FITTED_WITH = ("all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2")
SHOWN = 50  # hits that get a probability, when the page does not reach deeper


def on_scale(encoder: Encoder) -> bool:
    """Whether an encoder's cosines are on the scale that ``both`` was fitted with.

    They are the stock encoder's, and of models that were trained from it (measured:
    ``trials/foreign_cosines.py``). Those of any other lie elsewhere: its hits are judged by their
    words alone, rather than by numbers that mean nothing.
    """
    return encoder.name in _FITTED_WITH or is_trained_here(encoder)


@dataclass(frozen=True, slots=True, eq=False)
class Logistic:
    """A logistic model over named clues; a name with ``*`` is the product of two."""

    names: tuple[str, ...]
    weights: Floats
    intercept: float

    def probability(self, known: Mapping[str, Floats]) -> Floats:
        """Of each hit, shape (n,)."""
        chance: Floats = 1.0 / (1.0 + np.exp(-np.clip(self.logit(known), -30, 30)))
        return chance

    def logit(self, known: Mapping[str, Floats]) -> Floats:
        """The logarithm of the odds of each hit, shape (n,)."""
        total: Floats = design(known, self.names) @ self.weights + self.intercept
        return total

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Logistic:
        """From its JSON form: ``weights`` by name, and ``intercept``."""
        weights = values["weights"]
        return cls(tuple(weights), np.array(list(weights.values())), float(values["intercept"]))


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Both models of one kind of search, and below which best probability that a query is
    answered nothing relevant is here."""

    answered: Logistic
    relevant: Logistic
    threshold: float

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Calibration:
        """From its JSON form."""
        return cls(
            Logistic.read(values["answered"]),
            Logistic.read(values["relevant"]),
            float(values["threshold"]),
        )

    def probability(self, known: Mapping[str, Floats]) -> Floats:
        """Of each hit, shape (n,)."""
        chance: Floats = self.answered.probability(known) * self.relevant.probability(known)
        return chance


def design(known: Mapping[str, Floats], names: tuple[str, ...]) -> Floats:
    """The clues, and products of them, that a model reads; shape (n, names)."""
    columns = np.empty((len(next(iter(known.values()))), len(names)))
    for place, name in enumerate(names):
        first, *others = name.split("*")
        column = known[first]
        for other in others:
            column = column * known[other]
        columns[:, place] = column
    return columns


@cache
def shipped() -> Mapping[str, Calibration]:
    """The shipped models: ``both`` for words and meaning, ``words`` for words alone."""
    read = json.loads(COEFFICIENTS.read_text(encoding="utf-8"))
    return {name: Calibration.read(values) for name, values in read["maps"].items()}


def calibrate(maps: Mapping[str, Calibration] | None = None) -> Stage:
    """Gives every hit its probability, as the feature ``probability``, and says whether
    nothing relevant is here. A search that looks for no words has neither.

    A hit without a vector is judged by its words alone, and so is every hit under another
    encoder than those of `on_scale`. Probabilities do not change the order.
    """

    def run(search: Search, ranking: Candidates) -> Candidates:
        if not search.reading.looks_for_words:
            return ranking
        first = not search.settled.looked  # whose hits tell whether anything is here
        if not len(ranking):
            search.nothing = first or search.nothing
            return ranking
        used = shipped() if maps is None else maps
        dated = search.request.sort != "relevance"
        count = len(ranking) if dated else min(len(ranking), max(2 * search.last, SHOWN))
        known = clues(search, ranking, count)
        chance = np.full(len(ranking), np.nan)
        # Of neither the hit nor the query is anything known by meaning without vectors.
        by_meaning = search.fitted & ~np.isnan(known["cosine"] + known["usual_cosine"])
        answered = 0.0
        for name, chosen in (("both", by_meaning), ("words", ~by_meaning)):
            if not chosen.any():
                continue
            every = bool(chosen.all())
            part = known if every else {clue: values[chosen] for clue, values in known.items()}
            calibration = used[name]
            # It is the same for all hits of a query.
            certain = float(calibration.answered.probability(_first(part))[0])
            chance[np.flatnonzero(chosen)] = certain * calibration.relevant.probability(part)
            answered = max(answered, certain / calibration.threshold)
        if first:
            search.nothing = answered < 1.0
        return ranking.knowing(probability=chance)

    return Stage("calibrate", run)


def _first(known: Mapping[str, Floats]) -> dict[str, Floats]:
    return {clue: values[:1] for clue, values in known.items()}
