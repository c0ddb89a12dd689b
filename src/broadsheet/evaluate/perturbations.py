"""Small changes to texts that should, or should not, change what a search finds.

Every change takes a text and a generator, and returns the text as it was where there is
nothing to change. They are rules, not models: the same everywhere, and without weights.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

import numpy as np

Change = Callable[[str, np.random.Generator], str]

_WORD = re.compile(r"[^\W\d_]+(?:[-'][^\W\d_]+)*")
_LONG = 5  # letters from which a word is mistyped and still guessed
_SAID_SHORT = re.compile(r"\(([A-Z][A-Za-z]{0,4}[A-Z])s?\)")
_FILLERS = ("the", "of", "and", "in", "a", "for")

# Phrases of titles and queries that mean the same to a reader of papers; both ways.
SAME_MEANING = {
    "approach": "method",
    "approaches": "methods",
    "using": "with",
    "via": "through",
    "towards": "to",
    "improving": "enhancing",
    "efficient": "fast",
    "novel": "new",
    "analysis": "study",
    "large": "big",
    "estimating": "the estimation of",
    "learning": "training",
    "framework": "system",
    "evaluating": "assessing",
    "evaluation": "assessment",
    "detecting": "the detection of",
    "predicting": "forecasting",
    "effect": "influence",
    "effects": "influences",
    "robust": "stable",
    "based on": "built on",
    "automatic": "automated",
    "problem": "task",
    "generating": "producing",
    "increases": "raises",
    "increase": "raise",
    "reduces": "lowers",
    "reduce": "lower",
    "leads to": "results in",
    "associated with": "linked to",
    "role": "part",
}
_FRAMES = ("papers about {}", "research on {}", "{}: what is known", "work on {}")

# Words whose exchange turns a text's meaning round.
OPPOSITES = {
    "increases": "decreases",
    "increase": "decrease",
    "increased": "decreased",
    "reduces": "raises",
    "reduced": "raised",
    "improves": "worsens",
    "improved": "worsened",
    "high": "low",
    "higher": "lower",
    "more": "less",
    "positive": "negative",
    "promotes": "inhibits",
    "activates": "suppresses",
    "activation": "suppression",
    "with": "without",
    "supervised": "unsupervised",
    "linear": "nonlinear",
    "large": "small",
    "upper": "lower",
    "fast": "slow",
    "stable": "unstable",
    "before": "after",
    "increasing": "decreasing",
    "strong": "weak",
    "early": "late",
    "internal": "external",
    "maximum": "minimum",
    "subsonic": "supersonic",
    "laminar": "turbulent",
    "steady": "unsteady",
}


def typo(text: str, random: np.random.Generator) -> str:
    """One long word with two inner letters exchanged, or one left out or doubled."""
    words = [match for match in _WORD.finditer(text) if len(match[0]) >= _LONG]
    if not words:
        return text
    match = words[random.integers(len(words))]
    word, place = match[0], int(random.integers(1, len(match[0]) - 2))
    kinds = (
        word[:place] + word[place + 1] + word[place] + word[place + 2 :],
        word[:place] + word[place + 1 :],
        word[:place] + word[place] + word[place:],
    )
    return text[: match.start()] + kinds[random.integers(3)] + text[match.end() :]


def plural(text: str, random: np.random.Generator) -> str:
    """Two words of four letters or more, singular for plural and plural for singular."""
    words = [match for match in _WORD.finditer(text) if len(match[0]) > 3 and match[0].islower()]
    chosen = random.permutation(len(words))[:2]
    for match in sorted((words[place] for place in chosen), key=lambda one: -one.start()):
        text = text[: match.start()] + _turned(match[0]) + text[match.end() :]
    return text


def _turned(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith("s"):
        return word if word.endswith(("ss", "us", "is")) else word[:-1]
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("x", "ch", "sh", "z")) else "s")


def word_order(text: str, random: np.random.Generator) -> str:
    """The words in another order."""
    words = text.split()
    return " ".join(words[place] for place in random.permutation(len(words)))


def fillers(text: str, random: np.random.Generator) -> str:
    """Function words put in between, which say nothing."""
    words = text.split()
    for _ in range(3):
        words.insert(int(random.integers(len(words) + 1)), _FILLERS[random.integers(len(_FILLERS))])
    return " ".join(words)


def paraphrase(text: str, random: np.random.Generator) -> str:
    """The same in other words: phrases exchanged for their like, and a frame around it."""
    said = exchanged(text, SAME_MEANING | {other: one for one, other in SAME_MEANING.items()})
    return _FRAMES[random.integers(len(_FRAMES))].format(said)


def opposite(text: str, random: np.random.Generator) -> str:
    """The contrary: the first word with an opposite is turned round, else a "not" put in.

    A text without such a word and without an auxiliary verb stays as it is.
    """
    del random
    turned = exchanged(text, OPPOSITES | {other: one for one, other in OPPOSITES.items()}, most=1)
    if turned != text:
        return turned
    return re.sub(r"\b(is|are|was|were|can|does|do|has|have)\b", r"\1 not", text, count=1)


def exchanged(text: str, pairs: Mapping[str, str], most: int = 0) -> str:
    """The text with whole words and phrases exchanged, ``most`` at most (0: all)."""
    names = sorted(pairs, key=len, reverse=True)
    pattern = re.compile(rf"\b({'|'.join(map(re.escape, names))})\b", re.IGNORECASE)
    return pattern.sub(lambda match: pairs[match[0].lower()], text, count=most)


def truncated(text: str, random: np.random.Generator) -> str:
    """The first third of the words."""
    del random
    words = text.split()
    return " ".join(words[: max(1, len(words) // 3)])


def shuffled(text: str, random: np.random.Generator) -> str:
    """Every sentence's words in another order: nonsense of the same words."""
    return word_order(text, random)


def without_sentence(text: str, place: int) -> str:
    """The text without one of its sentences (see `sentences`)."""
    return " ".join(part for at, part in enumerate(sentences(text)) if at != place)


def sentences(text: str) -> list[str]:
    """Sentences by their full stops, good enough for abstracts."""
    return [part for part in re.split(r"(?<=[.!?])\s+(?=[A-Z0-9(\[\"'a-z])", text.strip()) if part]


def acronyms(texts: Iterable[str]) -> dict[str, str]:
    """Short forms that the texts introduce ("random forest (RF)"), by their long forms.

    Schwartz and Hearst (PSB 2003) in its plainest case: the initials of the words before the
    bracket are the letters within it.
    """
    found: dict[str, str] = {}
    for text in texts:
        for match in _SAID_SHORT.finditer(text):
            short = match[1]
            words = re.split(r"[\s-]+", text[: match.start()].strip())[-len(short) :]
            initials = "".join(word[:1] for word in words).lower()
            if initials == short.lower() and len(words) > 1:
                found.setdefault(" ".join(words).lower(), short)
    return found
