"""How far a denial reaches: from its cue to where the phrase or the clause ends."""

from __future__ import annotations

import re
from typing import NamedTuple

from broadsheet.text.negation.cues import Cue, Kind, cues
from broadsheet.text.reading.values import Span

_MOST_TOKENS = 40
_LOOKED_AHEAD = 10  # tokens behind an "and" or a comma
_LONGEST_ITEM = 5  # words of what is listed
_LONGEST_WORD = 60  # code points
_ADJECTIVES = 3  # tokens before a comma between two adjectives
_TOKEN = re.compile(
    r"\$[^$]{1,200}\$|[^\W_]+(?:[-'’‐‑.](?=[^\W_])[^\W_]+)*\.?(?=[^\s.])?|[^\w\s]|_"
)
_WORDS = re.compile(r"[^\W_]+(?:[-'’‐‑][^\W_]+)*")

_END_MARKS = frozenset(".!?;:)]}”—–•")
_STOPS = frozenset(
    [
        "but",
        "because",
        "although",
        "though",
        "while",
        "whereas",
        "unless",
        "until",
        "since",
        "thus",
        "hence",
        "therefore",
        "thereby",
        "then",
        "if",
        "so",
        "when",
        "whenever",
        "however",
        "yet",
        "nor",
        "without",
        "unlike",
        "instead",
    ]
)
_AUXILIARIES = frozenset(
    [
        "is",
        "are",
        "was",
        "were",
        "can",
        "could",
        "will",
        "would",
        "has",
        "have",
        "had",
        "may",
        "might",
        "should",
        "must",
        "does",
        "do",
        "did",
        "remains",
        "remain",
        "becomes",
        "become",
        "cannot",
    ]
)
# Verbs that are seldom nouns too.
_VERBS = frozenset(
    [
        "computes",
        "uses",
        "achieves",
        "provides",
        "requires",
        "utilizes",
        "improves",
        "reduces",
        "outperforms",
        "allows",
        "enables",
        "offers",
        "yields",
        "produces",
        "preserves",
        "maintains",
        "supports",
        "makes",
        "takes",
        "gives",
        "generates",
        "relies",
        "generalizes",
        "hinders",
        "leads",
        "limits",
        "prevents",
        "causes",
        "poses",
        "introduces",
        "ensures",
        "shows",
        "remains",
    ]
)
_FINITE = _AUXILIARIES | _VERBS
# Behind these a verb belongs to what is denied.
_OPENERS = frozenset(["that", "which", "who", "whose", "where", "how", "what", "whether", "why"])
_NEW_CLAUSE = frozenset(
    [
        "we",
        "our",
        "it",
        "this",
        "these",
        "they",
        "he",
        "she",
        "there",
        "thus",
        "hence",
        "then",
        "therefore",
        "is",
        "are",
        "was",
        "were",
        "can",
        "will",
        "instead",
        "also",
        "establish",
    ]
)
_BEGINNERS = frozenset(
    [
        "that",
        "and",
        "but",
        "or",
        "when",
        "where",
        "if",
        "while",
        "because",
        "since",
        "as",
        "currently",
    ]
)
_ADJECTIVE = re.compile(
    r".+[-‐‑].+|.+(?:al|ive|ful|able|ible|ed|ic|ous|ary|ent|ant|less|ish|wise)$"
    r"|(?:large|small|new|rich|high|low|long|short|deep|strong|clean|dense|sparse|clear|simple|costly)$"
)
_LISTED = frozenset(("and", "or", "nor"))
_EXAMPLES = frozenset(("such", "including", "e.g", "e.g.", "especially", "i.e", "i.e."))
_DETERMINERS = frozenset(
    [
        "the",
        "a",
        "an",
        "its",
        "their",
        "this",
        "that",
        "these",
        "those",
        "all",
        "both",
        "each",
        "every",
        "new",
        "several",
        "many",
        "more",
        "to",
        "our",
        "on",
        "with",
        "in",
    ]
)
_PARENTHETIC = re.compile(r",\s*(?:however|therefore|thus|in general|of course),", re.IGNORECASE)


class Denial(NamedTuple):
    """A cue, the words that it denies, and how."""

    cue: Span
    scope: Span
    kind: Kind


def denials(text: str, kind: Kind | None = None) -> tuple[Denial, ...]:
    """What a text denies or excludes (or only one ``kind`` of it), in order; scopes may lie in one
    another.

    Linear in the length of the text, never raises.
    """
    found = []
    for cue in cues(text):
        scope = _scope(text, cue) if kind in (None, cue.kind) else None
        if scope:
            found.append(Denial(Span(cue.start, cue.end), scope, cue.kind))
    return tuple(found)


def _scope(text: str, cue: Cue) -> Span | None:
    if cue.reach == "behind":
        match = _WORDS.match(text, cue.end + 1, cue.end + _LONGEST_WORD)
        return Span(match.start(), match.end()) if match else None
    if cue.reach == "before":
        start = cue.start - 1
        while start > cue.start - _LONGEST_WORD and start and text[start - 1].isalnum():
            start -= 1
        return Span(start, cue.start - 1)
    begin = cue.end
    aside = _PARENTHETIC.match(text, begin)
    if aside:
        begin = aside.end()
    return _Reach(text, begin, cue).span()


