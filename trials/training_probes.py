"""What a trial of training looks at beside nDCG: calibration, crowded and rare topics."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from broadsheet.evaluate import Collection
from broadsheet.learn.job import Job
from broadsheet.text import embedded_text

TEMPERATURES = (0.02, 0.03, 0.04, 0.05, 0.07, 0.1, 0.15)
CROWDED, RARE = 100, 30  # papers of a category among those held out
BINS = 10
Floats = NDArray[np.float64]


def calibration(job: Job, known: Collection) -> dict[str, float]:
    """Expected calibration error of the softmax over all held-out papers.

    ``ece`` at temperature .05, as trained; ``ece_fitted`` on the second half of the queries at
    the temperature that fits the first half best.
    """
    scores, own = scores_of(job, known)
    half = len(own) // 2
    fitted = min(TEMPERATURES, key=lambda heat: surprise(scores[:half], own[:half], heat))
    return {
        "ece": calibration_error(scores, own, 0.05),
        "ece_fitted": calibration_error(scores[half:], own[half:], fitted),
    }


def topics(job: Job, known: Collection) -> dict[str, float]:
    """MRR of known items of crowded categories and of rare ones."""
    scores, own = scores_of(job, known)
    ranks = 1 + (scores > scores[np.arange(len(own)), own][:, None]).sum(1)
    topic = known.groups["topic"]
    names = [topic[query] for query in known.queries]
    many = Counter(names)
    scale = len(known.documents) / len(names)
    size = np.array([many[name] * scale for name in names])
    return {
        "crowded": float((1 / ranks)[size >= CROWDED].mean()),
        "rare": float((1 / ranks)[size <= RARE].mean()),
    }


PROBES = {"calibration": calibration, "topics": topics}


def scores_of(job: Job, known: Collection) -> tuple[Floats, NDArray[np.int64]]:
    """Cosines of every query with every paper, and the column of its own paper."""
    documents = job.student.pack([embedded_text(paper) for paper in known.documents], "document")
    queries = job.student.pack(list(known.queries.values()), "query")
    scores = job.encoded(queries, "query") @ job.encoded(documents, "document").T
    places = {paper.id: place for place, paper in enumerate(known.documents)}
    own = [places[next(iter(known.qrels[query]))] for query in known.queries]
    return scores, np.array(own, np.int64)


def chances(scores: Floats, heat: float) -> Floats:
    """Softmax of each row."""
    powers = np.exp((scores - scores.max(1, keepdims=True)) / heat)
    return np.asarray(powers / powers.sum(1, keepdims=True))


def surprise(scores: Floats, own: NDArray[np.int64], heat: float) -> float:
    """Mean negative logarithm of the own paper's probability."""
    found = chances(scores, heat)[np.arange(len(own)), own]
    return float(-np.log(np.maximum(found, 1e-12)).mean())


def calibration_error(scores: Floats, own: NDArray[np.int64], heat: float) -> float:
    """Ten bins of equal width over the probability of the first paper."""
    found = chances(scores, heat)
    sure, right = found.max(1), found.argmax(1) == own
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    parts = [
        (bins == one).mean() * abs(sure[bins == one].mean() - right[bins == one].mean())
        for one in range(BINS)
        if (bins == one).any()
    ]
    return float(np.sum(parts))
