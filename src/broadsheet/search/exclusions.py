"""Exclusions said in words: "pruning of language models, not vision".

Most texts with "not" or "without" exclude nothing: claims deny ("is not associated with"),
and a paper on learning without labels is one about labels. So an exclusion has to stand at the
end of a short query that is no full sentence, set off by a comma or "but", or be said outright
("excluding", "other than"). It is shown in the reading, where a click takes it out. A bare
"without" is in doubt: papers themselves tell whether "without labels" is a thing they do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST_QUERY = 16  # words; longer texts are prose
LONGEST_DOUBTFUL = 8  # words of a query whose "without" may exclude
LONGEST_NAME = 3  # words of one excluded thing

_SIGN = re.compile(
    r"(?:,\s*(?:but\s+|and\s+)?|\bbut\s+)(?:not|without|no)\s+"
    r"|[,;]?\s*\b(?:and\s+|but\s+)?(?:excluding|except(?:\s+for|\s+in)?|not\s+about|not\s+related\s+to"
    r"|other\s+than|rather\s+than|instead\s+of|apart\s+from|aside\s+from|leaving\s+out)\s+",
    re.IGNORECASE,
)
_DOUBTFUL = re.compile(r"\bwithout\s+", re.IGNORECASE)
_LEADING = re.compile(
    r"(?:(?:about|for|in|of|on|using|with|any|the|a|an|papers\s+(?:about|on))\s+)+", re.IGNORECASE
)
_BETWEEN = re.compile(r"\s*(?:,\s*(?:or|nor|and)\s+|,|\s+(?:or|nor|and)\s+)\s*", re.IGNORECASE)
_POINTING = re.compile(r"\s+(?:it|them|these|those|ones?)$", re.IGNORECASE)  # "explaining them"
_NAME = re.compile(r"[\w+#./'’-]+(?: [\w+#./'’-]+)*")
# Words that are denied rather than excluded: "but not always", "not only".
_DENIED = {
    *("all", "always", "at", "being", "enough", "even", "ever", "having", "in", "it", "just"),
    *("limited", "more", "much", "necessarily", "of", "only", "out", "really", "so", "that"),
    *("the", "this", "to", "too", "very", "yet"),
}


@dataclass(frozen=True, slots=True)
class Exclusion:
    """What a text excludes, and where the text that says so begins."""

    start: int
    names: tuple[str, ...]


def natural_exclusion(text: str) -> Exclusion | None:
    """The exclusion at the end of a query, None when there is none for certain."""
    return _exclusion(text, _SIGN, LONGEST_QUERY)


def doubtful_exclusion(text: str) -> Exclusion | None:
    """What a bare "without" at the end of a query may exclude; no doing ("without training")."""
    found = _exclusion(text, _DOUBTFUL, LONGEST_DOUBTFUL)
    return None if found and any(name.endswith("ing") for name in found.names) else found


def _exclusion(text: str, signs: re.Pattern[str], longest: int) -> Exclusion | None:
    if len(text.split()) > longest or text.rstrip()[-1:] in {".", "?", "!", ";", ":"}:
        return None
    found = list(signs.finditer(text))
    if not found or not any(character.isalnum() for character in text[: found[-1].start()]):
        return None
    sign = found[-1]
    rest = text[sign.end() :].strip(" ,")
    leading = _LEADING.match(rest)
    names = tuple(_BETWEEN.split(rest[leading.end() if leading else 0 :].strip()))
    names = tuple(_POINTING.sub("", name) for name in names)
    if not names or not all(_is_name(name) for name in names):
        return None
    return Exclusion(sign.start(), names)


def _is_name(name: str) -> bool:
    words = name.lower().split()
    if not 1 <= len(words) <= LONGEST_NAME or not _NAME.fullmatch(name):
        return False
    return not (words[0] in _DENIED or words[0].endswith("ly") or words[-1] in _DENIED)
