"""Papers are read beside the rest of the work, or with every core."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from broadsheet import settings as settings_
from broadsheet.catalog import Catalog, Readings
from broadsheet.worker import Perusing, fill_with_starter


def test_a_batch_is_read_and_the_next_goes_on(tmp_path: Path) -> None:
    home = settings_.load(home=tmp_path / "home")
    with closing(Catalog.open(home)) as catalog:
        fill_with_starter(catalog, home)
        perusing = Perusing(catalog)
        assert perusing.some(50) == 50
        assert perusing.some(20) == 20
        assert Readings(catalog).count() == 70


def test_all_cores_read_what_one_does(tmp_path: Path) -> None:
    home = settings_.load(home=tmp_path / "home")
    with closing(Catalog.open(home)) as catalog:
        fill_with_starter(catalog, home)
        readings = Readings(catalog)
        seen: list[int] = []
        ids = range(1, 500)
        assert Perusing(catalog).all(seen.append, processes=2) == catalog.count()
        assert seen == sorted(seen) and seen[-1] == catalog.count() == readings.count()
        by_two = readings.get_many(ids)
        readings.reset()
        assert Perusing(catalog).all(processes=1) == catalog.count()
        assert readings.get_many(ids) == by_two
        assert Perusing(catalog).all() == 0
