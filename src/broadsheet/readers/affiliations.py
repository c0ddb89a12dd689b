"""Which organisations an affiliation names."""

from __future__ import annotations

import re

MAX_NAME = 120
# Of an address the part that names who employs someone, not the department or the country.
_NAMING = re.compile(
    r"\b(?:univ\w*|instit\w*|college|school of|polytech\w*|academ\w*|laborator\w*|hochschule"
    r"|hospital|inc|corp\w*|ltd|gmbh|research|labs?|foundation|ecole|école|eth|mit|cnrs|inria"
    r"|google|microsoft|meta|deepmind|openai|nvidia|ibm|amazon|apple|huawei|tencent|alibaba"
    r"|baidu|bytedance|adobe|intel|samsung)\b",
    re.IGNORECASE,
)
_PART = re.compile(
    r"\b(?:dep(?:artmen)?t|faculty|division|group|section|centre|center|chair)\b", re.IGNORECASE
)


def names_in(affiliation: str) -> tuple[str, ...]:
    """The organisations that an affiliation names; none where it names none surely.

    "Dept. of Physics, University of Oslo, Norway" names the University of Oslo.
    """
    text = "".join(letter if letter.isprintable() else " " for letter in affiliation)
    found: dict[str, None] = {}
    for address in re.split(r"\s*;\s*|\s+and\s+(?=the\s+univ|univ)", text, flags=re.IGNORECASE):
        parts = [part.strip(" .0123456789*†‡§") for part in address.split(",")]
        parts = [part for part in parts if 2 < len(part) <= MAX_NAME]
        named = [part for part in parts if _NAMING.search(part)]
        whole = [part for part in named if not _PART.search(part)]
        if whole or named:
            found[(whole or named)[0]] = None
        elif len(parts) == 1 and not _PART.search(parts[0]):
            found[parts[0]] = None
    return tuple(found)
