"""Training pairs made worse or chosen towards a target (`trials.training`).

Rows 85, 87, 89 and 90 of docs/methods.md, and the planted pairs of all trials of noise.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from zlib import crc32

import numpy as np
import torch
from numpy.typing import NDArray

from broadsheet.learn.job import Job
from broadsheet.learn.losses import within_one
from broadsheet.learn.pairs import title_abstract
from broadsheet.learn.parts import Pair, Rows, part
from trials.training_parts_choice import Floats, best, note_detection, scored_of

_WORD = re.compile(r"[^\W_]+")
LABELS = Path(__file__).parent / "training-labels" / "criteria.json"


@part("pairs", "title-abstract-noisy")
def noisy(job: Job, *, noise: float = 0.0, count: int = 0) -> Iterator[Pair]:
    """``count`` (0: all) titles and abstracts by lot, the same for every seed.

    ``noise`` of them have another paper's title; those are "planted".
    """
    within_one(noise=noise)
    pairs = list(title_abstract(job))
    rng = np.random.default_rng(7)
    if 0 < count < len(pairs):
        pairs = [pairs[place] for place in np.sort(rng.choice(len(pairs), count, False)).tolist()]
    hit = rng.choice(len(pairs), round(noise * len(pairs)), replace=False)
    titles = {place: pairs[place].query for place in hit.tolist()}
    moved = dict(zip(hit.tolist(), np.roll(hit, 1).tolist(), strict=True))
    for place, pair in enumerate(pairs):
        if place in moved:
            yield Pair(titles[moved[place]], pair.document, "planted")
        else:
            yield pair


@part("choice", "resampled")
def resampled(
    job: Job, *, share: float = 0.5, queries: str = "", buckets: int = 10_000, strength: float = 1.0
) -> Rows:
    """Row 85, DSIR (Xie et al. 2023): pairs whose titles read like a target's texts.

    The importance of a title is the ratio of two bags of hashed words and word pairs, target to
    titles; ``queries`` is a JSON file of search queries. Pairs are drawn without replacement by
    Gumbel noise on ``strength`` x the log ratio.
    """
    targets = query_texts(queries)
    titles = [hashed(pair.query, buckets) for pair in job.pairs]
    wanted = np.bincount(
        np.concatenate([hashed(text, buckets) for text in targets]), minlength=buckets
    )
    there = np.bincount(np.concatenate(titles), minlength=buckets)
    ratio = np.log((wanted + 1) / (wanted + 1).sum()) - np.log((there + 1) / (there + 1).sum())
    values = np.array([strength * float(ratio[one].sum()) for one in titles])
    return best(values + job.chance("choice").gumbel(size=len(values)), share, "high")


def query_texts(path: str) -> list[str]:
    """The queries of a file ``{name: {"search_query": text}}``; raises ValueError."""
    try:
        entries = json.loads(Path(path).expanduser().read_text("utf-8")).values()
        return [str(entry["search_query"]) for entry in entries]
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise ValueError(f"queries {path!r}: {error}") from error


def hashed(text: str, buckets: int) -> NDArray[np.int64]:
    """Words and word pairs of a text as buckets."""
    words = _WORD.findall(text.lower())
    grams = [*words, *(" ".join(two) for two in pairwise(words))]
    return np.array([crc32(gram.encode()) % buckets for gram in grams], np.int64)


@part("choice", "consistent")
def consistent(job: Job, *, share: float = 0.5, queries: str = "", shift: float = 0.0) -> Rows:
    """Row 87 (Jiang et al. 2024): pairs that a round trip finds again, those far from real
    queries left out.

    Round trip: the margin of the pair's own paper over the best of 511 others, by the student's
    start. The shift is the log odds of a title against ``queries`` in a ridge logistic
    regression on the student's vectors; the value is margin - ``shift`` x shift, each
    standardised.
    """
    margin = np.empty(len(job.pairs))
    with torch.no_grad():
        order = job.chance("choice").permutation(len(job.pairs))
        for rows in np.array_split(order, max(1, len(order) // 512)):
            scores = scored_of(job, rows).scores
            own = scores.diagonal().clone()
            scores.fill_diagonal_(-1.0)
            margin[rows] = (own - scores.max(1).values).numpy()
    values = standard(margin)
    note_detection(job, -values)
    if shift:
        asked = job.encoded(job.student.pack(query_texts(queries), "query"), "query")
        titles = job.encoded(job.query_ids, "query")
        values = values + shift * standard(log_odds(asked, titles, job.chance("shift")))
    return best(values, share, "high")


def log_odds(
    target: NDArray[np.float32], others: NDArray[np.float32], rng: np.random.Generator
) -> Floats:
    """Of each of the others, how much it looks like the target: ridge logistic regression."""
    from sklearn.linear_model import LogisticRegression

    some = others[rng.choice(len(others), min(len(others), 5 * len(target)), replace=False)]
    labels = np.repeat([1, 0], [len(target), len(some)])
    model = LogisticRegression(C=1.0, class_weight="balanced", max_iter=200)
    model.fit(np.concatenate([target, some]), labels)
    return np.asarray(model.decision_function(others), np.float64)


def standard(values: Floats) -> Floats:
    """Mean 0, deviation 1."""
    return np.asarray((values - values.mean()) / (values.std() or 1.0), np.float64)


CRITERIA = (
    "words of the title",
    "share of the title's words that the abstract has",
    "characters of the abstract, logarithm",
    "the title has a name before a colon",
    "share of letters in the abstract",
    "rare words in the title: longest word",
    "the title is a comment, an erratum, a report, a proceedings volume",
)
_POOR = re.compile(r"\b(comment|erratum|reply|report|proceedings|overview of|findings|tutorial)\b")


def readable(title: str, abstract: str) -> list[float]:
    """A pair by the criteria, which anybody can check."""
    words = _WORD.findall(title.lower())
    body = set(_WORD.findall(abstract.lower()))
    shared = sum(word in body for word in words) / max(1, len(words))
    letters = sum(letter.isalpha() for letter in abstract) / max(1, len(abstract))
    return [
        min(len(words), 20) / 10,
        shared,
        float(np.log(max(1, len(abstract)))),
        float(":" in title),
        letters,
        max((len(word) for word in words), default=0) / 10,
        float(bool(_POOR.search(title.lower()))),
    ]


@part("choice", "criteria")
def criteria(job: Job, *, share: float = 0.5, keep: str = "high") -> Rows:
    """Row 89, CritiQ (Guo et al. 2025): criteria that people can read, weighed by 40 judgements.

    Each judgement says which of two papers makes the better pair; the weights are a ridge
    logistic regression on the difference of their criteria.
    """
    weights, agreement = criteria_weights(job)
    job.history["agreement"] = agreement
    documents = job.corpus.documents
    table = np.array(
        [readable(pair.query, documents[pair.document].abstract) for pair in job.pairs]
    )
    values = (table / table.std(0).clip(1e-9)) @ weights
    note_detection(job, -values)
    return best(values, share, keep)


def criteria_weights(job: Job) -> tuple[Floats, float]:
    """A weight a criterion, in deviations, and how often they agree with a judgement left out.

    Raises ValueError where fewer than 20 of the judged papers are in the corpus.
    """
    from sklearn.linear_model import LogisticRegression

    papers = {document.name: document for document in job.corpus.documents}
    judged = [row for row in json.loads(LABELS.read_text("utf-8")) if papers.keys() >= set(row)]
    if len(judged) < 20:
        raise ValueError(f"{len(judged)} judgements of {LABELS.name} are of papers of this corpus")
    values = {
        name: readable(papers[name].title, papers[name].abstract) for row in judged for name in row
    }
    spread = np.array(list(values.values())).std(0).clip(1e-9)
    apart = np.array([(np.array(values[a]) - values[b]) / spread for a, b in judged])

    def fitted(rows: Floats) -> Floats:
        model = LogisticRegression(C=0.3, fit_intercept=False)
        model.fit(np.concatenate([rows, -rows]), np.repeat([1, 0], len(rows)))
        return np.asarray(model.coef_[0], np.float64)

    right = [apart[one] @ fitted(np.delete(apart, one, 0)) > 0 for one in range(len(apart))]
    return fitted(apart), float(np.mean(right))
