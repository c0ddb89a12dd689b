"""Names of authors that nobody here has, as the nearest that somebody has."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from broadsheet.index import Filters, Index
from broadsheet.search.edits import within
from broadsheet.search.pipeline import Library
from broadsheet.search.reading import Reading

LOOKED_AT = 100  # papers whose authors are compared
SHORTEST, MOST_NAMED = 4, 4  # letters of a word of a name that is looked for; its words
LONG = 5  # letters beyond which a word may have two slips
_WORD = re.compile(r"[^\W\d_]+")
_IN_FULL = str.maketrans({"ä": "ae", "ö": "oe", "ø": "oe", "ü": "ue", "å": "aa", "ß": "ss"})


def author_meant(reading: Reading, index: Index, library: Library) -> str:
    """The query with a name that nobody here has as the nearest that somebody has; '' where all
    are had or none is near."""
    for name in reading.filters.authors if reading.filters else ():
        if name not in reading.query or index.count(Filters(authors=(name,))):
            continue
        spelt = nearest_name(name, index, library)
        if spelt:
            return reading.query.replace(name, spelt)
    return ""


def nearest_name(name: str, index: Index, library: Library) -> str:
    """A name as the author spells it whose own is nearest to it, of several the one with most
    papers; '' where none is near. Of three words or more two may be one: "Yan Le Cunn" is Yann
    LeCun."""
    joinings = list(joined_names(name))
    known = (one for one in joinings if index.count(Filters(authors=(one,))))
    found = next(known, "") or _spelt(name, index, library)
    return found or next(filter(None, (_spelt(one, index, library) for one in joinings)), "")


def joined_names(name: str) -> Iterator[str]:
    """A name of three words or more with two of them written as one, each way."""
    words = name.split()
    for at in range(len(words) - 1) if 2 < len(words) <= MOST_NAMED else ():
        yield " ".join((*words[:at], words[at] + words[at + 1], *words[at + 2 :]))


def _spelt(name: str, index: Index, library: Library) -> str:
    words = _WORD.findall(name)[: MOST_NAMED + 1]
    if len(words) > MOST_NAMED:
        return ""
    ids: dict[int, None] = {}
    for word in words:
        if len(word) < SHORTEST:
            continue
        by = index.newest(Filters(authors=(word,)), LOOKED_AT).tolist()
        if not by:
            for distance in range(1, _edits(word) + 1):
                by += index.alike(word.lower(), distance, LOOKED_AT, "author").tolist()
        ids |= dict.fromkeys(by)
    works = library.get_many(list(ids)).values()
    names = Counter(author.name for work in works for author in work.paper.authors)
    called = {one: _WORD.findall(one) for one in names}
    written = {word: _written(word) for one in called.values() for word in one}
    slips = [_slips(word, written) for word in words]
    found: Counter[tuple[str, ...]] = Counter()
    for one, papers in names.items():
        near = [_nearest(called[one], each) for each in slips]
        if all(near):
            found[tuple(near)] += papers
    if not found:
        return ""
    best = iter(found.most_common(1)[0][0])
    return _WORD.sub(lambda _: next(best), name)


def _nearest(called: Sequence[str], slips: Mapping[str, int]) -> str:
    """The word of a name that is the fewest slips away; '' where none is near."""
    return min((one for one in called if one in slips), key=slips.__getitem__, default="")


def _slips(word: str, written: Mapping[str, Collection[str]]) -> dict[str, int]:
    """The words of names that another may be misspelt for, each with its slips; ``written`` are
    the ways in which each is written.

    A word is compared once, however many are called so: a hundred papers may have thousands of
    authors.
    """
    small, most = word.lower(), _edits(word)
    slips: dict[str, int] = {}
    for one, ways in written.items():
        near = [way for way in ways if within(small, way, most)]
        if near:
            slips[one] = min(n for n in range(most + 1) for way in near if within(small, way, n))
    return slips


def _written(word: str) -> set[str]:
    """The ways in which a word of a name is written: Müller, Mueller and Muller."""
    if word.isascii():
        return {word.lower()}
    small = unicodedata.normalize("NFC", word).lower()
    apart = unicodedata.normalize("NFD", small)
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return {small, small.translate(_IN_FULL), bare}


def _edits(word: str) -> int:
    """How many slips a word of a name may have: other short words are other names."""
    return 0 if len(word) < SHORTEST - 1 else 1 + (len(word) > LONG)
