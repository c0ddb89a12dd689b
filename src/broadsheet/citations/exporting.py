"""Papers in a citation format."""

from __future__ import annotations

from collections.abc import Iterable

from broadsheet.citations.bibtex import bibtex
from broadsheet.citations.csl import csl
from broadsheet.citations.reference import references
from broadsheet.citations.ris import ris
from broadsheet.papers import Paper

FORMATS = ("bibtex", "ris", "csl")
"""The formats that `export` writes."""

MEDIA_TYPES = {
    "bibtex": "application/x-bibtex",
    "ris": "application/x-research-info-systems",
    "csl": "application/vnd.citationstyles.csl+json",
}
"""The media type of each format, for downloads."""

SUFFIXES = {"bibtex": ".bib", "ris": ".ris", "csl": ".json"}
"""The file name suffix of each format."""

_WRITERS = {"bibtex": bibtex, "ris": ris, "csl": csl}


def export(papers: Iterable[Paper], format: str) -> str:  # noqa: A002 - the option is called so
    """The papers in one of `FORMATS`, in their order; ``ValueError`` for another format.

    Identifiers, authors, dates, categories and links come from the papers; venue, journal
    reference and keywords from their ``extra``.
    """
    try:
        write = _WRITERS[format]
    except KeyError:
        known = ", ".join(FORMATS)
        raise ValueError(f"format '{format}' is not known; known are {known}") from None
    return write(references(papers))
