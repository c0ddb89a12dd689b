"""Acronyms: how kinds of evidence are weighed, and how sure an expansion is.

``python -m trials.acronyms weights PAPERS`` fits the weights of evidence on definitions that are
hidden from papers; ``expansion PAPERS`` tells what would be shown and how much of it is right.
PAPERS is a file of papers (title, abstract), of which the even ones fit and the odd ones test.
The paper's own definition is taken off the counts; its words are a three-hundredth or more of the
context of its meaning, so rare meanings look a little better than they are.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from broadsheet.evaluate.collection import read_lines
from broadsheet.text import (
    Meaning,
    acronym_knowledge,
    defined_acronyms,
    long_key,
    prepare,
    words_around,
)

Floats = NDArray[np.float64]
NAMES = ("papers", "sense", "words")
_RIDGE = 0.5


@dataclass(frozen=True, slots=True)
class Hidden:
    """A definition taken out of its paper: evidence of each meaning, and which is right."""

    evidence: Floats
    meanings: tuple[Meaning, ...]
    right: int  # -1: none of them


def hidden(path: Path, most: int) -> Iterator[Hidden]:
    """Definitions of papers, hidden from them."""
    known = acronym_knowledge()
    count = 0
    for _, line in read_lines(path):
        paper = json.loads(line)
        if "(" not in (paper["abstract"] or ""):
            continue
        for one in defined_acronyms(prepare(paper["title"], paper["abstract"])):
            meanings = known.meanings(one.short)
            if one.start < 0 or not meanings:
                continue
            key = long_key(one.long)
            left = tuple(
                Meaning(m.long, m.papers - 1) if m.key == key else m
                for m in meanings
                if m.key != key or m.papers > 1
            )
            text = f"{paper['title']} {paper['abstract']}"
            without = re.sub(re.escape(one.long), " ", text, flags=re.IGNORECASE)
            right = next((n for n, m in enumerate(left) if m.key == key), -1)
            yield Hidden(known.evidence(words_around(without, one.short), left), left, right)
            count += 1
            if count == most:
                return


def fitted(cases: list[Hidden]) -> Floats:
    """The weights under which the right meanings are most probable."""
    used = [case for case in cases if case.right >= 0 and len(case.meanings) > 1]

    def loss(weights: Floats) -> tuple[float, Floats]:
        total, slope = _RIDGE * float(weights @ weights), 2 * _RIDGE * weights
        for case in used:
            shares = _shares(case.evidence @ weights)
            total -= float(np.log(shares[case.right] + 1e-12))
            slope = slope + shares @ case.evidence - case.evidence[case.right]
        return total, slope

    found: Floats = minimize(loss, np.ones(len(NAMES)), jac=True, method="L-BFGS-B").x
    return found


def _shares(scores: Floats) -> Floats:
    shares: Floats = np.exp(scores - scores.max())
    return shares / shares.sum()


def chosen(cases: list[Hidden], weights: Floats) -> tuple[Floats, Floats]:
    """The probability of the best meaning of each case, and whether it is right."""
    sure, right = [], []
    for case in cases:
        shares = _shares(case.evidence @ weights)
        best = int(shares.argmax())
        shown = case.meanings[best].papers >= 3
        sure.append(float(shares[best]) if shown else 0.0)
        right.append(float(best == case.right))
    return np.array(sure), np.array(right)


def main() -> None:
    """Prints one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("weights", "expansion"))
    parser.add_argument("papers", type=Path)
    parser.add_argument("--most", type=int, default=20_000)
    asked = parser.parse_args()
    cases = [case for case in hidden(asked.papers, asked.most) if case.meanings]
    fit, test = cases[::2], cases[1::2]
    print(
        f"{len(cases)} hidden definitions; {np.mean([c.right < 0 for c in test]):.3f} are unknown"
    )
    several = [case for case in test if len(case.meanings) > 1 and case.right >= 0]
    weights = fitted(fit)
    print("weights", dict(zip(NAMES, weights.round(3).tolist(), strict=True)))
    for name, mask in (("all", (1, 1, 1)), ("papers", (1, 0, 0)), ("context", (0, 1, 1))):
        _, right = chosen(several, weights * np.array(mask))
        print(f"  {name:8} {right.mean():.4f} of {len(several)} with several meanings")
    sure, right = chosen(test, weights)
    for least in (0.5, 0.7, 0.8, 0.9, 0.95, 0.98):
        kept = sure >= least
        print(f"  from {least:.2f}: {kept.mean():.3f} shown, {right[kept].mean():.4f} right")


if __name__ == "__main__":
    main()
