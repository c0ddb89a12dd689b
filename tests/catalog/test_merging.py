"""Works that turn out to be one, and are taken apart again."""

from __future__ import annotations

import pytest

from broadsheet.catalog import Catalog, CatalogError
from tests.catalog.kit import check, content, paper, store


def ids(catalog: Catalog, *names: str) -> list[int]:
    return [number for name in names for number in catalog.resolve(name)]


def test_a_record_of_two_works_joins_them_into_the_older_one(catalog: Catalog) -> None:
    store(catalog, paper("a"), paper("b"))
    one, two = ids(catalog, "a", "b")
    result = store(catalog, paper("c", "Both", "lab:b", "lab:a"))
    assert (result.counts.merged, catalog.count()) == (1, 1)
    assert ids(catalog, "a", "b", "c") == [one, one, one]
    (merge,) = catalog.merges()
    assert (merge.survivor, merge.absorbed, merge.undone_by) == (one, two, "")
    assert merge.reason == "lab:b"
    assert len(catalog.versions(one)) == 3
    check(catalog)


def test_merges_can_be_undone_in_any_order(catalog: Catalog) -> None:
    store(catalog, paper("a"), paper("b"), paper("c"))
    before = content(catalog)
    store(catalog, paper("b", "Second", "lab:c"))
    store(catalog, paper("a", "Third", "lab:b"))
    assert catalog.count() == 1
    outer, inner = catalog.merges()
    catalog.undo_merge(inner.id)
    check(catalog)
    assert len(set(ids(catalog, "a", "b", "c"))) == 2
    catalog.undo_merge(outer.id)
    check(catalog)
    assert set(ids(catalog, "a", "b", "c")) == set(before)


def test_what_joined_after_a_merge_goes_with_the_work_its_own_id_belongs_to(
    catalog: Catalog,
) -> None:
    store(catalog, paper("a"), paper("b"))
    one, two = ids(catalog, "a", "b")
    store(catalog, paper("a", "Both", "lab:b"))
    store(catalog, paper("b", "Newer"))
    catalog.undo_merge(catalog.merges()[0].id)
    assert [version.title for version in catalog.versions(two)] == ["On Things", "Newer"]
    assert [version.title for version in catalog.versions(one)] == ["On Things", "Both"]
    check(catalog)


def test_works_taken_apart_by_hand_are_not_joined_again(catalog: Catalog) -> None:
    store(catalog, paper("a"), paper("b"))
    store(catalog, paper("a", "Both", "lab:b"))
    catalog.undo_merge(catalog.merges()[0].id)
    store(catalog, paper("a", "Both Again", "lab:b"))
    assert catalog.count() == 2
    check(catalog)


def test_a_work_deleted_by_hand_does_not_take_a_living_one_with_it(catalog: Catalog) -> None:
    store(catalog, paper("a"), paper("b"))
    one, two = ids(catalog, "a", "b")
    catalog.delete(one)
    store(catalog, paper("c", "Both", "lab:a", "lab:b"))
    assert ids(catalog, "a", "b", "c") == [two, two, two]
    catalog.undo_merge(catalog.merges()[0].id)
    assert ids(catalog, "a", "b") == [two]
    check(catalog)


def test_a_merge_is_undone_once(catalog: Catalog) -> None:
    with pytest.raises(CatalogError, match="there is no merge 1"):
        catalog.undo_merge(1)
    store(catalog, paper("a"), paper("b"), paper("c", "Both", "lab:a", "lab:b"))
    catalog.undo_merge(1)
    with pytest.raises(CatalogError, match="taken back already"):
        catalog.undo_merge(1)
