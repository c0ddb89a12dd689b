"""What pages ask of the catalog."""

from __future__ import annotations

import pytest

from broadsheet.catalog import Catalog, Listed
from tests.catalog.kit import paper, store


@pytest.fixture
def filled(catalog: Catalog) -> Catalog:
    store(
        catalog,
        paper("1", announced="2025-03-03", categories=("cs.LG", "stat.ML")),
        paper("2", announced="2025-03-04", categories=("cs.CL",)),
        paper("3", announced="2025-03-04", categories=("cs.LG", "cs.CL"), abstract=""),
        paper("4", announced="2025-03-04", categories=("csx.LG",)),
        paper("5", announced="2025-04-01", categories=("cs",)),
        paper("6", source="starter", categories=()),
        paper("7", announced="2025-03-04", categories=("cs.LG",)),
    )
    catalog.delete(7)
    return catalog


def test_days_have_their_counts_newest_first(filled: Catalog) -> None:
    assert filled.days(9) == [("2025-04-01", 1), ("2025-03-04", 3), ("2025-03-03", 1)]
    assert filled.days(1, before="2025-04-01") == [("2025-03-04", 3)]
    assert filled.days(9, before="2025-03-03") == []


def test_a_day_has_its_works_in_the_order_they_came(filled: Catalog) -> None:
    assert filled.on_day("2025-03-04") == [2, 3, 4]
    assert filled.on_day("2025-03-04", offset=1, limit=1) == [3]
    assert filled.on_day("2025-03-04", category="cs.CL") == [2, 3]
    assert filled.on_day("2025-03-04", category="cs.CL", offset=1) == [3]
    assert filled.on_day("2025-03-04", category="cs") == [2, 3]
    assert filled.on_day("2025-03-04", category="%") == []
    assert filled.on_day("2025-04-01", category="cs") == [5]
    assert filled.on_day("1999-01-01") == []


def test_categories_of_a_day_are_counted(filled: Catalog) -> None:
    assert filled.categories_on("2025-03-04") == [("cs.CL", 2), ("cs.LG", 1), ("csx.LG", 1)]


def test_several_days_come_newest_first(filled: Catalog) -> None:
    assert filled.between("2025-03-01", "2025-04-30") == [5, 2, 3, 4, 1]
    assert filled.between("2025-03-01", "2025-03-31", category="cs.LG") == [3, 1]
    assert filled.count_between("2025-03-01", "2025-03-31") == 4
    assert filled.listing("2025-03-04", "2025-03-04") == [
        Listed(2, "2025-03-04", ("cs.CL",), True),
        Listed(3, "2025-03-04", ("cs.LG", "cs.CL"), False),
        Listed(4, "2025-03-04", ("csx.LG",), True),
    ]


def test_a_shelf_has_the_works_of_a_source(filled: Catalog) -> None:
    assert filled.shelf("starter") == [6]
    assert filled.shelf("lab", offset=1, limit=2) == [2, 3]
    assert filled.sources() == [("lab", 5), ("starter", 1)]
    assert filled.count() == 6


def test_more_categories_than_an_index_holds_do_no_harm(catalog: Catalog) -> None:
    many = tuple(f"category-{number:04}" for number in range(2_000))
    store(catalog, paper("1", announced="2025-03-03", categories=many))
    assert catalog.on_day("2025-03-03", category="category-0000") == [1]
    work = catalog.get(1)
    assert work is not None
    assert work.paper.categories == many
