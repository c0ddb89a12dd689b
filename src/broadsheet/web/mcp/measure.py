"""How many tokens a text takes in a language model, without a model's vocabulary.

Every vocabulary counts differently. This count is made to lie high: of pages of papers it says 1.14
to 1.29 times what a language model's byte-pair vocabulary of 65,000 pieces counts, and .92 to 1.10
times what WordPiece with 30,000 does, which takes every mark apart (docs/benchmarks.md).
"""

from __future__ import annotations

import re

# Runs of ASCII letters, runs of digits, white space, ASCII punctuation, anything else.
_RUNS = re.compile(r"([A-Za-z]+)|(\d+)|(\s+)|([!-~])|(.)", re.DOTALL)
_WORD, _NUMBER = 7, 3  # characters a piece
_MARK, _OTHER = 0.9, 2.0


def tokens(text: str) -> int:
    """The tokens of a text, rounded up; 0 for ''."""
    count = 0.0
    for match in _RUNS.finditer(text):
        kind, length = match.lastindex, match.end() - match.start()
        if kind == 1:
            count += 1 + (length - 1) // _WORD
        elif kind == 2:
            count += -(-length // _NUMBER)
        elif kind == 3:
            count += 0 if match[0] == " " else 1
        else:
            count += _MARK if kind == 4 else _OTHER
    return -int(-count // 1)
