from __future__ import annotations

from contextlib import closing

from broadsheet.catalog import Catalog
from broadsheet.settings import Settings
from broadsheet.web.works import RecentWorks


def test_works_come_as_from_the_catalog_whether_kept_or_not(home: Settings) -> None:
    with closing(Catalog.open(home)) as catalog:
        recent = RecentWorks(catalog)
        first = [5, 3, 9, 10_000_000]
        assert recent.get_many(first) == catalog.get_many(first)
        mixed = [9, 1, 5, 2, 5]
        assert recent.get_many(mixed) == catalog.get_many(mixed)
        assert list(recent.get_many(mixed)) == [9, 1, 5, 2]
        assert recent.resolve("2608.90002") == catalog.resolve("2608.90002")
