"""Many papers put on a list at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from broadsheet.papers import Paper
from broadsheet.readers.errors import ReadersError
from broadsheet.readers.readers import Readers

MOST_NAMED = 1_000


@dataclass(frozen=True, slots=True)
class Filled:
    """What became of references: how many papers came onto the list and how many stood there,
    and the references to what is not here."""

    new: int
    there: int
    missing: tuple[Paper, ...]


def fill_list(readers: Readers, list_id: int, papers: Sequence[Paper], *, owner: int) -> Filled:
    """Puts what references mean on a list, all or none. Raises `ReadersError` for more than
    1,000, for a list that is not the owner's, and for one that would be too full."""
    if len(papers) > MOST_NAMED:
        raise ReadersError(
            f"{len(papers):,} references at once are too many: a list takes {MOST_NAMED:,}"
        )
    works = readers.catalog.meant(papers)
    known = {work for work in works if work}
    new = readers.lists.fill(list_id, known, owner=owner)
    missing = {
        (paper.id, paper.title): paper
        for paper, work in zip(papers, works, strict=True)
        if not work
    }
    return Filled(new, len(known) - new, tuple(missing.values()))
