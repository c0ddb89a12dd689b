"""The query language of arXiv's API, read into a tree.

https://info.arxiv.org/help/api/user-manual.html#query_details: a prefix and a word or a phrase,
``AND``, ``OR``, ``ANDNOT`` and brackets. AND and ANDNOT bind closer than OR. Words side by side
are alternatives, as in the Lucene syntax that the original reads.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal, cast

Field = Literal["ti", "au", "abs", "co", "jr", "cat", "rn", "id", "all"]
FIELDS: tuple[Field, ...] = ("ti", "au", "abs", "co", "jr", "cat", "rn", "id", "all")
DATES = {"submittedDate": "published", "lastUpdatedDate": "updated"}

LONGEST = 16_000
_MOST_PARTS, _DEEPEST = 600, 40
# Each has texts looked through; several in one word take ever longer.
_MOST_WILD, _MOST_STARS = 8, 3
_TOKEN = re.compile(
    r"""(?P<open>\() | (?P<close>\)) | (?P<range>\[[^\[\]]*\])
    | (?P<prefix>(?:ti|au|abs|co|jr|cat|rn|id|all|submittedDate|lastUpdatedDate):)
    | "(?P<phrase>[^"]*)" | (?P<word>[^\s()"\[\]]+)""",
    re.VERBOSE | re.ASCII,
)
_RANGE = re.compile(r"\[\s*(\d{4,14}|\*)\s+TO\s+(\d{4,14}|\*)\s*\]", re.ASCII | re.IGNORECASE)


class QueryError(ValueError):
    """A query that does not read; the text says where."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A word or a phrase in a field; ``*`` and ``?`` in a word stand for any letters."""

    field: Field
    text: str
    phrase: bool = False

    @property
    def wild(self) -> bool:
        """Whether it has a wildcard."""
        return not self.phrase and ("*" in self.text or "?" in self.text)


@dataclass(frozen=True, slots=True)
class Range:
    """Dates from ``first`` to ``last``, both included, as YYYYMMDDhhmmss."""

    column: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Both:
    """All of ``parts``, and none of ``without``."""

    parts: tuple[Node, ...]
    without: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Either:
    """Any of ``parts``."""

    parts: tuple[Node, ...]


Node = Leaf | Range | Both | Either


def read(query: str) -> Node:
    """The tree of a query; raises `QueryError`."""
    if len(query) > LONGEST:
        raise QueryError(f"{len(query):,} characters; it takes up to {LONGEST:,}")
    return _Reader(query).whole()


def words(node: Node) -> list[str]:
    """The texts that a query looks for in the text of papers, for a ranking by them."""
    if isinstance(node, Leaf):
        plain = node.field in ("ti", "abs", "all") and not node.wild
        return [node.text.replace("_", " ")] if plain else []
    if isinstance(node, Range):
        return []
    return [text for part in node.parts for text in words(part)]


class _Reader:
    def __init__(self, query: str) -> None:
        self._tokens: list[tuple[str, str, int]] = []
        place = 0
        for match in _TOKEN.finditer(query):
            if query[place : match.start()].strip():
                break
            kind = match.lastgroup or ""
            self._tokens.append((kind, match[kind], match.start()))
            place = match.end()
        if query[place:].strip():
            rest = query[place:].strip()
            raise QueryError(f"nothing can be made of {rest[:40]!r}")
        if len(self._tokens) > _MOST_PARTS:
            raise QueryError(f"{len(self._tokens):,} words and signs; it takes up to {_MOST_PARTS}")
        self._at = 0
        self._wild = 0

    def whole(self) -> Node:
        node = self._either("all", 0)
        if self._at < len(self._tokens):
            raise QueryError("a bracket is closed that was not opened")
        return node

    def _peek(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            return "", ""
        kind, text, _ = self._tokens[self._at]
        return kind, text

    def _next(self) -> tuple[str, str]:
        found = self._peek()
        self._at += 1
        return found

    def _either(self, field: str, depth: int) -> Node:
        if depth > _DEEPEST:
            raise QueryError(f"brackets stand more than {_DEEPEST} deep")
        parts = [self._both(field, depth)]
        while (found := self._peek())[0] and found[0] != "close":
            if found == ("word", "OR"):
                self._at += 1
            parts.append(self._both(field, depth))
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _both(self, field: str, depth: int) -> Node:
        parts = [self._one(field, depth)]
        without: list[Node] = []
        while self._peek() in (("word", "AND"), ("word", "ANDNOT"), ("word", "NOT")):
            denied = self._next()[1] != "AND"
            if not denied and self._peek() == ("word", "NOT"):
                self._at += 1
                denied = True
            (without if denied else parts).append(self._one(field, depth))
        if len(parts) == 1 and not without:
            return parts[0]
        return Both(tuple(parts), tuple(without))

    def _one(self, field: str, depth: int) -> Node:
        kind, text = self._next()
        if kind == "prefix":
            field = text[:-1]
            kind, text = self._next()
            if field in DATES:
                return self._dates(field, kind, text)
        if kind == "open":
            node = self._either(field, depth + 1)
            if self._next()[0] != "close":
                raise QueryError("a bracket is opened and not closed")
            return node
        if kind == "phrase":
            return Leaf(cast("Field", field), text, phrase=True)
        if kind == "word" and text not in ("AND", "OR", "ANDNOT", "NOT"):
            return self._word(Leaf(cast("Field", field), re.sub(r"\*+", "*", text)))
        wanted = f"after {field}: " if field != "all" else ""
        found = text or "the end"
        raise QueryError(f"{wanted}a word, a phrase or a bracket is wanted, not {found[:40]}")

    def _word(self, leaf: Leaf) -> Leaf:
        self._wild += leaf.wild and leaf.field != "cat"
        if self._wild > _MOST_WILD or leaf.text.count("*") > _MOST_STARS:
            raise QueryError(
                f"up to {_MOST_WILD} words may have wildcards, and a word {_MOST_STARS} of them"
            )
        return leaf

    def _dates(self, field: str, kind: str, text: str) -> Range:
        match = _RANGE.fullmatch(text) if kind == "range" else None
        if match is None:
            raise QueryError(f"{field}: [202601010000 TO 202601312359] is the form")
        if any(one != "*" and len(one) % 2 for one in match.groups()):
            raise QueryError(f"{field}: dates are YYYYMMDD, YYYYMMDDhhmm or YYYYMMDDhhmmss")
        first = 0 if match[1] == "*" else int(match[1].ljust(14, "0"))
        last = 10**14 - 1 if match[2] == "*" else int(match[2].ljust(14, "9"))
        return Range(DATES[field], first, last)


def spaced(leaf: Leaf) -> Leaf:
    """A leaf as it is meant: the underscores that stand for blanks in names are blanks."""
    return replace(leaf, text=leaf.text.replace("_", " "))
