"""A day that has not come is no day a paper was announced on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from broadsheet.catalog import Catalog, Syncs
from broadsheet.editions import edition
from broadsheet.sources import Announced, Arrived, Listing, Page, Want, fingerprint

from .kit import check, date_ahead, everything, paper, store

AGES = "2999-01-01"
REAL = "2026-08-20"
FEED = "https://journal.example/feed"


def day(ahead: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=ahead)).isoformat()


@pytest.fixture
def older(catalog: Catalog) -> Catalog:
    """A home with a paper under a day to come, as they were kept once."""
    store(catalog, paper("1", announced=REAL), paper("2", "On Graphs", announced=REAL))
    date_ahead(catalog, 2, AGES)
    return catalog


def test_it_was_announced_when_it_came_and_published_when_it_says(catalog: Catalog) -> None:
    store(catalog, paper("1", announced=AGES), paper("2", "On Graphs", announced=day(1)))
    ahead, tomorrow = everything(catalog).values()
    assert ahead.announced in (day(0), day(-1))  # the day may end meanwhile
    assert ahead.published == AGES
    assert (tomorrow.announced, tomorrow.published) == (day(1), "")
    assert catalog.ahead() == []
    check(catalog)


def test_a_stated_day_of_publication_stays(catalog: Catalog) -> None:
    store(catalog, paper("1", announced=AGES, published="2998-12"))
    (work,) = everything(catalog).values()
    assert work.published == "2998-12"


def test_it_is_no_new_version_when_it_comes_again(catalog: Catalog) -> None:
    item = paper("1", announced=AGES)
    store(catalog, item)
    again = store(catalog, item).counts
    assert (again.read, again.unchanged) == (1, 1)


def test_what_an_older_home_kept_waits_for_its_day(older: Catalog) -> None:
    assert older.days(9) == older.days(9, before="9999") == [(REAL, 1)]
    for first, last in ((REAL, "9999"), (AGES, AGES)):
        works = [1] if first == REAL else []
        assert older.between(first, last) == works
        assert [item.work_id for item in older.listing(first, last)] == works
        assert older.count_between(first, last) == len(works)
        assert bool(older.categories_between(first, last)) == bool(works)
    assert older.ahead() == [2]
    for kind in ("day", "week", "month"):
        found = edition(older, kind)  # type: ignore[arg-type]
        assert found is not None
        assert found.first <= REAL <= found.last
    assert edition(older, "day", AGES) is None


def a_feed(*items: tuple[str, str], built: str = AGES) -> Page:
    """A feed's page of papers (id, day), itself dated ahead."""
    papers = [paper(id_, f"On {id_}", source="feed", announced=on) for id_, on in items]
    return Page(
        tuple(Arrived(one, line) for line, one in enumerate(papers, 1)),
        tuple(Announced(FEED, on, id_, "listed") for id_, on in items),
        (Listing(FEED, built, built, fingerprint(id_ for id_, _ in items), len(items)),),
    )


def ledger(catalog: Catalog) -> dict[str, tuple[int, int]]:
    """Day -> (announced, stored)."""
    rows = catalog.completeness.rows("0001", "9999")
    return {row.day: (row.announced, row.stored) for row in rows}


def follow(catalog: Catalog, folder: Path, page: Page, on: str) -> None:
    syncs = Syncs(catalog.database, folder, lambda: f"{on}T12:00:00Z")
    syncs.end(syncs.store(syncs.begin("feed", "feed", Want((FEED,))), page))


def test_the_ledger_has_it_on_the_day_it_was_first_heard(catalog: Catalog, tmp_path: Path) -> None:
    page = a_feed(("a", REAL), ("b", AGES))
    follow(catalog, tmp_path, page, "2026-08-22")
    assert ledger(catalog) == {"2026-08-22": (1, 1), REAL: (1, 1)}
    assert [work.announced for work in everything(catalog).values()] == [REAL, "2026-08-22"]
    follow(catalog, tmp_path, page, "2026-08-24")
    assert ledger(catalog) == {"2026-08-22": (1, 1), REAL: (1, 1)}
    assert catalog.completeness.last_day() == "2026-08-22"


def test_a_feed_of_nothing_but_days_to_come_is_heard_once(catalog: Catalog, tmp_path: Path) -> None:
    for on in ("2026-08-22", "2026-08-23", "2026-08-24"):
        follow(catalog, tmp_path, a_feed(("b", AGES)), on)
    assert ledger(catalog) == {"2026-08-22": (1, 1)}


def test_a_day_to_come_in_an_older_ledger_is_not_its_newest(
    catalog: Catalog, tmp_path: Path
) -> None:
    follow(catalog, tmp_path, a_feed(("a", REAL), built=REAL), REAL)
    with catalog.database.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO announced SELECT listing, '2999-01-01', set_name, 'x', scheme, kind,"
            " version, outcome, import_id FROM announced"
        )
    assert catalog.completeness.last_day() == REAL
