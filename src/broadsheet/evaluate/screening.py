"""``evaluate screening``: how little of a review must be read to find what it includes.

A reviewer knows one included and one excluded record; all others are read in the order of a
recipe, which is told of each label and orders anew: after every record at first, then after
every fiftieth part of the review. Three starts are drawn; figures are their means.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from broadsheet.encoders import Encoder
from broadsheet.evaluate.collection import BenchError, paper_of, read_lines
from broadsheet.evaluate.recipes import Ranker, recipe
from broadsheet.evaluate.throwaway import throwaway
from broadsheet.papers import Paper

MEASURES = ("recall@10%", "recall@20%", "wss@95")
_STARTS = 3
_EACH = 10  # records after each of which the order is made anew
_PART = 50
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Review:
    """Records and whether each was included, (n,)."""

    name: str
    papers: tuple[Paper, ...]
    included: NDArray[np.bool_]


def read_review(path: Path) -> Review:
    """JSON lines (.zst, .gz or plain) of id, title, abstract and label; raises `BenchError`."""
    papers: dict[str, Paper] = {}
    labels: dict[str, bool] = {}
    for number, line in read_lines(path):
        place = f"{path}:{number}"
        paper = paper_of(line, path.parent.resolve().name, place)
        label = json.loads(line).get("label")
        if label not in (0, 1, "0", "1", True, False):
            raise BenchError(f'{place}: has no "label" of 0 or 1')
        if paper.title or paper.abstract:
            papers[paper.id] = paper
            labels[paper.id] = bool(int(label))
    included = np.asarray(list(labels.values()), np.bool_)
    if included.sum() < 2 or included.all():
        raise BenchError(f"{path}: must hold two included records and an excluded one")
    return Review(path.name.split(".")[0], tuple(papers.values()), included)


def evaluate_screening(
    paths: Sequence[Path],
    encoder: Encoder | None,
    *,
    systems: Sequence[str] = (),
    cache: Path | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Screens each review; a folder is all ``*.jsonl*`` files in it.

    Returns `MEASURES` of the product averaged over reviews, ``reviews`` by name and, with
    ``systems``, those of other recipes under ``systems``. Raises `BenchError`.
    """
    names = ["taste", *(name for name in systems if name != "taste")]
    for name in names:
        recipe(name)
    files = [file for path in paths for file in _files(path)]
    found: dict[str, dict[str, dict[str, float]]] = {name: {} for name in names}
    for at, file in enumerate(files):
        review = read_review(file)
        with throwaway(list(review.papers), encoder, cache) as filed:
            for name in names:
                ranker = recipe(name).make(filed)
                runs = [_screen(review, ranker, start) for start in range(_STARTS)]
                found[name][review.name] = {
                    m: round(float(np.mean([run[m] for run in runs])), 4) for m in MEASURES
                }
        if progress:
            progress(at + 1, len(files))
    averaged = {name: _mean(list(by.values())) for name, by in found.items()}
    result: dict[str, Any] = {**averaged["taste"], "reviews": found["taste"]}
    if systems:
        result["systems"] = averaged
        result["by_review"] = found
    return result


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.iterdir() if ".jsonl" in file.name)
    if not files:
        raise BenchError(f"{path}: holds no review (*.jsonl, *.jsonl.zst)")
    return files


def _mean(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    return {m: round(float(np.mean([row[m] for row in rows])), 4) for m in MEASURES}


def _screen(review: Review, ranker: Ranker, start: int) -> dict[str, float]:
    """Reads a review from one start; what was known at the start counts as read."""
    random = np.random.default_rng(start)
    numbered = list(enumerate(review.papers, 1))
    first = int(random.choice(np.flatnonzero(review.included)))
    other = int(random.choice(np.flatnonzero(~review.included)))
    read = [first, other]
    left = np.ones(len(numbered), np.bool_)
    left[read] = False
    while review.included[left].any():
        rows = np.flatnonzero(left)
        liked = [numbered[row] for row in reversed(read) if review.included[row]]
        disliked = [numbered[row] for row in reversed(read) if not review.included[row]]
        scores = np.asarray(ranker(liked, disliked, [numbered[row] for row in rows]))
        batch = 1 if len(read) < _EACH else max(1, len(numbered) // _PART)
        best = rows[np.lexsort((rows, -scores))][:batch]
        read += best.tolist()
        left[best] = False
    return measure_order(review.included[read], len(numbered), int(review.included.sum()))


def measure_order(read: NDArray[np.bool_], records: int, included: int) -> dict[str, float]:
    """Recall after reading a tenth and a fifth, and work saved over sampling at 95 % recall.

    ``read`` are the labels in reading order, possibly only up to the last included one. WSS@95
    = 1 - (records read to reach 95 %) / records - .05 (Cohen 2006).
    """
    hits = np.cumsum(read)

    def recall(share: float) -> float:
        depth = min(len(hits), max(1, round(share * records)))
        return float(hits[depth - 1] / included)

    needed = int(np.argmax(hits >= np.ceil(0.95 * included))) + 1
    return {
        "recall@10%": recall(0.1),
        "recall@20%": recall(0.2),
        "wss@95": 1 - needed / records - 0.05,
    }
