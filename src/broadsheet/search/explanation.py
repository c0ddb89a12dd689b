"""What carried a hit: numbers for every word of the query, and one sentence that states them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MOST_WORDS_NAMED = 4  # of each leg, in the sentence
MOST = 60  # per cent from which a hit is said to be found mostly so
# A word's part of what the meaning gave, below which the sentence does not name it.
_WORTH_NAMING = 0.25


@dataclass(frozen=True, slots=True)
class QueryWord:
    """A word or phrase of the query, and what the hit's score loses when it is left out.

    ``lexical`` and ``dense`` are in the units of the score: its part by words, which add up to
    the share of that leg, and by meaning, which need not, since words mean more together.
    Below 0 the hit fits the query better without the word. ``dense`` is None where there is
    no meaning to compare.
    """

    word: str
    lexical: float
    dense: float | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """What carried a hit.

    ``lexical`` is its BM25 score and ``dense`` its cosine similarity to the query; None where
    the leg was left out or, for ``dense``, the paper has no vector yet. ``shares`` says how
    much of the hit's score each leg gave; they add up to the score. ``words`` says what each
    word and phrase of the query, as written, added to ``lexical``, in another form too ("GNN").
    ``by_word`` is what leaving each of them out of the query takes from the score. ``missing``
    are those that the hit has neither in its words nor in its meaning; no alternative is one.
    ``denied`` are those that it names only to say that it does without them, and ``by`` those
    that authors of it are called, who are asked for.
    """

    lexical: float | None
    dense: float | None
    shares: Mapping[str, float]
    words: Mapping[str, float]
    missing: tuple[str, ...] = ()
    by_word: tuple[QueryWord, ...] = ()
    denied: tuple[str, ...] = ()
    by: tuple[str, ...] = ()

    def percent(self, leg: str) -> int:
        """The leg's part of the score, in whole per cent; both add up to 100."""
        whole = sum(share for share in self.shares.values() if share > 0)
        if whole <= 0:
            return 0
        lexical = round(100 * max(self.shares.get("lexical", 0.0), 0.0) / whole)
        return lexical if leg == "lexical" else 100 - lexical

    def in_words(self) -> str:
        """One sentence; every figure in it is computed from the numbers beside it.

        "Mostly by meaning (62 %): “attribution”, “faithful”; the words “language”, “models”
        carry 30 %; “pruning” is not in it."
        """
        said = self._carried() or "Newest first: nothing that was asked for is ranked"
        lacks = f"; {_lacks(self.missing)}" if self.missing else ""
        denies = f"; it names {_listed(self.denied)} only to deny it" if self.denied else ""
        authors = f"; by {_listed(self.by)}" if self.by else ""
        return f"{said}{authors}{lacks}{denies}."

    def _carried(self) -> str:
        meaning, words = self.percent("dense"), self.percent("lexical")
        if not meaning and not words:
            return ""
        meant = _listed(self.meant())
        shown = self.matched()
        if not words:
            return f"By meaning alone{_after(meant)}"
        if not meaning:
            return f"By its words alone{_after(_listed(shown))}"
        if meaning >= words:
            how = "Mostly by" if meaning >= MOST else "By"
            carried = self.part_of(shown)
            also = f"; {_carry(shown, carried)}" if carried else ""
            return f"{how} meaning ({meaning} %){_after(meant)}{also}"
        how = "Mostly by" if words >= MOST else "By"
        also = f"; its meaning carries {meaning} %{_after(meant)}"
        return f"{how} its words ({words} %){_after(_listed(shown))}{also}"

    def meant(self) -> tuple[str, ...]:
        """The words that the hit's meaning rests on most, best first."""
        given = {word.word: word.dense for word in self.by_word if word.dense and word.dense > 0}
        most = max(given.values(), default=0.0)
        named = [word for word in given if given[word] >= _WORTH_NAMING * most]
        return tuple(sorted(named, key=lambda word: -given[word])[:MOST_WORDS_NAMED])

    def matched(self) -> tuple[str, ...]:
        """The words that the hit has, those that give most first."""
        given = [word for word in self.words if self.words[word] > 0]
        return tuple(sorted(given, key=lambda word: -self.words[word])[:MOST_WORDS_NAMED])

    def part_of(self, words: Sequence[str]) -> int:
        """What these words give by standing in the paper, in per cent of the whole score."""
        whole = sum(self.words.values())
        if whole <= 0:
            return 0
        return round(self.percent("lexical") * sum(self.words.get(w, 0.0) for w in words) / whole)


def explanation_json(explanation: Explanation | None) -> dict[str, object] | None:
    """An explanation as the command line and the API print it."""
    if explanation is None:
        return None
    return {
        "lexical": _rounded(explanation.lexical),
        "dense": _rounded(explanation.dense),
        "shares": {leg: round(share, 6) for leg, share in explanation.shares.items()},
        "words": {word: round(value, 4) for word, value in explanation.words.items()},
        "by_word": [
            {"word": part.word, "lexical": round(part.lexical, 6), "dense": _rounded(part.dense)}
            for part in explanation.by_word
        ],
        "missing": list(explanation.missing),
        "denied": list(explanation.denied),
        "by": list(explanation.by),
        "text": explanation.in_words(),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _quoted(word: str) -> str:
    return word if "“" in word else f"“{word}”"


def _listed(words: Sequence[str]) -> str:
    return ", ".join(map(_quoted, words))


def _after(listed: str) -> str:
    return f": {listed}" if listed else ""


def _carry(words: Sequence[str], percent: int) -> str:
    if len(words) == 1:
        kind = "the phrase" if _is_phrase(words[0]) else "the word"
        return f"{kind} {_quoted(words[0])} carries {percent} %"
    phrases = sum(map(_is_phrase, words))
    kind = (
        "the phrases" if phrases == len(words) else "words and phrases" if phrases else "the words"
    )
    return f"{kind} {_listed(words)} carry {percent} %"


def _is_phrase(word: str) -> bool:
    """Whether a part of a query is several words side by side; "k-means" reads as one."""
    return " " in word.partition("“")[2]


def _lacks(words: Sequence[str]) -> str:
    return f"{_listed(words)} {'is' if len(words) == 1 else 'are'} not in it"
