"""The change log, which the index follows."""

from __future__ import annotations

import threading

from broadsheet.catalog import Catalog
from broadsheet.catalog.database import take
from tests.catalog.kit import everything, paper, replay, store


def test_each_work_is_told_once_in_the_order_of_its_last_change(catalog: Catalog) -> None:
    store(catalog, paper("a"), paper("b"), paper("c"))
    store(catalog, paper("a", "New"))
    changes = catalog.changes(0, 10)
    assert [change.work.paper.id for change in changes if change.work] == ["b", "c", "a"]
    assert [change.seq for change in changes] == sorted(change.seq for change in changes)
    assert changes[-1].seq == catalog.seq()
    assert catalog.changes(catalog.seq(), 10) == []


def test_a_deletion_is_a_change_without_a_work(catalog: Catalog) -> None:
    store(catalog, paper("a"))
    (work_id,) = catalog.resolve("a")
    seen = catalog.seq()
    catalog.delete(work_id)
    (change,) = catalog.changes(seen, 10)
    assert (change.work_id, change.work) == (work_id, None)


def test_a_work_that_was_merged_away_is_told_as_gone(catalog: Catalog) -> None:
    store(catalog, paper("a"), paper("b"))
    seen, after = replay(catalog, {}, 0)
    store(catalog, paper("c", "Both", "lab:a", "lab:b"))
    one, two = catalog.resolve("a"), catalog.resolve("b")
    assert one == two
    assert replay(catalog, seen, after)[0].keys() == set(one)


def test_following_step_by_step_ends_where_reading_from_the_start_does(catalog: Catalog) -> None:
    seen, after = replay(catalog, {}, 0)
    for step in range(6):
        store(catalog, paper("a", f"Text {step}"), paper(f"b{step}"))
        if step == 3:
            catalog.undo_import(2)
        seen, after = replay(catalog, seen, after)
        assert seen == everything(catalog) == catalog.get_many(sorted(seen))
    assert after == catalog.seq()


def test_numbers_are_committed_in_their_order(catalog: Catalog) -> None:
    """Else a follower that has seen 2 would never be told of 1."""
    ended = threading.Event()

    def second_writer() -> None:
        store(catalog, paper("b"))
        ended.set()

    writer = threading.Thread(target=second_writer)
    with catalog.database.write() as connection:
        take(connection, "seq", 1)
        writer.start()
        assert not ended.wait(0.4), "a second writer must wait for the first one's commit"
        assert catalog.seq() == 0
    writer.join()
    assert catalog.seq() == 2
    assert [change.seq for change in catalog.changes(0, 10)] == [2]


def test_numbers_are_never_used_again(catalog: Catalog) -> None:
    store(catalog, paper("a"))
    first = catalog.resolve("a")
    catalog.undo_import(1)
    store(catalog, paper("a"))
    assert catalog.resolve("a") != first
