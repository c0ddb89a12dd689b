"""What acronyms and long forms are compared by."""

from __future__ import annotations

import re
from functools import lru_cache

from broadsheet.text.acronyms.forms import bare

_WORD = re.compile(r"[^\W_]+")


def words_of(text: str) -> list[str]:
    """The words of a text in small letters and without plural."""
    return [singular(word) for word in _WORD.findall(text.lower())]


@lru_cache(65_536)
def singular(word: str) -> str:
    """A word in small letters without its plural s."""
    plural = len(word) > 3 and word[-1] == "s" and word[-2] not in "su"
    return word[:-1] if plural else word


@lru_cache(8192)
def long_key(long: str) -> str:
    """A long form as it is compared: ``Graph Neural-Networks`` is ``graph neural network``."""
    return " ".join(words_of(long))


def short_key(short: str) -> str:
    """A short form as it is compared: ``GNNs`` is ``gnn``."""
    return bare(short).casefold()
