"""The first sentences of an abstract, cut where a reader would stop."""

from __future__ import annotations

import re

_SENTENCE_END = re.compile(r"[.!?][\"”’)]?\s+(?=[A-Z0-9“\"(\\$])")
# A full stop after these ends no sentence.
_SHORTENED = re.compile(
    r"(?:\b(?:e\.g|i\.e|cf|vs|et al|Fig|Eq|Sec|resp|approx|Dr|Prof|St|No|[A-Z]))$"
)


def opening(text: str, target: int) -> str:
    """The sentences from the start that fill about ``target`` characters.

    Stops at a sentence's end between .6 and 1.4 of the target; else at a word, with an
    ellipsis. Never inside a formula.
    """
    if len(text) <= target * 1.2:
        return text
    ends = [
        match.end()
        for match in _SENTENCE_END.finditer(text, 0, int(target * 1.4) + 2)
        if not _SHORTENED.search(text, 0, match.start()) and not _inside_formula(text, match.end())
    ]
    fitting = [end for end in ends if target * 0.6 <= end <= target * 1.4]
    if fitting:
        return text[: min(fitting, key=lambda end: abs(end - target))].rstrip()
    cut = text.rfind(" ", 0, target + 1)
    while cut > 0 and _inside_formula(text, cut):
        cut = text.rfind(" ", 0, text.rfind("$", 0, cut))
    if cut <= 0:  # one long word or formula: there is no good place
        cut = target
    return text[:cut].rstrip(" ,;:–—-(") + " …"


def _inside_formula(text: str, at: int) -> bool:
    return text.count("$", 0, at) % 2 == 1
