"""A letter with the word that it belongs to: "k-means", "$p$-value", "T cells". By itself a letter
is of too many things, so in a short query the two are looked for side by side: who asked for
"h-index" where no paper writes it was promised papers that have an "h" and an "index".

Longer queries keep them apart: a claim on "T cell tolerance" repeats itself in other words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from broadsheet.index import Clause, Index, WordQuery
from broadsheet.search.coverage import MOST
from broadsheet.search.pipeline import Stage, reads
from broadsheet.search.reading import Reading

# No "a", which is an article, nor the s of "LLM 's"; an "I" by itself is who asks, or a figure.
_LETTER = r"(?<![\w.\\^_/'’-])(?<!['’] )\$?(?P<letter>[B-Zb-z])\$?"
# Behind a stroke two letters are one: "A/B tests", "I/O bound".
_PAIR = r"(?<![\w.\\^_/'’-])(?P<pair>[A-Za-z]/[A-Za-z])"
_UNIT = re.compile(
    rf"(?:{_PAIR}|{_LETTER})(?P<between>-| (?<![Ii] ))(?P<word>[A-Za-z]{{2,}})(?!\w)"
)
FEWEST = 2  # papers that write them so, with a blank between
_BEFORE = re.compile(r"([^\W\d_]+) $")


def lettered() -> Stage:
    """Looks for a letter and its word side by side."""
    return reads("lettered", lambda search: read_lettered(search.reading, search.index))


def read_lettered(reading: Reading, index: Index) -> Reading:
    """A query's reading in which a letter and its word are a phrase, where the query is short; with
    a blank between, where papers write them side by side."""
    texts = [clause.text for clause in reading.plain]
    if not any(map(_UNIT.search, texts)):
        return reading
    if len({word.term for text in texts for word in index.words(text) if word.term}) > MOST:
        return reading
    parts = tuple(part for clause in reading.words.clauses for part in _parts(clause, index))
    same = parts == reading.words.clauses
    return reading if same else replace(reading, words=WordQuery(parts))


def _parts(clause: Clause, index: Index) -> Iterator[Clause]:
    if not clause.is_plain:
        yield clause
        return
    at = 0
    for match in _UNIT.finditer(clause.text):
        if not _is_one(match, index):
            continue
        if before := clause.text[at : match.start()].strip():
            yield replace(clause, text=before)
        yield replace(clause, text=match[0], phrase=True)
        at = match.end()
    if rest := clause.text[at:].strip():
        yield replace(clause, text=rest)


def _is_one(match: re.Match[str], index: Index) -> bool:
    """Whether a letter belongs to the word behind it, and not to that before it ("vitamin D
    deficiency")."""
    words = index.words(match[0])
    if not all(word.term for word in (words[1:] if match["pair"] else words)):
        return False  # the index passes over an A
    if match["between"] == "-":
        return True
    here = _count(match[0], index)
    before = None if match["pair"] else _BEFORE.search(match.string, 0, match.start())
    return here >= FEWEST and here > (
        _count(f"{before[1]} {match['letter']}", index) if before else 0
    )


def _count(text: str, index: Index) -> int:
    return index.count_words(WordQuery((Clause(text, phrase=True, occur="must"),)))
