"""Which of a paper's terms are shown: few, and none that says nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from broadsheet.text.terms.phrases import NAMED
from broadsheet.text.terms.stopping import HEADS, PLAIN, VAGUE

if TYPE_CHECKING:
    from broadsheet.text.terms.extracting import Candidate

MOST = 6
LEAST_SCORE = 0.0
LONGEST = 4  # words
_SHARING = 2  # shown terms that may have a word in common
_PARTS = re.compile(r"[-‐‑–\s]+")
_SHORT = re.compile(r"[^\W\d_]*[A-Z][^\W_]*[A-Z0-9][^\W_]*s?")  # two capitals, or one and a digit
# Log-odds of title rates (see `background`), set by reading shown terms of arXiv papers.
_DULL_WORD = -3.9  # a word as rare in titles as "various" (rate .02)
_TELLING_WORD = -1.6  # a word that may stand alone (rate .17)
_COMMON = -6.0  # log2 of a word's share of abstracts above which it says too little alone
# Title rates below which known phrases are not shown: any; said once and not in the title; with
# a plain head.
_DULL_PHRASE, _PASSING_PHRASE, _PLAIN_PHRASE = 0.02, 0.08, 0.06
_HALF = 0.2  # of a known phrase's uses, that it must be whole: "large language" never is


def chosen(candidates: Sequence[Candidate], *, shouted: bool) -> list[Candidate]:
    """The first candidates that are good enough and say different things, at most six.

    ``shouted``: the text is all capitals, so that capitals mark no short forms.
    """
    kept: list[Candidate] = []
    for candidate in candidates:
        if len(kept) == MOST or candidate.score < LEAST_SCORE:
            break
        if _good(candidate, shouted) and not _said(candidate, kept):
            kept.append(candidate)
    return kept


def _good(candidate: Candidate, shouted: bool) -> bool:
    known = candidate.known
    named = len(candidate.words) > 1 and known is not None and known.titled >= NAMED
    if (candidate.words[0] in VAGUE and not named) or any(len(w) < 2 for w in candidate.words):
        return False
    if len(candidate.words) == 1:
        return _good_word(candidate, shouted)
    if len(candidate.words) > LONGEST:
        return False
    return _good_phrase(candidate)


def _good_word(candidate: Candidate, shouted: bool) -> bool:
    word = candidate.words[0]
    repeated = candidate.count > 1 or bool(candidate.title)
    if word in PLAIN or len(word) < 3 or not repeated:
        return False
    printed = next(iter(candidate.surfaces), candidate.title)
    if _SHORT.fullmatch(printed) and not shouted:
        return candidate.known is None or candidate.known.share < _COMMON
    if candidate.known is None:
        return candidate.count > 1 and bool(candidate.title)
    telling = candidate.keyness > _TELLING_WORD and candidate.known.share < _COMMON
    return telling and candidate.whole > 0


def _good_phrase(candidate: Candidate) -> bool:
    known, head = candidate.known, candidate.words[-1]
    plain = head in HEADS or head in PLAIN
    if known is not None and known.whole < _HALF and not candidate.titled:
        return False
    repeated = candidate.titled or candidate.whole > 1
    if known is not None:
        least = _PLAIN_PHRASE if plain else _DULL_PHRASE
        if candidate.count < 2 and not candidate.title:
            least = _PASSING_PHRASE
        if known.titled >= least:
            return True
    if plain or not repeated or candidate.weakest < _DULL_WORD:
        return False
    # "Understanding moral trajectories": what is done, no name for it.
    return not candidate.words[0].endswith("ing")


def _said(candidate: Candidate, kept: Sequence[Candidate]) -> bool:
    """Whether shown terms say this already: by part, by short form, or twice in part."""
    words = _words(candidate)
    sharing = 0
    for other in kept:
        others = _words(other)
        if words <= others or others <= words or _initials(candidate, other):
            return True
        sharing += bool(words & others)
    return sharing >= _SHARING


def _words(candidate: Candidate) -> set[str]:
    return set(candidate.key.split())


def _initials(one: Candidate, other: Candidate) -> bool:
    """Whether one is the short form of the other by its first letters."""
    short, long = sorted((one, other), key=lambda c: len(c.words))
    if len(short.words) > 1 or len(short.key) < 2:
        return False
    letters = "".join(part[0] for word in long.words for part in _PARTS.split(word) if part)
    return len(letters) > 1 and short.key == letters
