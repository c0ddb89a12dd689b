"""Why a paper was found: the query is asked again without each of its words.

What a word gave a hit is what the hit's score loses without it: Li, Monroe and Jurafsky (2016),
"Understanding neural networks through representation erasure". The words left out are the
query's, so one encoding of each shorter query serves all hits of a page. The scale on which
both legs are added stays that of the whole query.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from broadsheet.index import Clause, Index, WordQuery
from broadsheet.search.candidates import Candidates, Floats
from broadsheet.search.denying import denied_words
from broadsheet.search.explanation import Explanation, QueryWord
from broadsheet.search.names import called
from broadsheet.search.pipeline import Search, Stage
from broadsheet.search.reading import Reading

MOST_WORDS = 40  # words of one query that are told apart
# Shorter queries that are encoded: 3 to 5 ms each. In a longer query neighbouring words are
# left out together, as one phrase.
MOST_LEFT_OUT = 16
# A word that a paper has not is covered by its meaning where leaving the word out takes this
# part of the similarity. Where the trial of swapped words finds them best (docs/methods.md).
COVERED = 0.015

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class AskedWord:
    """A word or phrase that a query looks for: its name as written, the query for it alone,
    and where it stands in the text that is encoded. ``wanted``: a hit without it lacks it, as one
    that has another of several alternatives does not."""

    name: str
    query: WordQuery
    spans: tuple[Span, ...] = ()
    wanted: bool = True


def explain() -> Stage:
    """Says for each work on the page what carried it."""

    def run(search: Search, ranking: Candidates) -> Candidates:
        request = search.request
        if not (request.explain or request.lacking) or not len(ranking):
            return ranking
        asked = asked_words(search.reading, search.index)
        # One search a word for the whole page is far cheaper than one a word and a work.
        words = [search.index.score_words(one.query, ranking.ids) for one in asked]
        meaning = _left_out(search, ranking, asked) if request.explain else None
        names = [one.name for one in asked]
        denied = denied_words(search, names, ranking.ids)
        by = called(search.index, names, ranking.ids)
        for place, work_id in enumerate(ranking.ids.tolist()):
            search.explanations[work_id] = _explained(
                ranking,
                place,
                asked,
                [float(scores[place]) for scores in words],
                None if meaning is None else meaning[:, place],
                denied[place],
                tuple(name for name, is_by in zip(names, by[place], strict=True) if is_by),
            )
        return ranking

    return Stage("explain", run)


def _explained(
    ranking: Candidates,
    place: int,
    asked: Sequence[AskedWord],
    given: Sequence[float],
    lost: Floats | None,
    denied: tuple[str, ...],
    by: tuple[str, ...],
) -> Explanation:
    """One hit's explanation; ``lost`` is what its similarity loses without each word,
    ``denied`` are the words that it only denies, and ``by`` those that its authors are called."""
    lexical, dense = _known(ranking.lexical[place]), _known(ranking.dense[place])
    by_words, by_meaning = float(ranking.lexical_share[place]), float(ranking.dense_share[place])
    word_scale = by_words / lexical if lexical else 0.0
    meaning_scale = by_meaning / dense if dense and dense > 0 else 0.0
    parts = tuple(
        QueryWord(
            one.name,
            word_scale * value,
            None if lost is None or dense is None else meaning_scale * float(lost[at]),
        )
        for at, (one, value) in enumerate(zip(asked, given, strict=True))
    )
    missing = tuple(
        one.name
        for at, (one, value) in enumerate(zip(asked, given, strict=True))
        if one.wanted and not value > 0 and one.name not in by and not _covered(lost, at, dense)
    )
    return Explanation(
        lexical=lexical,
        dense=dense,
        shares={"lexical": by_words, "dense": by_meaning},
        words={one.name: value for one, value in zip(asked, given, strict=True) if value > 0},
        missing=missing,
        by_word=parts,
        denied=denied,
        by=by,
    )


def _covered(lost: Floats | None, at: int, dense: float | None) -> bool:
    """Whether a hit's meaning answers a word that it has not."""
    return lost is not None and bool(dense) and float(lost[at]) >= COVERED * abs(dense or 0.0)


def _left_out(search: Search, ranking: Candidates, asked: Sequence[AskedWord]) -> Floats | None:
    """What each hit's similarity loses without each asked word, shape (words, hits).

    None where nothing was asked by meaning. Words that are left out together share what they
    lose equally.
    """
    encode, whole = search.encode, search.vector
    placed = [at for at, one in enumerate(asked) if one.spans]
    if encode is None or whole is None or not placed or np.isnan(ranking.dense).all():
        return None
    placed.sort(key=lambda at: asked[at].spans)
    runs = [run for run in np.array_split(placed, min(len(placed), MOST_LEFT_OUT)) if len(run)]
    texts = [
        without(search.reading.meaning, [s for at in run for s in asked[at].spans]) for run in runs
    ]
    vectors = search.encode_many([text for text in texts if text]) if any(texts) else ()
    made = iter(vectors)
    lost = np.zeros((len(asked), len(ranking)))
    for run, text in zip(runs, texts, strict=True):
        # Without its only word nothing is asked: all of the similarity is lost.
        rest = search.index.score_vectors(next(made), ranking.ids) if text else 0.0
        lost[run] = (ranking.dense - rest) / len(run)
    return lost


