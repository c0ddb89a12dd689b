"""Who is meant by a name that is followed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from broadsheet.catalog import Catalog, ingest
from broadsheet.editions import DigestMaker
from broadsheet.papers import Author, Identifier, Paper
from broadsheet.readers import LOCAL, Readers
from broadsheet.settings import Settings
from broadsheet.sources import Arrived

DAY = "2026-08-20"
AUTHORS = (
    ("Xavier Costa-Pérez", "Ann Lee"),
    ("Christos G. Cassandras",),
    ("Jie Zhang", "Ningyu Zhang"),
    ("Jian Ning Zhang",),
    ("Madonna", ""),
)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    settings = Settings(home=tmp_path / "home")
    papers = [
        Paper(
            id=f"2608.{number:05}",
            source="listings",
            title=f"Paper {number}",
            identifiers=(Identifier("arxiv", f"2608.{number:05}"),),
            authors=tuple(Author(name) for name in names),
            announced=DAY,
        )
        for number, names in enumerate(AUTHORS)
    ]
    with closing(Catalog.open(settings)) as opened:
        ingest(
            opened,
            [Arrived(paper, line) for line, paper in enumerate(papers, 1)],
            path=Path("listings"),
            source="listings",
            rejected_dir=settings.rejected_path,
        )
        yield opened


@pytest.mark.parametrize(
    ("name", "papers"),
    [
        ("X. Costa-Perez", [0]),
        ("Costa-Pérez, Xavier", [0]),
        ("Xavier Lee", []),
        ("Ann Lee", [0]),
        ("C. G. Cassandras", [1]),
        ("C. Cassandras", [1]),
        ("Cassandras, Christos", [1]),
        ("J. N. Zhang", [3]),
        ("J. Zhang", [2, 3]),
        ("Madonna", [4]),
        ("Zhang", []),
        ("…", []),
    ],
)
def test_a_name_that_is_followed_means_whom_it_would_in_a_search(
    catalog: Catalog, name: str, papers: list[int]
) -> None:
    readers = Readers(catalog)
    readers.follows.add(LOCAL, "author", name)
    reader = readers.accounts.get(LOCAL)
    assert reader is not None
    found = DigestMaker(catalog, readers, None).followed(reader, DAY, DAY)
    told = {work.paper.id for work in catalog.get_many(list(found)).values()}
    assert told == {f"2608.{number:05}" for number in papers}
