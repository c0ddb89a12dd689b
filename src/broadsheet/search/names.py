"""Names of authors among plain words: "Yann LeCun", "by LeCun, Y.", "Bengio world models"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from broadsheet.index import Clause, Filters, Index, Word, WordQuery
from broadsheet.search.fields import author_names, narrow
from broadsheet.search.near_names import MOST_NAMED, joined_names, nearest_name
from broadsheet.search.pipeline import Library
from broadsheet.search.reading import Reading

# Letters, and the marks within names.
_WORD = r"[^\W\d_]+(?:[-'’.][^\W\d_]+)*\.?"
_NAME = re.compile(rf"{_WORD}(?:,? {_WORD}){{0,3}}")
_BY = re.compile(r"^by\s+", re.IGNORECASE)

SHORTEST = 4  # letters of a name among other words
MOST_WORDS = 8  # of a query that may have a name among its words; longer ones are prose
UNSAID = 1e-4  # share of the papers up to which a word is hardly said
SAID = 1e-3  # beyond it a word is a topic, whoever is called so
OFTENER = 4  # times as many papers are by somebody called so


def read_name(reading: Reading, index: Index) -> Reading:
    """The reading in which plain words that are an author's name ask for their papers.

    They are where they are all that is asked for, filters aside, and more papers are by somebody
    called so than have all of the words in their text. A single word is a topic as often as a
    name: it is one where texts hardly have it, and no title does ("AViLA" is a method, whoever is
    called Avila).
    """
    said = [part for part in reading.parts if part.kind == "words"]
    if len(said) != 1 or len(reading.words.clauses) != 1:
        return reading
    text = _BY.sub("", said[0].text)
    names = author_names(text)
    if not names or not all(map(_NAME.fullmatch, names)):
        return reading
    if " " not in text and not _hardly_said(index.words(text), index):
        return reading
    titled = WordQuery((Clause(text, field="title", occur="must"),))
    if " " not in said[0].text and index.count_words(titled):
        return reading
    typed = " ".join(names)
    by = Filters(authors=names)
    papers = index.count(by)
    if not papers and len(names) == 1:
        names = (_joined(names[0], index),)
        by = Filters(authors=names)
        papers = index.count(by) if names[0] else 0
    if not papers:
        return reading
    if index.count_words(WordQuery((Clause(typed, occur="must"),))) >= papers:
        return reading
    name = " and ".join(names)
    parts = (
        replace(part, kind="author", text=f"by {name}") if part is said[0] else part
        for part in reading.parts
    )
    return replace(
        reading,
        words=WordQuery(),
        meaning="",
        filters=narrow(reading.filters, by),
        parts=tuple(parts),
        notes=(
            *reading.notes,
            f"{name} is read as the name of an author; in quotation marks it is searched as words.",
        ),
        away=(),
        doubtful=None,
    )


def name_meant(reading: Reading, index: Index, library: Library) -> str:
    """The query with a word that texts hardly have, and authors are called by, as an author's
    name, together with the given name beside it; '' where there is none. A name that nobody has
    is offered as the nearest that somebody has: "Yoshua Bengoi" is Yoshua Bengio."""
    words = _plain_words(reading, index)
    if len(words) > MOST_WORDS:
        return ""
    unsaid = _unsaid(words, index, SAID)  # "Levin" is a distribution too
    for at, name in _names_among(words, index):
        for place in _pairs(at, words) if len(name) < 2 else ():
            if {place, place + 1} <= unsaid:
                pair = [word.surface for word in words[place : place + 2]]
                near = nearest_name(" ".join(pair), index, library)
                if near:
                    return _with_name(reading.query, pair, near)
        if name:
            return _with_name(reading.query, name)
    return _whole_name(reading, words, index, library)


def read_name_among(reading: Reading, index: Index) -> Reading:
    """The reading in which a name of an author among other words asks for their papers on the rest,
    where there are such: who searches through another program is offered nothing to choose."""
    words = _plain_words(reading, index)
    if len(words) > MOST_WORDS or len(words) < 2:
        return reading
    name = next((name for _, name in _names_among(words, index) if name), [])
    rest = _place_of(name).sub(" ", reading.meaning, count=1) if name else ""
    by = Filters(authors=(" ".join(name),))
    if not rest.strip() or not index.count_words(
        WordQuery((Clause(rest, occur="must"),)), narrow(reading.filters, by)
    ):
        return reading
    return replace(
        reading,
        words=WordQuery.of(rest.strip()),
        meaning=rest.strip(),
        filters=narrow(reading.filters, by),
        notes=(*reading.notes, f"{' '.join(name)} is read as the name of an author."),
    )


def _plain_words(reading: Reading, index: Index) -> list[Word]:
    return [word for clause in reading.plain for word in index.words(clause.text)]


def _names_among(words: list[Word], index: Index) -> Iterator[tuple[int, list[str]]]:
    """The places of words that may be an author's name, each with that name: with the given name
    beside it where somebody is called both, and nothing where it is no name alone."""
    hardly = _hardly_said(words, index)
    for at in sorted(hardly):
        names = ([word.surface for word in words[p : p + 2]] for p in _pairs(at, words))
        full = [name for name in names if index.count(Filters(authors=(" ".join(name),)))]
        # Of two names side by side that are nobody's together neither is meant alone.
        alone = [] if hardly & {at - 1, at + 1} else [words[at].surface]
        yield at, full[0] if full else alone


def _pairs(at: int, words: list[Word]) -> list[int]:
    """The places of the pairs of neighbours that a word is of."""
    return [place for place in (at - 1, at) if 0 <= place < len(words) - 1]


def _whole_name(reading: Reading, words: list[Word], index: Index, library: Library) -> str:
    """The query as the name nearest to it, where its words are no topic and no paper has them
    together; '' where none is near."""
    said = " ".join(word.surface for word in words)
    told = {at for at, word in enumerate(words) if len(word.surface) >= SHORTEST}  # not "Le"
    if not 1 < len(words) <= MOST_NAMED or not told <= _unsaid(words, index, SAID):
        return ""
    if index.count_words(WordQuery((Clause(said, occur="must"),))):
        return ""
    near = nearest_name(said, index, library)
    return _with_name(reading.query, said.split(), near) if near else ""


def _unsaid(words: list[Word], index: Index, share: float) -> set[int]:
    """The places of words that no more than a share of the papers, or one, have."""
    counts = index.frequencies([word.term for word in words]).tolist()
    return {
        at
        for at, (word, said) in enumerate(zip(words, counts, strict=True))
        if word.term and word.surface.isalpha() and said <= max(1, share * index.size)
    }


def _joined(name: str, index: Index) -> str:
    """A name of three words or more with two of them written as one, "Yann LeCun" for "Yann Le
    Cun", where somebody here is called so; '' where nobody is."""
    names = joined_names(name)
    return next((one for one in names if index.count(Filters(authors=(one,)))), "")


