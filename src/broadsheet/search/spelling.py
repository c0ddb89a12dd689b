"""Did you mean: words that the index does not know, spelt as its papers spell them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date

from broadsheet.index import Clause, Filters, Index, Word
from broadsheet.search.candidates import Candidates
from broadsheet.search.edits import within
from broadsheet.search.names import name_meant
from broadsheet.search.near_names import author_meant
from broadsheet.search.pipeline import Library, Search, Stage
from broadsheet.search.reading import Reading
from broadsheet.search.venues import venue_meant
from broadsheet.search.years import year_meant
from broadsheet.text import acronym_knowledge

SHORTEST = 5  # letters; nearly everything is two edits from a shorter word
LONGEST = 30
LOOKED_AT = 24  # papers whose words are compared
_WORD = re.compile(r"[^\W\d_]+")
_DOUBLED = re.compile(r"(.)\1")
_ENDING = re.compile(r"(?<=[a-z]{5})(?:ers?|ors?|ings?|ed|ations?|ions?|ments?)$")
MOST_WORDS = 3  # of one query that are looked up: each costs some milliseconds
RARE = 1e-5  # share of the papers up to which a word may be a slip
COMMONER = 20  # times as many papers have the word that was meant
# Slips stand in papers too. A long word of so few is one where a single edit makes it a word of so
# many times as many: shorter ones, and those further off, are mostly words. Few slips are in a
# word's first letter (Pollock and Zamora, CACM 1984): at 14,000 papers, of 27 such words that a far
# commoner one differs from in that alone, 19 were words ("articular", "remission").
SLIPPED, LONG, FAR_COMMONER = 2, 8, 200
# In a large home slips stand in more papers. Of 5,000 words that 3 to 26 of 265,084 papers have and
# that none at large uses, 39 are offered another that so many times as many have: 27 were slips
# ("langauge", "enviroment"), 12 words ("treading"); at 200 times every other one was a word.
SLIPS, FAR_COMMONER_SLIPS = 1e-4, 750


def spell() -> Stage:
    """Suggests the query with a name as an author's, or in the index's own spelling, where a word
    of it is all but unknown."""

    def run(search: Search, ranking: Candidates) -> Candidates:
        if search.request.offset == 0:
            asked = search.reading, search.index
            search.suggestion = (
                author_meant(*asked, search.library)
                or name_meant(*asked, search.library)
                or suggestion(*asked, search.library)
                or venue_meant(*asked)
                or year_meant(*asked, date.today())
            )
        return ranking

    return Stage("spell", run)


def suggestion(reading: Reading, index: Index, library: Library) -> str:
    """The query with its unknown words respelt; '' when there is none or nothing is near.

    Only what is looked for in texts can be misspelt as texts spell it: values of filters and names
    of authors are left alone, and so is a word that an author here is called. Names in capitals,
    with digits, or of code ("np.linalg.svd") are no slips, nor is a word that papers at large use
    ("antibody" in a home of physics).
    """
    found = [
        word for text in _texts(reading) for word in index.words(text)
        if word.term and word.surface.isalpha()
        and SHORTEST <= len(word.surface) <= LONGEST and word.surface[1:].islower()
    ]  # fmt: skip
    rare = RARE * index.size
    counts = index.frequencies([word.term for word in found]).tolist()
    respelt = reading.query
    unknown = [
        (word, n)
        for word, n in zip(found, counts, strict=True)
        if n <= rare or (n <= max(SLIPPED, SLIPS * index.size) and len(word.surface) >= LONG)
    ]
    known = acronym_knowledge()
    free = [
        (word, n)
        for word, n in unknown
        if _place(word.surface).search(respelt) and not known.has_word(word.surface)
    ]
    for word, count in free[:MOST_WORDS]:
        # Whoever writes papers is seldom named in them.
        named = index.count(Filters(authors=(word.surface,)))
        better = "" if named else _meant(word, count, index, library, known=count > rare)
        if better:
            respelt = _place(word.surface).sub(better, respelt)
    return respelt if respelt != reading.query else ""


def _place(surface: str) -> re.Pattern[str]:
    """A word by itself, and no part of a name of code."""
    return re.compile(rf"(?<![\w.@])(?<!::){re.escape(surface)}(?![\w(@]|\.\w|::)")


def _texts(reading: Reading) -> Iterator[str]:
    """What the query's own clauses look for or leave out in the texts of papers."""
    unmet = reading.filters.unmet if reading.filters else ()
    return _clause_texts(dict.fromkeys((*reading.asked, *unmet)))


