"""Cuts a query into tokens in one pass, whatever its characters are."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from broadsheet.text import with_letters

MOST_CHARACTERS = 4_000
MOST_TOKENS = 400

_QUOTES = '"“”„«»'
_OPENING = " ([{-:"  # what may stand before an opening quotation mark
_BARE = re.compile(rf"[^\s(){_QUOTES}]+")
_QUOTED = re.compile(rf"[{_QUOTES}]([^{_QUOTES}]*)[{_QUOTES}]")
_NEAR = re.compile(r"~(\d)(?!\w)", re.ASCII)
_NOTHING = re.compile(rf"[{_QUOTES}]\s*[{_QUOTES}]")
_FIELD = re.compile(r"([A-Za-z]{2,10}):(?=\S)")
# A range of days as arXiv's API takes it, to the second.
_SUBMITTED = re.compile(
    r"(-?)(?:submittedDate|(lastUpdatedDate)):\[\s*(\d{4,14}|\*)\s+TO\s+(\d{4,14}|\*)\s*\]",
    re.ASCII | re.IGNORECASE,
)
# Control characters, lone surrogates and the invisible marks of bidirectional text.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\u200b-\u200f\u202a-\u202e\u2066-\u2069]"
)

TokenKind = Literal["word", "phrase", "open", "close"]


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the query; ``start`` and ``end`` are its place in the tidied text."""

    kind: TokenKind
    text: str
    start: int
    end: int
    field: str = ""
    negated: bool = False
    slop: int = 0  # of a phrase, "…"~2: by how many places its words may be out of it


@dataclass(frozen=True, slots=True)
class Scanned:
    """A tidied query and its tokens."""

    text: str
    tokens: tuple[Token, ...]
    notes: tuple[str, ...]


def tidy(query: str) -> str:
    """One line of printable characters, single spaces; letters and their accents are one, as
    papers are filed (text out of PDFs has them apart, TeX builds them: ``M\\"obius``)."""
    composed = with_letters(unicodedata.normalize("NFC", query))
    return " ".join(_UNPRINTABLE.sub(" ", composed).split())


def scan(query: str, fields: frozenset[str]) -> Scanned:
    """Reads a query of any characters and any length; never raises.

    ``fields`` are the names that may stand before a colon. An exclusion's minus sign stands
    before a letter, a digit run with a letter in it, or a quotation mark: ``E2f-1, -2, -3``
    excludes nothing.
    """
    # Tidying ten million characters takes a second: far longer texts are cut beforehand.
    text = tidy(query[: 4 * MOST_CHARACTERS])
    notes: list[str] = []
    cut = len(query) > 4 * MOST_CHARACTERS or len(text) > MOST_CHARACTERS
    if cut:
        text = text[:MOST_CHARACTERS].rsplit(" ", 1)[0]
    tokens: list[Token] = []
    at = 0
    unclosed = False
    while at < len(text):
        if len(tokens) >= MOST_TOKENS:
            text = text[: tokens[-1].end]
            cut = True
            break
        if text[at] in " ":
            at += 1
            continue
        token = _token(text, at, fields)
        if token is None:  # a quotation mark that opens nothing
            empty = _NOTHING.match(text, at)
            unclosed = unclosed or (not empty and (at == 0 or text[at - 1] in _OPENING))
            at = empty.end() if empty else at + 1
            continue
        tokens.append(token)
        at = token.end
    if unclosed:
        notes.append("A quotation mark is not closed; what follows it is read as words.")
    if cut:
        notes.append(f"Only the first {len(text):,} characters of the query are read.")
    return Scanned(text, tuple(tokens), tuple(notes))


def _token(text: str, at: int, fields: frozenset[str]) -> Token | None:
    start = at
    if text[at] in "()":
        return Token("open" if text[at] == "(" else "close", text[at], at, at + 1)
    days = _SUBMITTED.match(text, at) if "date" in fields else None
    if days:
        if days[2]:
            return Token("word", days[0], start, days.end())
        ends = f"{_iso(days[3])}..{_iso(days[4])}"
        return Token("word", ends, start, days.end(), "date", bool(days[1]))
    negated = text[at] == "-" and (at == 0 or text[at - 1] in " (") and _excludable(text, at + 1)
    at += negated
    match = _FIELD.match(text, at)
    field = match[1].lower() if match and match[1].lower() in fields else ""
    # "Ti:sapphire" is a laser, "Co:Fe" an alloy.
    if match and len(field) == 2 and match[1].istitle():
        field = ""
    if match and field:
        at = match.end()
    if text[at] in _QUOTES:
        quoted = _QUOTED.match(text, at)
        if quoted and (at == 0 or text[at - 1] in _OPENING) and quoted[1].strip():
            near = _NEAR.match(text, quoted.end())
            end, slop = (near.end(), int(near[1])) if near else (quoted.end(), 0)
            return Token("phrase", quoted[1].strip(), start, end, field, negated, slop)
        if not field and not negated:
            return None
    bare = _BARE.match(text, at)
    if bare is None:  # a field or a minus before a mark that opens nothing: plain text
        return Token("word", text[start:at], start, at)
    return Token("word", bare[0], start, bare.end(), field, negated)


def _iso(stamp: str) -> str:
    """The day of a time in figures; '' for an end that is open."""
    return "-".join(part for part in (stamp[:4], stamp[4:6], stamp[6:8]) if part != "*" and part)


def _excludable(text: str, at: int) -> bool:
    if at >= len(text):
        return False
    if text[at] in _QUOTES:
        return True
    word = text[at : at + 40].split(" ", 1)[0]
    return text[at].isalnum() and any(character.isalpha() for character in word)
