"""The key terms of one paper: candidates, their weights, and the few that are shown."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from broadsheet.text.reading.values import Document, Keyword, Token
from broadsheet.text.terms.background import ADJECTIVE, Background, Known, background
from broadsheet.text.terms.choosing import chosen
from broadsheet.text.terms.keys import key_of
from broadsheet.text.terms.phrases import Run, named, runs, trimmed
from broadsheet.text.terms.stopping import VAGUE

LONGEST = 5  # words of a term
READ = 3_000  # tokens of an abstract that are looked at: longer ones are no abstracts
_FAMILIAR = 0.5  # of the words, that must be known: other languages have no terms here
_RARE = -1.95  # the log-odds of a title rate of .12: what a word has that the table lacks
# Round numbers, set before anything was measured and fitted to no set: see docs/methods.md.
_WHOLE, _SEVERAL, _TITLED, _KEYNESS, _LATE, _OFTEN, _LONG = 1.0, 1.0, 0.5, 0.5, 0.3, 0.5, 0.3


@dataclass(slots=True)
class Candidate:
    """A term that a paper might be known by, as it is counted."""

    key: str
    words: tuple[str, ...]  # lower case, as printed
    known: Known | None  # of the phrase; of the word where it is one
    keyness: float  # mean log-odds of its words' title rates
    weakest: float  # the lowest of them
    title: str = ""  # as printed there
    titled: bool = False  # a whole run of the title
    surfaces: dict[str, int] = field(default_factory=dict)
    count: int = 0  # in the abstract
    whole: int = 0  # of these, runs that are no longer than the term
    first: int = 0  # its first token in the abstract

    @property
    def score(self) -> float:
        """How much the term stands for the paper; comparable between papers."""
        size = len(self.words)
        score = _KEYNESS * self.keyness
        score += _WHOLE * (self.whole / self.count if self.count else 0.0)
        score += _SEVERAL * (size > 1) + _TITLED * self.titled - _LONG * (size > 3)
        if self.count:
            score += _OFTEN * math.log(self.count) - _LATE * math.log1p(self.first / 10)
        return score


def candidates(document: Document) -> list[Candidate]:
    """The phrases of title and abstract that could be terms, in the order they come in.

    A run without its vague first adjectives; the phrases in it that the background knows; its
    nouns. Empty where most words are unknown to the background.
    """
    table = background()
    body = document.tokens[:READ]
    if not _familiar(body, table):
        return []
    found: dict[str, Candidate] = {}
    for run in runs(document.title_tokens[:READ], table):
        for part, whole in _parts(run, table):
            candidate = _noted(found, part, table)
            candidate.title = candidate.title or _printed(part)
            candidate.titled = candidate.titled or whole
    for run in runs(body, table):
        for part, whole in _parts(run, table):
            candidate = _noted(found, part, table)
            if not candidate.count:
                candidate.first = part[0][2]
            candidate.count += 1
            candidate.whole += whole
            surface = _printed(part)
            candidate.surfaces[surface] = candidate.surfaces.get(surface, 0) + 1
    return [c for c in found.values() if c.whole or c.titled or len(c.words) == 1 or c.known]


def ranked(document: Document) -> list[Candidate]:
    """All candidates, the best first."""
    return sorted(candidates(document), key=lambda c: (-c.score, c.key))


def ranked_terms(document: Document) -> tuple[Keyword, ...]:
    """All terms that the paper could be known by, the best first, weights 0 to 1."""
    return tuple(_keyword(candidate) for candidate in ranked(document))


def keywords(document: Document) -> tuple[Keyword, ...]:
    """The terms that are shown of a paper: at most six, fewer rather than wrong ones.

    Pure and deterministic; time linear in the length of the text, of which the first 3,000
    tokens are read.
    """
    shouted = document.abstract.isupper()
    return tuple(_keyword(c) for c in chosen(ranked(document), shouted=shouted))


def _keyword(candidate: Candidate) -> Keyword:
    return Keyword(surface(candidate), candidate.key, 1 / (1 + math.exp(-candidate.score)))


def surface(candidate: Candidate) -> str:
    """A term as the abstract prints it most; as the title does where only that has it."""
    printed = candidate.surfaces
    if not printed:
        return candidate.title
    return min(printed, key=lambda s: (-printed[s], s[:1].isupper(), s))


def _familiar(tokens: Sequence[Token], table: Background) -> bool:
    words = [token.text for token in tokens[:200] if token.text[0].isalpha()]
    if not words:
        return not tokens
    known = sum(w.lower() in table.words or len(w) < 4 for w in words)
    return known >= _FAMILIAR * len(words)


def _parts(run: Run, table: Background) -> Iterable[tuple[Run, bool]]:
    """The terms that a run could hold, and whether each is the whole of it."""
    run = trimmed(run, table)
    size = len(run)
    if size == 1:
        return [(run, True)]
    parts = [(run, True)] if size <= LONGEST else []
    phrases = table.phrases
    for end in range(1, size + 1):
        known = table.words.get(run[end - 1][1])
        if known is not None and known.kind == ADJECTIVE:
            continue
        parts.append((run[end - 1 : end], False))
        for begin in range(max(0, end - 4), end - 1):
            part = run[begin:end]
            inner = (begin or end < size) and _key(part) in phrases
            if inner and (part[0][1] not in VAGUE or named(part, table)):
                parts.append((part, False))
    return parts


def _key(part: Run) -> str:
    last = key_of(part[-1][0])
    if len(part) == 1:
        return last
    return " ".join([word for _, word, _ in part[:-1]]).replace("-", " ") + " " + last


def _printed(part: Run) -> str:
    return " ".join([text for text, _, _ in part])


def _noted(found: dict[str, Candidate], part: Run, table: Background) -> Candidate:
    key = _key(part)
    candidate = found.get(key)
    if candidate is None:
        lowers = tuple([word for _, word, _ in part])
        odds = [_odds(table, word) for word in lowers]
        known = table.words.get(lowers[0]) if len(lowers) == 1 else table.phrases.get(key)
        candidate = Candidate(key, lowers, known, sum(odds) / len(odds), min(odds))
        found[key] = candidate
    return candidate


def _odds(table: Background, word: str) -> float:
    """The log-odds that a word of an abstract stands in its title too."""
    known = table.words.get(word)
    if known is None:
        return _RARE
    return math.log((known.titled + 0.002) / (1.002 - known.titled))
