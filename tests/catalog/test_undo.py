"""Imports taken back."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadsheet.catalog import Catalog, CatalogError
from broadsheet.papers import Paper
from broadsheet.settings import Settings
from tests.catalog.kit import check, content, everything, paper, replay, store

NAMES = "abcde"


def test_an_import_that_is_undone_leaves_what_was_there(catalog: Catalog) -> None:
    store(catalog, paper("a"), paper("b"), paper("c", announced="2025-01-01"))
    before = content(catalog)
    store(
        catalog,
        paper("a", "New Text"),
        paper("d"),
        paper("e", "Both", "lab:b", "lab:c", announced="2024-12-31", source="acl"),
    )
    assert catalog.undo_import(2) == 4
    assert content(catalog) == before
    assert catalog.resolve("d") == catalog.resolve("e") == []
    assert catalog.sources() == [("lab", 3)]
    assert catalog.days(9) == [("2025-01-01", 1)]
    check(catalog)


def test_the_ledger_says_what_was_undone(catalog: Catalog) -> None:
    store(catalog, paper("a"), name="first")
    store(catalog, paper("b"), name="second")
    catalog.undo_import(1)
    states = {Path(run.path).name: run.state for run in catalog.imports()}
    assert states == {"second": "finished", "first": "undone"}
    with pytest.raises(CatalogError, match="import 1 is taken back already"):
        catalog.undo_import(1)
    with pytest.raises(CatalogError, match="there is no import 7"):
        catalog.undo_import(7)


def test_what_a_later_import_brought_stays(catalog: Catalog) -> None:
    store(catalog, paper("a", "First"))
    store(catalog, paper("a", "Second"), paper("b"))
    catalog.undo_import(1)
    titles = {work.paper.title for work in everything(catalog).values()}
    assert titles == {"Second", "On Things"}
    check(catalog)


def test_an_import_larger_than_a_transaction_is_undone_whole(catalog: Catalog) -> None:
    store(catalog, paper("kept"))
    store(catalog, *(paper(str(number), abstract="") for number in range(1_300)))
    assert catalog.undo_import(2) == 1_300
    assert catalog.count() == 1
    check(catalog)


@st.composite
def papers(draw: st.DrawFn) -> Paper:
    others = draw(st.lists(st.sampled_from(NAMES), max_size=2))
    return paper(
        draw(st.sampled_from(NAMES)),
        draw(st.sampled_from(("First", "Second"))),
        *(f"lab:{other}" for other in others),
        source=draw(st.sampled_from(("lab", "acl"))),
        announced=draw(st.sampled_from(("", "2025-01-01", "2025-01-02"))),
        abstract=draw(st.sampled_from(("", "An abstract."))),
    )


imports = st.lists(papers(), max_size=4)


@cache
def _empty() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        home = Settings(home=Path(folder), database="")
        Catalog.open(home).close()
        return home.catalog_path.read_bytes()


@contextmanager
def fresh() -> Iterator[Catalog]:
    """A catalog without the tenth of a second that its migrations take."""
    folder = tempfile.mkdtemp()
    try:
        home = Settings(home=Path(folder), database="")
        home.catalog_path.write_bytes(_empty())
        with closing(Catalog.open(home)) as catalog:
            yield catalog
    finally:
        shutil.rmtree(folder)


@settings(max_examples=40, deadline=None)
@given(st.lists(imports, max_size=3), imports)
def test_undoing_the_last_import_restores_any_catalog(
    earlier: list[list[Paper]], last: list[Paper]
) -> None:
    with fresh() as catalog:
        for batch in earlier:
            store(catalog, *batch)
        before = content(catalog)
        result = store(catalog, *last)
        check(catalog)
        catalog.undo_import(result.import_id)
        assert content(catalog) == before
        check(catalog)


steps = st.one_of(
    imports,
    st.tuples(st.sampled_from(("undo import", "undo merge", "delete")), st.integers(1, 5)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(steps, max_size=8))
def test_whatever_happens_the_catalog_agrees_with_itself_and_with_its_log(
    happenings: list[list[Paper] | tuple[str, int]],
) -> None:
    with fresh() as catalog:
        seen, after = replay(catalog, {}, 0)
        for step in happenings:
            _do(catalog, step)
            check(catalog)
            seen, after = replay(catalog, seen, after)
            assert seen == everything(catalog) == catalog.get_many(range(30))
        for run in catalog.imports():
            if run.state != "undone":
                catalog.undo_import(run.id)
                check(catalog)
        assert everything(catalog) == {}
        for name in NAMES:
            assert catalog.resolve(name, deleted=True) == []


def _do(catalog: Catalog, step: list[Paper] | tuple[str, int]) -> None:
    if isinstance(step, list):
        store(catalog, *step)
        return
    what, number = step
    try:
        match what:
            case "undo import":
                catalog.undo_import(number)
            case "undo merge":
                catalog.undo_merge(number)
            case "delete":
                catalog.delete(number)
    except CatalogError:
        pass  # there is none of that number: nothing happens


def test_what_another_import_brought_too_outlives_the_one_that_is_undone(catalog: Catalog) -> None:
    every = [paper(str(number), abstract="") for number in range(1_200)]
    store(catalog, *every[:800])
    both = store(catalog, *every[400:])
    assert (both.counts.new, both.counts.unchanged) == (400, 400)
    assert catalog.undo_import(1) == 400
    assert catalog.count() == 800
    assert catalog.resolve("lab:399") == [] and catalog.resolve("lab:400")
    check(catalog)
    assert catalog.undo_import(2) == 800
    assert catalog.count() == 0
    check(catalog)


def test_a_paper_that_three_imports_brought_goes_with_the_last_of_them(catalog: Catalog) -> None:
    for _ in range(3):
        store(catalog, paper("a"), paper("b"), paper("a"))
    for number in (2, 1):
        assert catalog.undo_import(number) == 0
        assert catalog.count() == 2
        check(catalog)
    assert catalog.undo_import(3) == 2
    assert catalog.count() == 0


def test_an_inherited_paper_has_the_day_that_its_heir_states(catalog: Catalog) -> None:
    store(catalog, paper("a", announced="2025-01-01"), paper("b", announced="2025-01-01"))
    store(catalog, paper("a", announced="2025-02-02"), paper("b", announced="2025-01-01"))
    assert catalog.days(9) == [("2025-01-01", 2)]
    assert catalog.undo_import(1) == 1
    assert catalog.days(9) == [("2025-02-02", 1), ("2025-01-01", 1)]
    check(catalog)


def test_works_stay_joined_by_what_another_import_brought_too(catalog: Catalog) -> None:
    store(catalog, paper("a"), paper("b"))
    joining = paper("c", "Both", "lab:a", "lab:b")
    store(catalog, joining)
    store(catalog, joining)
    assert catalog.count() == 1
    catalog.undo_import(2)
    assert catalog.count() == 1 and len(catalog.resolve("lab:c")) == 1
    check(catalog)
    catalog.undo_import(3)
    assert catalog.count() == 2 and catalog.resolve("lab:c") == []
    check(catalog)


def test_records_found_in_a_row_are_kept_in_few_rows(catalog: Catalog) -> None:
    every = [paper(str(number), abstract="") for number in range(1_300)]
    for _ in range(2):
        store(catalog, *every)
    with catalog.database.read() as connection:
        (rows,) = connection.exec_driver_sql("SELECT count(*) FROM sightings").one()
    assert rows <= 4
