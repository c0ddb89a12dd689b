"""Finds where an abstract goes from one role to the next: ``python -m trials.boundaries FILE``

FILE is scholar-inbox's sentences.jsonl.zst (row 7). A boundary stands between two labelled spans
of different roles. Printed are Pk (Beeferman et al. 1999) and WindowDiff (Pevzner and Hearst 2002)
over sentences, less is better, five folds by paper: changes of the role that a fitted model gives,
windows of fixed lengths, a fall of shared words (TextTiling), no boundary.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from broadsheet.evaluate import fit_roles, labelled_sentences, read_labelled
from broadsheet.evaluate.roles_fitting import Labelled
from broadsheet.text import ROLES, LinearModel, Segments

_FOLDS = 5
Cuts = list[bool]  # after each sentence but the last


def pk(gold: Cuts, found: Cuts) -> float:
    """The share of probes whose ends are wrongly said to lie in one segment."""
    return _probed(gold, found, differ=lambda one, other: (one > 0) != (other > 0))


def window_diff(gold: Cuts, found: Cuts) -> float:
    """The share of windows with a wrong number of boundaries."""
    return _probed(gold, found, differ=lambda one, other: one != other)


def _probed(gold: Cuts, found: Cuts, differ: Callable[[int, int], bool]) -> float:
    width = max(1, round((len(gold) + 1) / (sum(gold) + 1) / 2))
    starts = range(len(gold) - width + 1)
    wrong = [differ(sum(gold[s : s + width]), sum(found[s : s + width])) for s in starts]
    return float(np.mean(wrong))


def changes(roles: Sequence[object]) -> Cuts:
    """Where a role follows another."""
    return [one != other for one, other in pairwise(roles)]


def windows(count: int, length: int) -> Cuts:
    """A boundary after every so many sentences."""
    return [(at + 1) % length == 0 for at in range(count - 1)]


def falls(sentences: Sequence[str], least: float = 0.05) -> Cuts:
    """A boundary where neighbouring sentences share hardly a word."""
    bags = [Counter(word for word in one.lower().split() if len(word) > 3) for one in sentences]
    found = []
    for one, other in pairwise(bags):
        whole = np.sqrt(sum(n * n for n in one.values()) * sum(n * n for n in other.values()))
        found.append(sum(one[word] * other[word] for word in one) < least * max(whole, 1e-9))
    return found


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("file", type=Path)
    papers, _ = read_labelled(parser.parse_args().file)
    found: dict[str, list[tuple[float, float]]] = {}
    for fold in range(_FOLDS):
        model = fit_roles([paper for at, paper in enumerate(papers) if at % _FOLDS != fold])
        for paper in papers[fold::_FOLDS]:
            for name, values in _judged(paper, model).items():
                found.setdefault(name, []).append(values)
    print(f"{len(found['changes of role'])} abstracts with two labelled roles or more")
    ours = np.array(found["changes of role"])
    rng = np.random.default_rng(0)
    for name, rows in found.items():
        table = np.array(rows)
        gaps = (table - ours)[rng.integers(0, len(ours), (2_000, len(ours)))].mean(1)[:, 0]
        low, high = np.quantile(gaps, (0.025, 0.975))
        means = table.mean(0)
        print(f"{name:22} Pk {means[0]:.3f}  WindowDiff {means[1]:.3f}  {low:+.3f} to {high:+.3f}")


def _judged(paper: Labelled, model: LinearModel) -> dict[str, tuple[float, float]]:
    document = paper.document
    labels = dict(labelled_sentences(paper))
    kept = [at for at, span in enumerate(document.sentences) if span in labels]
    gold = changes([labels[document.sentences[at]] for at in kept])
    if not any(gold):
        return {}
    segments = Segments(document)
    shares = model.probabilities(
        [segments.features(span.start, span.end) for span in document.sentences]
    )
    roles = [ROLES[int(shares[at].argmax())] for at in kept]
    texts = [document.abstract[s.start : s.end] for s in (document.sentences[at] for at in kept)]
    cuts = {"changes of role": changes(roles), "falls of shared words": falls(texts)}
    cuts |= {f"windows of {length}": windows(len(kept), length) for length in (1, 2, 3)}
    cuts["no boundary"] = [False] * len(gold)
    return {name: (pk(gold, found), window_diff(gold, found)) for name, found in cuts.items()}


if __name__ == "__main__":
    main()
