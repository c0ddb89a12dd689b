"""The model of sentence roles: cross-validated over papers, and the one that ships.

``python -m trials.roles FILE [--write] [--penalties .002,.005,.015]`` prints macro-F1 of `evaluate
roles --folds 5` for each penalty, beside the majority and the position baseline, and what
decoding an abstract's sentences together (Viterbi over counted transitions) would change.
``--write`` fits the shipped penalty to all papers and stores the model in the package. FILE is
`scholar-inbox-sentences/sentences.jsonl.zst`.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from broadsheet import text
from broadsheet.evaluate import evaluate_roles, fit_roles, labelled_sentences, read_labelled
from broadsheet.evaluate.roles import macro_f1_of
from broadsheet.evaluate.roles_fitting import Labelled
from broadsheet.text import ROLES, Segments

SHIPPED = Path(text.__file__).parent / "reading" / "roles.npz"
FOLDS = 5


def main() -> None:
    """Prints the figures; with ``--write`` stores the model."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--penalties", default="")
    asked = parser.parse_args()
    papers, outside = read_labelled(asked.file)
    print(f"{len(papers)} abstracts, {sum(len(p.spans) for p in papers)} spans, {outside} outside")
    if asked.write:
        SHIPPED.write_bytes(fit_roles(papers).to_bytes())
        print(f"{SHIPPED.name}: {SHIPPED.stat().st_size:,} bytes")
        return
    for name, value in evaluate_roles([asked.file], folds=FOLDS).items():
        print(f"{name:20}{value:8.4f}" if isinstance(value, float) else f"{name:20}{value:8}")
    for penalty in filter(None, asked.penalties.split(",")):
        print(f"penalty {penalty}", *decoded(papers, float(penalty)))


def decoded(papers: Sequence[Labelled], penalty: float) -> list[str]:
    """Macro-F1 of sentences over all five roles, by the weight of the transitions."""
    names = sorted({paper.name for paper in papers})
    order = np.random.default_rng(0).permutation(len(names))
    fold_of = {names[at]: place % FOLDS for place, at in enumerate(order.tolist())}
    weights = (0.0, 0.2, 0.5, 1.0)
    gold: list[int] = []
    found: dict[float, list[int]] = {weight: [] for weight in weights}
    for fold in range(FOLDS):
        known = [paper for paper in papers if fold_of[paper.name] != fold]
        model, moves = fit_roles(known, penalty=penalty), transitions(known)
        for paper in papers:
            if fold_of[paper.name] != fold:
                continue
            spans = paper.document.sentences
            segments = Segments(paper.document)
            shares = model.probabilities([segments.features(s.start, s.end) for s in spans])
            labels = dict(labelled_sentences(paper))
            for weight in weights:
                path = viterbi(np.log(shares + 1e-6), weight * moves)
                found[weight] += [path[i] for i, span in enumerate(spans) if span in labels]
            gold += [ROLES.index(labels[span]) for span in spans if span in labels]
    return [
        f"transitions x {weight}: {macro_f1_of(np.array(gold), np.array(path), len(ROLES)):.4f}"
        for weight, path in found.items()
    ]


def transitions(papers: Sequence[Labelled]) -> np.ndarray:
    """Log shares of the role after each role, and (the last row) of the first; (6, 5)."""
    counts = np.ones((len(ROLES) + 1, len(ROLES)))
    for paper in papers:
        labels = dict(labelled_sentences(paper))
        before: int | None = len(ROLES)
        for span in paper.document.sentences:
            now = ROLES.index(labels[span]) if span in labels else None
            if before is not None and now is not None:
                counts[before, now] += 1
            before = now
    shares: np.ndarray = np.log(counts / counts.sum(axis=1, keepdims=True))
    return shares


def viterbi(scores: np.ndarray, moves: np.ndarray) -> list[int]:
    """The best path through scores of shape (sentences, roles)."""
    best, back = scores[0] + moves[-1], []
    for row in scores[1:]:
        through = best[:, None] + moves[:-1]
        back.append(through.argmax(axis=0))
        best = through.max(axis=0) + row
    path = [int(best.argmax())]
    for row in reversed(back):
        path.append(int(row[path[-1]]))
    return path[::-1]


if __name__ == "__main__":
    main()
