"""The clauses that may stand for a sentence: it without its lead-in, and without its tails.

A clause is one stretch of the sentence. A lead-in goes only if it is of the kinds that change
nothing (a connective, "In this paper", "we show that"); a tail goes only at a mark outside
brackets, and stays where the meaning of what is left hangs on it: a condition, an exception, or
what a figure is measured on and against.
"""

from __future__ import annotations

import re

from broadsheet.text.reading.values import Document, Span, Token

MOST_WORDS = 30
LEAST_WORDS = 5
_MOST_CLAUSES = 12
_LOOKED_AT = 300  # tokens of a sentence: nobody reads on in a longer one

_CONNECTIVES = (
    "however moreover furthermore additionally finally lastly thus therefore hence specifically"
    " importantly notably besides consequently unfortunately nevertheless nonetheless"
    " accordingly concretely crucially first firstly second secondly remarkably interestingly"
    " surprisingly empirically"
)
_LEAD_IN = re.compile(
    rf"(?:(?:{'|'.join(_CONNECTIVES.split())}|in addition|in particular|in summary|in short|overall"
    r"|as a result|as a consequence|to this end|to that end|in this regard|in contrast|here"
    r"|meanwhile|for (?:instance|example)|on the other hand"
    r"|in (?:this|the present|our) (?:paper|work|study|article|letter"
    r"|report|survey|thesis|chapter|note|contribution)|(?:abstract|background|objectives?|aims?"
    r"|purpose|methods?|results?|conclusions?|findings|significance)(?= ?:)) ?[,:] ?"
    r"|(?:in this (?:paper|work|study|article|letter|survey)|here) (?=we\b)"
    r"|(?:yet|but),? (?!again\b|another\b|for\b))+",
    re.IGNORECASE,
)
# What is shown, found or proved holds without being told so; what is supposed does not.
_SAID = re.compile(
    r"(?:(?:we|(?:our|the|these|extensive|experimental|empirical|numerical|theoretical|simulation"
    r"|comprehensive|further|various|several|multiple)(?: (?:results?|experiments?|findings"
    r"|analys[ie]s|evaluations?|simulations?|studies|study|experimental|empirical|numerical"
    r"|extensive|theoretical|quantitative|qualitative|and))*|results|experiments|simulations)"
    r"(?: (?:also|then|further|empirically|experimentally|theoretically|numerically|first|finally"
    r"|thus|clearly|consistently))? (?:show|shows|demonstrate|demonstrates|find|prove|observe"
    r"|report|reveal|confirm|verify|establish)(?:ed)?|it is shown|it is found|it is proved)"
    r" that,? (?=[^,]{4,60})",
    re.IGNORECASE,
)
# What something is done for, or on the strength of, where "this" names it or many papers would.
_PURPOSE = re.compile(
    r"(?:(?:(?:motivated|inspired|guided|informed|prompted|driven) by|following|leveraging"
    r"|(?:based|building|built|drawing) (?:up)?on) (?:this|these|the above)\b"
    r"|(?:in order )?to (?:address|tackle|solve|overcome|mitigate|remedy|alleviate|bridge|fill"
    r"|handle|resolve|deal with|combat|circumvent)[^,;()$]{4})[^,;()$]{0,106}, "
    r"(?=(?:we|this|our)\b)",
    re.IGNORECASE,
)
# A tail that begins so may go; one with "if", "only", "compared with" does not.
_TAIL_WORDS = (
    "which where leading resulting enabling allowing making thereby thus hence and"
    " providing demonstrating showing highlighting suggesting paving offering opening as"
    " achieving yielding ensuring improving reducing outperforming indicating while whereas i.e e.g"
    " including such namely followed inspired called termed named dubbed referred"
)
_TAIL = frozenset(_TAIL_WORDS.split())
_HANGING_WORDS = (
    "if when unless provided except but although though only assuming given under without with"
    " compared relative versus vs over than against on in at for from by up down using while"
    " whereas respectively where"
)
_HANGING = frozenset(_HANGING_WORDS.split())
# Before a tail these would hang in the air: "our results suggest that, while ...".
_UNENDED = re.compile(r"\b(?:that|e\.g|i\.e|such as|namely)\W*\Z", re.IGNORECASE)
# What these announce before a colon is told whole or not at all.
_COUNT_WORDS = "two three four five six seven eight nine ten several 2 3 4 5 6 7 8 9"
_COUNTS = frozenset(_COUNT_WORDS.split())
_ADDRESS = re.compile(r"://|\bwww\.")
_OPEN, _CLOSED = frozenset("([{“"), frozenset(")]}”")
_MARKS = frozenset(",;:–—")


