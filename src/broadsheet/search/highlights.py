"""What in an abstract answers the query: its words, and the sentences that mean it.

Leaving every word out of the paper and encoding the rest again would take seconds. Sentences
encoded apart take 4 ms each, and leaving the words of the best one out of that sentence takes
as long: together they find words nearly as decisive (docs/methods.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from broadsheet.index import Index
from broadsheet.search.explain import Span, asked_words, without
from broadsheet.search.reading import Reading
from broadsheet.text import plain

MOST_SENTENCES = 12  # encoded apart; in a longer abstract neighbours are joined
MOST_WORDS = 14  # left out of the best sentence
NEAR_BEST = 0.9  # of the best sentence's similarity, for the next one to be marked too
LONGEST_READ = 20_000  # characters of an abstract

Vectors = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]

_END = re.compile(r"[.!?][\"”’)]?\s+(?=[A-Z0-9“\"(\\$])")
_SHORTENED = re.compile(
    r"(?:\b(?:e\.g|i\.e|cf|vs|et al|Fig|Eq|Sec|resp|approx|Dr|Prof|St|No|[A-Z]))$"
)


@dataclass(frozen=True, slots=True)
class Highlight:
    """A stretch of the abstract as it is shown, ``text[start:end]``.

    ``word`` is a word of the query or another form of it that search added, ``meaning`` a
    sentence near the query, and ``carrier`` a word without which that sentence is further from
    it. ``weight`` is from 0 to 1 within its kind. Stretches of different kinds may overlap; none
    begins or ends inside a formula.
    """

    start: int
    end: int
    kind: Literal["word", "meaning", "carrier"]
    weight: float


def highlights(
    text: str,
    reading: Reading,
    index: Index,
    encode: Encode | None = None,
    vector: Vectors | None = None,
) -> tuple[Highlight, ...]:
    """What in a cleaned text answers a query, in the order of the text.

    ``vector`` is the query's, shape (d,), and ``encode`` makes those of texts; without them
    only the query's words are marked.
    """
    text = text[:LONGEST_READ]
    words = [place for place in placed_words(text, index) if not _in_formula(text, place[0])]
    wanted = [clause for one in asked_words(reading, index) for clause in one.query.clauses]
    together = [one.text for one in wanted if one.phrase and not one.slop]
    asked = {
        word.term
        for clause in wanted
        if clause.text not in together
        for word in index.words(clause.text)
        if word.term
    }
    found = [Highlight(start, end, "word", 1.0) for (start, end), term in words if term in asked]
    for whole in (*together, *(form.text for form in reading.forms)):
        found += _together(words, [word.term for word in index.words(whole)])
    if encode is not None and vector is not None:
        found += _by_meaning(text, words, encode, vector)
    return tuple(sorted(found, key=lambda one: (one.start, -one.end, one.kind)))


def _together(words: Sequence[tuple[Span, str]], terms: Sequence[str]) -> list[Highlight]:
    """Where a phrase, or a form that search added, stands as a whole: its words alone were not
    looked for."""
    last = len(terms) - 1
    starts = range(len(words) - last) if any(terms) else range(0)
    return [
        Highlight(words[at][0][0], words[at + last][0][1], "word", 1.0)
        for at in starts
        if all(words[at + place][1] == term for place, term in enumerate(terms))
    ]


def _by_meaning(
    text: str, words: Sequence[tuple[Span, str]], encode: Encode, vector: Vectors
) -> list[Highlight]:
    near = sentence_similarities(text, encode, vector)
    if not near:
        return []
    best = max(near.values())
    if best <= 0:
        return []
    chosen = sorted((s for s in near if near[s] >= NEAR_BEST * best), key=lambda s: -near[s])[:2]
    found = [Highlight(*span, "meaning", near[span] / best) for span in chosen]
    lost = word_losses(text, chosen[0], words, encode, vector, best)
    most = max(lost.values(), default=0.0)
    if most > 0:
        found += [
            Highlight(*span, "carrier", loss / most)
            for span, loss in lost.items()
            if loss >= most / 2
        ]
    return found


def sentence_similarities(text: str, encode: Encode, vector: Vectors) -> dict[Span, float]:
    """The cosine of each sentence to the query."""
    spans = sentences(text)
    if not spans:
        return {}
    unit = vector / max(float(np.linalg.norm(vector)), 1e-12)
    near = encode([plain(text[start:end]) for start, end in spans]) @ unit
    return dict(zip(spans, near.tolist(), strict=True))


def word_losses(
    text: str,
    sentence: Span,
    words: Sequence[tuple[Span, str]],
    encode: Encode,
    vector: Vectors,
    whole: float,
) -> dict[Span, float]:
    """What a sentence's similarity to the query loses without each of its words.

    Neighbours are left out together where it has more than `MOST_WORDS`, stop words aside.
    """
    start, end = sentence
    inside = [place for place, term in words if term and start <= place[0] and place[1] <= end]
    if not inside:
        return {}
    unit = vector / max(float(np.linalg.norm(vector)), 1e-12)
    at = np.array_split(np.arange(len(inside)), min(len(inside), MOST_WORDS))
    runs = [[inside[i] for i in part] for part in at]
    shorter = [
        plain(without(text[start:end], [(a - start, b - start) for a, b in run])) for run in runs
    ]
    near = encode(shorter) @ unit
    return {
        place: (whole - float(value)) / len(run)
        for run, value in zip(runs, near, strict=True)
        for place in run
    }


def placed_words(text: str, index: Index) -> list[tuple[Span, str]]:
    """The words of a text with their places; the term is '' for a stop word."""
    found: list[tuple[Span, str]] = []
    at = 0
    for word in index.words(text):
        start = text.find(word.surface, at)
        if start >= 0:
            at = start + len(word.surface)
            found.append(((start, at), word.term))
    return found


def sentences(text: str) -> list[Span]:
    """The sentences of a text, at most `MOST_SENTENCES`: of a longer one, runs of several."""
    ends = [
        match.end()
        for match in _END.finditer(text)
        if not _SHORTENED.search(text, max(0, match.start() - 12), match.start())
        and not _in_formula(text, (match.end(), match.end()))
    ]
    starts = [0, *ends]
    spans = [
        (start, start + len(text[start:end].rstrip()))
        for start, end in zip(starts, [*ends, len(text)], strict=True)
        if text[start:end].strip()
    ]
    if len(spans) <= MOST_SENTENCES:
        return spans
    runs = np.array_split(np.arange(len(spans)), MOST_SENTENCES)
    return [(spans[run[0]][0], spans[run[-1]][1]) for run in runs]


def _in_formula(text: str, span: Span) -> bool:
    """Whether a stretch touches a formula in ``$…$``."""
    before = text.count("$", 0, span[0]) - text.count("\\$", 0, span[0])
    return before % 2 == 1 or "$" in text[span[0] : span[1]]
