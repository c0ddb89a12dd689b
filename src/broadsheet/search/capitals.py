"""Acronyms that the index takes for another word: of "AIME" the stemmer makes "aim", and "ACT" and
"STAR" are words as they stand. Who writes them in capitals asks for papers that do.

As with acronyms, what is added only adds to scores. Texts are filed with their words in capitals
(`Clause.field` ``caps``), so that papers which write the word so are all found.
"""

from __future__ import annotations

import re

from broadsheet.index import Clause, Index, WordQuery
from broadsheet.search.pipeline import Stage, reads
from broadsheet.search.reading import OtherForm, Reading

MOST = 3  # words of one query
# Papers with the word, over those that write it in capitals, from which on the two are told apart.
COMMONER = 2
# The encoder knows no capitals, and takes "STAR" for a star: words weigh so much against it.
WEIGHT = 2.0
_WORD = re.compile(r"[A-Z][A-Z0-9]{1,15}")


def capitals(weight: float = WEIGHT) -> Stage:
    """Looks for words in capitals as papers write them, beside the words that they are."""
    return reads("capitals", lambda search: read_capitals(search.reading, search.index, weight))


def read_capitals(reading: Reading, index: Index, weight: float = WEIGHT) -> Reading:
    """A query's reading in which papers that write its acronyms in capitals gain by it."""
    texts = [clause.text for clause in reading.plain]
    words = {word.surface: word for text in texts for word in index.words(text) if word.term}
    loud = len(words) > 1 and " ".join(texts).isupper()  # which says nothing by its capitals
    forms: list[OtherForm] = []
    for surface, word in () if loud else words.items():
        if not (surface.isupper() and _WORD.fullmatch(surface)):
            continue
        clause = Clause(surface, "caps", weight=weight)
        here = index.count_words(WordQuery((clause,)))
        if here and index.frequencies([word.term])[0] >= COMMONER * here:
            forms.append(OtherForm(surface, surface, False, Clause(any_of=(clause,))))
        if len(forms) == MOST:
            break
    return reading.also(forms) if forms else reading
