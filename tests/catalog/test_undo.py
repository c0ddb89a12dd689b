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
