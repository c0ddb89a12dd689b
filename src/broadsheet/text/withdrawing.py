"""Papers that say of themselves that they were withdrawn.

Archives have no field for it: a last version takes the place of the abstract, or the comments
say so. A paper *about* withdrawn or retracted things says the same words elsewhere, so they count
only at the start, in a note of the archive's own, or in a text that has room for nothing else.
"""

from __future__ import annotations

import re

_KINDS = (
    r"(?:paper|article|submission|manuscript|work|preprint|pre-print|note|report|version|document"
    r"|draft|e-?print|letter|thesis|study)"
)
_GONE = r"(?:withdrawn|retracted)"
_HOW = r"(?:(?:temporarily|hereby|now|currently|voluntarily|formally|officially|being) )?"
_START = re.compile(
    rf"\W*(?:(?:arxiv )?admin(?:istrator)?(?:'s)? note: )?"
    rf"(?:(?:(?:this|the|our) (?:[\w-]+ ){{0,4}})?{_KINDS}(?: has been| have been| is| was)? )?"
    rf"{_HOW}{_GONE}"
    r"(?=[.,;:)\]]| (?:by|due|because|from|at|for|pending|as|since|until|to|on|and|in|effective"
    r"|owing|with|following)\b|\Z)",
    re.IGNORECASE,
)
_NOTE = re.compile(
    rf"(?:\A|[.;:] |\[|\()(?:arxiv admin(?:istrator)? note|admin note|update|note): ?"
    rf"(?:(?:this|the) )?{_KINDS}(?: has been| is| was)? {_HOW}{_GONE}\b",
    re.IGNORECASE,
)
_IN_SHORT = re.compile(
    rf"\b(?:it|{_KINDS})(?: \(?[\w-]+\)?){{0,4}} (?:has been|have been|is|is being) "
    rf"{_HOW}{_GONE}\b",
    re.IGNORECASE,
)
_IN_COMMENTS = re.compile(
    rf"\b(?:{_KINDS}|this|it)(?: has been| is| was)? {_HOW}{_GONE}\b"
    rf"|\A\W*{_GONE}\b|\b{_GONE} by (?:the )?(?:authors?|arxiv)",
    re.IGNORECASE,
)
_IN_TITLE = re.compile(
    rf"\W*(?:this {_KINDS} (?:has been|is) )?{_GONE}(?: {_KINDS})?\W*(?:[:\]]|\Z)", re.IGNORECASE
)
_STAYS = re.compile(r"\bnot (?:been )?(?:withdrawn|retracted)\b", re.IGNORECASE)
# What comments also call withdrawn: a submission elsewhere, which the paper here outlives, and a
# version before this one. Names of conferences and journals begin with a capital.
_ELSEWHERE = re.compile(
    r"\b[Ww]ithdrawn from (?:(?:the|its|a) )?(?!ar[Xx]iv)"
    r"(?:[A-Z]|(?:conference|workshop|journal|proceedings|review|submission)\b)"
)
_EARLIER = re.compile(
    rf"\b(?:earlier|previous|prior|former|older?|first|original|initial) (?:[\w-]+ ){{0,4}}?"
    rf"(?:has been |have been |was |were |is )?{_HOW}{_GONE}\b",
    re.IGNORECASE,
)
_MARKS = ("ithdrawn", "etracted", "ITHDRAWN", "ETRACTED")
_SHORT = 260
_SENTENCE = re.compile(r".{20,300}?[.!?](?= |\Z)|.{1,300}", re.DOTALL)


def withdrawal(title: str, abstract: str, comments: str = "") -> str:
    """What a paper says of its own withdrawal, in a sentence; '' for one that stands.

    Takes cleaned texts; ``comments`` is what arXiv calls so. Linear in their length.
    """
    if not any(mark in text for text in (abstract, comments, title) for mark in _MARKS):
        return ""
    start = _START.match(abstract, 0, 200) if abstract else None
    if not start and abstract and len(abstract) <= _SHORT and not _STAYS.search(abstract):
        start = _IN_SHORT.search(abstract)
        if start:
            return abstract
    if start:
        return _sentence(abstract, 0)
    if note := _NOTE.search(abstract):
        return _sentence(abstract, note.start()).lstrip(".;:[( ")
    if comments and _IN_COMMENTS.search(comments) and not _of_another(comments):
        return comments[:300]
    return title if _IN_TITLE.match(title) else ""


def _of_another(comments: str) -> bool:
    """Whether comments say that the paper stands, or that something else was withdrawn."""
    return any(one.search(comments) for one in (_STAYS, _ELSEWHERE, _EARLIER))


def _sentence(text: str, start: int) -> str:
    found = _SENTENCE.match(text, start)
    return found[0].strip() if found else text[start:300]
