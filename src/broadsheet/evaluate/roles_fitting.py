"""The model of sentence roles is fitted to labelled spans.

It learns from each span as it was marked, and from the sentence around it: readers are shown
sentences. No label says background. A sentence before the first marked problem, idea or result
counts as such where nothing but a task is marked in it and it does not speak of the paper.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np

from broadsheet.evaluate.linear_fitting import fit_linear
from broadsheet.text import ROLES, Document, LinearModel, Role, Segments, Span

LABELS: tuple[Role, ...] = ("problem", "task", "idea", "result")

# Chosen by cross-validation over papers (docs/benchmarks.md).
PENALTY = 0.005
MOST_FEATURES = 15_000
_SENTENCE_WEIGHT = 0.7
# The share of a sentence that a label must cover to be the sentence's.
_COVERED = 0.35
_OF_ITSELF = re.compile(
    r"\b(?:we|our|us|this (?:paper|work|article|study|letter|thesis|report))\b"
    r"|\b(?:propose|present|introduce)[sd]?\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class LabelledSpan:
    """A part of an abstract and its role, one of `LABELS`."""

    start: int
    end: int
    label: Role


@dataclass(frozen=True, slots=True)
class Labelled:
    """A paper whose spans were labelled."""

    name: str
    document: Document
    spans: tuple[LabelledSpan, ...]


def fit_roles(
    papers: Sequence[Labelled], *, penalty: float = PENALTY, most: int = MOST_FEATURES
) -> LinearModel:
    """A model of `ROLES`."""
    parts: list[list[str]] = []
    labels: list[int] = []
    weights: list[float] = []
    for paper in papers:
        segments = Segments(paper.document)
        for span in paper.spans:
            parts.append(segments.features(span.start, span.end))
            labels.append(ROLES.index(span.label))
            weights.append(1.0)
        for sentence, role in labelled_sentences(paper):
            parts.append(segments.features(sentence.start, sentence.end))
            labels.append(ROLES.index(role))
            weights.append(_SENTENCE_WEIGHT)
    model = fit_linear(parts, labels, ROLES, penalty=penalty, weights=weights, most=most)
    seen = sorted({fingerprint(paper.document.abstract) for paper in papers})
    return replace(model, more={"seen": np.array(seen, np.uint32)})


def fingerprint(abstract: str) -> int:
    """32 bits of an abstract's words: a model remembers what it was trained on."""
    return crc32(" ".join(abstract.lower().split()).encode("utf-8", "replace"))


def labelled_sentences(paper: Labelled) -> list[tuple[Span, Role]]:
    """The sentences whose role the labels tell."""
    abstract = paper.document.abstract
    main = [span.start for span in paper.spans if span.label != "task"]
    before = min(main, default=0)
    found: list[tuple[Span, Role]] = []
    for sentence in paper.document.sentences:
        covered = _covered(sentence, paper.spans)
        label, share = max(covered.items(), key=lambda item: item[1], default=(ROLES[0], 0.0))
        if share >= _COVERED:
            found.append((sentence, label))
        elif (
            set(covered) <= {"task"}
            and sentence.end <= before + 1
            and not _OF_ITSELF.search(abstract, sentence.start, sentence.end)
        ):
            found.append((sentence, "background"))
    return found


def _covered(sentence: Span, spans: Sequence[LabelledSpan]) -> Counter[Role]:
    """The share of a sentence that each label covers."""
    covered: Counter[Role] = Counter()
    for span in spans:
        shared = min(span.end, sentence.end) - max(span.start, sentence.start)
        # Ends were marked by hand: a character or two over the edge is no cover.
        if shared > 2:
            covered[span.label] += shared / (sentence.end - sentence.start)  # type: ignore[assignment]
    return covered
