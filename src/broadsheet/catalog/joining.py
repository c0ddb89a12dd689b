"""Whether a record is of a work that is there already, by title, authors and abstract.

It comes after identifiers, and it joins only what is sure. What is likely is left for a person:
see `scanning`. The limits were measured on labelled pairs of two archives and by reading; the
figures are in docs/benchmarks.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import Connection, select

from broadsheet.catalog import titles
from broadsheet.catalog.database import chunked
from broadsheet.catalog.draft import Draft, Kept
from broadsheet.catalog.faces import Stored
from broadsheet.catalog.namesakes import year_of
from broadsheet.catalog.rows import Prepared, to_authors
from broadsheet.catalog.tables import records
from broadsheet.papers import Paper
from broadsheet.text import Likeness, Titles, likeness, surnames

COMPARED = (
    *(records.c.source, records.c.title, records.c.authors),
    *(records.c.abstract, records.c.published, records.c.announced),
)

# Of an abstract's word triples, for two records of one source: an archive gives a work one id,
# so that a second one under the same title is as often a follow-up as a second upload.
_SAME_SOURCE = 0.3

_TITLE_WORDS = {
    Titles.EQUAL: "title",
    Titles.EDITION: "title but for the edition",
    Titles.WITHIN: "title within the other",
    Titles.CHANGED: "part of the title",
}


class Verdict(Enum):
    """What is made of two records that look like one work."""

    JOIN = "join"
    ASK = "ask"
    APART = "apart"


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict, the reason in words, and what it rests on."""

    verdict: Verdict
    reason: str
    contained: float | None


def judge(one: Paper, other: Paper) -> Judged:
    """Whether two records are one work; joined unasked only under equal titles.

    Without two abstracts to compare, title and authors decide where two sources tell of it;
    within one source only where both are of one year, because tutorials, project reports and
    columns keep their title and their authors from year to year.
    """
    found = likeness(one, other)
    if not found.same:
        return Judged(Verdict.APART, "", found.contained)
    same_source = one.source == other.source
    if found.titles is not Titles.EQUAL:
        sure = False
    elif found.contained is None:
        sure = not same_source or year_of(one) == year_of(other) != ""
    else:
        sure = not same_source or found.contained >= _SAME_SOURCE
    verdict = Verdict.JOIN if sure else Verdict.ASK
    return Judged(verdict, _reason(found, one, other), found.contained)


def _reason(found: Likeness, one: Paper, other: Paper) -> str:
    shared = len(surnames(one) & surnames(other))
    people = f"{shared} author{'' if shared == 1 else 's'}"
    title = _TITLE_WORDS.get(found.titles, "part of the title")
    if found.contained is None:
        return f"{title} and {people} agree"
    return f"{title}, {people} and {found.contained:.0%} of an abstract agree"


@dataclass(slots=True)
class _Candidate:
    record: Stored
    paper: Paper


class Joining:
    """The records that the papers of one batch may be one work with."""

    def __init__(self, connection: Connection, draft: Draft) -> None:
        self._connection = connection
        self._draft = draft
        self._by_title: dict[int, list[_Candidate]] = {}

    def load(self, papers: Iterable[Prepared]) -> None:
        """Reads the stored records that bear the titles of these papers, and their works."""
        keys = {paper.title_key for paper in papers if paper.title_key and paper.told.authors}
        found = titles.find(self._connection, keys)
        places = {number: key for key, numbers in found.items() for number in numbers}
        told = read_told(self._connection, list(places))
        self._draft.load_works({work_id for work_id, _ in told.values()})
        for work_id in {work_id for work_id, _ in told.values()}:
            for record in self._draft.works[work_id].records:
                if record.id in told:
                    candidate = _Candidate(record, told[record.id][1])
                    self._by_title.setdefault(places[record.id], []).append(candidate)

    def add(self, record: Stored, paper: Prepared) -> None:
        """Has later papers of the batch find a record that was just stored."""
        if paper.title_key and paper.told.authors:
            listed = self._by_title.setdefault(paper.title_key, [])
            if len(listed) < titles.MOST_ALIKE:
                listed.append(_Candidate(record, paper.told))

    def match(self, paper: Prepared, own: Kept) -> tuple[int, str] | None:
        """The living work that a paper is of, besides its own, and why; the likeliest, then
        the oldest."""
        best: tuple[float, int, str] | None = None
        for candidate in self._by_title.get(paper.title_key, ()):
            number = candidate.record.work_id
            work = self._draft.works[number]
            if number == own.id or work.deleted or work.merged_into is not None:
                continue
            judged = judge(paper.told, candidate.paper)
            if judged.verdict is Verdict.JOIN:
                share = 0.0 if judged.contained is None else judged.contained
                if best is None or (-share, number) < (-best[0], best[1]):
                    best = share, number, judged.reason
        return (best[1], best[2]) if best else None


def families(works: Collection[Kept]) -> dict[int, set[int]]:
    """Each work with those whose records it has: what was merged into it."""
    return {work.id: {work.id, *(record.origin_id for record in work.records)} for work in works}


def read_told(connection: Connection, numbers: list[int]) -> dict[int, tuple[int, Paper]]:
    """The work of each record and what is compared of it."""
    columns = (records.c.id, records.c.work_id, *COMPARED)
    told: dict[int, tuple[int, Paper]] = {}
    for part in chunked(numbers):
        rows = connection.execute(select(*columns).where(records.c.id.in_(part)))
        for number, work_id, *columns_told in rows:
            told[number] = work_id, compared(number, columns_told)
    return told


def compared(number: int, told: Sequence[Any]) -> Paper:
    """What is compared of a record, from its columns `COMPARED`, under a number."""
    source, title, authors, abstract, published, announced = told
    return Paper(
        str(number),
        source,
        title,
        abstract,
        authors=to_authors(authors),
        published=published,
        announced=announced,
    )