def called(index: Index, surfaces: Sequence[str], ids: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of the words authors of which works are called by, shape (works, words).

    Only words that more papers are by than say are names: not every Green is asked for by
    "green".
    """
    found = np.zeros((len(ids), len(surfaces)), np.bool_)
    alone = [
        (at, word.term)
        for at, one in enumerate(surfaces)
        if one.isalpha()
        for word in index.words(one)[:1]
    ]
    said: list[int] = index.frequencies([term for _, term in alone]).tolist()
    names = [
        at
        for (at, _), n in zip(alone, said, strict=True)
        if n <= SAID * index.size and index.count(Filters(authors=(surfaces[at],))) > n
    ]
    if names and len(ids):
        clauses = [Clause(surfaces[at], field="author") for at in names]
        found[:, names] = index.matches(clauses, ids)
    return found


def _hardly_said(words: list[Word], index: Index) -> set[int]:
    """The places of words that texts hardly have, and that authors are called by."""
    counts = index.frequencies([word.term for word in words]).tolist()
    found = set()
    for at, (word, said) in enumerate(zip(words, counts, strict=True)):
        surface = word.surface
        fits = word.term and surface.isalpha() and len(surface) >= SHORTEST
        if not fits or surface.isupper() or said > UNSAID * index.size:
            continue
        if index.count(Filters(authors=(surface,))) > OFTENER * said:
            found.add(at)
    return found


def _with_name(query: str, name: list[str], spelt: str = "") -> str:
    written = spelt or " ".join(name)
    asked = f'author:"{written}"' if " " in written else f"author:{written}"
    offered = _place_of(name).sub(lambda _: asked, query, count=1)
    return offered if offered != query else ""


def _place_of(name: list[str]) -> re.Pattern[str]:
    said = r"\W+".join(map(re.escape, name))
    # What stands in quotation marks was asked for as it stands.
    return re.compile(rf'(?<![\w"“])(?:by\s+)?{said}(?![\w"”:])')
