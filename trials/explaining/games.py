"""A query and one page of hits as a game: its words play, the fused score is what they win.

The value of a set of words is a hit's score when only they are asked, on the scale of the whole
query, so that explanations by deletion can be checked word by word.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from broadsheet.evaluate import Field
from broadsheet.index import WordQuery
from broadsheet.search import Searcher, SearchRequest, parse
from broadsheet.search.explain import AskedWord, asked_words, without
from broadsheet.search.fusion import DENSE_WEIGHT

Floats = NDArray[np.float64]
Masks = NDArray[np.bool_]


@dataclass(eq=False)
class Game:
    """``lexical`` has shape (words, hits); encoded sets of words are kept."""

    field: Field
    query: str
    meaning: str
    words: list[AskedWord]
    ids: NDArray[np.int64]
    lexical: Floats
    lexical_scale: float
    dense_scale: float
    _dense: dict[bytes, Floats] = field(default_factory=dict)
    encoded: int = 0

    @property
    def size(self) -> int:
        """The number of words."""
        return len(self.words)

    def text(self, mask: NDArray[np.bool_]) -> str:
        """The query with only the chosen words, stop words kept."""
        gone = [
            s for word, kept in zip(self.words, mask, strict=True) if not kept for s in word.spans
        ]
        return without(self.meaning, gone) if mask.any() else ""

    def dense(self, masks: Masks) -> Floats:
        """Cosines of the hits to each set of words, shape (sets, hits)."""
        new = {
            mask.tobytes(): self.text(mask) for mask in masks if mask.tobytes() not in self._dense
        }
        texts = [text for text in new.values() if text]
        if texts:
            assert self.field.encoder is not None
            vectors = iter(self.field.encoder.encode_documents(texts))
            self.encoded += len(texts)
        for key, text in new.items():
            nothing = np.zeros(len(self.ids))
            self._dense[key] = (
                self.field.index.score_vectors(next(vectors), self.ids).astype(np.float64)
                if text
                else nothing
            )
        return np.stack([self._dense[mask.tobytes()] for mask in masks])

    def value(self, masks: Masks) -> Floats:
        """The fused score of each hit for each set of words, shape (sets, hits)."""
        by_words = masks.astype(float) @ self.lexical
        by_meaning = np.maximum(self.dense(masks), 0.0)
        return by_words * self.lexical_scale + by_meaning * self.dense_scale

    def whole(self) -> Floats:
        """The scores of the whole query, shape (hits,)."""
        return self.value(np.ones((1, self.size), bool))[0]


def game_of(place: Field, query: str, hits: int, *, most: int = 12, least: int = 3) -> Game | None:
    """The game of a query's best hits; None where it has too few or too many words."""
    found = place.candidates(query)
    reading = parse(query)
    words = [word for word in asked_words(reading, place.index) if word.spans]
    if not least <= len(words) <= most or len(found) < hits or not reading.meaning:
        return None
    lexical, dense = np.nanmax(found.lexical), np.nanmax(found.dense)
    if lexical <= 0 or dense <= 0 or np.isnan(found.dense).any():
        return None
    by_words, by_meaning = (1 - DENSE_WEIGHT) / lexical, DENSE_WEIGHT / dense
    score = found.lexical * by_words + found.dense * by_meaning
    ids = found.ids[np.argsort(-score)[:hits]]
    given = np.stack([place.index.score_words(word.query, ids) for word in words])
    return Game(
        place, query, reading.meaning, words, ids, given, float(by_words), float(by_meaning)
    )


def idf(place: Field, query: WordQuery) -> float:
    """BM25's inverse document frequency of a word."""
    have, works = place.index.count_words(query), place.index.count()
    return float(np.log1p((works - have + 0.5) / (have + 0.5)))


def product(place: Field, game: Game) -> Floats:
    """What the product's own explanation says of each word, shape (words, hits)."""
    searcher = Searcher(place.documents, place.index, place.encoder)
    result = searcher.search(SearchRequest(game.query, limit=100, explain=True))
    told = {hit.work_id: hit.explanation for hit in result.hits}
    given = np.zeros((game.size, len(game.ids)))
    for at, work_id in enumerate(game.ids.tolist()):
        explanation = told.get(work_id)
        if explanation is None:
            given[:, at] = np.nan
            continue
        parts = {part.word: part.lexical + (part.dense or 0.0) for part in explanation.by_word}
        given[:, at] = [parts.get(word.name, 0.0) for word in game.words]
    return given
