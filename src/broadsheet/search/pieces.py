"""What a query is taken apart into, stretch by stretch."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from broadsheet.index import Clause, Filters
from broadsheet.search.fields import FILTER_FIELDS
from broadsheet.search.reading import PartKind
from broadsheet.search.scan import Token

TITLE_FIELDS = frozenset({"title", "ti"})
# arXiv's own: of the abstract, which is searched with its title, and of anything a paper says.
TEXT_FIELDS = frozenset({"abs", "all"})
FIELDS = FILTER_FIELDS | TITLE_FIELDS | TEXT_FIELDS


_BEGUN = re.compile(r"[^\W_][\w-]{2,}\*")  # "A*" is a search, "C*" an algebra
_BEGUN_WEIGHT = 5.0  # about what a word that tells adds to BM25: one begun adds 1
_GAP = re.compile(r"(?<!\S)\*(?!\S)")


@dataclass(frozen=True, slots=True)
class Piece:
    """An understood stretch of the query: its place, what it says to people, the ``clauses`` and
    ``filters`` it gives, its ``meaning`` for the encoder, and what it turns the search ``away``
    from."""

    kind: PartKind
    text: str
    start: int
    end: int
    clauses: tuple[Clause, ...] = ()
    meaning: str = ""
    filters: Filters | None = None
    away: tuple[str, ...] = ()


@dataclass(slots=True)
class Pieces:
    """What has been understood so far."""

    text: str
    found: list[Piece] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def continues(self, token: Token) -> bool:
        """Whether a bracket that groups nothing stands at a word, and so belongs to its text."""
        if token.kind == "open":
            return self.text[token.end : token.end + 1].isalnum()
        return bool(self.found) and self.found[-1].kind == "words"

    def words(self, start: int, end: int) -> None:
        """Takes a stretch of plain words; it joins the one before when nothing is between."""
        given = self.text[start:end]
        if self.found and self.found[-1].kind == "words":
            start = self.found.pop().start
            given = self.text[start:end]
        self.found.append(Piece("words", given, start, end, (Clause(given),), given))

    def first_words(self) -> int:
        """The place of the plain words that the query begins with, filters before them aside; -1
        when it does not begin with any."""
        place = 0
        while place < len(self.found) and self.found[place].filters:
            place += 1
        return place if place < len(self.found) and self.found[place].kind == "words" else -1

    def last_words(self) -> int:
        """The place of the plain words that the query ends in, filters behind them aside; -1 when
        it does not end in any."""
        place = len(self.found) - 1
        while place >= 0 and self.found[place].filters:
            place -= 1
        return place if place >= 0 and self.found[place].kind == "words" else -1

    def words_end(self) -> int:
        """Where the plain words at the end of the query end; 0 when it does not end in any."""
        place = self.last_words()
        return self.found[place].end if place >= 0 else 0


def begun(token: Token) -> Piece | None:
    """The piece for ``transform*``, which is met by any word that begins so; None for another."""
    readable = not token.field or token.field in TITLE_FIELDS | TEXT_FIELDS
    if token.kind != "word" or not readable or not _BEGUN.fullmatch(token.text):
        return None
    text, in_title = token.text.rstrip("*-"), token.field in TITLE_FIELDS
    clause = Clause(text, prefix=True, occur="must", weight=_BEGUN_WEIGHT)
    clause = replace(clause, field="title") if in_title else clause
    said = f"words that begin with “{text}”{' in the title' if in_title else ''}"
    kind: PartKind = "title" if in_title else "phrase"
    return Piece(kind, said, token.start, token.end, (clause,), text)


def side_by_side(token: Token) -> Piece:
    """The piece for a phrase, each ``*`` of which stands for a word, or that is ``"…"~2``."""
    text, gaps = _GAP.subn(" ", token.text)
    clause = Clause(" ".join(text.split()), phrase=True, occur="must", slop=token.slop + gaps)
    near = f", up to {token.slop} out of place" if token.slop else ""
    return Piece("phrase", f"“{token.text}”{near}", token.start, token.end, (clause,), clause.text)


def is_whole(token: Token) -> bool:
    """Whether a token is looked for side by side: "k-means" as much as a phrase, since a "k" and a
    "means" somewhere are none of it."""
    return token.kind == "phrase" or "-" in token.text.strip("-")


def titled(token: Token) -> Piece:
    """The piece for ``title:word`` and ``title:"a phrase"``."""
    phrase = token.kind == "phrase"
    clause = Clause(token.text, "title", is_whole(token), "must")
    said = f"“{token.text}” in the title" if phrase else f"{token.text} in the title"
    return Piece("title", said, token.start, token.end, (clause,), token.text)
