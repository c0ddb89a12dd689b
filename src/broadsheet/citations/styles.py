"""The names of citation styles, and the door to what formats by them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from broadsheet.errors import UserError
from broadsheet.papers import Paper

STYLES = {
    "apa": "APA",
    "chicago-author-date": "Chicago",
    "modern-language-association": "MLA",
    "harvard-cite-them-right": "Harvard",
    "ieee": "IEEE",
    "association-for-computing-machinery": "ACM",
    "association-for-computational-linguistics": "ACL",
    "nature": "Nature",
    "science": "Science",
    "nlm-citation-sequence": "Vancouver",
    "american-medical-association": "AMA",
    "american-chemical-society": "ACS",
    "american-physics-society": "APS",
}
"""The styles that are offered, with what people call them; thousands more are known by name."""

_CALLED = {called.lower(): name for name, called in STYLES.items()}
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
_LONGEST_NAME = 150


class StyleError(UserError, ValueError):
    """A style that is not known or cannot be used; one line fit to be shown."""


def style_name(name: str) -> str:
    """The full name of a style, also from what people call it; `StyleError` for no name."""
    name = name.strip()
    name = _CALLED.get(name.lower(), name)
    if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
        raise StyleError(
            f"style {name[:40]!r} is no name of a style; names are of small letters, digits and "
            f"hyphens, e.g. {', '.join(list(STYLES)[:2])}"
        )
    return name


def formatted(
    papers: Iterable[Paper], style: str | Path, *, seconds: float | None = None
) -> list[str]:
    """Each paper as a line of plain text, in the order that the style sorts a bibliography.

    ``style`` is a name, or the path of a CSL file. `StyleError` when it cannot be used, or when
    the papers take longer than ``seconds``: whole papers are formatted, so one may run over.
    """
    # The formatter brings an XML library along, which only those wait for who format.
    from broadsheet.citations.formatting import format_all

    return format_all(list(papers), style, seconds)
