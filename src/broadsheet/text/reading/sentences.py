"""Where the sentences of a scientific abstract begin and end.

A terminator ends a sentence unless what stands before it (an abbreviation, an initial, a list's
number) or after it (a small letter) says otherwise, or it stands in a formula or in brackets.
One pass, and at each terminator a look of bounded length: linear in the length of the text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from broadsheet.formulas import formulas
from broadsheet.text.reading.values import Span

# Marks after which a space must follow, and those of scripts that use none.
_END = re.compile(
    r"[.!?…]+[\"'”’»)\]}$]*(?=\s|$)|[。！？｡।॥؟۔።។။][\"'”’」』）】»)\]]*|\s+(?=[•▪‣●]\s)"
)
_BEFORE = 24  # code points looked at before a terminator
_AFTER = re.compile(r"\s*[\"'“‘«(\[{*]*(\S?)([^\s.,;:!?)]*)")
_LAST_WORD = re.compile(r"[^\s(\[{\"'“‘,;/–—]*$")
_ITEM = re.compile(r"[(\[]?(?:\d{1,2}|[ivxIVX]{1,4}|[a-zA-Z])[.)]?")

# A full stop after these ends no sentence.
_NEVER_WORDS = (
    "e.g i.e eg ie E.g I.e cf Cf vs viz ca c.f approx resp incl excl esp Fig Figs Eq Eqs Eqn Sec"
    " Sect Secs Ref Refs Tab Thm Lem Prop Def Cor Chap Ch Vol No Nos Nr pp Dr Prof Mr Mrs Ms St Mt"
    " Lt Col Gen Rev Hon Sr fig figs eq eqs sec ref refs vol Jan Feb Mar Apr Jun Jul Aug Sep Sept"
    " Oct Nov Dec Univ Dept Inst Lett Phys Astron Astrophys Math Comput Proc Conf Int"
)
# After these it does where a new sentence clearly begins.
_SELDOM_WORDS = (
    "al etc i.i.d iid a.k.a w.r.t s.t a.s a.e w.l.o.g h.c U.S U.K U.S.A E.U Inc Ltd Corp Co Jr"
    " Ph.D M.Sc B.Sc D.C a.m p.m std dev est max min avg ave temp deg sp spp ssp subsp var cv"
)
_STARTER_WORDS = (
    "We Our The This These Those That In On At By For From To With Without Under Over A An It Its"
    " They Their There Here However Moreover Furthermore Additionally Also Finally First Firstly"
    " Second Secondly Third Thus Hence Therefore Then Specifically Particularly Although While"
    " When Where Whereas Since Because As If Using Based Experiments Experimental Results Extensive"
    " Empirically Recently Recent Many Most Some Several Such Both Each All One Two Three No Not"
    " Unlike Instead Despite Yet But And Or So Nevertheless Nonetheless Conversely Similarly"
    " Existing Previous Prior Current Through During After Before Among Across Given Motivated"
    " Inspired Besides Overall Importantly Notably Interestingly Surprisingly Code What How Why"
)
_NEVER, _SELDOM, _STARTERS = (
    frozenset(words.split()) for words in (_NEVER_WORDS, _SELDOM_WORDS, _STARTER_WORDS)
)


def split_sentences(text: str) -> tuple[Span, ...]:
    """The sentences in order: disjoint, not empty, without the space around them.

    Together they hold every character that is no space. Never raises.
    """
    inside = _Inside(text)
    small = not any(char.isupper() for char in text[:400])
    spans: list[Span] = []
    start = 0
    for match in _END.finditer(text):
        end = match.start() if match[0][0].isspace() else match.end()
        if end > start and _ends(text, start, match, inside, small):
            _add(spans, text, start, end)
            start = end
            while start < len(text) and text[start].isspace():
                start += 1
    _add(spans, text, start, len(text))
    return tuple(spans)


def _add(spans: list[Span], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        spans.append(Span(start, end))


def _ends(text: str, start: int, match: re.Match[str], inside: _Inside, small: bool) -> bool:
    """Whether a terminator ends the sentence that begins at ``start``."""
    mark = match[0][0]
    if inside.is_within(match.end()):
        return False
    if mark.isspace() or mark not in ".!?…":
        return True
    after = _AFTER.match(text, match.end(), match.end() + 40)
    first, rest = (after[1], after[2]) if after else ("", "")
    if not first:
        return True
    if first.islower() and not small and rest.lower() == rest:
        return False
    if mark != "." or len(match[0].rstrip("\"'”’»)]}$")) > 1:
        return True
    if match[0] == "." and _ITEM.fullmatch(text, start, match.end()):
        return False
    return not _is_shortened(text, start, match.start(), first + rest)


def _is_shortened(text: str, start: int, stop: int, following: str) -> bool:
    """Whether the full stop at ``stop`` belongs to an abbreviation."""
    found = _LAST_WORD.search(text, max(start, stop - _BEFORE), stop)
    word = found[0] if found else ""
    if word in _NEVER:
        return True
    if word in _SELDOM or (len(word) == 1 and word.isupper()):
        return following not in _STARTERS
    # "U.N. Security", "C.-Y. Lee"
    initials = len(word) > 2 and word[-2] in ".-" and word[-1].isupper()
    return initials and following not in _STARTERS


class _Inside:
    """The formulas and short bracketed parts, in which no sentence ends."""

    _LONGEST = 400

    def __init__(self, text: str) -> None:
        spans = [(formula.start, formula.end) for formula in formulas(text)]
        if "(" in text or "[" in text:
            spans += _brackets(text, self._LONGEST)
            spans = _joined(spans)
        self._starts = [start for start, _ in spans]
        self._ends = [end for _, end in spans]

    def is_within(self, place: int) -> bool:
        """Whether a part begins before ``place`` and ends after it."""
        at = bisect_left(self._starts, place) - 1
        return at >= 0 and place < self._ends[at]


_BRACKET = re.compile(r"[()\[\]]")


def _brackets(text: str, longest: int) -> list[tuple[int, int]]:
    """Outermost pairs of brackets; one that is not closed soon holds nothing."""
    found: list[tuple[int, int]] = []
    open_: list[int] = []
    for match in _BRACKET.finditer(text):
        place = match.start()
        while open_ and place - open_[0] > longest:
            open_.pop(0)
        if match[0] in "([":
            open_.append(place)
        elif open_:
            begin = open_.pop()
            if not open_:
                found.append((begin, place + 1))
    return found


def _joined(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
