"""What looks like the short form of something: capitals, digits, few small letters."""

from __future__ import annotations

import re
from functools import lru_cache

MOST_LETTERS = 12
# Capitals that shorten nothing a reader would look up: numerals, parts of a text, marks of it.
_NOT_WORDS = (
    "II III IV VI VII VIII IX XI XII XIII XIV XV XVI XVII XVIII XIX XX OK"
    " NOT AND OR THE IN OF TO FOR WITH ON BY AT IS IF AN NO DO GO UP TRUE FALSE"
    " INTRODUCTION ABSTRACT CONCLUSION BACKGROUND METHODS RESULTS FIG TABLE"
)
_NOT = frozenset(_NOT_WORDS.split())
_SHAPE = re.compile(r"[^\W_](?:[\w&/+.-]*[^\W_]|[+*])?", re.UNICODE)
_DIMENSION = re.compile(r"[2-6][DG]")
_PLURAL = re.compile(r"(?<=[A-Z0-9])(?:'s|’s|s)$")
_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "η": "eta",
    "θ": "theta", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "π": "pi", "ρ": "rho",
    "σ": "sigma", "τ": "tau", "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega",
}  # fmt: skip


@lru_cache(8192)
def bare(text: str) -> str:
    """A short form without its plural or genitive: ``GPUs`` is ``GPU``."""
    return _PLURAL.sub("", text)


@lru_cache(8192)
def looks_short(text: str) -> bool:
    """Whether a word by itself is surely a short form; one of 2 to 12 characters."""
    word = bare(text.rstrip(".,;:"))
    if not 2 <= len(word) <= MOST_LETTERS or word in _NOT or not _SHAPE.fullmatch(word):
        return False
    letters = [char for char in word if char.isalpha()]
    capitals = sum(char.isupper() for char in letters)
    if capitals < 2:
        return bool(_DIMENSION.fullmatch(word))
    digits = sum(char.isdigit() for char in word)
    return capitals >= 0.5 * len(letters) and digits <= 2


@lru_cache(8192)
def may_be_short(text: str) -> bool:
    """Whether a word may be a short form where the text says so, as between brackets."""
    word = bare(text)
    if not 2 <= len(word) <= MOST_LETTERS or not _SHAPE.fullmatch(word):
        return False
    return word[0].isalnum() and any(char.isupper() for char in word)


@lru_cache(8192)
def letters_of(short: str) -> str:
    """The letters and digits that a long form has to give, in small: ``K-NNs`` gives ``knn``."""
    kept = (_GREEK.get(char, char) for char in bare(short) if char.isalnum())
    return "".join(part[0] for part in kept).lower()
