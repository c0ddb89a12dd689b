"""Papers are read beside the rest of the work, or with every core."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

from broadsheet import settings as settings_
from broadsheet.catalog import Catalog, Readings
from broadsheet.worker import Perusing, fill_with_starter

# Reads with two processes, and says how far it is.
READER = """
import sys
from pathlib import Path
from broadsheet import settings
from broadsheet.catalog import Catalog
from broadsheet.worker import Perusing, fill_with_starter
home = settings.load(home=Path(sys.argv[1]))
with Catalog.open(home) as catalog:
    fill_with_starter(catalog, home)
    Perusing(catalog).all(lambda done: print(done, flush=True), processes=2)
"""


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


def test_its_processes_end_where_it_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", READER, str(tmp_path / "home")], stdout=subprocess.PIPE
    ) as reading:
        assert reading.stdout is not None
        assert reading.stdout.readline()
        reading.kill()
        # Who still runs holds the output open.
        reading.communicate(timeout=20)
