"""How a query was understood: what it looks for, what it is narrowed to, and in which words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from broadsheet.index import Clause, Filters, WordQuery
from broadsheet.search.naming import Named

PartKind = Literal[
    "words",
    "phrase",
    "any",
    "exclude",
    "title",
    "author",
    "category",
    "source",
    "venue",
    "date",
    "has",
    "note",
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


@dataclass(frozen=True, slots=True)
class OtherForm:
    """Another form of a stretch of the query, looked for beside it.

    ``given`` is the stretch and ``text`` its other form; ``short`` says that this is an acronym.
    ``clause`` is what looks for it: it may stand in for the words of ``given``, and nobody asked
    for it.
    """

    given: str
    text: str
    short: bool
    clause: Clause


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What a query means.

    ``words`` is for the lexical leg and ``meaning`` is the text for the encoder: the query
    without its exclusions and filters. ``identifier`` is filled when the whole query is the id
    or address of a paper. ``notes`` are full sentences for the person who asked. ``away`` names
    what the query excludes, in words or by signs: papers about it are unwanted too, though they
    lack the word. ``doubtful`` is the reading in which a bare "without" excludes. The clauses of
    ``forms`` are among those of ``words``; what was asked for is ``asked``. ``named`` are the
    papers that the query seems to name, among other words or as the whole of it, and ``rest`` is
    what it says beside their names.
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
    forms: tuple[OtherForm, ...] = ()
    named: tuple[Named, ...] = ()
    rest: str = ""

    def also(self, forms: Sequence[OtherForm]) -> Reading:
        """The reading with other forms of what was asked for looked for too."""
        words = WordQuery((*self.words.clauses, *(form.clause for form in forms)))
        return replace(self, words=words, forms=(*self.forms, *forms))

    @property
    def names_papers(self) -> bool:
        """Whether all that was understood is the names of papers."""
        return bool(self.parts) and all(part.kind == "identifier" for part in self.parts)

    @property
    def asked(self) -> tuple[Clause, ...]:
        """The clauses of the query's own words."""
        added = {form.clause for form in self.forms}
        return tuple(clause for clause in self.words.clauses if clause not in added)

    @property
    def capitals(self) -> dict[str, Clause]:
        """What tells acronyms from the words that they are in small letters, by those letters."""
        found = ((form.given.lower(), form.clause) for form in self.forms)
        return {
            word: clause
            for word, clause in found
            if any(member.field == "caps" for member in clause.any_of)
        }

    @property
    def plain(self) -> tuple[Clause, ...]:
        """Those of ``asked`` that are words which may stand anywhere, and need not."""
        return tuple(clause for clause in self.asked if clause.is_plain)

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
