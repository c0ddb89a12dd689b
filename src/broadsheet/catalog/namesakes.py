"""Two papers of one title: a record that brought no id is named by its title, and "Editorial" or
"Deep Learning" is the title of many.

The first of them keeps the plain name. Another, by other people, is named with a hash of its
authors behind the title, so that it stands for itself, and finds itself when it comes again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from hashlib import blake2b

from sqlalchemy import Connection, select

from broadsheet.catalog.database import chunked
from broadsheet.catalog.draft import Draft
from broadsheet.catalog.rows import RECORD_COLUMNS, Prepared, to_authors
from broadsheet.catalog.tables import records
from broadsheet.papers import Paper
from broadsheet.text import same_people, surnames

_TAIL = RECORD_COLUMNS.index("source")
_ID, _NAME, _IDENTIFIERS = (
    RECORD_COLUMNS.index(column) - _TAIL for column in ("external_id", "name", "identifiers")
)


def own_key(paper: Prepared) -> str:
    """What a paper that was named by its title is called where another has that name; '' for one
    that names no authors, or has an id."""
    people = surnames(paper.told) if paper.titled else ()
    if not people:
        return ""
    digest = blake2b("\n".join(sorted(people)).encode(), digest_size=4).hexdigest()
    return f"{paper.keys[0]}-{digest}"


class Namesakes:
    """Tells the papers of one batch from those that have their title."""

    def __init__(self, connection: Connection, draft: Draft) -> None:
        self._connection = connection
        self._draft = draft
        # Of names that came of titles: who wrote what is called so, record by record.
        self._people: dict[str, list[frozenset[str]]] = {}

    def load(self, papers: Iterable[Prepared]) -> None:
        """Reads who wrote what is called by the titles of these papers."""
        titled = [paper for paper in papers if own_key(paper)]
        self._draft.load_names({own_key(paper) for paper in titled})
        names = self._draft.names
        places = {names[key].work_id for p in titled if (key := p.keys[0]) in names}
        wanted = {(paper.source, paper.keys[0]) for paper in titled}
        columns = (records.c.source, records.c.name, records.c.authors)
        for part in chunked(sorted(places)):
            query = select(*columns).where(records.c.work_id.in_(part)).order_by(records.c.id)
            for source, name, authors in self._connection.execute(query):
                if (source, name) in wanted:
                    told = Paper("", source, authors=to_authors(authors))
                    self._people.setdefault(name, []).append(surnames(told))

    def told_apart(self, paper: Prepared) -> Prepared:
        """The paper, under a name of its own where other people's has the name of its title."""
        key = own_key(paper)
        if not key:
            return paper
        people, named = surnames(paper.told), self._people.setdefault(paper.keys[0], [])
        others = [them for them in named if them]
        # What names no authors may be anyone's.
        theirs = others and not any(same_people(people, them) for them in others)
        if key not in self._draft.names and not theirs:
            named.append(people)
            return paper
        tail = list(paper.tail)
        keys = (key, *paper.keys[1:])
        tail[_ID], tail[_NAME], tail[_IDENTIFIERS] = key.replace("\t", ":"), key, "\n".join(keys)
        return replace(paper, keys=keys, tail=tuple(tail))
