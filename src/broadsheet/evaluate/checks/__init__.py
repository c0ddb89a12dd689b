"""Checks of a working home that need no judgements: it is asked what it surely holds, and
whether what must not matter does not."""

from __future__ import annotations

from broadsheet.encoders import Encoder
from broadsheet.evaluate.checks.encoder import encoder_checks
from broadsheet.evaluate.checks.index import index_checks
from broadsheet.evaluate.checks.search import search_checks
from broadsheet.evaluate.checks.stability import stability_checks
from broadsheet.evaluate.checks.subject import Check, Subject, drawn
from broadsheet.index import Index
from broadsheet.search import Library, Searcher

__all__ = ["Check", "Subject", "check_all", "subject_of"]


def subject_of(
    library: Library, index: Index, encoder: Encoder | None, sample: int = 100
) -> Subject:
    """A home as the checks see it, ``sample`` of its works drawn (the same every time)."""
    searcher = Searcher(library, index, encoder)
    return Subject(
        library=library,
        index=index,
        encoder=encoder,
        search=searcher.search,
        works=drawn(library, index, sample),
        all_ids=index.newest(None, index.count(None)).tolist(),
    )


def check_all(subject: Subject) -> list[Check]:
    """Every check that can be made of the subject, in the order of its parts."""
    return [
        *encoder_checks(subject),
        *index_checks(subject),
        *search_checks(subject),
        *stability_checks(subject),
    ]
