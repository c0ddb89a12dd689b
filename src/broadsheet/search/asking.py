"""Words of asking: "how do", "what is", "I have", which name nothing to look for.

The index passes over what is common in any text ("the", "of"). These are rare in abstracts, so a
question's "how" and "do" would count for as much as what it asks about. A text that does not ask
keeps them: a claim ("can be reversed") and a title say something by them.
"""

from __future__ import annotations

import re

_ASKS = "how what which who whom whose why when where whether"
_HELPS = (
    "do does did doing done can cannot could should would may might must shall has have had having"
    " be is are was were am been being will"
)
_NAMES = "i me my we us our ours you your yours he him his she her hers its them themselves"
_ASKING, _HELPING, _PEOPLE = (frozenset(words.split()) for words in (_ASKS, _HELPS, _NAMES))
_OF_ASKING = _ASKING | _HELPING | _PEOPLE
# "I'm", "don't", "what's"; of "isn't" what stands before the mark is a word of asking with an n.
_SHORTENED = frozenset({"t", "s", "m", "d", "ll", "ve", "re"})
# Between two things that are compared; few papers on both say it.
_VERSUS = re.compile(r"(?<=\w),?\s+(?:vs\.?|versus)\s+(?=\w)", re.IGNORECASE)
_WORD = re.compile(r"(?<![\w'’-])(\w+)(?:['’](\w+))?(?![\w'’-])")
_ANY_WORD = re.compile(r"\w")


def asks(text: str) -> bool:
    """Whether a text asks: by a mark, by a word, or by how it begins ("can", "I")."""
    words = [match for match in _WORD.finditer(text) if _is_one(match)]
    if not words:
        return False
    first = words[0].start() == 0 and words[0][1].lower() not in _PEOPLE - {"i", "we"}
    inside = any(match[1].lower() in _ASKING for match in words)
    return first or inside or text.rstrip().endswith("?")


def without_versus(text: str) -> str:
    """The text without "vs" and "versus" between its words."""
    return _VERSUS.sub(" ", text)


def without_asking(text: str) -> str:
    """The text without its words of asking; '' where there is no other word."""
    kept = _WORD.sub(lambda match: "" if _is_one(match) else match[0], text)
    return " ".join(kept.split()) if _ANY_WORD.search(kept) else ""


def _is_one(match: re.Match[str]) -> bool:
    """Whether a word is one of asking. In capitals it is a name: "WHO", "CAN bus", "type I"."""
    word, shortened = match[1], match[2]
    if shortened is not None and shortened.lower() not in _SHORTENED:
        return False
    stem = word.lower()
    if shortened == "t" and stem not in _OF_ASKING:
        stem = stem.removesuffix("n")
    if stem not in _OF_ASKING:
        return False
    if word == "I":
        before = match.string[: match.start()].split()
        return _begins(match) or before[-1].lower() in _ASKING | _HELPING
    return word.islower() or (word.istitle() and _begins(match))


def _begins(match: re.Match[str]) -> bool:
    """Whether a word stands where a sentence begins."""
    before = match.string[: match.start()].rstrip()
    return not before or before[-1] in ".?!"
