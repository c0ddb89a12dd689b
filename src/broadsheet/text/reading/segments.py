"""What the models of reading see of a part of an abstract: words, place, and what surrounds it.

A feature is a short text: ``w we present`` (a pair of words in the part), ``L for`` (a word
before it in its sentence), ``p 3`` (its place). Lengths are bounded, so that an abstract of one
endless sentence costs what its words cost.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from broadsheet.text.reading.values import Document

_MOST_WORDS = 120
_BESIDE = 8
_HEAD = 10
_NEIGHBOUR = 12
_LENGTHS = (2, 4, 6, 8, 10, 14, 18, 24, 30, 40, 60)
_PLACES = 20


class Segments:
    """Features of any part of one document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._starts = [token.start for token in document.tokens]
        self._words = [_word(token.text) for token in document.tokens]
        words = self._words
        self._pairs = [f"{words[i]} {words[i + 1]}" for i in range(len(words) - 1)]
        self._begins = [span.start for span in document.sentences]

    def features(self, start: int, end: int) -> list[str]:
        """Those of ``abstract[start:end]``; words that it cuts into count as its own."""
        return self._features(start, end, whole=True)

    def outline(self, start: int, end: int) -> list[str]:
        """Cheaper: how it opens, and its place."""
        return self._features(start, end, whole=False)

    def _features(self, start: int, end: int, *, whole: bool) -> list[str]:
        firsts = self.document.firsts
        one, two = self.token_range(start, end)
        first = max(bisect_right(self._begins, max(start, 0)) - 1, 0)
        last = max(bisect_left(self._begins, end) - 1, first)
        if not self._begins:
            return []
        head, tail = firsts[first], firsts[last + 1]
        one = max(one, head)
        inner = min(two, one + _MOST_WORDS)
        found: list[str] = []
        if whole:
            found += [f"w {word}" for word in self._words[one:inner]]
            found += [f"w {pair}" for pair in self._pairs[one : inner - 1]]
            found += self._beside(head, one, two, tail)
            found += self._neighbours(first, last)
        found += self._opening(one, inner)
        found += self._place((start + end) / 2, first, last, two - one, tail - head)
        found.append("begins" if one == head else "within")
        found.append("ends" if tail - two < 2 else "goes on")
        return found

    def token_range(self, start: int, end: int) -> tuple[int, int]:
        """The tokens of ``abstract[start:end]``, at least one: from the first up to the second."""
        one = max(bisect_right(self._starts, start) - 1, 0)
        return one, max(bisect_left(self._starts, end), one + 1)

    def _opening(self, one: int, two: int) -> Iterable[str]:
        words = self._words[one : min(two, one + 3)]
        return (f"^ {' '.join(words[:count])}" for count in range(1, len(words) + 1))

    def _beside(self, head: int, one: int, two: int, tail: int) -> list[str]:
        """The words of its sentence before and after it, and the sentence's first ones."""
        words, pairs = self._words, self._pairs
        left, right = max(head, one - _BESIDE), min(tail, two + _BESIDE)
        found = [f"L {word}" for word in words[left:one]]
        found += [f"L {pair}" for pair in pairs[left : one - 1]] if one > left else []
        found += [f"R {word}" for word in words[two:right]]
        found += [f"l {' '.join(words[max(head, one - count) : one])}" for count in (1, 2, 3)]
        found += [f"r {' '.join(words[two : min(tail, two + count)])}" for count in (1, 2)]
        stop = min(tail, head + _HEAD)
        found += [f"H {word}" for word in words[head:stop]]
        found += [f"H {pair}" for pair in pairs[head : max(head, stop - 1)]]
        return found

    def _neighbours(self, first: int, last: int) -> list[str]:
        firsts, words = self.document.firsts, self._words
        found = ["P"] if first == 0 else []
        if first:
            begin = firsts[first - 1]
            found += [f"P {word}" for word in words[begin : min(begin + _NEIGHBOUR, firsts[first])]]
        if last + 2 >= len(firsts):
            return [*found, "N"]
        begin = firsts[last + 1]
        return found + [
            f"N {word}" for word in words[begin : min(begin + _NEIGHBOUR, firsts[last + 2])]
        ]

    def _place(self, middle: float, first: int, last: int, length: int, around: int) -> list[str]:
        place = middle / max(1, len(self.document.abstract)) * _PLACES
        count = len(self._begins)
        found = [f"p {int(place / 2)}", f"s {min(first, 12)}", f"e {min(count - last, 12)}"]
        found += [f"p> {step}" for step in range(_PLACES) if place > step]
        found += [f"n> {step}" for step in _LENGTHS if length > step]
        found.append(f"share {int(5 * length / max(1, around))}")
        found.append(f"over {min(last - first, 2)}")
        return found


def _word(text: str) -> str:
    if text[0].isdigit():
        return "#"
    if text[0] in "$\\" and len(text) > 1:
        return "$"
    return text.lower()
