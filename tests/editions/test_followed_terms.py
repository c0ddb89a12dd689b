"""What is meant by a term that is followed."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from broadsheet.catalog import Catalog
from broadsheet.editions import DigestMaker
from broadsheet.papers import Paper
from broadsheet.readers import LOCAL, Readers
from broadsheet.settings import Settings
from tests.catalog.kit import store

DAY = "2026-08-20"
TITLES = (
    "Porting C++ to Rust", "Point group C in crystals", "C# for teachers", "k-Means revisited",
    "Naïve Bayes classifiers", "On biases", "A++ and more",
    "Dwarf galaxies", "A galaxy of stars", "Quantum field theories", "Matrices",
)  # fmt: skip


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("C++", [0]),
        ("c++", [0]),
        ("C#", [2]),
        ("C", [1]),
        ("k-means", [3]),
        ("K means", [3]),
        ("naive Bayes classifier", [4]),
        ("bias", [5]),
        ("biases", [5]),
        ("galaxy", [7, 8]),
        ("galaxies", [7, 8]),
        ("quantum field theory", [9]),
        ("matrix", [10]),
        ("++", []),
    ],
)
def test_a_term_is_found_as_it_is_written(tmp_path: Path, term: str, found: list[int]) -> None:
    with closing(Catalog.open(Settings(home=tmp_path / "home"))) as catalog:
        papers = [
            Paper(f"2608.{number:05}", "listings", title, announced=DAY)
            for number, title in enumerate(TITLES)
        ]
        store(catalog, *papers)
        readers = Readers(catalog)
        readers.follows.add(LOCAL, "term", term)
        reader = readers.accounts.get(LOCAL)
        assert reader is not None
        told = catalog.get_many(list(DigestMaker(catalog, readers).followed(reader, DAY, DAY)))
        assert sorted(TITLES.index(work.paper.title) for work in told.values()) == found
