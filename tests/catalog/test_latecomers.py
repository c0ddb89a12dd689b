"""Papers that come to notice after their day, on either database."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from broadsheet.catalog import Catalog, Syncs
from broadsheet.catalog.tables import records
from broadsheet.papers import Paper
from broadsheet.sources import Announced, Arrived, Page, Want

from .kit import paper


def named(number: int, day: str) -> Paper:
    id_ = f"2608.{number:05}"
    return paper(id_, f"Paper number {number}", source="arxiv", announced=day)


def stored(catalog: Catalog, folder: Path, at: str, papers: list[Paper], *told: Announced) -> None:
    """What a sync brings at a moment."""
    syncs = Syncs(catalog.database, folder, lambda: at)
    items = tuple(Arrived(one, line) for line, one in enumerate(papers, 1))
    run = syncs.store(
        syncs.begin("arxiv-rss", "arxiv", Want(("cs.LG",), at[:10])), Page(items, told)
    )
    syncs.end(run)
    with catalog.database.write() as connection:
        mine = records.c.import_id == run.import_id
        connection.execute(records.update().where(mine).values(arrived_at=at))


def test_late_is_what_came_days_after_its_day_and_lately(catalog: Catalog, tmp_path: Path) -> None:
    late, punctual, again, older = (
        named(1, "2026-08-05"), named(2, "2026-08-12"),
        named(3, "2026-08-06"), named(4, "2026-06-01"),
    )  # fmt: skip
    stored(catalog, tmp_path, "2026-08-06T04:20:00Z", [again])
    stored(catalog, tmp_path, "2026-08-14T04:20:00Z", [late, punctual, again, older])
    found = catalog.arrived_late("2026-07-14", "2026-08-13", "2026-08-13")
    names = {work.paper.id: found[n] for n, work in catalog.get_many(list(found)).items()}
    assert names == {late.id: "2026-08-05"}
    assert catalog.arrived_late("2026-07-14", "2026-08-13", "2026-08-15") == {}
    assert catalog.highest() == max(catalog.get_many(range(1, 10)))


def test_cross_listed_is_what_a_listing_gave_another_set_after_its_day(
    catalog: Catalog, tmp_path: Path
) -> None:
    assert catalog.highest() == 0
    old, undated, fresh = named(1, "2026-07-01"), named(2, ""), named(3, "2026-08-20")
    stored(catalog, tmp_path, "2026-08-20T04:20:00Z", [old, undated, fresh])
    told = [
        Announced(name, day, one.id, "cross")
        for one in (old, undated, fresh)
        for name, day in (("cs.LG", "2026-08-20"), ("stat.ML", "2026-08-21"))
    ]
    told += [Announced("cs.LG", "2026-08-21", old.id, "cross")]
    told += [Announced("cs.AI", "2026-08-21", old.id, "replace")]
    stored(catalog, tmp_path, "2026-08-21T04:20:00Z", [], *told)
    found = catalog.cross_listed("2026-08-13")
    names = {work.paper.id: found[n] for n, work in catalog.get_many(list(found)).items()}
    assert names == {
        old.id: {"cs.LG": "2026-08-21", "stat.ML": "2026-08-21"},
        undated.id: {"cs.LG": "2026-08-20", "stat.ML": "2026-08-21"},
    }


@pytest.mark.parametrize("others", [0, 40], ids=["of a mass import", "of few that came"])
def test_a_category_that_a_later_record_brings_is_one_cross_listed_to(
    catalog: Catalog, tmp_path: Path, others: int
) -> None:
    before = [named(number, "2026-07-01") for number in range(10, 10 + others)]
    old, same = named(1, "2026-07-01"), named(2, "2026-07-01")
    stored(catalog, tmp_path, "2026-07-01T04:20:00Z", [*before, old, same])
    wider = replace(old, categories=(*old.categories, "math.OC"))
    news = [wider, replace(same, title="Another title"), named(3, "2026-08-20")]
    stored(catalog, tmp_path, "2026-08-20T04:20:00Z", news)
    found = catalog.cross_listed("2026-08-13")
    names = {work.paper.id: found[n] for n, work in catalog.get_many(list(found)).items()}
    assert names == {old.id: {"math.OC": "2026-08-20"}}
