"""Which work a reference out of a library means, where it has no id that is known here."""

from __future__ import annotations

from typing import Any

import pytest

from broadsheet.catalog import Catalog
from broadsheet.papers import Author, Paper
from tests.catalog.kit import paper, store

TITLE = "Ranking papers by what they mean"
ADA, BEN = Author("Ada Lovelace"), Author("Ben Jonson")


def reference(title: str = TITLE, **fields: Any) -> Paper:
    known = {"authors": (ADA, BEN), "abstract": "", **fields}
    return paper("lovelace2024ranking", title, source="own", **known)


def stored(name: str, title: str = TITLE, **fields: Any) -> Paper:
    return paper(name, title, **{"authors": (ADA, BEN), "source": "arxiv", **fields})


def meant(catalog: Catalog, *papers: Paper) -> list[str]:
    """The names of the works that references mean; '' for none."""
    found = catalog.meant(papers)
    works = catalog.get_many([number for number in found if number])
    return [works[number].paper.id if number else "" for number in found]


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (reference(), "title and authors"),
        (reference(TITLE.upper() + "."), "case and marks"),
        (reference(authors=(Author("Lovelace, A."),)), "one of its authors, with an initial"),
        (reference(authors=()), "the only work of that title"),
        (reference(published="2025"), "the article of next year"),
        (paper("2401.00001", "Another title altogether, and long", source="own"), "its id"),
    ],
)
def test_a_reference_means_the_paper_that_is_here(catalog: Catalog, asked: Paper, why: str) -> None:
    store(catalog, stored("2401.00001", published="2024"), stored("2401.00002", "Of tides"))
    assert meant(catalog, asked) == ["2401.00001"], why


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (reference(authors=(Author("Somebody Else"),)), "other authors"),
        (reference(TITLE + ": a survey"), "another title"),
        (reference("A note"), "too short a title"),
        (reference(""), "nothing said"),
    ],
)
def test_a_look_alike_means_none(catalog: Catalog, asked: Paper, why: str) -> None:
    store(catalog, stored("2401.00001"), stored("2401.00003", "A note"))
    assert meant(catalog, asked) == [""], why


def test_of_reports_of_one_title_the_year_tells(catalog: Catalog) -> None:
    years = ("2023", "2024")
    store(catalog, *(stored(f"r{year}", abstract="", published=year) for year in years))
    assert catalog.count() == 2
    asked = [reference(published=year) for year in ("2023", "2024", "2022", "")]
    assert meant(catalog, *asked) == ["r2023", "r2024", "", ""]


def test_what_is_gone_is_not_meant(catalog: Catalog) -> None:
    store(catalog, stored("2401.00001"))
    catalog.undo_import(1)
    assert meant(catalog, reference()) == [""]
