"""Where a text defines its short forms, and where it only uses them.

After Schwartz and Hearst (2003): a short form between brackets after its long one, or a long
one after its short. Beyond them: other marks ("SHORT, long", "or", "="), letters weighed by
where they stand in a word, and long forms anywhere in the sentence whose first letters, all of
them, are the short form's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from broadsheet.text.acronyms.aligning import (
    STOP,
    Alignment,
    align_after,
    align_before,
    is_joint,
    is_wall,
)
from broadsheet.text.acronyms.forms import bare, letters_of, looks_short, may_be_short

# The most that a letter may cost on average, by what speaks for the pair.
BRACKETED = 0.45
SAID = 0.2
_OPEN = frozenset("([")
_SAYING_WORDS = (
    "or called as aka a.k.a i.e. i.e e.g. e.g abbreviated short for abbr abbr. denoted termed named"
    " henceforth hereafter , = : - – — \" “ ” ' ` `` '' meaning means stands the"
)
_SAYING = frozenset(_SAYING_WORDS.split())
_QUOTES = frozenset([",", '"', "“", "”", "'", "`", "``", "''"])
_LEADS = 5  # tokens between a bracket and what it holds
# What a name of a thing never holds: a run of first letters across one is chance.
_PLAIN_WORDS = (
    "is was are were be been being has have had do does did can could will would shall should may"
    " might must it its this that these those their our we they he she i you which who whom whose"
    " where when while if then than so but not no nor only also both each such some any all more"
    " most many much few other same very too here there however thus hence therefore because since"
    " used using based called proposed given let see per via"
)
_PLAIN = frozenset(_PLAIN_WORDS.split()) - STOP


@dataclass(frozen=True, slots=True)
class Found:
    """A short form at ``tokens[start:end]``; ``long`` is the same of its long one, or None."""

    start: int
    end: int
    long: tuple[int, int] | None


def find_acronyms(tokens: Sequence[str]) -> list[Found]:
    """The short forms of one sentence, in order, each with its long form where it has one."""
    words = [token.strip(".,;:") or token for token in tokens]
    initials = _Initials(words)
    longs: dict[str, tuple[int, int]] = {}
    kept: list[tuple[int, int, str]] = []
    for start, end in _candidates(words):
        short = bare("".join(words[start:end]))
        long = longs.get(short) or _defined(words, start, end, letters_of(short))
        by_looks = end - start > 1 or looks_short(words[start])
        if long is None and by_looks:
            long = initials.long(letters_of(short), start)
        if long is not None:
            longs.setdefault(short, long)
        if long is not None or by_looks:
            kept.append((start, end, short))
    return [Found(start, end, longs.get(short)) for start, end, short in kept]


def _candidates(words: Sequence[str]) -> list[tuple[int, int]]:
    """Places of possible short forms; parts that a hyphen joins are one ("SG - MCMC")."""
    found: list[tuple[int, int]] = []
    place = 0
    while place < len(words):
        end = place + 1
        if _is_part(words[place]):
            while end + 1 < len(words) and words[end] in "-/" and _is_part(words[end + 1]):
                end += 2
            if end == place + 1 and end < len(words):
                end += looks_short(words[place]) and looks_short(words[end])
        whole = end - place > 1 and any(looks_short(word) for word in words[place:end])
        initials = end - place > 1 and all(len(w) == 1 for w in words[place:end])
        if whole or initials:
            found.append((place, end))
        elif may_be_short(words[place]):
            end = place + 1
            found.append((place, end))
        else:
            end = place + 1
        place = end
    return found


def _is_part(word: str) -> bool:
    return looks_short(word) or (len(word) == 1 and word.isupper())


def _defined(words: Sequence[str], start: int, end: int, letters: str) -> tuple[int, int] | None:
    if len(letters) < 2:
        return None
    best: Alignment | None = None
    firm = end - start > 1 or looks_short(words[start])
    for found in (_before(letters, words, start, firm), _after(letters, words, end, firm)):
        if found and (best is None or found.cost < best.cost):
            best = found
    return (best.start, best.end) if best else None


def _before(letters: str, words: Sequence[str], place: int, firm: bool) -> Alignment | None:
    """``long (SHORT``, and ``long, or SHORT``; the latter of a firm short form only."""
    at = place
    for _ in range(_LEADS):
        if not at:
            return None
        at -= 1
        word = words[at]
        if word in _OPEN:
            while at and words[at - 1] in _QUOTES:
                at -= 1
            return _cheap(align_before(letters, words, at), letters, BRACKETED)
        if word.lower() not in _SAYING:
            return None
        if firm and not (at and words[at - 1].lower() in _SAYING | _OPEN):
            return _cheap(align_before(letters, words, at), letters, SAID)
    return None


def _after(letters: str, words: Sequence[str], place: int, firm: bool) -> Alignment | None:
    """``SHORT (long)``, and ``SHORT, long``."""
    at, bracket = place, False
    for _ in range(_LEADS):
        if at >= len(words):
            return None
        if words[at] in _OPEN and not bracket:
            bracket = True
        elif words[at].lower() not in _SAYING:
            break
        at += 1
    if at == place or at >= len(words) or not (firm or bracket):
        return None
    found = align_after(letters, words, at, len(words))
    return _cheap(found, letters, BRACKETED if bracket else SAID)


def _cheap(found: Alignment | None, letters: str, most: float) -> Alignment | None:
    return found if found and found.cost <= most * len(letters) else None


class _Initials:
    """The first letters of a sentence's words, to find a long form anywhere in it."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words
        self._places = [
            place
            for place, word in enumerate(words)
            if not (is_joint(word) or word.lower() in STOP or looks_short(word))
        ]
        self._text = "".join(map(self._initial, self._places))

    def _initial(self, place: int) -> str:
        small = self._words[place].lower()
        return small[0] if small[0].isalpha() and small not in _PLAIN else "."

    def long(self, letters: str, place: int) -> tuple[int, int] | None:
        """The nearest run of words whose first letters are these."""
        if len(letters) < 2:
            return None
        best: tuple[int, tuple[int, int]] | None = None
        at = self._text.find(letters)
        while at >= 0:
            start, end = self._places[at], self._places[at + len(letters) - 1] + 1
            if not any(is_wall(word) for word in self._words[start:end]):
                far = min(abs(place - start), abs(place - end))
                if best is None or far < best[0]:
                    best = far, (start, end)
            at = self._text.find(letters, at + 1)
        return best[1] if best else None
