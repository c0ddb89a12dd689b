"""Requests for papers: "recent work on", "show me papers about", which name nothing to look for.

Few abstracts speak of papers, so in a query "papers" or "me" would weigh like its subject: papers
about papers are found, and those that answer are told to lack a word.
"""

from __future__ import annotations

import re


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_PAPERS = _set("paper papers article articles preprint preprints publications")
_WORK = _set("research literature work works studies")
# A text may be about these itself, unless "recent" or "find" stands before them.
_NEWS = _set("advances progress developments findings results")
_KINDS = _set(
    "a an the all any some more other many few several best good great top key main major"
    " most highly cited popular important relevant interesting influential seminal classic"
    " foundational recent latest newest new current related existing prior previous published"
    " scientific academic old older"
)
_WISHES = _set(
    "show find give get list recommend suggest search searching look looking interested want"
    " need like which what"
)
_WISHING = _WISHES | _set(
    "please i i'm i’m i'd i’d am we are is there would can could you to see have read me us"
    " for in help what's what’s"
)
# What may stand without "papers"; "search for" and "need for" begin what is looked for.
_WANTING = frozenset(
    {("looking", "for"), ("interested", "in")}
    | {(verb, whom) for verb in ("show", "find", "give", "get", "list") for whom in ("me", "us")}
)
_OFFERED = frozenset({("are", "there"), ("is", "there")})
_DONE = _set("has have been done exist exists is are there")
_ABOUT = _set(
    "about on regarding concerning covering discussing describing addressing discuss describe"
    " discusses describes address addresses cover covers"
)
_ABOUT_PAIRS = frozenset(
    {("related", "to"), ("relating", "to"), ("relevant", "to"), ("dealing", "with")}
    | {("deal", "with"), ("deals", "with"), ("are", "about"), ("is", "about")}
)
_OF = _set("in of for from")
_USING = _set("using with where by")  # these belong to what is looked for
# Before "papers" at the end: they are the subject, as in "retrieval of scientific papers".
_OF_PAPERS = _KINDS | _set(
    "of in on for to from with by and or about between across over using into per as research"
    " scholarly medical conference citing cited retracted biomedical position"
)
_NAMES = frozenset({"I", "I'm", "I’m", "I'd", "I’d"})
# All that stands beside the name of a paper: "papers similar to 2401.00001", "like:2401.00001".
_ALIKE = re.compile(
    r"(?:(?:please|show|find|give|get|list|me|more|other|any|some|papers?|articles?|works?)\s+)*"
    r"(?:(?:that\s+are\s+)?(?:similar|related|close)(?:\s+(?:papers?|works?))?(?:\s+to|:)|like:?"
    r"|similar|neighbou?rs\s+of)",
    re.IGNORECASE,
)
_ALIKE_ON = re.compile(
    rf"(?:{_ALIKE.pattern})\s+(?:but\s+)?(?:on|about|with|using)\s+", re.IGNORECASE
)
_WORD = re.compile(r"[^\s,;:.!?\"]+")
_ANY_WORD = re.compile(r"\w")


def topic(text: str, *, more: bool = False) -> str:
    """What a request for papers is about; the text as it is where it makes none.

    With ``more`` something stands behind the text that may be the topic: of "papers about" is then
    nothing left. A text with further capitals is a title ("Recent Advances in").
    """
    words = list(_WORD.finditer(text))
    length = _request([word[0].lower() for word in words], more=more)
    titled = any(word[0] != word[0].lower() for word in words[1:length] if word[0] not in _NAMES)
    if not length or titled:
        return text
    rest = text[words[length].start() :] if length < len(words) else ""
    return rest if more or _ANY_WORD.search(rest) else text


def asks_for_alike(text: str) -> bool:
    """Whether what stands beside the name of a paper asks for papers like it."""
    return bool(_ALIKE.fullmatch(text.strip()))


def alike_on(text: str) -> str:
    """What papers like a named one are to be on, of what stands beside its name: "robots" of
    "papers like on robots"; '' where it asks for none such."""
    asked = _ALIKE_ON.match(text.strip())
    return text.strip()[asked.end() :] if asked else ""


def without_papers(text: str) -> str:
    """The text without "papers" at its end, where they are no part of its subject."""
    words = list(_WORD.finditer(text))
    if len(words) < 2 or words[-1][0] not in _PAPERS:
        return text
    before = words[-2][0].lower()
    subject = before in _OF_PAPERS or (len(words) == 2 and before.endswith("ing"))
    return text if subject else text[: words[-2].end()]


def _request(said: list[str], *, more: bool) -> int:
    """How many words at the beginning only request papers."""
    at = _while(said, 0, _WISHING)
    wished = bool(_WISHES.intersection(said[:at])) or tuple(said[:2]) in _OFFERED
    bare = at if tuple(said[max(0, at - 2) : at]) in _WANTING else 0
    begun = at if wished else 0
    at = _while(said, begun, _KINDS)
    narrowed = wished or at > begun
    if said[at : at + 1] == ["research"] and _PAPERS.intersection(said[at + 1 : at + 2]):
        at += 1
    noun = said[at] if at < len(said) else ""
    if noun not in _PAPERS | _WORK | (_NEWS if narrowed else frozenset()):
        return bare
    at = _while(said, at + 1, _DONE) if wished else at + 1
    rest = said[at:]
    link = _link(rest, free=narrowed or noun in {"research", "literature", "studies"})
    ends = more and not rest and noun in _PAPERS | _WORK
    asked = wished and bool(rest) and said[0] in {"which", "what"}
    return at + max(link, 0) if link >= 0 or ends or asked else bare


def _while(said: list[str], at: int, known: frozenset[str]) -> int:
    """Where words from a place on end that are all known."""
    while at < len(said) and said[at] in known:
        at += 1
    return at


def _link(said: list[str], *, free: bool) -> int:
    """How many words lead from papers to their topic; -1 where none does. ``free``: "in" and "of"
    do."""
    first = said[0] if said else ""
    if first in _ABOUT or (free and first in _OF):
        return 1
    if first in {"that", "which"}:
        return 1 + max(0, _link(said[1:], free=False))
    if tuple(said[:2]) in _ABOUT_PAIRS:
        return 2
    return 0 if first in _USING else -1
