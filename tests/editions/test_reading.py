from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from broadsheet.catalog import Catalog, Listed, ingest
from broadsheet.editions import Editions, edition, span_of
from broadsheet.editions.digest_window import Window
from broadsheet.papers import Author, Paper, parse_identifier
from broadsheet.readers import Readers
from broadsheet.settings import Settings
from broadsheet.sources import Arrived

DAYS = {"2026-07-31": 3, "2026-08-03": 60, "2026-08-04": 1}


def a_paper(number: int, day: str) -> Arrived:
    name = f"2608.{number:05}"
    paper = Paper(
        id=name,
        source="listings",
        title=f"Paper number {number}",
        abstract=f"The abstract of paper {number}, which is unlike any other.",
        authors=(Author(f"Author {number}"),),
        categories=("cs.LG", "stat.ML") if number % 7 == 0 else ("cs.LG",),
        identifiers=(parse_identifier(name)[0],),
        announced=day,
    )
    return Arrived(paper, number)


def take_in(catalog: Catalog, settings: Settings, papers: list[Arrived]) -> None:
    ingest(
        catalog,
        papers,
        path=Path("listings"),
        source="listings",
        rejected_dir=settings.rejected_path,
        progress=None,
    )


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    days = [day for day, count in DAYS.items() for _ in range(count)]
    made = Catalog.open(settings)
    take_in(made, settings, [a_paper(number, day) for number, day in enumerate(days, 1)])
    yield made
    made.close()


def test_without_a_day_it_is_the_newest_edition(catalog: Catalog) -> None:
    newest = edition(catalog, "day")
    assert newest is not None
    assert (newest.key, newest.total, newest.previous, newest.next) == (
        "2026-08-04",
        1,
        "2026-08-03",
        "",
    )


def test_the_first_page_holds_the_leads_and_as_many_papers_as_asked(catalog: Catalog) -> None:
    for limit in (1, 5, 40):
        found = edition(catalog, "day", "2026-08-03", limit=limit)
        assert found is not None
        assert sum(len(section.works) for section in found.sections) == limit
        assert found.total == 60
        assert [len(work.paper.categories) for work in found.leads] == [2]


def test_a_week_and_a_month_reach_to_their_ends(catalog: Catalog) -> None:
    week, month = edition(catalog, "week", "2026-08-04"), edition(catalog, "month", "2026-07-01")
    assert week is not None
    assert month is not None
    assert (week.key, week.total, week.previous) == ("2026-W32", 61, "2026-W31")
    assert (month.key, month.total, month.next) == ("2026-07", 3, "2026-08")


def test_a_day_without_announcements_has_no_edition(catalog: Catalog) -> None:
    assert edition(catalog, "day", "2026-08-01") is None


def test_a_catalog_without_papers_has_no_edition(tmp_path: Path) -> None:
    with closing(Catalog.open(Settings(home=tmp_path))) as empty:
        assert edition(empty, "day") is None


def test_what_an_edition_says_is_json(catalog: Catalog) -> None:
    found = edition(catalog, "day", "2026-08-03", limit=4)
    assert found is not None
    told = found.to_json()
    assert told["title"] == "Monday 3 August 2026"
    assert told["previous"] == "2026-07-31"
    (section,) = told["sections"]  # type: ignore[misc, attr-defined]
    assert section["name"] == "Machine learning"
    assert len(section["papers"]) == 4
    assert section["papers"][0]["title"].startswith("Paper number")


def test_a_withdrawn_paper_leads_nothing(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    papers = [a_paper(number, "2026-08-03") for number in range(1, 30)]
    with closing(Catalog.open(settings)) as made:
        take_in(made, settings, papers)
        for said in ("2608.00007", "2608.00014", "2608.00021", "2608.00028", "2608.00001"):
            found = edition(made, "day", "2026-08-03")
            assert found is not None
            assert [work.paper.id for work in found.leads] == [said]
            window = Window(made, Readers(made), "2026-08-03", "2026-08-03")
            assert made.resolve(said) == list(window.leads(1))
            old = papers[int(said[-2:]) - 1].paper
            gone = {"comments": "This paper has been withdrawn by the authors."}
            newer = replace(old, version="v2", extra=gone)
            take_in(made, settings, [Arrived(newer, 1)])
            found = edition(made, "day", "2026-08-03")
            assert found is not None
            assert found.total == 29


def test_an_edition_that_was_read_while_papers_came_is_made_again(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    day = "2026-08-03"

    class Growing(Catalog):
        """A catalog into which others bring a paper between its reading and the printing."""

        def listing(self, first: str, last: str) -> list[Listed]:
            found = super().listing(first, last)
            if coming:
                take_in(self, settings, [coming.pop()])
                assert printed.read(span_of("day", day)), "another reader prints it meanwhile"
            return found

    coming: list[Arrived] = []
    with closing(Catalog.open(settings)) as catalog:
        printed = Editions(Growing(catalog.database))
        take_in(catalog, settings, [a_paper(1, day)])
        coming.append(a_paper(2, day))
        printed.read(span_of("day", day))
        now = printed.read(span_of("day", day))
        assert now is not None and now.total == 2
