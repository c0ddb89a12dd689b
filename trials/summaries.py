"""Trials of the one-line summary: what a model is taught by, and what it may choose from.

``python -m trials.summaries TRAIN DEV`` fits each configuration to TRAIN and prints ROUGE-1, -2
and -L of what it chooses on DEV, with the difference of their mean to the product's and its 95 %
bootstrap interval and p, paired over papers. ``--write`` fits the product's to TRAIN and stores
it in the package instead. TRAIN and DEV are `scitldr/train.jsonl.zst` and `dev.jsonl.zst`.

Configurations differ in the candidates (whole sentences, or clauses of them) and in the
calibration set, the candidates of a paper that the ranker is shown: all, two at random, the best
and the worst, the best and what is nearest to it, or long and short ones apart.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from broadsheet import text
from broadsheet.evaluate import interval, randomisation, read_summarised
from broadsheet.evaluate.linear_fitting import fit_ranking
from broadsheet.evaluate.rouge import ROUGE, best_rouge
from broadsheet.evaluate.summaries import Summarised
from broadsheet.text import LinearModel, Segments, candidates, role_shares

SHIPPED = Path(text.__file__).parent / "reading" / "summary.npz"
PENALTY, HEAT, LEAST, MOST = 0.06, 0.3, 5, 6_000


@dataclass(frozen=True, slots=True)
class Choice:
    """The candidates of a paper: features, ROUGE of shape (candidates, 3), whether whole."""

    features: list[list[str]]
    rouge: np.ndarray
    whole: np.ndarray

    @property
    def gains(self) -> np.ndarray:
        """What a candidate is worth: the mean of the three."""
        mean: np.ndarray = self.rouge.mean(axis=1)
        return mean


Drawn = Callable[[Choice, np.random.Generator], np.ndarray]


def choice_of(paper: Summarised) -> Choice:
    """Every candidate of the product for a paper, measured."""
    segments = Segments(paper.document)
    found = candidates(segments, role_shares(segments))
    scored = [best_rouge(paper.said(one.span), paper.references) for one in found]
    sentences = {(span.start, span.end) for span in paper.document.sentences}
    return Choice(
        [one.features for one in found],
        np.array([[row[name] for name in ROUGE] for row in scored]).reshape(-1, len(ROUGE)),
        np.array([(one.span.start, one.span.end) in sentences for one in found], bool),
    )


def every(choice: Choice, _random: np.random.Generator) -> np.ndarray:
    """All candidates."""
    return np.arange(len(choice.features))


def whole(choice: Choice, _random: np.random.Generator) -> np.ndarray:
    """Whole sentences alone."""
    return np.flatnonzero(choice.whole)


def two_at_random(choice: Choice, random: np.random.Generator) -> np.ndarray:
    """Two of them."""
    return random.permutation(len(choice.features))[:2]


def best_and_worst(choice: Choice, _random: np.random.Generator) -> np.ndarray:
    """The widest margin of quality."""
    order = np.argsort(choice.gains)
    return order[[0, -1]] if len(order) > 1 else order


def best_and_next(choice: Choice, _random: np.random.Generator) -> np.ndarray:
    """The narrowest margin at the top."""
    return np.argsort(choice.gains)[-2:]


def extremes(choice: Choice, _random: np.random.Generator) -> np.ndarray:
    """The best two and the worst two."""
    order = np.argsort(choice.gains)
    return np.unique(np.concatenate([order[:2], order[-2:]]))


CALIBRATION: dict[str, Drawn] = {
    "all candidates": every,
    "two at random": two_at_random,
    "best and worst": best_and_worst,
    "best and next": best_and_next,
    "two best, two worst": extremes,
}


def fit(
    choices: Sequence[Choice], drawn: Drawn, *, seed: int = 0, heat: float = HEAT
) -> LinearModel:
    """A ranker of candidates, shown what ``drawn`` leaves of each paper."""
    random = np.random.default_rng(seed)
    kept = [(choice, drawn(choice, random)) for choice in choices if len(choice.features) > 1]
    kept = [(choice, places) for choice, places in kept if len(places) > 1]
    return fit_ranking(
        [[choice.features[place] for place in places.tolist()] for choice, places in kept],
        [choice.gains[places].tolist() for choice, places in kept],
        penalty=PENALTY,
        heat=heat,
        least=LEAST,
        most=MOST,
    )


def chosen(model: LinearModel, choice: Choice, allowed: Drawn = every) -> np.ndarray:
    """ROUGE of what a model chooses; 0 where there is nothing."""
    places = allowed(choice, np.random.default_rng(0))
    if not len(places):
        return np.zeros(len(ROUGE))
    scores = model.scores([choice.features[place] for place in places.tolist()])[:, 0]
    row: np.ndarray = choice.rouge[places[int(scores.argmax())]]
    return row


def main() -> None:
    """Prints the table; with ``--write`` stores the model."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("train", type=Path)
    parser.add_argument("dev", type=Path, nargs="?")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    train = [choice_of(paper) for paper in read_summarised(asked.train)]
    if asked.write or asked.dev is None:
        SHIPPED.write_bytes(fit(train, every).to_bytes())
        print(f"{SHIPPED.name}: {SHIPPED.stat().st_size:,} bytes")
        return
    dev = [choice_of(paper) for paper in read_summarised(asked.dev)]
    model = fit(train, every)
    ours = np.array([chosen(model, choice) for choice in dev])
    print(f"{len(train)} and {len(dev)} papers\n{'':28}{'R-1':>7}{'R-2':>7}{'R-L':>7}")
    line("product", ours, ours)
    for name, drawn in CALIBRATION.items():
        seeds = asked.seeds if name == "two at random" else 1
        models = [fit(train, drawn, seed=seed) for seed in range(seeds)]
        table = np.mean([[chosen(one, choice) for choice in dev] for one in models], axis=0)
        line(f"shown: {name}", table, ours)
    sentences = fit(train, whole)
    line("sentences, not clauses", np.array([chosen(sentences, c, whole) for c in dev]), ours)
    line("clauses, taught sentences", np.array([chosen(sentences, c) for c in dev]), ours)
    random = [[c.rouge.mean(axis=0) if len(c.features) else np.zeros(3) for c in dev]]
    line("random clause", np.array(random[0]), ours)
    best = [c.rouge[c.gains.argmax()] if len(c.features) else np.zeros(3) for c in dev]
    line("best clause (oracle)", np.array(best), ours)


def line(name: str, table: np.ndarray, ours: np.ndarray) -> None:
    """One row: figures in points, the difference with its interval and p."""
    figures = "".join(f"{value:7.2f}" for value in 100 * table.mean(axis=0))
    difference = 100 * (table - ours).mean(axis=1)
    if not difference.any():
        print(f"{name:28}{figures}")
        return
    low, high = interval(difference)
    p = randomisation([difference])
    print(f"{name:28}{figures}  {difference.mean():+.2f} [{low:+.2f}, {high:+.2f}] p = {p:.4f}")


if __name__ == "__main__":
    main()
