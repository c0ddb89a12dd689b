"""Readers and the writer at the same time."""

from __future__ import annotations

import threading
import time

from sqlalchemy import text

from broadsheet.catalog import Catalog, CatalogError
from broadsheet.catalog.database import take
from tests.catalog.kit import check, content, paper, store


def test_readers_do_not_wait_for_an_open_write_and_see_nothing_of_it(catalog: Catalog) -> None:
    store(catalog, paper("a"))
    before = content(catalog)
    with catalog.database.write() as connection:
        take(connection, "seq", 1)
        connection.execute(text("UPDATE records SET title = 'Half Done'"))
        started = time.monotonic()
        assert content(catalog) == before
        assert catalog.seq() == 1
        assert time.monotonic() - started < 5, "a reader waited"


def test_a_reader_sees_one_state_while_much_is_written(catalog: Catalog) -> None:
    failures: list[str] = []
    rounds = 0
    done = threading.Event()

    def read() -> None:
        nonlocal rounds
        while not done.is_set():
            with catalog.database.read() as connection:
                counted = connection.execute(
                    text("SELECT value FROM counters WHERE name = 'works'")
                ).scalar()
                found = connection.execute(text("SELECT count(*) FROM works")).scalar()
                kept = connection.execute(text("SELECT count(*) FROM records")).scalar()
            if not counted == found == kept or found % 500:
                failures.append(f"{counted} counted, {found} works, {kept} records")
            rounds += 1

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    store(catalog, *(paper(str(number), abstract="") for number in range(3_500)))
    done.set()
    for reader in readers:
        reader.join()
    assert failures == []
    assert rounds > 3


def test_two_importers_of_the_same_papers_make_each_work_once(catalog: Catalog) -> None:
    papers = [paper(str(number), abstract="") for number in range(1_500)]
    results = []
    threads = [
        threading.Thread(
            target=lambda name=name: results.append(store(catalog, *papers, name=name))
        )
        for name in ("one", "two")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(result.counts.new for result in results) == 1_500
    assert sum(result.counts.unchanged for result in results) == 1_500
    assert catalog.count() == 1_500
    check(catalog)


def test_a_failed_write_leaves_nothing(catalog: Catalog) -> None:
    store(catalog, paper("a"))
    before = content(catalog)
    try:
        with catalog.database.write() as connection:
            connection.execute(text("DELETE FROM works"))
            connection.execute(text("SELECT no_such_column FROM works"))
    except CatalogError as error:
        assert "\n" not in str(error)
    assert content(catalog) == before
