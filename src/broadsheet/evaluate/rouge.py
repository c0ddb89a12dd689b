"""ROUGE: words, pairs of words and the longest common subsequence shared with a reference.

Lin, ROUGE: a package for automatic evaluation of summaries (2004), counted as the published
Python implementation (rouge-score) counts it without stemming: small letters, all but a-z and
0-9 as space, F measure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

ROUGE = ("rouge1", "rouge2", "rougeL")
_NO_WORD = re.compile(r"[^a-z0-9]+")


def rouge_words(text: str) -> list[str]:
    """The words of a text that ROUGE compares."""
    return _NO_WORD.sub(" ", text.lower()).split()


def rouge(words: Sequence[str], reference: Sequence[str]) -> dict[str, float]:
    """F measures of one text against one reference, both as `rouge_words`."""
    return {
        "rouge1": _overlap(words, reference, 1),
        "rouge2": _overlap(words, reference, 2),
        "rougeL": _longest(words, reference),
    }


def best_rouge(text: str, references: Sequence[Sequence[str]]) -> dict[str, float]:
    """Each measure against the reference that fits it best."""
    words = rouge_words(text)
    found = [rouge(words, reference) for reference in references]
    return {name: max((one[name] for one in found), default=0.0) for name in ROUGE}


def _overlap(words: Sequence[str], reference: Sequence[str], n: int) -> float:
    ours, theirs = _grams(words, n), _grams(reference, n)
    shared = sum((ours & theirs).values())
    return _f_measure(shared, sum(ours.values()), sum(theirs.values()))


def _grams(words: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[place : place + n]) for place in range(len(words) - n + 1))


def _longest(words: Sequence[str], reference: Sequence[str]) -> float:
    row = [0] * (len(reference) + 1)
    for word in words:
        diagonal = 0
        for place, other in enumerate(reference, 1):
            above = row[place]
            row[place] = diagonal + 1 if word == other else max(above, row[place - 1])
            diagonal = above
    return _f_measure(row[-1], len(words), len(reference))


def _f_measure(shared: int, ours: int, theirs: int) -> float:
    return 2 * shared / (ours + theirs) if shared else 0.0
