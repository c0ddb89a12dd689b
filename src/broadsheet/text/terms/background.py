"""What the open arXiv corpora know of words and phrases: a small table shipped beside this file.

For each word: its class (noun, adjective, verb, adverb), told by the company it keeps; for words
and phrases: in how many abstracts they stand, and how often a paper whose abstract has them has
them in its title too. A term of a field stands in titles; "results" and "approach" do not.
``python -m trials.keywords_table`` makes it from corpora that are in the public domain (CC0).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

import zstandard

NOUN: Final = "N"
ADJECTIVE: Final = "A"
VERB: Final = "V"
ADVERB: Final = "D"
BOTH: Final = "B"  # a noun or a verb: "results", "study", "shows"
STEP = 4.0  # steps of the stored logarithm to one doubling of a frequency
_ENDINGS = {
    "ly": ADVERB,
    "ed": ADJECTIVE,
    "al": ADJECTIVE,
    "ic": ADJECTIVE,
    "ous": ADJECTIVE,
    "ive": ADJECTIVE,
    "able": ADJECTIVE,
    "ible": ADJECTIVE,
    "less": ADJECTIVE,
    "ful": ADJECTIVE,
    "like": ADJECTIVE,
    "wise": ADJECTIVE,
    "based": ADJECTIVE,
    "free": ADJECTIVE,
}


class Known(NamedTuple):
    """A word or phrase of the table.

    ``share`` is the base-2 logarithm of the share of abstracts that have it (0 or less),
    ``titled`` how often the title has it too, ``whole`` how often it stands there with no noun or
    adjective beside it; both 0 to 1.
    """

    kind: str
    share: float
    titled: float
    whole: float


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """The table: by lower-case word, and by key of a phrase."""

    words: dict[str, Known]
    phrases: dict[str, Known]
    unknown: float  # the share that a word has at most which is not in the table

    def kind(self, word: str) -> str:
        """The class of a lower-case word, by its ending where the table lacks it."""
        known = self.words.get(word)
        if known is not None:
            return known.kind
        head = word.rsplit("-", 1)[-1]
        if head is not word:
            known = self.words.get(head)
            if known is not None and known.kind != VERB:
                return known.kind
        for ending, kind in _ENDINGS.items():
            if head.endswith(ending) and len(head) > len(ending) + 1:
                return kind
        return NOUN


def parse(content: bytes) -> Background:
    """Reads the table as `trials.keywords_table` writes it."""
    words: dict[str, Known] = {}
    phrases: dict[str, Known] = {}
    lines = zstandard.ZstdDecompressor().decompress(content).decode().split("\n")
    unknown = -float(lines[0])
    previous = ""
    for line in lines[1:]:
        # Length of the prefix shared with the line before, class, step of the frequency, root of
        # the title rate, share of the whole: five letters; then the rest of the text.
        text = previous[: ord(line[0]) - 48] + line[5:]
        titled, whole = (ord(line[3]) - 48) / 64, (ord(line[4]) - 48) / 16
        share = -(ord(line[2]) - 48) / STEP
        known = Known(line[1], share, titled * titled, whole)
        if line[1] == "P":
            phrases[text] = known
        else:
            words[text] = known
        previous = text
    return Background(words, phrases, unknown)


@cache
def background() -> Background:
    """The shipped table; read once, about 0.1 s and 20 MB."""
    return parse(files("broadsheet.text.terms").joinpath("background.zst").read_bytes())
