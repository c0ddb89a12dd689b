"""Tantivy queries for the contract's queries and filters.

They are built from analysed terms and never by Tantivy's parser, which drops repeated words
(CACM nDCG@10 .449 instead of .480) and reads user input as syntax.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tantivy import FieldType, Occur, Query, Schema

from broadsheet.citations import venue_key
from broadsheet.index import analysis
from broadsheet.index.author_names import wanted_name_keys
from broadsheet.index.contract import Clause, ClauseField, Filters, WordQuery
from broadsheet.index.schema import number
from broadsheet.papers import first_day, last_day

MOST_TERMS = 512  # distinct terms of one query that are looked up; the rest is left out
# Up to here a union of term queries finds ids faster than Tantivy's term set (measured at
# 265,000 papers: 200 ids .7 ms against 2 ms; the set wins from about 2,000 on).
SET_FROM = 2_000
LAST_DAY = 99991231
_LONGEST_NAME = 100  # characters of a category or source that is looked for in any case
_SYNTAX = frozenset("\\.+*?()|[]{}^$#&-~")  # of Tantivy's regular expressions


@dataclass(frozen=True, slots=True)
class Part:
    """One scored thing of a query: a term or a phrase in a field, with its weight."""

    name: str
    query: Query


@dataclass(frozen=True, slots=True)
class Built:
    """A query ready to run and the parts its score is the sum of."""

    query: Query
    parts: tuple[Part, ...]


_OCCUR = {"should": Occur.Should, "must": Occur.Must, "must_not": Occur.MustNot}


class QueryBuilder:
    """Builds queries for one schema; ``frequency`` tells how many works have a term of a field."""

    def __init__(self, schema: Schema, frequency: Callable[[str, str], int]) -> None:
        self._schema = schema
        self._frequency = frequency

    def words(self, query: WordQuery) -> Built | None:
        """The query, or None when it looks for no word."""
        bag: dict[tuple[ClauseField, str], float] = {}
        asked: list[tuple[Occur, Query]] = []
        parts: list[Part] = []
        for clause in query.clauses:
            if _is_bag(clause):
                for term in _bag_terms(clause):
                    bag[clause.field, term] = bag.get((clause.field, term), 0.0) + clause.weight
                continue
            built = self._clause(clause, clause.weight)
            if built:
                asked.append((_OCCUR[clause.occur], built.query))
                if clause.occur != "must_not":
                    parts.extend(built.parts)
        for (field, term), weight in list(bag.items())[:MOST_TERMS]:
            part = self._term(field, term, weight)
            asked.append((Occur.Should, part.query))
            parts.append(part)
        if not parts:
            for part in self._stop_words(query):
                asked.append((Occur.Should, part.query))
                parts.append(part)
        return Built(Query.boolean_query(asked), tuple(parts)) if parts else None

    def filters(self, filters: Filters | None) -> Query | None:
        """What a hit must satisfy, scoring 0; None when anything does. ``without`` is not in it.

        Raises ValueError for a day that is none.
        """
        wanted = self._wanted(filters) if filters else []
        unmet = [self.condition(clause) for clause in filters.unmet] if filters else []
        unmet += [self.filters(member) for member in filters.none_of] if filters else []
        forbidden = [(Occur.MustNot, query) for query in unmet if query]
        if not (wanted or forbidden):
            return None
        permitted = _all(wanted) if wanted else Query.all_query()
        if forbidden:
            permitted = Query.boolean_query([(Occur.Must, permitted), *forbidden])
        return Query.const_score_query(permitted, 0.0)

    def _wanted(self, filters: Filters) -> list[Query]:
        wanted = [
            *self._days("dated", filters.first_day, filters.last_day),
            *self._days("announced", filters.announced_first, filters.announced_last),
            *(self._exact("has", kind) for kind in filters.has),
            *(self._name(name) for name in filters.authors),
        ]
        for field, names in (("category", filters.categories), ("source", filters.sources)):
            if names:
                wanted.append(_any([self._named(field, name) for name in names]))
        if filters.venues:
            wanted.append(_any([self._venue(name) for name in filters.venues]))
        met = (self.condition(clause) for clause in filters.met)
        wanted += [query for query in met if query]
        if filters.only is not None:
            wanted.append(self.ids(filters.only))
        for group in filters.one_of:
            members = [self.filters(member) for member in group]
            if all(members):  # a member that anything satisfies makes the group ask for nothing
                wanted.append(_any([member for member in members if member]))
        return wanted

    def condition(self, clause: Clause) -> Query | None:
        """What meets a clause, read as a ``must``; None when it has no word."""
        built = self._clause(clause, 1.0)
        return built.query if built else None

    def alike(self, term: str, distance: int, field: str) -> Query:
        """The works with a term of a field at most so many edits from this one."""
        return Query.fuzzy_term_query(self._schema, field, term, distance, True)

    def ids(self, ids: NDArray[np.int64]) -> Query:
        """The works with these ids."""
        numbers: list[int] = ids.tolist()
        if not numbers:
            return Query.empty_query()
        if len(numbers) >= SET_FROM:
            return Query.term_set_query(self._schema, "work", numbers)
        return _any([Query.term_query(self._schema, "work", number) for number in numbers])

    def _clause(self, clause: Clause, weight: float) -> Built | None:
        """A clause as a condition: all of its words, its phrase, or one of its group."""
        if clause.any_of:
            return self._group(clause, weight)
        if clause.phrase:
            phrase = self._phrase(clause.field, clause.text, weight, clause.slop)
            return Built(phrase.query, (phrase,)) if phrase else None
        if clause.prefix:
            return self._prefix(clause, weight)
        terms = list(dict.fromkeys(_bag_terms(clause)))[:MOST_TERMS]
        if not terms:
            return None
        parts = tuple(self._term(clause.field, term, weight) for term in terms)
        if clause.field == "author" and len(analysis.terms(clause.text, "author")) > 1:
            # An initial need not be a word of the name, so the words only score.
            name = Query.const_score_query(self._name(clause.text), 0.0)
            scored = [(Occur.Should, part.query) for part in parts]
            return Built(Query.boolean_query([(Occur.Must, name), *scored]), parts)
        joined = _any if clause.field == "author" else _all  # of one name: its spellings
        return Built(joined([part.query for part in parts]), parts)

    def _prefix(self, clause: Clause, weight: float) -> Built | None:
        """The last word of a clause as the beginning of any; how many it begins tells nothing."""
        *words, last = analysis.terms(clause.text, "author")[:MOST_TERMS] or [""]
        if not last:
            return None
        parts = [self._term(clause.field, term, weight) for term in _stems(words)]
        begun = [Query.regex_query(self._schema, clause.field, f"{last}.*")]
        begun += [self._exact(clause.field, term) for term in analysis.cut_stems(last)]
        any_of = _boosted(Query.const_score_query(_any(begun), 1.0), weight)
        parts.append(Part(_label(clause.field, f"{last}*"), any_of))
        return Built(_all([part.query for part in parts]), tuple(parts))

    def _group(self, clause: Clause, weight: float) -> Built | None:
        members = [self._clause(member, weight * member.weight) for member in clause.any_of]
        built = [member for member in members if member]
        if not built:
            return None
        parts = tuple(part for member in built for part in member.parts)
        return Built(_any([member.query for member in built]), parts)

    def _phrase(self, field: ClauseField, text: str, weight: float, slop: int = 0) -> Part | None:
        chain = field if field in {"title", "author"} else "text"
        terms = analysis.placed_terms(text, chain)[:MOST_TERMS]
        if not terms and field == "text":  # of stop words, which only titles keep
            return self._stop_phrase(text, weight)
        if len(terms) < 2:
            return self._term(field, terms[0][1], weight) if terms else None
        query = Query.phrase_query(self._schema, field, list(terms), slop)
        name = " ".join(term for _, term in terms)
        return Part(_label(field, f'"{name}"'), _boosted(query, weight))

    def _stop_phrase(self, text: str, weight: float) -> Part | None:
        """A phrase of stop words in titles; one alone says nothing."""
        if len(analysis.placed_terms(text, "title")) < 2:
            return None
        return self._phrase("title", text, weight)

    def _stop_words(self, query: WordQuery) -> list[Part]:
        """For a query of stop words only: the titles that have them as a phrase."""
        bags = [clause for clause in query.clauses if _is_bag(clause) and clause.field == "text"]
        phrases = [self._stop_phrase(clause.text, clause.weight) for clause in bags]
        return [phrase for phrase in phrases if phrase]

    def _term(self, field: ClauseField, term: str, weight: float) -> Part:
        option = "basic" if field == "caps" else "freq"
        query = Query.term_query(self._schema, field, term, option)
        return Part(_label(field, term), _boosted(query, weight))

    def _exact(self, field: str, value: str) -> Query:
        return Query.term_query(self._schema, field, analysis.valid(value), "basic")

    def _named(self, field: str, value: str) -> Query:
        """A category or a source, in any case where no work has it as it is written."""
        value = analysis.valid(value)
        if self._frequency(field, value) or len(value) > _LONGEST_NAME:
            return self._exact(field, value)
        return Query.regex_query(self._schema, field, "".join(map(_in_any_case, value)))

    def _venue(self, name: str) -> Query:
        """Where a work appeared; what no work did at is looked for in what records note."""
        key = analysis.valid(venue_key(name))
        if self._frequency("venue_key", key):
            return self._exact("venue_key", key)
        noted = (self._phrase(field, name, 1.0) for field in ("journal", "comment"))
        return _any([phrase.query for phrase in noted if phrase] or [Query.empty_query()])

    def _name(self, name: str) -> Query:
        spelt = dict.fromkeys((name, analysis.in_full(name)))
        return _any([self._spelt(one) for one in spelt])

    def _spelt(self, name: str) -> Query:
        wanted = wanted_name_keys(name)
        if wanted:
            return _all([_any([self._exact("name", key) for key in keys]) for keys in wanted])
        # One word, or none, which matches nothing.
        return _all([self._exact("author", word) for word in analysis.terms(name, "author")[:1]])

    def _days(self, field: str, first: str, last: str) -> list[Query]:
        """Ranges that the earliest and the latest day a date can mean have to lie in."""
        if not (first or last):
            return []
        low = number(first_day(first)) or 1  # from 1 on: the undated are 0
        high = number(last_day(last)) or LAST_DAY
        return [
            Query.range_query(self._schema, f"{field}_{end}", FieldType.Integer, low, high)
            for end in ("from", "to")
        ]


def _in_any_case(character: str) -> str:
    """A regular expression for a character."""
    cases = dict.fromkeys((character.lower(), character.upper()))
    if len(cases) > 1:
        return f"({'|'.join(cases)})"
    return f"\\{character}" if character in _SYNTAX else character


def _is_bag(clause: Clause) -> bool:
    if clause.occur != "should" or clause.phrase or clause.any_of or clause.prefix:
        return False
    return clause.field != "author"  # whose words belong to one name


def _bag_terms(clause: Clause) -> list[str]:
    if clause.field == "caps":
        return analysis.capitals(clause.text)
    if clause.field == "author":
        spelt = (clause.text, analysis.in_full(clause.text))
        return [term for text in dict.fromkeys(spelt) for term in analysis.terms(text, "author")]
    # Titles are filed with their stop words, but these tell nothing unless in a phrase.
    return analysis.terms(clause.text, "text")


def _stems(words: list[str]) -> list[str]:
    return analysis.terms(" ".join(words), "text")


def _label(field: ClauseField, text: str) -> str:
    return text if field == "text" else f"{field}:{text}"


def _boosted(query: Query, weight: float) -> Query:
    return query if weight == 1.0 else Query.boost_query(query, weight)


def _any(queries: Sequence[Query]) -> Query:
    if len(queries) == 1:
        return queries[0]
    return Query.boolean_query([(Occur.Should, query) for query in queries])


def _all(queries: Sequence[Query]) -> Query:
    if not queries:
        return Query.empty_query()
    if len(queries) == 1:
        return queries[0]
    return Query.boolean_query([(Occur.Must, query) for query in queries])