def _clause_texts(clauses: Iterable[Clause]) -> Iterator[str]:
    for clause in clauses:
        if clause.field != "author" and not clause.prefix:  # "transf*" is no word
            yield clause.text
        yield from _clause_texts(clause.any_of)


def _meant(word: Word, count: int, index: Index, library: Library, *, known: bool) -> str:
    """The commonest near word of the papers that have a near term, of those that begin alike where
    there are such; '' when there is none. Of a word that is ``known``, if little, one that begins
    alike, one edit away and far commoner, or commoner if that edit doubles a letter or not."""
    typed = word.surface.lower()
    # A slip may keep the stemmer from its ending: "trnsformer" is no form of "trnsform".
    terms = dict.fromkeys((word.term, _ENDING.sub("", typed)))
    for distance in (1, 2) if len(typed) > SHORTEST and not known else (1,):
        ids = [one for term in terms for one in index.alike(term, distance, LOOKED_AT).tolist()]
        works = library.get_many(list(dict.fromkeys(ids))).values()
        uses = Counter(
            one.lower()
            for work in works
            for one in _WORD.findall(f"{work.paper.title} {work.paper.abstract}")
        )
        meant = [one for one in uses if within(typed, one, distance)]
        near = {one: _term(one, index) for one in meant or _ended(word, uses, index)}
        near = {one: term for one, term in near.items() if term not in {"", word.term}}
        counts: list[int] = index.frequencies(list(near.values())).tolist()
        common: dict[str, int] = {
            one: n
            for one, n in zip(near, counts, strict=True)
            if n >= least_meant(typed, one, count, known=known)
        }
        alike = {one: n for one, n in common.items() if one[0] == typed[0]}
        # Nor is one of two slips in the first letter: "caffeine" is not "affine".
        if best := alike or ({} if known or distance > 1 else common):
            return max(best, key=lambda one: (best[one], uses[one]))
    return ""


def _ended(word: Word, uses: Iterable[str], index: Index) -> list[str]:
    """The stems of words that begin as a word does and are an edit from its stem, each with the
    word's own ending, if papers at large write it: of "seperation" those here that are looked at
    may have but "separate"."""
    typed = word.surface.lower()
    if not typed.startswith(word.term):
        return []
    stems = {_term(one, index) for one in uses if one[:2] == typed[:2] and len(one) >= SHORTEST}
    ended = {stem + typed[len(word.term) :]: stem for stem in stems - {"", word.term}}
    known = acronym_knowledge()
    return [
        one
        for one, stem in ended.items()
        if within(word.term, stem, 1) and known.has_word(one) and _term(one, index) == stem
    ]


def least_meant(typed: str, other: str, count: int, *, known: bool) -> int:
    """How many papers have a word that was meant by one which a number of them has."""
    if not known:
        return max(count * COMMONER, count + 1)
    doubled = _DOUBLED.sub(r"\1", typed) == _DOUBLED.sub(r"\1", other)
    far = FAR_COMMONER if count <= SLIPPED else FAR_COMMONER_SLIPS
    return max(count, 1) * (COMMONER if doubled else far)


def _term(word: str, index: Index) -> str:
    """The term of a word; '' for one that the index passes over or parts."""
    terms = [one.term for one in index.words(word)]
    return terms[0] if len(terms) == 1 else ""
