"""What may be done with a paper's text, as its source says."""

from __future__ import annotations

import re

from broadsheet.catalog import Work

_NAMES = ("license", "licence", "rights")
_CC = re.compile(r"creativecommons\.org/(licenses|publicdomain)/([a-z-]+)/(\d\.\d)", re.IGNORECASE)
_ARXIV = re.compile(r"arxiv\.org/licenses/nonexclusive-distrib/(\d\.\d)", re.IGNORECASE)


def licence_of(work: Work) -> str:
    """The licence of a paper as its source tells it, an address or a name; '' where none is told.

    No full text is kept or served here whatever it says: what pages and programs get is the
    record, whose metadata its sources give freely, and links to the text.
    """
    for name in _NAMES:
        value = work.paper.extra.get(name)
        if isinstance(value, str) and value.strip():
            return " ".join(value.split())[:500]
    return ""


def licence_name(licence: str) -> str:
    """A licence as people call it: CC BY 4.0 for its address; what is not known stays as it is."""
    if match := _CC.search(licence):
        kind = match[2].upper()
        return f"CC {kind} {match[3]}" if match[1].lower() == "licenses" else f"CC0 {match[3]}"
    if match := _ARXIV.search(licence):
        return f"arXiv non-exclusive {match[1]}"
    return licence
