"""A work told by two sources is one by title, authors and abstract; look-alikes stay apart."""

from __future__ import annotations

import random
from typing import Any

import pytest
from sqlalchemy import select

from broadsheet.catalog import Catalog
from broadsheet.catalog.schema import run_migrations
from broadsheet.catalog.tables import REVISIONS, meta, titles
from broadsheet.papers import Author, Paper
from tests.catalog.kit import check, content, paper, store

WORDS = [f"word{number}" for number in range(2_000)]
TITLE = "Ranking papers by what they mean"


def told(seed: int, length: int = 120) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=length))


def of(source: str, name: str, title: str = TITLE, **fields: Any) -> Paper:
    return paper(name, title, source=source, **{"abstract": told(1), **fields})


def works(catalog: Catalog, *names: str) -> list[int]:
    return [number for name in names for number in catalog.resolve(name)]


def test_the_same_work_of_another_source_joins_and_the_log_says_why(catalog: Catalog) -> None:
    store(catalog, of("here", "1"))
    before = content(catalog)
    result = store(catalog, of("there", "a", TITLE.upper(), abstract=told(1, 60)))
    assert (result.counts.new, result.counts.merged, catalog.count()) == (0, 1, 1)
    one, other = works(catalog, "here:1", "there:a")
    assert one == other == next(iter(before))
    (merge,) = catalog.merges()
    assert merge.reason == "title, 2 authors and 100% of an abstract agree"
    assert len(catalog.versions(one)) == 2
    check(catalog)


def test_two_records_of_one_batch_join(catalog: Catalog) -> None:
    result = store(catalog, of("here", "1"), of("there", "a"), of("third", "x"))
    assert (result.counts.new, result.counts.merged, catalog.count()) == (1, 2, 1)
    check(catalog)


def test_a_joined_record_that_comes_again_changes_nothing(catalog: Catalog) -> None:
    store(catalog, of("here", "1"))
    store(catalog, of("there", "a"))
    before = content(catalog)
    again = store(catalog, of("there", "a"), of("here", "1"))
    assert (again.counts.unchanged, content(catalog)) == (2, before)
    assert len(catalog.merges()) == 1


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (of("there", "a", TITLE + ", Part II"), "the second part"),
        (of("there", "a", abstract=told(2)), "nothing in common but the title"),
        (of("there", "a", authors=(Author("Somebody Else"),)), "other authors"),
        (of("there", "a", TITLE + ": a survey", abstract=told(1)), "a survey of it"),
        (of("there", "a", TITLE + " (extended version)"), "an extended version: for a person"),
        (of("there", "a", "Ranking books by what they say", abstract=told(1)[:600]), "the next"),
        (of("there", "a", "A note", abstract=told(1)), "too short a title"),
        (of("here", "2", abstract=told(1, 30) + told(9, 90)), "its follow-up in one archive"),
        (of("here", "2", abstract="", published="2021"), "next year's report, no abstract"),
        (of("there", "a", authors=()), "nobody to compare"),
    ],
)
def test_look_alikes_stay_two_works(catalog: Catalog, other: Paper, why: str) -> None:
    store(catalog, of("here", "1", published="2020"))
    assert store(catalog, other).counts.new == 1, why
    assert (catalog.count(), catalog.merges()) == (2, [])
    check(catalog)


def test_without_abstracts_title_and_authors_decide_between_two_sources(catalog: Catalog) -> None:
    store(catalog, of("here", "1", abstract="", published="2019"))
    store(catalog, of("there", "a", published="2020"))
    assert catalog.count() == 1
    assert catalog.merges()[0].reason == "title and 2 authors agree"
    (work,) = catalog.get_many(works(catalog, "here:1")).values()
    assert work.paper.abstract == told(1)


def test_in_one_source_they_decide_only_within_a_year(catalog: Catalog) -> None:
    store(catalog, of("here", "1", abstract="", published="1998"))
    store(catalog, of("here", "2", abstract="", published="1998"))
    assert catalog.count() == 1
    check(catalog)


def test_a_version_with_another_title_joins_the_work_it_names_now(catalog: Catalog) -> None:
    store(catalog, of("here", "1", "A name that it had in the beginning"), of("there", "a"))
    assert catalog.count() == 2
    assert store(catalog, of("here", "1")).counts.merged == 1
    assert catalog.count() == 1
    check(catalog)


def test_what_a_person_took_apart_stays_apart(catalog: Catalog) -> None:
    store(catalog, of("here", "1"))
    store(catalog, of("there", "a"))
    before = len(catalog.versions(works(catalog, "here:1")[0]))
    catalog.undo_merge(catalog.merges()[0].id)
    one, other = works(catalog, "here:1", "there:a")
    assert one != other
    assert before == len(catalog.versions(one)) + len(catalog.versions(other)) == 2
    again = store(catalog, of("there", "a", abstract=told(1) + " more"))
    assert (again.counts.updated, catalog.count()) == (1, 2)
    check(catalog)


def test_an_import_taken_back_takes_its_joins_back(catalog: Catalog) -> None:
    store(catalog, of("here", "1"))
    before = content(catalog)
    second = store(catalog, of("there", "a"), of("there", "b", "Another title altogether"))
    catalog.undo_import(second.import_id)
    assert content(catalog) == before
    check(catalog)
    assert store(catalog, of("third", "x")).counts.merged == 1


def test_the_first_import_taken_back_leaves_what_the_second_brought(catalog: Catalog) -> None:
    first = store(catalog, of("here", "1"))
    store(catalog, of("there", "a"))
    catalog.undo_import(first.import_id)
    (number,) = works(catalog, "there:a")
    assert catalog.get(number) is not None
    check(catalog)


def test_nothing_joins_a_work_that_was_deleted_by_hand(catalog: Catalog) -> None:
    store(catalog, of("here", "1"))
    catalog.delete(works(catalog, "here:1")[0])
    store(catalog, of("there", "a"))
    (number,) = works(catalog, "there:a")
    assert catalog.get(number) is not None
    check(catalog)


def test_a_title_that_hundreds_share_is_compared_with_a_few(catalog: Catalog) -> None:
    columns = [
        of("here", str(n), "Introduction to the special issue", abstract=told(n + 10), published=y)
        for n in range(200)
        for y in ("2001",)
    ]
    assert store(catalog, *columns).counts.new == 200
    check(catalog)


def test_records_of_an_older_catalog_are_found_by_title(catalog: Catalog) -> None:
    store(catalog, of("here", "1"))
    with catalog.database.write() as connection:
        connection.execute(titles.delete())
        connection.execute(meta.delete().where(meta.c.name == "titles"))
        run_migrations(connection, REVISIONS[-1])
    assert store(catalog, of("there", "a")).counts.merged == 1
    with catalog.database.read() as connection:
        assert len(connection.execute(select(titles)).all()) == 2


def test_what_is_scanned_for_is_found_in_what_was_stored_apart(catalog: Catalog) -> None:
    store(catalog, of("here", "1"), of("there", "a", TITLE + " (extended version)"))
    store(catalog, of("here", "2", "A title of its own entirely", abstract=told(7)))
    (twin,) = catalog.twins()
    assert (twin.sure, {twin.one, twin.other}) == (False, set(works(catalog, "here:1", "there:a")))
    assert catalog.join(twin.one, twin.other, twin.reason) == min(twin.one, twin.other)
    assert catalog.twins() == []
    check(catalog)
    catalog.undo_merge(catalog.merges()[0].id)
    assert catalog.twins() == []
    check(catalog)
