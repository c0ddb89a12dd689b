"""``evaluate roles``: what labelled parts of abstracts do, against what people said.

The unit is the labelled span: a part of an abstract that a person marked as its problem, task,
idea or result, mostly a clause or a sentence. A span that lies outside its abstract says nothing
and is left out, but counted.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from broadsheet.evaluate.collection import BenchError, read_lines
from broadsheet.evaluate.roles_fitting import (
    LABELS,
    Labelled,
    LabelledSpan,
    fingerprint,
    fit_roles,
    labelled_sentences,
)
from broadsheet.text import ROLES, LinearModel, Segments, prepare, role_model

Ints = NDArray[np.int64]

FOLDS = 5
_PLACES = 10


@dataclass(frozen=True, slots=True)
class _Judged:
    """Gold and found roles of all units, by their place in `LABELS`; the paper of each."""

    gold: Ints
    found: Ints
    paper: Ints


def read_labelled(path: Path) -> tuple[list[Labelled], int]:
    """Papers with labelled spans, and how many spans lie outside their abstract.

    JSON lines (.zst, .gz or plain) or CSV of abstract, start_idx, end_idx, label and, to tell
    papers apart, arxiv_id. Raises `BenchError`.
    """
    papers: dict[tuple[str, str], list[LabelledSpan]] = {}
    outside = 0
    for number, row in _rows(path):
        try:
            abstract, label = str(row["abstract"]), str(row["label"]).strip().lower()
            start, end = sorted((int(row["start_idx"]), int(row["end_idx"])))
        except (KeyError, TypeError, ValueError) as error:
            raise BenchError(
                f"{path}:{number}: needs abstract, start_idx, end_idx and label ({error})"
            ) from None
        role = next((role for role in LABELS if role == label), None)
        if role is None:
            raise BenchError(f"{path}:{number}: the label {label!r} is none of {', '.join(LABELS)}")
        spans = papers.setdefault((str(row.get("arxiv_id") or abstract), abstract), [])
        start, end = max(0, start), min(end, len(abstract))
        if abstract[start:end].strip():
            spans.append(LabelledSpan(start, end, role))
        else:
            outside += 1
    found = [
        Labelled(name, prepare("", abstract), tuple(spans))
        for (name, abstract), spans in papers.items()
        if spans
    ]
    if not found:
        raise BenchError(f"{path}: holds no labelled span")
    return found, outside


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    lines = read_lines(path)
    if ".csv" in path.suffixes:
        # Quoted fields may hold line breaks, and empty lines.
        text = dict(lines)
        whole = (text.get(number, "") + "\n" for number in range(1, max(text, default=0) + 1))
        yield from enumerate(csv.DictReader(whole), 2)
        return
    for number, line in lines:
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise BenchError(f"{path}:{number}: is no JSON ({error})") from None
        if not isinstance(row, dict):
            raise BenchError(f"{path}:{number}: is no object")
        yield number, row


def evaluate_roles(paths: Sequence[Path], *, folds: int = 0) -> dict[str, Any]:
    """Macro-F1 over the four roles, in all and of each, beside two baselines.

    Measures the model that ships; ``folds`` trains models like it on all papers but those of
    one fold, and measures each on its fold. Flat figures: ``macro_f1`` with its 95 % interval
    over papers, ``f1_ROLE``, ``majority_macro_f1``, ``position_macro_f1`` (the commonest role of
    each tenth of an abstract, in cross-validation over the same file); ``sentence_macro_f1``: the
    same for whole sentences of which a label covers a third, among all five roles as readers see
    them; ``trained_on``: how many of these abstracts the model that ships was trained on. Raises
    `BenchError`.
    """
    papers: list[Labelled] = []
    outside = 0
    for path in paths:
        read, out = read_labelled(path)
        papers += read
        outside += out
    names = sorted({paper.name for paper in papers})
    if folds and len(names) < folds:
        raise BenchError(f"{len(names)} papers cannot be split into {folds} folds")
    order = np.random.default_rng(0).permutation(len(names))
    fold_of = {names[at]: place % (folds or FOLDS) for place, at in enumerate(order.tolist())}
    where = [fold_of[paper.name] for paper in papers]
    models = _models(papers, where, folds)
    spans = [_spans(paper, models[fold]) for paper, fold in zip(papers, where, strict=True)]
    sentences = [_sentences(paper, models[fold]) for paper, fold in zip(papers, where, strict=True)]
    judged, whole = _together(spans), _together(sentences)
    figures: dict[str, Any] = {"macro_f1": macro_f1_of(judged.gold, judged.found)}
    figures["low"], figures["high"] = _bounds(judged)
    for place, label in enumerate(LABELS):
        figures[f"f1_{label}"] = _f1(judged.gold, judged.found, place)
    majority = np.full(len(judged.gold), np.bincount(judged.gold).argmax())
    figures["majority_macro_f1"] = macro_f1_of(judged.gold, majority)
    figures["position_macro_f1"] = macro_f1_of(
        judged.gold, _by_position(papers, where, judged.gold)
    )
    figures["sentence_macro_f1"] = macro_f1_of(whole.gold, whole.found)
    figures |= {"spans": len(judged.gold), "sentences": len(whole.gold), "papers": len(papers)}
    seen = set() if folds else set(role_model().more["seen"].tolist())
    trained = sum(fingerprint(paper.document.abstract) in seen for paper in papers)
    return figures | {"outside": outside, "folds": folds, "trained_on": trained}


def _models(papers: Sequence[Labelled], where: Sequence[int], folds: int) -> dict[int, LinearModel]:
    """The model that judges the papers of each fold."""
    if not folds:
        return dict.fromkeys(range(FOLDS), role_model())
    return {
        fold: fit_roles([p for p, other in zip(papers, where, strict=True) if other != fold])
        for fold in range(folds)
    }


def _spans(paper: Labelled, model: LinearModel) -> tuple[list[int], list[int]]:
    """Gold and found roles of the labelled spans of a paper."""
    segments = Segments(paper.document)
    scores = model.scores([segments.features(span.start, span.end) for span in paper.spans])
    # A span is known to be one of the four: background is not asked for.
    columns = [ROLES.index(label) for label in LABELS]
    gold = [LABELS.index(span.label) for span in paper.spans]
    return gold, scores[:, columns].argmax(axis=1).tolist()


def _sentences(paper: Labelled, model: LinearModel) -> tuple[list[int], list[int]]:
    """The same for sentences that bear a label, as `read_paper` sees them; -1: background."""
    gold = labelled_sentences(paper)
    asked = [(span, role) for span, role in gold if role in LABELS]
    if not asked:
        return [], []
    segments = Segments(paper.document)
    scores = model.scores([segments.features(span.start, span.end) for span, _ in asked])
    found = [ROLES[place] for place in scores.argmax(axis=1).tolist()]
    return (
        [LABELS.index(role) for _, role in asked],
        [LABELS.index(role) if role in LABELS else -1 for role in found],
    )


def _together(parts: Sequence[tuple[list[int], list[int]]]) -> _Judged:
    gold = [label for one, _ in parts for label in one]
    found = [label for _, one in parts for label in one]
    paper = [place for place, (one, _) in enumerate(parts) for _ in one]
    return _Judged(np.array(gold, int), np.array(found, int), np.array(paper, int))


def _by_position(papers: Sequence[Labelled], where: Sequence[int], gold: Ints) -> Ints:
    """For each span the commonest role of its tenth of an abstract in the other folds."""
    place, fold = [], []
    for paper, number in zip(papers, where, strict=True):
        for span in paper.spans:
            share = (span.start + span.end) / 2 / max(1, len(paper.document.abstract))
            place.append(min(int(share * _PLACES), _PLACES - 1))
            fold.append(number)
    places, folds = np.array(place), np.array(fold)
    found = np.zeros(len(gold), int)
    for number in sorted(set(fold)):
        others = folds != number
        for one in range(_PLACES):
            counts = np.bincount(gold[others & (places == one)], minlength=len(LABELS))
            found[(folds == number) & (places == one)] = counts.argmax()
    return found


def macro_f1_of(gold: Ints, found: Ints, roles: int = len(LABELS)) -> float:
    """The mean of F1 over roles, which are numbered from 0."""
    return float(np.mean([_f1(gold, found, place) for place in range(roles)]))


def _f1(gold: Ints, found: Ints, label: int) -> float:
    right = int(np.sum((gold == label) & (found == label)))
    return 2 * right / max(1, int(np.sum(gold == label)) + int(np.sum(found == label)))


def _bounds(judged: _Judged, draws: int = 1_000) -> tuple[float, float]:
    """The 95 % bootstrap interval of macro-F1 over papers."""
    papers = int(judged.paper.max()) + 1
    labels = len(LABELS)
    tables = np.zeros((papers, labels, labels))
    np.add.at(tables, (judged.paper, judged.gold, judged.found), 1)
    times = np.random.default_rng(0).multinomial(papers, np.full(papers, 1 / papers), size=draws)
    drawn = np.tensordot(times, tables, axes=1)
    right = np.diagonal(drawn, axis1=1, axis2=2)
    both = drawn.sum(axis=1) + drawn.sum(axis=2)
    values = (2 * right / np.maximum(both, 1)).mean(axis=1)
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)
