"""What groups of papers are told apart by: the weighted words of a paper, and phrases for names.

Pure functions of a paper's text and of the shipped background; nothing is learned from a home.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from broadsheet.text.reading.values import Keyword
from broadsheet.text.terms.background import BOTH, NOUN, Background, background
from broadsheet.text.terms.keys import key_of, singular
from broadsheet.text.terms.stopping import FUNCTION, HEADS, PLAIN, VAGUE

_READ = 20_000  # characters of an abstract that are looked at: longer ones are no abstracts
_WORD = re.compile(r"[^\W\d_][\w'’-]*[^\W_]")
_TITLE = 2.0  # times the weight of a word of the abstract
_EVERYWHERE = -4.0  # log2 of a word's share of abstracts above which it tells no groups apart
_RAREST = 14.0  # doublings: no word weighs more than one in 16,384 abstracts
# Title rates from which a word, and a phrase, is a subject that a group can be named by.
_SUBJECT_WORD, _SUBJECT_PHRASE = 0.12, 0.1
# The title rate from which a word says anything of what a paper is about.
_SUBJECT_AT_ALL = 0.03
_WHOLE = 0.1  # of a phrase's uses, that it must be whole: "large language" never is
_NARROWEST = 4  # words


def telling_words(title: str, abstract: str) -> dict[str, float]:
    """The words of a paper by how rare they are: singular, lower case, weights above 0.

    The weight is the inverse document frequency in doublings, twice that of a word of the title.
    """
    table = background()
    weights: dict[str, float] = {}
    for text, factor in ((abstract[:_READ], 1.0), (title[:_READ], _TITLE)):
        for word in dict.fromkeys(_WORD.findall(text.lower())):
            if word in FUNCTION or word in VAGUE:
                continue
            weight = _rarity(word, table)
            if weight:
                weights[singular(word)] = weight * factor
    return weights


def tells_a_subject(term: str) -> bool:
    """Whether a paper can be said to be about a word, or about a phrase with such a word: titles
    have it where abstracts do. "Adopt", "relevant" and "million" stand in abstracts alone."""
    table = background()
    return any(
        (known := table.words.get(word)) is None or known.titled >= _SUBJECT_AT_ALL
        for word in _WORD.findall(term.lower())
    )


def _rarity(word: str, table: Background) -> float:
    known = table.words.get(word)
    share = table.unknown if known is None else known.share
    return 0.0 if share > _EVERYWHERE else min(-share, _RAREST)


def subjects(keywords: Sequence[Keyword]) -> dict[str, str]:
    """Phrases that a group with this paper could be named by: key to the phrase as printed.

    Key terms, and the wider terms inside them: "medical image segmentation" also speaks for
    "image segmentation" and "segmentation".
    """
    table = background()
    found: dict[str, str] = {}
    for keyword in keywords:
        words = keyword.text.split()
        size = len(words)
        for begin in range(size):
            for end in range(begin + 1, size + 1):
                text = " ".join(words[begin:end])
                key = key_of(text)
                if key not in found and _names(key, words[begin:end], table):
                    found[key] = text
    return found


def _names(key: str, words: Sequence[str], table: Background) -> bool:
    """Whether a group can be called by this: a known subject, neither vague nor a plain head."""
    if not 0 < len(words) <= _NARROWEST or any(len(word) < 2 for word in words):
        return False
    if len(words) == 1:
        return _names_alone(words[0], table)
    known = table.phrases.get(key)
    if known is None or words[0].lower() in VAGUE or words[-1].lower() in HEADS - _FIELDS:
        return False
    return known.titled >= _SUBJECT_PHRASE and known.whole >= _WHOLE


# Heads that are plain in a paper, and yet the heads of what groups are called.
_FIELDS = frozenset(["model", "models", "system", "systems"])


def _names_alone(word: str, table: Background) -> bool:
    lower = word.lower()
    if lower in PLAIN or len(lower) < 3:
        return False
    known = table.words.get(lower)
    return known is not None and known.kind in (NOUN, BOTH) and known.titled >= _SUBJECT_WORD