def without(text: str, spans: Sequence[Span]) -> str:
    """The text with these stretches taken out; '' where no word is left."""
    kept, at = [], 0
    for start, end in sorted(spans):
        kept.append(text[at:start])
        at = max(at, end)
    left = " ".join(" ".join([*kept, text[at:]]).split())
    return left if any(character.isalnum() for character in left) else ""


def asked_words(reading: Reading, index: Index) -> list[AskedWord]:
    """The words and phrases a query looks for, as written.

    A word that is repeated, or that the index takes for the same term, is one, as often as it
    stands there. Stop words are not among them. What another form of some words adds is theirs,
    in equal parts.
    """
    bag: dict[str, list[AskedWord]] = {}
    others: list[AskedWord] = []
    phrases: dict[frozenset[str], int] = {}  # the places of those that are words side by side
    for clause, alternative in _looked_for(reading.asked):
        words = [word for word in index.words(clause.text) if word.term]
        whole = alternative and len({word.term for word in words}) > 1
        if whole or clause.phrase or clause.field != "text":
            spans = _found(reading.meaning, clause.text)
            if clause.phrase and not alternative:
                phrases[frozenset(word.term for word in words)] = len(others)
            others.append(AskedWord(_name(clause), WordQuery((clause,)), spans, not alternative))
            continue
        for word in words:
            query = WordQuery((Clause(word.surface, weight=clause.weight),))
            once = AskedWord(word.surface, query, wanted=not alternative)
            bag.setdefault(word.term, []).append(once)
    for form in reading.forms:
        spans = () if form.short else _found(reading.meaning, f"{form.text} ({form.given})")
        of_it = {word.term for word in index.words(form.given)}
        terms = of_it & bag.keys()
        held = [place for one, place in phrases.items() if one and one <= of_it]
        if not terms and not held:  # of stop words ("IT"), which are not looked for as they are
            others.append(AskedWord(form.given, WordQuery((form.clause,)), spans, wanted=False))
            continue
        part = replace(form.clause, weight=form.clause.weight / (len(terms) + len(held)))
        added = AskedWord(form.given, WordQuery((part,)), spans, wanted=False)
        for term in terms:
            bag[term].append(added)
        for place in held:
            others[place] = _together((others[place], added), ())
    taken = {span for other in others for span in other.spans}
    places = _places(reading.meaning, index)
    alone = [
        _together(group, [span for span in places.get(term, ()) if not _inside(span, taken)])
        for term, group in bag.items()
    ]
    return (others + alone)[:MOST_WORDS]


def _together(group: Sequence[AskedWord], spans: Sequence[Span]) -> AskedWord:
    """The times that a word is asked for as one, with where else it stands in the text."""
    return AskedWord(
        group[0].name,
        WordQuery(tuple(clause for one in group for clause in one.query.clauses)),
        (*spans, *(span for one in group for span in one.spans)),
        any(one.wanted for one in group),
    )


def _places(text: str, index: Index) -> dict[str, list[Span]]:
    """Where each term of the index stands in a text."""
    places: dict[str, list[Span]] = {}
    at = 0
    for word in index.words(text):
        start = text.find(word.surface, at)
        if start < 0:  # half a character was replaced
            continue
        at = start + len(word.surface)
        if word.term:
            places.setdefault(word.term, []).append((start, at))
    return places


def _found(text: str, sought: str) -> tuple[Span, ...]:
    start = text.find(sought)
    return ((start, start + len(sought)),) if start >= 0 else ()


def _inside(span: Span, others: set[Span]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in others)


def _looked_for(clauses: tuple[Clause, ...]) -> list[tuple[Clause, bool]]:
    """The clauses that look for something, those of a group each, and whether it is one of
    several alternatives."""
    found: list[tuple[Clause, bool]] = []
    for clause in clauses:
        if clause.any_of:
            for member in clause.any_of:
                weight = clause.weight * member.weight
                found.append((replace(member, occur="must", weight=weight), len(clause.any_of) > 1))
        elif clause.occur != "must_not":
            found.append((clause, False))
    return found


def _name(clause: Clause) -> str:
    text = f"“{clause.text}”" if clause.phrase else clause.text
    return text if clause.field == "text" else f"{clause.field}:{text}"


def _known(value: np.float64) -> float | None:
    return None if math.isnan(value) else float(value)
