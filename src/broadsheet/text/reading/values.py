"""What a paper says at a glance; every part is a place in the paper's own words.

Places count code points of the abstract as the catalog stores it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from broadsheet.text.acronyms import Acronym

Role = Literal["background", "problem", "task", "idea", "result", ""]
LinkKind = Literal["code", "data", "model", "project", "other"]


@dataclass(frozen=True, slots=True)
class Span:
    """``abstract[start:end]``."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and what it does; ``role`` is '' where the model knows none, ``sure`` 0..1."""

    start: int
    end: int
    role: Role
    sure: float


@dataclass(frozen=True, slots=True)
class Keyword:
    """A key term: as printed, as its page is addressed, and how much it stands for the paper."""

    text: str
    key: str
    weight: float


@dataclass(frozen=True, slots=True)
class FoundLink:
    """An address in the text."""

    kind: LinkKind
    url: str
    host: str


@dataclass(frozen=True, slots=True)
class Reading:
    """All that is read from one paper.

    ``problem``, ``idea``, ``result`` and ``summary`` are clauses or sentences; None rather than
    something wrong. ``denied`` are the scopes of what the paper says it does not do.
    """

    sentences: tuple[Sentence, ...] = ()
    problem: Span | None = None
    idea: Span | None = None
    result: Span | None = None
    summary: Span | None = None
    keywords: tuple[Keyword, ...] = ()
    acronyms: tuple[Acronym, ...] = ()
    denied: tuple[Span, ...] = ()
    links: tuple[FoundLink, ...] = ()


class Token(NamedTuple):
    """A word, a number, a whole formula or one sign, and where it stands."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """A paper prepared for reading: every part of a reading is a function of it.

    ``tokens`` are those of the abstract; sentence ``i`` has ``tokens[firsts[i]:firsts[i + 1]]``.
    """

    title: str
    abstract: str
    sentences: tuple[Span, ...]
    tokens: tuple[Token, ...]
    title_tokens: tuple[Token, ...]
    firsts: tuple[int, ...]
