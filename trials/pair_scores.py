"""Tells one work from look-alikes by a score: ``python -m trials.pair_scores DATA`` (row 6)

DATA is the folder of corpora; the pairs are ``duplicate-pairs/pairs.tsv`` (one work in two sources,
a tenth of them) and the look-alikes of `evaluate identity` among their papers and others drawn
beside them. Printed: average precision (AUPRC) and the recall at precision .99, five folds by
paper: cosine of TF-IDF, containment of word triples, and a linear classifier of all that is known
of a pair, with the log loss and with the focal loss.
"""

from __future__ import annotations

import io
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np
import zstandard
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]
from sklearn.metrics import (  # type: ignore[import-untyped]
    average_precision_score,
    precision_recall_curve,
)

from broadsheet.evaluate.identity import labelled_pairs, look_alikes
from broadsheet.papers import Author, Paper
from broadsheet.text import likeness

Floats = NDArray[np.float64]
_FOLDS = 5
_WORD = re.compile(r"\w+")


def _rows(path: Path) -> Iterator[dict[str, object]]:
    with path.open("rb") as file:
        stream = zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(file)
        for line in io.TextIOWrapper(stream, "utf-8"):
            yield json.loads(line)


def _papers(home: Path, wanted: set[tuple[str, str]], beside: int) -> dict[tuple[str, str], Paper]:
    """The named papers that have an abstract, and one of so many others."""
    found = {}
    corpora = {"acl-anthology": "acl-anthology", "arxiv-1993-2019": "arxiv"}
    corpora["arxiv-2025-2026"] = "arxiv"
    for folder, corpus in corpora.items():
        for at, row in enumerate(_rows(home / folder / "corpus.jsonl.zst")):
            name = (corpus, str(row["id"]))
            abstract = str(row.get("abstract") or "")
            if abstract and (name in wanted or at % beside == 0):
                given = row.get("authors") or []
                names = given if isinstance(given, list) else str(given).split(", ")
                authors = tuple(
                    Author(str(one["name"] if isinstance(one, dict) else one)) for one in names
                )
                title = str(row.get("title") or "")
                found[name] = Paper(name[1], corpus, title, abstract, authors=authors)
    return found


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower()))


def _features(one: Paper, other: Paper, cosine: float) -> list[float]:
    found = likeness(one, other)
    titles, others = _words(one.title), _words(other.title)
    shared = len(titles & others)
    bag, bags = _words(one.abstract), _words(other.abstract)
    return [
        cosine,
        found.contained or 0.0,
        found.surnames if found.surnames is not None else 0.5,
        shared / max(1, min(len(titles), len(others))),
        shared / max(1, len(titles | others)),
        len(bag & bags) / max(1, len(bag | bags)),
        abs(np.log(max(1, len(one.abstract)) / max(1, len(other.abstract)))),
        float(bool(set(re.findall(r"\d+", one.title)) ^ set(re.findall(r"\d+", other.title)))),
    ]


def fitted(features: Floats, labels: Floats, gamma: float, steps: int = 1_500) -> Floats:
    """Weights of a linear classifier by the focal loss, the log loss where ``gamma`` is 0."""
    weights, speed = np.zeros(features.shape[1]), np.zeros(features.shape[1])
    signs = 2 * labels - 1
    for _ in range(steps):
        right = np.clip(1 / (1 + np.exp(-signs * (features @ weights))), 1e-9, 1 - 1e-9)
        # The gradient of -(1 - p)^gamma log p: Lin et al., "Focal loss" (2017).
        slope = (1 - right) ** gamma * (gamma * right * np.log(right) - (1 - right))
        speed = 0.9 * speed - 0.1 * ((signs * slope) @ features / len(labels) + 1e-4 * weights)
        weights = weights + speed
    return weights


@click.command()
@click.argument("data", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--beside", type=click.IntRange(min=1), default=12, help="One other of so many.")
def main(data: Path, beside: int) -> None:
    """Prints the table."""
    same = labelled_pairs(data / "duplicate-pairs" / "pairs.tsv").same
    papers = _papers(data, {name for pair in same for name in pair}, beside)
    same = tuple(pair for pair in same if pair[0] in papers and pair[1] in papers)
    drawn = random.Random(0)  # noqa: S311  # the same pairs each time
    kept = drawn.sample(same, len(same) // 10)
    pairs = [*kept, *look_alikes(papers)]
    labels = np.array([1.0] * len(kept) + [0.0] * (len(pairs) - len(kept)))
    names = sorted({name for pair in pairs for name in pair})
    texts = [f"{papers[name].title} {papers[name].abstract}" for name in names]
    vectors = TfidfVectorizer(sublinear_tf=True, stop_words="english").fit_transform(texts)
    place = {name: at for at, name in enumerate(names)}
    ones, others = (vectors[[place[pair[side]] for pair in pairs]] for side in (0, 1))
    cosines = np.asarray(ones.multiply(others).sum(1)).ravel()
    raw = np.array(
        [
            _features(papers[a], papers[b], c)
            for (a, b), c in zip(pairs, cosines.tolist(), strict=True)
        ]
    )
    folds = np.array([hash_of(pair[0][1]) % _FOLDS for pair in pairs])
    scaled = np.hstack([(raw - raw.mean(0)) / np.maximum(raw.std(0), 1e-9), np.ones((len(raw), 1))])
    systems = {"cosine of TF-IDF": cosines, "containment of triples": raw[:, 1]}
    for name, gamma in (("linear, log loss", 0.0), ("linear, focal loss (2)", 2.0)):
        scores = np.zeros(len(pairs))
        for fold in range(_FOLDS):
            out = folds == fold
            scores[out] = scaled[out] @ fitted(scaled[~out], labels[~out], gamma)
        systems[name] = scores
    rule = np.array([float(likeness(papers[a], papers[b]).same) for a, b in pairs])
    click.echo(f"{len(kept)} pairs of one work, {len(pairs) - len(kept)} look-alikes")
    again = np.random.default_rng(0).integers(0, len(pairs), (300, len(pairs)))
    for name, scores in systems.items():
        precision, recall, _ = precision_recall_curve(labels, scores)
        at = recall[precision >= 0.99].max(initial=0.0)
        draws = [average_precision_score(labels[d], scores[d]) for d in again]
        low, high = np.quantile(draws, (0.025, 0.975))
        area = average_precision_score(labels, scores)
        click.echo(f"{name:26} AUPRC {area:.4f} ({low:.4f} to {high:.4f})  recall at .99 {at:.3f}")
    hits = float((rule * labels).sum())
    click.echo(
        f"{'the rule in use':26} precision {hits / max(1.0, rule.sum()):.4f}"
        f"  recall {hits / labels.sum():.4f}"
    )


def hash_of(text: str) -> int:
    """A number that is the same in every run."""
    return int.from_bytes(text.encode()[-6:], "big") // 7


if __name__ == "__main__":
    main()
