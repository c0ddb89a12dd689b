"""Which work a reference means: one out of somebody's library, whose ids are often missing.

Most entries of a BibTeX file name the article and not the preprint that is here, so identifiers
say little. Title and authors do, by the rule that joins the records of two archives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, select

from broadsheet.catalog import titles
from broadsheet.catalog.database import Database, chunked
from broadsheet.catalog.joining import Verdict, judge, read_told
from broadsheet.catalog.namesakes import year_of
from broadsheet.catalog.queries import resolve
from broadsheet.catalog.rows import title_number
from broadsheet.catalog.tables import works
from broadsheet.papers import Paper


def meant(database: Database, papers: Sequence[Paper]) -> list[int]:
    """The living work that each reference means, by its identifiers, else by title and authors;
    0 where none is here, or where several might be meant.

    A reference without authors means the only work of its title. Texts are clean already.
    """
    found = [_named(database, paper) for paper in papers]
    keys = [
        0 if work else title_number(paper.title) for paper, work in zip(papers, found, strict=True)
    ]
    with database.read() as connection:
        told = _titled(connection, {key for key in keys if key})
    return [
        work or _of(paper, told.get(key, ()))
        for paper, work, key in zip(papers, found, keys, strict=True)
    ]


def _named(database: Database, paper: Paper) -> int:
    for text in (paper.id, *(str(one.value) for one in paper.identifiers)):
        found = resolve(database, text)
        if len(found) == 1:
            return found[0]
    return 0


def _titled(connection: Connection, keys: Iterable[int]) -> dict[int, list[tuple[int, Paper]]]:
    """The records of living works by title, each with its work and what is compared of it."""
    listed = titles.find(connection, list(keys))
    places = {number: key for key, numbers in listed.items() for number in numbers}
    read = read_told(connection, list(places))
    living: set[int] = set()
    for part in chunked(sorted({work for work, _ in read.values()})):
        query = select(works.c.id).where(works.c.id.in_(part), works.c.alive == 1)
        living.update(connection.execute(query).scalars())
    told: dict[int, list[tuple[int, Paper]]] = {}
    for number, (work, paper) in read.items():
        if work in living:
            told.setdefault(places[number], []).append((work, paper))
    return told


def _of(paper: Paper, told: Iterable[tuple[int, Paper]]) -> int:
    """The one work among the records of a title that a reference fits, 0 for none or several."""
    fitting = [
        (work, other)
        for work, other in told
        if not paper.authors or judge(paper, other).verdict is Verdict.JOIN
    ]
    found = {work for work, _ in fitting}
    if len(found) > 1 and (year := year_of(paper)):
        # Yearly reports and columns keep their title and their authors.
        found = {work for work, other in fitting if year_of(other) == year}
    return found.pop() if len(found) == 1 else 0
