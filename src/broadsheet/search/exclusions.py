"""Exclusions said in words: "pruning of language models, not vision".

Most texts with "not" or "without" exclude nothing: claims deny ("is not associated with"),
and a paper on learning without labels is one about labels. So an exclusion has to stand at the
end of a short query that is no full sentence, set off by a comma or "but", or be said outright
("excluding", "not about"). It is shown in the reading, where a click takes it out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST_QUERY = 16  # words; longer texts are prose
LONGEST_NAME = 3  # words of one excluded thing

_SIGN = re.compile(
    r"(?:,\s*(?:but\s+|and\s+)?|\bbut\s+)(?:not|without|no)\s+"
    r"|[,;]?\s*\b(?:and\s+|but\s+)?(?:excluding|except\s+for|except|not\s+about|not\s+related\s+to)\s+",
    re.IGNORECASE,
)
_LEADING = re.compile(
    r"(?:(?:about|for|in|on|using|with|any|the|a|an|papers\s+(?:about|on))\s+)+", re.IGNORECASE
)
_BETWEEN = re.compile(r"\s*(?:,\s*(?:or|nor|and)\s+|,|\s+(?:or|nor|and)\s+)\s*", re.IGNORECASE)
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
    if len(text.split()) > LONGEST_QUERY or text.rstrip()[-1:] in {".", "?", "!", ";", ":"}:
        return None
    signs = list(_SIGN.finditer(text))
    if not signs or not any(character.isalnum() for character in text[: signs[-1].start()]):
        return None
    sign = signs[-1]
    rest = text[sign.end() :]
    leading = _LEADING.match(rest)
    names = tuple(_BETWEEN.split(rest[leading.end() if leading else 0 :].strip()))
    if not names or not all(_is_name(name) for name in names):
        return None
    return Exclusion(sign.start(), names)


def _is_name(name: str) -> bool:
    words = name.lower().split()
    if not 1 <= len(words) <= LONGEST_NAME or not _NAME.fullmatch(name):
        return False
    return not (words[0] in _DENIED or words[0].endswith("ly") or words[-1] in _DENIED)