def clauses(document: Document, sentence: int) -> tuple[Span, ...]:
    """What may stand for a sentence, the sentence itself first; each of 5 to 30 words."""
    span = document.sentences[sentence]
    tokens = document.tokens[document.firsts[sentence] : document.firsts[sentence + 1]]
    tokens = tokens[:_LOOKED_AT]
    starts = _starts(document.abstract, span)
    ends = _ends(span, tokens)
    words = [token.start for token in tokens if _is_word(token)]
    found: list[Span] = []
    for start in starts:
        for end in ends:
            count = sum(start <= place < end for place in words)
            if end < span.end and _UNENDED.search(document.abstract, max(start, end - 12), end):
                continue
            if not LEAST_WORDS <= count <= MOST_WORDS:
                continue
            # Where the code is says nothing of the paper.
            if not _ADDRESS.search(document.abstract, start, end):
                found.append(Span(start, end))
    return tuple(found[:_MOST_CLAUSES])


def said_from(abstract: str, span: Span) -> int:
    """Where a clause begins once the connective before it is heard."""
    match = _LEAD_IN.match(abstract, span.start, min(span.end, span.start + 240))
    return match.end() if match else span.start


def _starts(abstract: str, span: Span) -> list[int]:
    """The sentence's start, and those after each lead-in that may go."""
    starts = [span.start]
    for pattern in (_LEAD_IN, _PURPOSE, _SAID, _PURPOSE):
        match = pattern.match(abstract, starts[-1], min(span.end, starts[-1] + 240))
        if match and match.end() > starts[-1]:
            starts.append(match.end())
    return starts


def _ends(span: Span, tokens: tuple[Token, ...]) -> list[int]:
    """The sentence's end, and those before each tail that may go, the shortest tail first."""
    ends = [span.end]
    depth = 0
    figures = _figures(tokens)
    # "is twofold: i) to ...; ii) to ..."
    listed = any(token.text == ":" for token in tokens)
    for place in range(len(tokens) - 2):
        text = tokens[place].text
        if text in _OPEN:
            depth += 1
        elif text in _CLOSED:
            depth = max(0, depth - 1)
        if depth or text not in _MARKS or place < LEAST_WORDS:
            continue
        if text == ":" and any(one.text.lower() in _COUNTS for one in tokens[place - 4 : place]):
            ends.append(tokens[place - 1].end)
            break
        following = tokens[place + 1].text.lower()
        next_ = tokens[place + 2].text.lower()
        if _may_go(text, following, next_, figures[place], listed):
            ends.append(tokens[place - 1].end)
    return [ends[0], *reversed(ends[1:])]


def _may_go(mark: str, following: str, next_: str, has_figure: bool, listed: bool) -> bool:
    """Whether what stands before a mark means the same without what follows it."""
    if following in _HANGING and (has_figure or following not in ("while", "whereas", "where")):
        return False
    if mark == ";":
        return not listed
    if following == "and":
        return next_ in ("we", "our", "it", "this", "they", "thus", "further", "also", "then")
    return following in _TAIL


def _figures(tokens: tuple[Token, ...]) -> list[bool]:
    """Whether a figure stands before each token."""
    seen, found = False, []
    for token in tokens:
        found.append(seen)
        seen = seen or token.text[0].isdigit()
    return found


def _is_word(token: Token) -> bool:
    return token.text[0].isalnum() or len(token.text) > 1
