"""The words that a work names only to say that it does without them."""

from __future__ import annotations

import re

from broadsheet.index import analysis
from broadsheet.text import denials

_WORDS = re.compile(r"[a-z0-9]+")


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
    found = [word for word in analysis.words(" ; ".join(inside)) if word.term]
    said = _said(" ; ".join(rest), {word.term[0] for word in found})
    return " ".join(word.surface for word in found if word.term not in said)


def _said(text: str, letters: set[str]) -> set[str]:
    """The terms of a text that begin with one of ``letters``, perhaps with others.

    A word's term begins with its first letter, so the others need not be told: that takes the
    tokenizer most of the time of filing a paper.
    """
    if text.isascii():
        text = text[: analysis.LONGEST_QUERY].lower()
        text = " ".join([word for word in _WORDS.findall(text) if word[0] in letters])
    return set(analysis.terms(text, "text"))
