"""What a deviation tells of a like, fitted so that *for you* promises what comes true.

``python -m trials.taste_chances DIR [--readers N] [--likes 1,2,3,5,10,30]`` replays libraries
(DIR is `../shared/data/citeulike` or another folder that ``evaluate replay`` reads), fits the three
numbers of `broadsheet.readers.taste.lens` on four fifths of the readers and tells the log loss on
the others: of the rate alone, of two normals as far apart as the liked and the others lie, of one
slope, and of the product's form. Each reader's rate is known.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from broadsheet.encoders import load_encoder
from broadsheet.evaluate.promises import Promised
from broadsheet.evaluate.recipes import recipe
from broadsheet.evaluate.replay import promised, read_libraries, rounds_of
from broadsheet.evaluate.throwaway import throwaway
from broadsheet.settings import load

Floats = NDArray[np.float64]
Form = Callable[[Floats, Floats, float], Floats]  # settings, deviations, likes
_FOLDS = 5


def _normals(settings: Floats, standard: Floats, likes: float) -> Floats:
    tells = settings[0] + settings[1] * math.log(likes)
    found: Floats = tells * (standard - tells / 2)
    return found


def _product(settings: Floats, standard: Floats, likes: float) -> Floats:
    apart = _normals(settings, standard, likes)
    found: Floats = -np.logaddexp(-apart, -settings[2]) + 0.01 * apart
    return found


# By name: the form, where its settings begin, and whether they are fitted.
_FORMS: dict[str, tuple[Form, list[float], bool]] = {
    "rate alone": (_normals, [0.0, 0.0], False),
    "normals, 3 apart": (_normals, [3.0, 0.0], False),
    "normals": (_normals, [1.0, 0.2], True),
    "product": (_product, [1.0, 0.2, 4.0], True),
}


def main() -> None:
    """Prints the fit and what it is worth."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--readers", type=int, default=60)
    parser.add_argument("--likes", default="1,2,3,5,10,30")
    asked = parser.parse_args()
    settings = load()
    encoder = load_encoder(settings.encoder, settings.models_path, hub=settings.model_hub)
    data = read_libraries(asked.folder)
    rows: list[tuple[int, Promised]] = []
    with throwaway(data.papers, encoder) as filed:
        reference = recipe("mean-cosine").make(filed)
        for likes in map(int, asked.likes.split(",")):
            rounds = rounds_of(data, likes, asked.readers, reference)
            rows += enumerate(promised(data, filed, rounds))
    print(f"{len(rows)} readers, {sum(len(one.wanted) for _, one in rows):,} papers asked for")
    for name, (form, start, free) in _FORMS.items():
        losses, fitted = [], []
        for fold in range(_FOLDS):
            learned = [one for place, one in rows if place % _FOLDS != fold]
            fitted.append(_fitted(form, start, learned) if free else np.array(start))
            tested = [one for place, one in rows if place % _FOLDS == fold]
            losses += [_loss(form, fitted[-1], one) for one in tested]
        mean = ", ".join(f"{value:.2f}" for value in np.mean(fitted, axis=0))
        print(f"  {name:18}{np.concatenate(losses).mean():9.5f} nats a paper  {mean}")


def _fitted(form: Form, start: list[float], rows: list[Promised]) -> Floats:
    def loss(settings: Floats) -> float:
        return float(np.concatenate([_loss(form, settings, one) for one in rows]).mean())

    options = {"maxiter": 200, "xatol": 1e-3, "fatol": 1e-7}
    return np.asarray(minimize(loss, start, method="Nelder-Mead", options=options).x)


def _loss(form: Form, settings: Floats, one: Promised) -> Floats:
    """Of each paper, (m,), in nats."""
    rate = float(one.wanted.mean())
    evidence = form(settings, one.standard.astype(np.float64), max(1, one.likes))
    logit = evidence + math.log(rate / (1 - rate))
    found: Floats = np.logaddexp(0, np.where(one.wanted, -logit, logit))
    return found


if __name__ == "__main__":
    main()