class _Reach:
    """The tokens behind one cue, as far as they are looked at."""

    def __init__(self, text: str, begin: int, cue: Cue) -> None:
        self._text = text
        self._cue = cue
        self._tokens: list[re.Match[str]] = []
        for match in _TOKEN.finditer(text, begin, min(len(text), begin + 700)):
            self._tokens.append(match)
            if len(self._tokens) > _MOST_TOKENS + _LOOKED_AHEAD:
                break
        self._words = [match[0].lower() for match in self._tokens]
        # A noun that a clause begins with has its verb behind it.
        self._free = cue.reach == "clause" and (
            text[cue.start : cue.start + 2].lower() != "no"
            or cue.end - cue.start > 2
            or _begins_clause(text, cue.start)
        )

    def span(self) -> Span | None:
        """The scope; None where nothing follows."""
        stop = self._stop()
        if not stop:
            return None
        last = self._tokens[stop - 1]
        end = last.end()
        if last[0].endswith(".") and not last[0].startswith("$"):
            end -= 1
        return Span(self._tokens[0].start(), end) if end > self._tokens[0].start() else None

    def _stop(self) -> int:
        words = self._words
        opened = False
        at = 0
        limit = min(len(words), _MOST_TOKENS)
        while at < limit:
            word = words[at]
            if word == "(":
                close = self._closing(at)
                if close is None:
                    return at
                at = close + 1
                continue
            if self._ends(at, opened=opened):
                return at
            if self._is_sentence_end(at):
                return at + 1
            opened = opened or word in _OPENERS
            at += 1
        return at

    def _closing(self, at: int) -> int | None:
        for place in range(at + 1, min(len(self._words), at + 25)):
            if self._words[place] == ")":
                return place
        return None

    def _is_sentence_end(self, at: int) -> bool:
        """Whether a word carries the full stop of its sentence."""
        token = self._tokens[at]
        if not token[0].endswith(".") or token[0] == ".":
            return False
        rest = self._text[token.end() : token.end() + 3].lstrip()
        return not rest or rest[0].isupper()

    def _ends(self, at: int, *, opened: bool) -> bool:
        words = self._words
        word = words[at]
        following = words[at + 1] if at + 1 < len(words) else ""
        if word in _END_MARKS or (word == "-" and self._text[self._tokens[at].start() - 1] == " "):
            return True
        if word == ",":
            return not self._goes_on(at)
        if not at:
            return False
        if word in _STOPS or (word == "due" and following == "to"):
            return not (word == "so" and words[at - 1] in ("do", "necessarily"))
        if word == "rather" and following == "than":
            return True
        if word == "by" and following.endswith("ing"):
            return True
        if word == "and":
            return self._new_clause(at + 1, opened=opened)
        return word in _FINITE and not opened and not self._free

    def _goes_on(self, at: int) -> bool:
        """Whether a comma stands in a list, or before examples."""
        words = self._words
        following = words[at + 1] if at + 1 < len(words) else ""
        if following in _EXAMPLES:
            return True
        if following in _LISTED:
            listed = "," in words[max(0, at - _LONGEST_ITEM - 1) : at]
            return following == "or" or (
                following == "and" and listed and not self._new_clause(at + 2, opened=False)
            )
        if following in _STOPS or following in _NEW_CLAUSE or following in _DETERMINERS:
            return False
        if at <= _ADJECTIVES and _ADJECTIVE.match(words[at - 1]) and _ADJECTIVE.match(following):
            return True  # "large, high-quality data"
        if following.endswith("ing") or following in _OPENERS:
            return False
        # "a, b, c, and d": short items up to a comma with "and" or "or".
        last = at
        for place in range(at + 2, min(len(words) - 1, at + 2 * _LOOKED_AHEAD)):
            if words[place] in _END_MARKS or words[place] in _FINITE:
                return False
            if words[place] == ",":
                if words[place + 1] in _LISTED:
                    return not self._new_clause(place + 2, opened=False)
                last = place
            elif place - last > _LONGEST_ITEM:
                return False
        return False

    def _new_clause(self, at: int, *, opened: bool) -> bool:
        """Whether what follows an "and" has a verb of its own."""
        words = self._words
        if at >= len(words):
            return True
        word = words[at]
        if word.endswith("ly") and at + 1 < len(words):
            at += 1
            word = words[at]
        following = words[at + 1] if at + 1 < len(words) else ""
        if word in _NEW_CLAUSE or word in _STOPS or word in _VERBS:
            return True
        if len(word) > 3 and word[-1] == "s" and word[-2] not in "su" and following in _DETERMINERS:
            return following not in ("in", "on", "with", "to") or word.endswith("es")
        if opened:
            return False
        for place in range(at, min(len(words), at + _LOOKED_AHEAD)):
            if words[place] in _END_MARKS or words[place] == "," or words[place] in _OPENERS:
                return False
            if words[place] in _AUXILIARIES:
                return not self._free
        return False


def _begins_clause(text: str, start: int) -> bool:
    before = text[max(0, start - 24) : start].rstrip()
    if not before or before[-1] in ".,;:!?—(":
        return True
    return before.rsplit(None, 1)[-1].lower() in _BEGINNERS
