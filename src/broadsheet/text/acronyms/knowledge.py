"""What acronyms mean in science at large, and which meaning fits the words around one.

The resource beside this file was counted on open abstracts (arXiv, CC0; ACL Anthology since
2016, CC BY 4.0): how many papers define a short form as what, and vectors of words and of long
forms (latent semantic analysis of their contexts; Deerwester et al. 1990). It is built by
``python -m trials.acronyms_resource``.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Self

import numpy as np
from numpy.typing import NDArray

from broadsheet.text.acronyms.keys import long_key, short_key, words_of

RESOURCE = "senses.npz"
_CONTEXT = 400  # distinct words around a short form that are looked at
Floats = NDArray[np.float32]

# How much each kind of evidence tells; fitted on definitions hidden from papers of arXiv
# (`python -m trials.acronyms weights`).
WEIGHTS: Mapping[str, float] = {"papers": 1.0, "sense": 6.3, "words": 4.2, "near": 0.0}
_UNSEEN = 0.3  # papers of a meaning that no paper was seen to define


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a short form may stand for, as printed, and how many papers define it so."""

    long: str
    papers: float

    @property
    def key(self) -> str:
        """What it is compared by."""
        return long_key(self.long)


@dataclass(frozen=True, slots=True)
class Weighed:
    """A meaning and how probable it is where it stands, 0..1."""

    meaning: Meaning
    probability: float


@dataclass(frozen=True, slots=True, eq=False)
class Knowledge:
    """Vectors have shape (n, dimensions), unit length; see `RESOURCE`."""

    words: Mapping[str, int]
    vectors: Floats
    specific: Floats  # inverse document frequency of each word
    longs: Mapping[str, int]
    contexts: Floats  # of long forms
    senses: Mapping[str, tuple[Meaning, ...]]
    shorts: Mapping[str, str]  # the commonest short form of a long one

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Reads what `trials.acronyms_resource` wrote."""
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            words = bytes(file["words"]).decode().split("\n")
            rows = [line.split("\t") for line in bytes(file["senses"]).decode().split("\n")]
            vectors, contexts = (_unit(file[name]) for name in ("vectors", "contexts"))
            longs = bytes(file["longs"]).decode().split("\n")
            specific = file["specific"].astype(np.float32) / 16
        senses: dict[str, list[Meaning]] = {}
        shorts: dict[str, tuple[float, str]] = {}
        for short, long, papers in rows:
            senses.setdefault(short_key(short), []).append(Meaning(long, float(papers)))
            best = shorts.get(long_key(long), (0.0, ""))
            shorts[long_key(long)] = max(best, (float(papers), short))
        return cls(
            {word: place for place, word in enumerate(words)},
            vectors,
            specific,
            {long_key(long): place for place, long in enumerate(longs)},
            contexts,
            {key: tuple(found) for key, found in senses.items()},
            {key: short for key, (_, short) in shorts.items()},
        )

    def has_word(self, word: str) -> bool:
        """Whether papers at large use a word, as it is or as its plural."""
        return any(one in self.words for one in words_of(word))

    def meanings(self, short: str) -> tuple[Meaning, ...]:
        """What papers at large define a short form as, the commonest first."""
        return self.senses.get(short_key(short), ())

    def weigh(
        self,
        words: Sequence[str],
        meanings: Sequence[Meaning],
        near: Sequence[float] | None = None,
        weights: Mapping[str, float] = WEIGHTS,
    ) -> list[Weighed]:
        """The meanings of a short form by probability, the best first.

        ``words`` are those around it (`words_of`); ``near``, where an encoder is at hand, the
        cosine of that text to each long form. A softmax of weighed evidence: how many papers
        define it so, how near the context is to contexts of the long form, and to its words.
        """
        if not meanings:
            return []
        found = self.evidence(words, meanings)
        scores = found @ np.array([weights[name] for name in ("papers", "sense", "words")])
        if near is not None:
            scores = scores + weights["near"] * np.asarray(near)
        shares = np.exp(scores - scores.max())
        shares /= shares.sum()
        weighed = [Weighed(m, float(p)) for m, p in zip(meanings, shares, strict=True)]
        return sorted(weighed, key=lambda one: -one.probability)

    def evidence(self, words: Sequence[str], meanings: Sequence[Meaning]) -> NDArray[np.float64]:
        """Log papers, nearness to contexts and to words of each meaning, shape (meanings, 3)."""
        around = self.vector(words)
        found = np.zeros((len(meanings), 3))
        for place, meaning in enumerate(meanings):
            own = self.vector(meaning.key.split())
            at = self.longs.get(meaning.key)
            context = own if at is None else self.contexts[at]
            papers = math.log(meaning.papers + _UNSEEN)
            found[place] = papers, float(around @ context), float(around @ own)
        return found

    def vector(self, words: Sequence[str]) -> Floats:
        """The direction of some words, each by how specific it is; zero where none is known."""
        distinct = dict.fromkeys(words)
        rows = [row for row in map(self.words.get, distinct) if row is not None][:_CONTEXT]
        if not rows:
            return np.zeros(self.vectors.shape[1], np.float32)
        summed: Floats = self.specific[rows] @ self.vectors[rows]
        length = float(np.linalg.norm(summed))
        return summed / length if length else summed


@cache
def acronym_knowledge() -> Knowledge:
    """The resource that ships; read once."""
    return Knowledge.from_bytes(files(__package__).joinpath(RESOURCE).read_bytes())


def words_around(text: str, short: str) -> list[str]:
    """The words of a text without a short form itself."""
    key = short_key(short)
    return [word for word in words_of(text) if word not in (key, short.lower())]


def _unit(rows: NDArray[np.int8]) -> Floats:
    found = rows.astype(np.float32)
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    unit: Floats = found / np.maximum(lengths, 1e-6)
    return unit
