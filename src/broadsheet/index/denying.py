"""The words that a work names only to say that it does without them."""

from __future__ import annotations

from broadsheet.index import analysis
from broadsheet.text import denials


def denied_words(title: str, abstract: str, summary: str) -> str:
    """The words of what an abstract excludes that stand nowhere else in the work.

    "Without gradients", "label-free", "instead of sampling", "does not require a reward". What
    is merely negated ("existing methods cannot count objects") is what the work is about.
    """
    scopes = sorted(
        (found.scope.start, found.scope.end)
        for found in denials(abstract)
        if found.kind == "exclusion"
    )
    if not scopes:
        return ""
    rest, inside, at = [title, summary], [], 0
    for start, end in scopes:
        rest.append(abstract[at:start])
        inside.append(abstract[max(at, start) : end])
        at = max(at, end)
    rest.append(abstract[at:])
    said = set(analysis.terms(" ; ".join(rest), "text"))
    return " ".join(
        word.surface
        for word in analysis.words(" ; ".join(inside))
        if word.term and word.term not in said
    )
