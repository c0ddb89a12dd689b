"""The words that deny or exclude, and the look-alikes that do neither."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

# What follows a cue: the rest of a clause, a verb with what belongs to it, or a noun with what
# belongs to it; or, by a hyphen, one word behind or before it.
Reach = Literal["clause", "verb", "noun", "behind", "before"]
Kind = Literal["exclusion", "negation"]


class Cue(NamedTuple):
    """``text[start:end]``, how far it reaches, and whether something is left out by it (without,
    rather than) or denied (not, fails to)."""

    start: int
    end: int
    reach: Reach
    kind: Kind


_HYPHENS = "-\u2010\u2011"
_HYPHEN = f"[{_HYPHENS}]"
# Every alternative begins with one of the letters of the look-ahead: most words fail there.
_CUE = re.compile(
    rf"""\b(?=[nwlaiufreobcds])(?:
    (?P<verb>
        not\b | cannot\b | (?:ca|wo|do|did|does|is|are|was|were|has|have|could|would|should)n['’]t\b
      | never\b | none\b | nowhere\b | no\ longer\b
      | fail(?:s|ed|ing|ure)?\ to\b | unable\ to\b | inability\ to\b | impossible\ to\b
    )
    | (?P<clause> neither\b | nor\b | nobody\b | nothing\b )
    | (?P<lack>
        lack(?:s|ed|ing)?\b(?:\ of\b)? | absence\ of\b | devoid\ of\b | incapable\ of\b
    )
    | (?P<no> no\b )
    | (?P<non> non{_HYPHEN}(?=\w) )
    | (?P<noun>
        without\b | w/o\b | instead\ of\b | rather\ than\b | unlike\b | in\ contrast\ (?:to|with)\b
      | as\ opposed\ to\b | contrary\ to\b | in\ lieu\ of\b | except(?:\ for)?\b | excluding\b
      | with\ the\ exception\ of\b | free\ (?:of|from)\b
      | avoid(?:s|ed|ing)?\b | bypass(?:es|ed|ing)?\b | circumvent(?:s|ed|ing)?\b
      | obviat(?:e|es|ed|ing)\b | eschew(?:s|ed|ing)?\b | forgo(?:es|ing)?\b | sidestep(?:s|ping)?\b
      | dispens(?:e|es|ing)\ with\b | do(?:es|ing)?\ away\ with\b
      | (?:eliminat|remov|reliev|reduc)(?:e|es|ed|ing)
        (?=\ (?:the|any|all)\ (?:need|necessity|requirement)\b)
    )
    | (?P<free> free\b )
    )""",
    re.IGNORECASE | re.VERBOSE,
)
# After these words the cue denies nothing.
_NOT_LOOK_ALIKE = re.compile(
    r"\s+(?:only|just|merely|simply|solely|to mention|surprising(?:ly)?|unlike(?:ly)?"
    r"|uncommon(?:ly)?|least|unexpected(?:ly)?|limited to|until|without)\b"
    r"|\s+(?:be )?(?:overstated|overemphasi[sz]ed|overestimated|understated|underestimated)"
    r"|\s+be (?:over|under)(?:stated|emphasi[sz]ed|estimated)|\s+help but",
    re.IGNORECASE,
)
_OR_NOT_ENDS = re.compile(r"\s*(?:$|[.,;:)?!]|\b(?:was|were|is|are|the|a|an|we|it|they|to)\b)")
_NO_LOOK_ALIKE = re.compile(
    r"\s+(?:doubt|wonder|matter|sooner|free lunch|one\b|fewer|means|exception|"
    r"(?:more|less|longer|later|earlier|larger|greater|smaller|better|worse|higher|lower)\s+than)\b"
    rf"|{_HYPHEN}(?:go|u|one|cloning|signall?ing|slip|regret|code|show|arbitrage|free|boundary|op"
    r"|broadcasting|hiding|deleting|communication|ghost|hair)\b|[.:/)\]’'\"”]",
    re.IGNORECASE,
)
_NON_LOOK_ALIKE = re.compile(
    r"(?:trivial|zero|negative|negligible|profit|vanishing|abelian|commutative|small cell|existent"
    r"|empty|fungible|stop|etheless)",
    re.IGNORECASE,
)
_WITHOUT_LOOK_ALIKE = re.compile(
    r"\s+(?:(?:any )?loss of generality|(?:a )?doubt|question|exception|further ado)\b",
    re.IGNORECASE,
)
_NAMED = re.compile(r"\s+[A-Z][a-z]|-[A-Z]")
_BOTH = re.compile(r"\bwith\s+(?:and|or)\s+$|\bnot\s+$", re.IGNORECASE)
_MERELY = re.compile(r"\s+(?:merely|just|only|simply|solely)\b", re.IGNORECASE)
_WORD_BEFORE = re.compile(rf"([^\W_]+){_HYPHEN}$")
_NOTHING_FOLLOWS = re.compile(r"\s*(?:$|[.,;:)]|in\b|from\b|thereof\b)")
_BEFORE = re.compile(r"\b(?:like|second to)\s+$", re.IGNORECASE)
_VERB_NEED = re.compile(
    r"\s+(?:\w+ly\s+)?(?:requir|need|use\b|using|us(?:ed|es)\b|rel(?:y|ies|ying)\b|depend|assum"
    r"|involv|employ|includ|consider|appl(?:y|ies)\b|utili[sz])",
    re.IGNORECASE,
)


# What every cue begins with, by common letters, and the mark before it: a set of characters to
# begin with is what the search for a pattern is fast at. It may find more, never less.
_BEGINNING = re.compile(
    r"""[^a-z0-9_](?:
        n(?:o(?![dimuv])|e(?:ver|ither)) | free | with(?:out|\ the\ exception\ of) | w/o
      | lack | fail
      | c(?:annot|ontrary\ to|ircumvent) | r(?:ather\ than|e(?:duc|mov|liev))
      | in(?:stead\ of|\ contrast|\ lieu\ of|ability\ to|capable\ of) | impossible\ to
      | un(?:like|able\ to) | a(?:void|bsence\ of|s\ opposed\ to) | bypass | obviat | forgo
      | ex(?:cept|cluding) | e(?:liminat|schew) | d(?:evoid\ of|ispens) | sidestep
    )""",
    re.VERBOSE,
)
# Their cues begin with other words: "doesn't", "does away with".
_ELSEWHERE = ("n't", "n’t", "away with")


def cues(text: str) -> Iterator[Cue]:
    """The cues of a text in order; linear, never raises."""
    for match in _matches(text):
        found = _cue(text, match)
        if found:
            yield found


def _matches(text: str) -> Iterator[re.Match[str]]:
    low = text.lower()
    if len(low) != len(text) or any(part in low for part in _ELSEWHERE):
        yield from _CUE.finditer(text)
        return
    end = 0
    for beginning in _BEGINNING.finditer(f" {low}"):
        place = beginning.start()  # that of the mark there is that of the cue here
        match = _CUE.match(text, place) if place >= end else None
        if match:
            end = match.end()
            yield match


def _cue(text: str, match: re.Match[str]) -> Cue | None:
    start, end = match.span()
    group = match.lastgroup
    if group == "free":
        return _free(text, start, end)
    before = text[max(0, start - 12) : start]
    if group == "no":
        return _no(text, start, end, before)
    if group == "non":
        return (
            None if _NON_LOOK_ALIKE.match(text, end) else Cue(start, end - 1, "behind", "exclusion")
        )
    if group == "verb":
        return _verb(text, match, before)
    if group == "lack":
        of = match[0][-3:].lower() == " of"
        if not of and _NOTHING_FOLLOWS.match(text, end):
            return None
        return Cue(start, end, "noun", "negation")
    if group == "clause":
        return Cue(start, end, "clause", "negation")
    if _WITHOUT_LOOK_ALIKE.match(text, end) or _BOTH.search(before) or _MERELY.match(text, end):
        return None
    return Cue(start, end, "noun", "exclusion")


def _free(text: str, start: int, end: int) -> Cue | None:
    """ "label-free"; a free energy denies nothing."""
    if not _WORD_BEFORE.search(text, max(0, start - 40), start):
        return None
    if text[end : end + 1] and text[end] in _HYPHENS:
        return None  # "scale-free-like"
    return Cue(start, end, "before", "exclusion")


def _no(text: str, start: int, end: int, before: str) -> Cue | None:
    if before[-1:] and before[-1] in _HYPHENS and before[-2:-1].isalnum():
        return None  # "yes-no"
    if _NO_LOOK_ALIKE.match(text, end) or text[start:end] == "NO":
        return None
    if text[start : start + 2] == "No" and _NAMED.match(text, end):
        return None  # "No Language Left Behind"
    if text[end : end + 1] and text[end] in _HYPHENS:
        return Cue(start, end, "behind", "exclusion")
    return Cue(start, end, "clause", "negation")


def _verb(text: str, match: re.Match[str], before: str) -> Cue | None:
    start, end = match.span()
    word = match[0].lower()
    if word == "no longer" and text[end : end + 5] == " than":
        return None
    if word in ("never", "none") and (_BEFORE.search(before) or text[end:].startswith(" the less")):
        return None
    if _NOT_LOOK_ALIKE.match(text, end):
        return None
    if word == "not":
        if text[start:end] == "NOT" and text[end : end + 5].lower() == " gate":
            return None
        last = before.lower().rsplit(None, 1)[-1:]
        if last in (["or"], ["if"]) and (last == ["if"] or _OR_NOT_ENDS.match(text, end)):
            return None
    kind: Kind = "exclusion" if _VERB_NEED.match(text, end) else "negation"
    return Cue(start, end, "verb", kind)
