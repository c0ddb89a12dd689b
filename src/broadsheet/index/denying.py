"""The words that a work names only to say that it does without them."""

from __future__ import annotations

import re
from functools import lru_cache

from broadsheet.index import analysis
from broadsheet.text import denials

_WORDS = re.compile(r"[A-Za-z0-9]+")
# Of bytes in UTF-8: small letters for capitals, a blank for whatever stands between words in ASCII.
_PLAIN = bytes(
    byte if byte >= 128 else ord(chr(byte).lower()) if chr(byte).isalnum() else ord(" ")
    for byte in range(256)
)
_KNOWN_WORDS = 1 << 14  # a few megabytes; the words of denials are common ones


def denied_words(title: str, abstract: str, summary: str) -> str:
    """The words of what an abstract excludes that stand nowhere else in the work.

    "Without gradients", "label-free", "instead of sampling", "does not require a reward". What
    is merely negated ("existing methods cannot count objects") is what the work is about.
    """
    scopes = sorted(
        (found.scope.start, found.scope.end) for found in denials(abstract, "exclusion")
    )
    if not scopes:
        return ""
    rest, inside, at = [title, summary], [], 0
    for start, end in scopes:
        rest.append(abstract[at:start])
        inside.append(abstract[max(at, start) : end])
        at = max(at, end)
    rest.append(abstract[at:])
    found = _found(" ; ".join(inside))
    said = _Said(" ; ".join(rest))
    only = {term for _, term in found if term and term not in said}
    return " ".join([surface for surface, term in found if term in only])


def _found(text: str) -> list[tuple[str, str]]:
    """Every word of a text as written, with its term ('' for a stop word)."""
    if not text.isascii():
        return [(word.surface, word.term) for word in analysis.words(text)]
    return [(word, _term(word)) for word in _WORDS.findall(text[: analysis.LONGEST_QUERY])]


@lru_cache(_KNOWN_WORDS)
def _term(word: str) -> str:
    """The term of one word in ASCII; '' for one that is not filed."""
    return "".join(analysis.terms(word, "text"))


def _beginning(term: str) -> str:
    """What every word in ASCII with this term begins with: the term but for its last letter
    ("policies": "polici", "hoping": "hope").

    The stemmer's only exceptions are words like "dying" ("die").
    """
    if len(term) == 3 and term.endswith("ie"):
        return term[0]
    return term[:-1] or term


class _Said:
    """Whether a text has a term; only words that may have it are analysed.

    To analyse all of a text's words takes longer than all else that is done to file a paper.
    """

    def __init__(self, text: str) -> None:
        text = text[: analysis.LONGEST_QUERY]
        self._plain = b" " + text.encode().translate(_PLAIN) + b" "
        self._foreign: set[str] = set()
        if not text.isascii():
            words = [word for word in self._plain.split() if not word.isascii()]
            self._foreign.update(analysis.terms(b" ".join(words).decode(), "text"))

    def __contains__(self, term: str) -> bool:
        if term in self._foreign:
            return True
        plain, sought = self._plain, f" {_beginning(term)}".encode()
        at = plain.find(sought)
        while at >= 0:
            end = plain.find(b" ", at + 1)
            word = plain[at + 1 : end]
            if word.isascii() and _term(word.decode()) == term:
                return True
            at = plain.find(sought, end)
        return False
