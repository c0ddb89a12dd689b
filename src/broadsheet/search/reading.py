"""How a query was understood: what it looks for, what it is narrowed to, and in which words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from broadsheet.index import Clause, Filters, WordQuery

PartKind = Literal[
    "words",
    "phrase",
    "any",
    "exclude",
    "title",
    "author",
    "category",
    "source",
    "date",
    "has",
    "identifier",
    "acronym",
]


@dataclass(frozen=True, slots=True)
class Part:
    """One understood part of a query.

    ``text`` says what was understood, ``given`` is the text of the query that gave it, and
    ``without`` is the query with that text taken out: the address of the "remove" link.
    """

    kind: PartKind
    text: str
    given: str
    without: str


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What a query means.

    ``words`` is for the lexical leg and ``meaning`` is the text for the encoder: the query
    without its exclusions and filters. ``identifier`` is filled when the whole query is the id
    or address of a paper. ``notes`` are full sentences for the person who asked. ``away`` names
    what the query excludes, in words or by signs: papers about it are unwanted too, though they
    lack the word. ``doubtful`` is the reading in which a bare "without" excludes.
    """

    query: str
    words: WordQuery = field(default_factory=WordQuery)
    meaning: str = ""
    filters: Filters | None = None
    identifier: str = ""
    parts: tuple[Part, ...] = ()
    notes: tuple[str, ...] = ()
    away: tuple[str, ...] = ()
    doubtful: Reading | None = None

    @property
    def required(self) -> tuple[Clause, ...]:
        """The clauses that every hit has to match."""
        return tuple(clause for clause in self.words.clauses if clause.occur == "must")

    @property
    def excluded(self) -> tuple[Clause, ...]:
        """The clauses that no hit may match."""
        return tuple(clause for clause in self.words.clauses if clause.occur == "must_not")

    @property
    def looks_for_words(self) -> bool:
        """Whether there is anything to look for, beside filters and exclusions."""
        return any(clause.occur != "must_not" for clause in self.words.clauses)
