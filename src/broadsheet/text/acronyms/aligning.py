"""A short form laid against words: which of them its letters stand for, and how well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

_STOP_WORDS = (
    "a an the of and for in on to with by from as at or over under via using based between into"
    " de la du des und der & is are that its non"
)
STOP = frozenset(_STOP_WORDS.split())
_HYPHENS = frozenset("-‐‑–/'’")
_WALLS = frozenset('()[]{};:.!?=“”"')

# What is paid for a letter or word that does not stand where it should; found on half of the
# labelled sentences (`python -m trials.acronyms identification`).
INNER = 0.3  # a letter from within a word whose first letter counts too
INNER_ONLY = 1.3  # ... whose first letter does not
SKIPPED = 1.0  # a word that gives no letter
SKIPPED_JOINED = 0.4  # ... the second of two that a hyphen joins
SKIPPED_STOP = 0.1
UNMATCHED = 1.6  # a letter that no word gives
UNMATCHED_DIGIT = 0.4
_NUMBERS = {"2": ("to", "two", "too", "second"), "3": ("three", "third"), "4": ("for", "four")}
_NEVER = 99.0


@dataclass(frozen=True, slots=True)
class Alignment:
    """``words[start:end]`` give the letters at a cost; 0 is each letter a first letter."""

    start: int
    end: int
    cost: float


def is_wall(word: str) -> bool:
    """Whether no long form reaches across a token."""
    return word in _WALLS


def is_joint(word: str) -> bool:
    """Whether a token only joins words, as a hyphen does."""
    return word in _HYPHENS


def align_before(letters: str, words: Sequence[str], end: int) -> Alignment | None:
    """The cheapest long form of ``letters`` that ends before ``words[end]``."""
    found = _cheapest(letters, words, _window(letters, words, end), end)
    if found is None or found.start < 2 or not is_joint(words[found.start - 1]):
        return found
    # "Non-negative ..." for N: the whole word, and not its second part.
    if words[found.start - 2][:1].lower() != letters[0]:
        return found
    return Alignment(found.start - 2, found.end, found.cost)


def align_after(letters: str, words: Sequence[str], start: int, stop: int) -> Alignment | None:
    """The cheapest long form that begins with ``words[start]`` and ends by ``stop``."""
    best: Alignment | None = None
    limit = min(stop, start + 3 * len(letters) + 4)
    for end in range(start + 1, limit + 1):
        if is_wall(words[end - 1]):
            break
        if is_joint(words[end - 1]) or words[end - 1].lower() in STOP:
            continue
        found = _cheapest(letters, words, start, end, only=start)
        if found and (best is None or found.cost < best.cost):
            best = found
    return best


def _window(letters: str, words: Sequence[str], end: int) -> int:
    """How far back a long form may begin."""
    most = min(len(letters) + 5, 2 * len(letters) + 1)
    start, count = end, 0
    while start and count < most:
        if is_wall(words[start - 1]):
            break
        start -= 1
        count += not is_joint(words[start])
    return start


def _cheapest(
    letters: str, words: Sequence[str], first: int, end: int, only: int | None = None
) -> Alignment | None:
    skips = {place: _skip(words, place) for place in range(first, end)}

    @cache
    def cost(word: int, letter: int) -> float:
        """What words from ``word`` on cost for letters from ``letter`` on."""
        if word == end:
            return sum(_missing(char) for char in letters[letter:])
        best = skips[word] + cost(word + 1, letter)
        if letter < len(letters):
            best = min(best, _missing(letters[letter]) + cost(word, letter + 1))
            for count, paid in _given(words[word], letters[letter:]):
                best = min(best, paid + cost(word + 1, letter + count))
        return best

    best: Alignment | None = None
    starts = range(first, end) if only is None else (only,)
    for start in reversed(starts):
        paid = min(
            (
                given + cost(start + 1, count)
                for count, given in _given(words[start], letters)
                if given < INNER_ONLY
            ),
            default=_NEVER,
        )
        if paid < _NEVER and (best is None or paid < best.cost - 1e-9):
            best = Alignment(start, end, paid)
    return best


def _missing(char: str) -> float:
    return UNMATCHED_DIGIT if char.isdigit() else UNMATCHED


def _skip(words: Sequence[str], place: int) -> float:
    word = words[place]
    if is_joint(word):
        return 0.0
    if word.lower() in STOP:
        return SKIPPED_STOP
    return SKIPPED_JOINED if place and is_joint(words[place - 1]) else SKIPPED


def _given(word: str, letters: str) -> list[tuple[int, float]]:
    """How many of the next letters a word may give, and what each choice costs."""
    small = word.lower()
    wanted = letters[0]
    if small[0] == wanted or (wanted == "x" and small.startswith(("ex", "trans", "cross"))):
        at, paid = 1, 0.0
    elif wanted in _NUMBERS and small in _NUMBERS[wanted]:
        return [(1, 0.0)]
    else:
        at, paid = small.find(wanted, 1) + 1, INNER_ONLY
        if not at or len(small) < 3:
            return []
    found = [(1, paid)]
    for count, char in enumerate(letters[1:], 2):
        next_ = small.find(char, at)
        if next_ < 0:
            break
        # A capital within a word ("STereoLithography") is meant.
        paid += 0.0 if word[next_].isupper() and not word.isupper() else INNER
        at = next_ + 1
        found.append((count, paid))
    return found
