"""The first sentences of an abstract, cut where a reader would stop."""

from __future__ import annotations

import re

from broadsheet.formulas import LONGEST_FORMULA, Formula, formulas

_SENTENCE_END = re.compile(r"[.!?][\"”’)]?\s+(?=[A-Z0-9“\"(\\$])")
# A full stop after these ends no sentence.
_SHORTENED = re.compile(
    r"(?:\b(?:e\.g|i\.e|cf|vs|et al|Fig|Eq|Sec|resp|approx|Dr|Prof|St|No|[A-Z]))$"
)


def opening(text: str, target: int) -> str:
    """The sentences from the start that fill about ``target`` characters.

    Stops at a sentence's end between .6 and 1.4 of the target; else at a word, with an
    ellipsis. Never inside a formula: one that is longer than all that and begins the text is
    shown whole. Looks at the beginning of ``text`` only, however long it is.
    """
    if len(text) <= target * 1.2:
        return text
    reach = int(target * 1.4) + 2
    inside = formulas(text[: reach + LONGEST_FORMULA])
    ends = [
        match.end()
        for match in _SENTENCE_END.finditer(text, 0, reach)
        if not _SHORTENED.search(text, 0, match.start()) and not _around(inside, match.end())
    ]
    fitting = [end for end in ends if target * 0.6 <= end <= target * 1.4]
    if fitting:
        return text[: min(fitting, key=lambda end: abs(end - target))].rstrip()
    cut = text.rfind(" ", 0, target + 1)
    while formula := _around(inside, cut):
        cut = text.rfind(" ", 0, formula.start)
    if cut <= 0:  # one long word or formula: there is no good place
        formula = _around(inside, target)
        cut = formula.end if formula else target
    return text[:cut].rstrip(" ,;:–—-(") + " …"


def _around(inside: list[Formula], at: int) -> Formula | None:
    """The formula that a cut at this place would break."""
    return next((formula for formula in inside if formula.start < at < formula.end), None)
