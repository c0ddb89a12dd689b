"""Which papers readers did anything about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from broadsheet.catalog import Catalog, ingest
from broadsheet.papers import Identifier, Paper
from broadsheet.readers import LOCAL, Readers
from broadsheet.settings import Settings
from broadsheet.sources import Arrived

EVERY = range(1, 9)


def take_in(catalog: Catalog, settings: Settings, *papers: Paper) -> None:
    items = [Arrived(paper, line) for line, paper in enumerate(papers, 1)]
    name = "-".join(paper.id.replace("/", "") for paper in papers)[:80]
    ingest(
        catalog, items, path=Path(name), source="made", rejected_dir=settings.rejected_path,
        progress=None,
    )  # fmt: skip


@pytest.fixture
def readers(tmp_path: Path) -> Iterator[Readers]:
    settings = Settings(home=tmp_path)
    with closing(Catalog.open(settings)) as catalog:
        papers = [
            Paper(f"2601.{n:05}", "made", title=f"Paper {n}", abstract=f"About {n}.")
            for n in range(1, 7)
        ]
        take_in(catalog, settings, *papers)
        yield Readers(catalog)


def test_nothing_is_said_of_papers_nobody_touched(readers: Readers) -> None:
    assert readers.talked.among(EVERY) == set()
    readers.acts.do(LOCAL, "open", 1)
    readers.acts.do(LOCAL, "read", 2)
    assert readers.talked.among(EVERY) == set()
    assert readers.talked.among([]) == set()
    assert readers.talked.among([0, -1, 2**63]) == set()


def test_what_is_done_is_seen_at_once_also_by_others(readers: Readers) -> None:
    other = Readers(readers.catalog)
    assert other.talked.among(EVERY) == set()
    readers.acts.do(LOCAL, "upvote", 1)
    assert other.talked.among(EVERY) == {1}
    readers.community.comments.add(LOCAL, 2, "Well said.")
    readers.community.links.add(LOCAL, 3, "code", "https://github.com/a/b")
    readers.community.claims.claim(LOCAL, 4, "Ada Lovelace")
    readers.community.submissions.submit(LOCAL, "2601.00005")
    assert other.talked.among(EVERY) == {1, 2, 3, 4, 5}
    assert other.talked.among([2, 6]) == {2}


def test_a_paper_that_comes_later_has_its_submission(readers: Readers) -> None:
    readers.community.submissions.submit(LOCAL, "2602.00001")
    assert readers.talked.among(EVERY) == set()
    settings = Settings(home=Path(readers.catalog.database.where).parent)
    take_in(readers.catalog, settings, Paper("2602.00001", "made", title="It came"))
    assert readers.community.submissions.settle()
    [number] = readers.catalog.resolve("2602.00001")
    assert readers.talked.among([number]) == {number}


def test_what_was_said_of_a_merged_paper_is_said_of_both(readers: Readers) -> None:
    readers.acts.do(LOCAL, "upvote", 2)
    settings = Settings(home=Path(readers.catalog.database.where).parent)
    both = (Identifier("arxiv", "2601.00001"), Identifier("arxiv", "2601.00002"))
    take_in(readers.catalog, settings, Paper("x", "made", title="Both", identifiers=both))
    assert readers.acts.votes([1]) == {1: 1}
    assert 1 in readers.talked.among([1])


def test_an_organisation_counts(readers: Readers) -> None:
    made = readers.community.organisations.make(LOCAL, "Open Lab")
    readers.community.organisations.attach(LOCAL, made.id, 6)
    assert readers.talked.among(EVERY) == {6}
