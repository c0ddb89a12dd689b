"""The parts of an author's name, as citation formats want them."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Lower-case words that belong to the family name when they stand before it.
_PARTICLE_WORDS = (
    "van von der den de del della di da do dos das du des la le los las el al ter ten te tot zu zum"
    " zur af av st bin ibn ben y e vom vander vande op 't d'"
)
_PARTICLES = frozenset(_PARTICLE_WORDS.split())
# "Md" is how many write the given name Muhammad, so a degree in medicine has two capitals, and one
# right after a lone family name ("Rahman, MD") is no degree either.
_SUFFIXES = re.compile(r"(?:(?i:Jr|Sr|Ph\.?D)|M\.?D)\.?|(?i:II|III|IV)")
_GIVEN_MD = re.compile(r"M\.?D\.?", re.IGNORECASE)
_GROUP = re.compile(
    r"\b(?:collaborations?|consortium|team|group|project|network|initiative|institute|university"
    r"|laboratory|committee|association|society|foundation|contributors|organi[sz]ation|agency"
    r"|council|ministry|commission|academy|alliance|federation|corporation)\b",
    re.IGNORECASE,
)


# Where Chinese, Japanese and Korean names are written in their own letters, the family name stands
# first. Katakana alone transcribes a name from elsewhere, in the order that it has there.
_KATAKANA = "\u30a0-\u30ff"
_EASTERN = re.compile(
    rf"(?![{_KATAKANA} ]+$)"
    rf"[々〆\u3040-\u309f{_KATAKANA}\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff ]+"
)


@dataclass(frozen=True, slots=True)
class Name:
    """A person's name in parts, or a group's name as ``literal`` alone."""

    family: str = ""
    given: str = ""
    particle: str = ""
    suffix: str = ""
    literal: str = ""

    @property
    def family_first(self) -> bool:
        """Whether the name is printed family name first, without a comma (王 小明)."""
        return bool(
            self.family and self.given and _EASTERN.fullmatch(f"{self.family} {self.given}")
        )

    @property
    def printed(self) -> str:
        """The name in the order in which it is printed."""
        words = (self.given, self.particle, self.family, self.suffix)
        if self.family_first:
            words = (self.particle, self.family, self.given, self.suffix)
        return self.literal or " ".join(word for word in words if word)


def parse_name(text: str) -> Name:
    """The parts of a name in either order: ``Anna van der Berg``, ``van der Berg, Anna``; a name in
    Chinese, Japanese or Korean letters (``王 小明``) begins with the family name.

    Names of one word, names of groups and names in scripts without spaces are literal.
    """
    text = " ".join(text.split())
    parts = [part.strip() for part in text.split(",")]
    parts = [part for part in parts if part]
    if len(parts) == 1:
        text = parts[0]
    if _GROUP.search(text) or (len(parts) < 2 and " " not in text):
        return Name(literal=text)
    suffix = ""
    lone = len(parts) == 2 and " " not in parts[0]
    if lone and _GIVEN_MD.fullmatch(parts[1]):
        return Name(parts[0], parts[1])
    if len(parts) > 1 and _SUFFIXES.fullmatch(parts[-1]):
        suffix = parts.pop()
    elif len(parts) == 3 and _SUFFIXES.fullmatch(parts[1]):
        suffix = parts.pop(1)
    if len(parts) > 2:
        return Name(literal=text)
    if len(parts) == 2:
        particle, family = _split_particle(parts[0].split(" "))
        return Name(family, parts[1], particle, suffix)
    words = parts[0].split(" ") if parts else []
    if len(words) > 2 and not suffix and _SUFFIXES.fullmatch(words[-1]):
        suffix = words.pop()
    if len(words) < 2:
        return Name(literal=text)
    if not suffix and _EASTERN.fullmatch(parts[0]):
        return Name(words[0], " ".join(words[1:]))
    # The family name starts at the first particle after a given name, else it is the last word.
    start = next(
        (
            place
            for place, word in enumerate(words[1:-1], start=1)
            if word.islower() and word in _PARTICLES
        ),
        len(words) - 1,
    )
    particle, family = _split_particle(words[start:])
    return Name(family, " ".join(words[:start]), particle, suffix)


def _split_particle(words: list[str]) -> tuple[str, str]:
    count = 0
    while count < len(words) - 1 and words[count] in _PARTICLES:
        count += 1
    return " ".join(words[:count]), " ".join(words[count:])
