"""What tells whether a clause stands for its paper: title words, central words, length, role."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from broadsheet.text.reading.segments import Segments
from broadsheet.text.reading.values import Span

_STEPS = 10
_LENGTHS = (6, 8, 10, 12, 15, 18, 21, 24, 27, 30)
# Words that say nothing of what a paper is about.
_EMPTY_WORDS = (
    "a about across after all also although among an and any are as at be because been both but by"
    " can could do does during each for from had has have how however if in into is it its many may"
    " more most not of on only or our over s several show such than that the their them then there"
    " these they this those through to two under use used using via was we well were what when"
    " where which while who will with within without you new novel paper work propose proposed"
    " present method approach based results"
)
_EMPTY = frozenset(_EMPTY_WORDS.split())


class Worth:
    """Features of clauses of one document, for the choice of a summary."""

    def __init__(self, segments: Segments, roles: Sequence[Sequence[float]], names: Sequence[str]):
        self._segments = segments
        self._roles = roles
        self._names = names
        document = segments.document
        self._title = {_key(token.text) for token in document.title_tokens} - {""}
        self._keys = [_key(token.text) for token in document.tokens]
        self._counts = Counter(self._keys)
        del self._counts[""]

    def features(self, sentence: int, clause: Span) -> list[str]:
        """Those of one clause of a sentence."""
        one, two = self._segments.token_range(clause.start, clause.end)
        keys = [key for key in self._keys[one:two] if key]
        found = self._segments.outline(clause.start, clause.end)
        count = two - one
        found += [f"words> {step}" for step in _LENGTHS if count > step]
        shared = len(self._title.intersection(keys))
        found += _steps("title", shared / max(1, len(self._title)))
        found += _steps("titled", shared / max(1, len(set(keys))))
        central = sum(min(self._counts[key], 4) - 1 for key in set(keys))
        found += _steps("central", central / max(1, 2 * len(set(keys))))
        found += _steps("dense", len(keys) / max(1, count))
        for name, share in zip(self._names, self._roles[sentence], strict=True):
            found += _steps(name, float(share))
        whole = self._segments.document.sentences[sentence]
        found.append(f"cut {whole.start != clause.start} {whole.end != clause.end}")
        return found


def _steps(name: str, share: float) -> list[str]:
    """A share as what it exceeds: a linear model then bends."""
    return [f"{name}> {step}" for step in range(_STEPS) if share * _STEPS > step]


def _key(word: str) -> str:
    """A word for comparison: small, without plural; '' for one that says nothing."""
    small = word.lower()
    if small in _EMPTY or not small[0].isalnum():
        return ""
    return small[:-1] if len(small) > 3 and small.endswith("s") and small[-2] != "s" else small
