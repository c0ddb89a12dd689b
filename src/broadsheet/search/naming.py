"""Names of papers as people paste them: in brackets, behind "arXiv", several at once, in a
reference or an entry of BibTeX, as an address on any site that files papers by arXiv's ids."""

from __future__ import annotations

import re
from dataclasses import dataclass

from broadsheet.search.scan import tidy

MOST = 50  # papers that one query names

# Months as arXiv counts them: 1234.5678 is a number.
_NEW = r"\d{2}(?:0[1-9]|1[0-2])\.\d{4,5}"
_OLD = r"[a-z][a-z-]+(?:\.[A-Z]{2})?/\d{7}"


def _id(group: str) -> str:
    return rf"(?P<{group}>{_NEW}|{_OLD})(?:v\d{{1,3}})?(?![\w/]|\.\d)"


_NAME = re.compile(
    rf"""(?<![\w./-])(?:
      (?:https?://)?(?:[\w-]+\.)+[a-z]{{2,}}/(?:[\w.-]+/)*{_id("filed")}(?:\.pdf|/)?(?:[?\#][^\s{{}},"]*)?
    | (?:arxiv|eprint|id)(?:\s*[:=]\s*|\s+)[{{"]?{_id("said")}
    | (?:(?:https?://)?(?:dx\.)?doi\.org/|doi\s*[:=]\s*[{{"]?)?(?P<doi>10\.\d{{4,9}}/[^\s"<>{{}}]+)
    | {_id("bare")}(?:\.pdf)?
    )""",
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
# What arXiv prints behind an id: "[cs.AI]", and in the margin of a paper its day.
_STAMP = re.compile(
    r"\s*\[[a-z-]+(?:\.[a-z]{2})?\](?:\s+\d{1,2} [a-z]{3} \d{4})?", re.ASCII | re.IGNORECASE
)
_ENTRY = re.compile(r"@[a-z]+\s*[{(]", re.IGNORECASE)
_TITLE = re.compile(r"(?<![\w-])title\s*=\s*([{\"])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Named:
    """A paper that a query names: the stretch that does, and the name alone."""

    given: str
    name: str


def names_in(text: str) -> tuple[tuple[Named, ...], str]:
    """The papers that a text names, `MOST` at most, and the text without their names; '' where
    no word is left. Whether they are here is for the catalog to say."""
    named: dict[str, Named] = {}
    rest: list[str] = []
    at = 0
    for match in _NAME.finditer(text):
        if len(named) == MOST:
            break
        end = match.end()
        doi = (match["doi"] or "").rstrip(".,;:)]'")
        if doi:
            end = match.start("doi") + len(doi)
        name = doi or match["filed"] or match["said"] or match["bare"]
        given = text[match.start() : end]
        stamp = None if doi else _STAMP.match(text, end)
        named.setdefault(name.lower(), Named(given, name))
        rest.append(text[at : match.start()])
        at = stamp.end() if stamp else end
    rest.append(text[at:])
    left = tidy(" ".join(rest))
    return tuple(named.values()), left if re.search(r"\w", left) else ""


def entry_title(text: str) -> str:
    """The title of a text that is an entry of BibTeX; '' for any other."""
    title = _TITLE.search(text) if _ENTRY.match(text) else None
    if title is None:
        return ""
    depth, at = 1, title.end()
    closing = '"' if title[1] == '"' else "}"
    while at < len(text):
        if text[at] == closing and depth == 1:
            break
        depth += (text[at] == "{") - (text[at] == "}")
        at += 1
    return tidy(re.sub(r"[{}]", "", text[title.end() : at]))
