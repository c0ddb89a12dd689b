"""Two papers of one title: a record that brought no id is named by its title, and "Editorial" or
"Deep Learning" is the title of many.

The first of them keeps the plain name. Another, by other people, is named with a hash of its
authors behind the title, so that it stands for itself, and finds itself when it comes again; and
one by the same people of another year with a hash of the year too: overviews of shared tasks and
yearly reports keep their title and their authors. Where their abstracts agree they are one work
nevertheless, which `joining` sees to.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
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


def own_keys(paper: Prepared) -> tuple[str, ...]:
    """What a paper that was named by its title may be called where another has that name, by its
    authors and year, and by its authors; none for one that names no authors, or has an id."""
    people = surnames(paper.told) if paper.titled else ()
    if not people:
        return ()
    year = year_of(paper.told)
    told = (sorted(people) + [year] * bool(year), sorted(people))
    digests = (blake2b("\n".join(one).encode(), digest_size=4).hexdigest() for one in told)
    return tuple(dict.fromkeys(f"{paper.keys[0]}-{digest}" for digest in digests))


def year_of(paper: Paper) -> str:
    """The year that a paper is of; '' where it names none."""
    return (paper.published or paper.announced)[:4]


@dataclass(frozen=True, slots=True)
class _Named:
    """Who wrote what has a name, and in which year."""

    people: frozenset[str]
    year: str

    @classmethod
    def of(cls, paper: Paper) -> _Named:
        return cls(surnames(paper), year_of(paper))

    def fits(self, other: _Named) -> bool:
        """Whether both may be one paper."""
        same_year = not self.year or not other.year or self.year == other.year
        return same_year and same_people(self.people, other.people)


class Namesakes:
    """Tells the papers of one batch from those that have their title."""

    def __init__(self, connection: Connection, draft: Draft) -> None:
        self._connection = connection
        self._draft = draft
        # Of names that came of titles: who wrote what is called so and when, record by record.
        self._known: dict[str, list[_Named]] = {}

    def load(self, papers: Iterable[Prepared]) -> None:
        """Reads who wrote what is called by the titles of these papers."""
        wanted = {
            (paper.source, name)
            for paper in papers
            if (own := own_keys(paper))
            for name in (*own, paper.keys[0])
        }
        names = self._draft.names
        self._draft.load_names({name for _, name in wanted})
        places = {names[name].work_id for _, name in wanted if name in names}
        columns = (records.c.source, records.c.name, records.c.authors)
        dates = (records.c.published, records.c.announced)
        for part in chunked(sorted(places)):
            query = select(*columns, *dates).where(records.c.work_id.in_(part))
            rows = self._connection.execute(query.order_by(records.c.id))
            for source, name, authors, published, announced in rows:
                if (source, name) in wanted:
                    people = to_authors(authors)
                    told = Paper(
                        "", source, authors=people, published=published, announced=announced
                    )
                    self._known.setdefault(name, []).append(_Named.of(told))

    def told_apart(self, paper: Prepared) -> Prepared:
        """The paper, under a name of its own where the name of its title is that of other people's
        or of another year's."""
        own = own_keys(paper)
        if not own:
            return paper
        mine, plain = _Named.of(paper.told), paper.keys[0]
        there = [key for key in own if key in self._draft.names or key in self._known]
        name = next((key for key in (*there, plain, *own) if self._may_be(mine, key)), own[0])
        self._known.setdefault(name, []).append(mine)
        if name == plain:
            return paper
        tail = list(paper.tail)
        keys = (name, *paper.keys[1:])
        tail[_ID], tail[_NAME], tail[_IDENTIFIERS] = name.replace("\t", ":"), name, "\n".join(keys)
        return replace(paper, keys=keys, tail=tuple(tail))

    def _may_be(self, mine: _Named, name: str) -> bool:
        """Whether a name is free, or that of the same people's in the same year."""
        # What names no authors may be anyone's.
        others = [one for one in self._known.get(name, ()) if one.people]
        return not others or any(one.fits(mine) for one in others)
