"""Trending: an open formula, fair to fields, hard on rings, the same for a past date."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from broadsheet.editions import HALF_LIFE_DAYS, trending
from tests.readers.taste_home import Home, four_topics, made, opened, taste_home

PASSWORD = "a long and quiet river"
NOW = "2026-08-20T12:00:00Z"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    papers = [*four_topics(), made("graphs", 77, extra={"upvotes": "63"})]
    folder = tmp_path_factory.mktemp("trending") / "home"
    with taste_home(folder, papers, encoded=False):
        return folder


@pytest.fixture
def clean(tmp_path: Path, filled: Path) -> Iterator[Home]:
    shutil.copytree(filled, tmp_path / "home")
    with opened(tmp_path / "home", encoded=False) as home:
        yield home


def _readers(home: Home, count: int) -> list[int]:
    found = []
    for number in range(count):
        name = f"reader{number}"
        reader = home.readers.accounts.by_name(name)
        found.append(
            reader.id if reader else home.readers.accounts.add(name, None, "reader", "").id
        )
    return found


def _vote(home: Home, reader: int, *names: str, at: str = NOW, kind: str = "upvote") -> None:
    for name in names:
        home.readers.acts.do(reader, kind, home.work(name), at=at)


def _scores(found) -> dict[str, float]:
    return {entry.work.paper.id: entry.score for entry in found.entries}


def test_a_library_that_comes_onto_a_list_is_no_turning_to_its_papers(clean: Home) -> None:
    (one,) = _readers(clean, 1)
    shelf = clean.readers.lists.make(one, "library")
    clean.readers.lists.fill(shelf.id, [clean.work(f"galaxies-{n}") for n in range(5)])
    clean.readers.lists.put(shelf.id, clean.work("galaxies-6"))
    found = trending(clean.catalog, clean.readers, "", "week")
    told = {e.work.paper.id: {part.kind for part in e.parts} for e in found.entries}
    assert "save" in told["galaxies-6"]
    assert not {f"galaxies-{n}" for n in range(5)} & told.keys()


def test_every_score_can_be_taken_apart(clean: Home) -> None:
    one, two = _readers(clean, 2)
    _vote(clean, one, "galaxies-1", at="2026-08-17T12:00:00Z")
    _vote(clean, two, "galaxies-1", kind="save")
    found = trending(clean.catalog, clean.readers, NOW, "week")
    entry = next(e for e in found.entries if e.work.paper.id == "galaxies-1")
    parts = {part.kind: part for part in entry.parts}
    assert parts["upvote"].heat == pytest.approx(2 ** (-3 / HALF_LIFE_DAYS["week"]))
    assert parts["save"].heat == pytest.approx(1.0)
    assert entry.heat == pytest.approx(sum(part.heat for part in entry.parts))
    assert entry.score == pytest.approx(math.log2(1 + entry.heat) / math.log2(1 + entry.typical))
    assert "heat 1.50" in entry.sentence()


def test_votes_outside_count_with_the_papers_day(clean: Home) -> None:
    found = trending(clean.catalog, clean.readers, NOW, "week")
    (entry,) = found.entries
    assert entry.work.paper.id == "graphs-77"
    (part,) = entry.parts
    assert (part.kind, part.count) == ("external", 63)
    assert part.heat == pytest.approx(6 * 2 ** (-0.5 / HALF_LIFE_DAYS["week"]))


def test_a_past_list_is_the_same_list_again(clean: Home) -> None:
    one, two = _readers(clean, 2)
    _vote(clean, one, "galaxies-1", "proteins-1", at="2026-08-19T10:00:00Z")
    then = trending(clean.catalog, clean.readers, "2026-08-19", "week")
    _vote(clean, two, "galaxies-1", "proteins-2", at="2026-08-20T10:00:00Z")
    clean.readers.acts.undo(one, "upvote", clean.work("proteins-1"))
    assert trending(clean.catalog, clean.readers, "2026-08-19", "week") == then
    now = trending(clean.catalog, clean.readers, NOW, "week")
    assert "proteins-2" in _scores(now) and "proteins-2" not in _scores(then)


def test_each_field_competes_with_itself(clean: Home) -> None:
    readers = _readers(clean, 6)
    for place, reader in enumerate(readers):  # a busy field: three votes a paper
        _vote(clean, reader, *(f"retrieval-{(place + step) % 6}" for step in range(3)))
    _vote(clean, readers[0], "proteins-0", at="2026-08-19T12:00:00Z")
    _vote(clean, readers[1], "proteins-1")
    found = trending(clean.catalog, clean.readers, NOW, "week")
    typical = {entry.field: entry.typical for entry in found.entries}
    assert typical["q-bio"] < typical["cs"]
    heats = {entry.work.paper.id: entry.heat for entry in found.entries}
    scores = _scores(found)
    assert heats["proteins-1"] < heats["retrieval-0"]
    assert scores["proteins-1"] / scores["retrieval-0"] > heats["proteins-1"] / heats["retrieval-0"]


def test_a_ring_shares_one_voice(clean: Home) -> None:
    ring, alone = _readers(clean, 6)[:5], _readers(clean, 6)[5]
    for reader in ring:
        _vote(clean, reader, *(f"graphs-{n}" for n in range(5)))
    _vote(clean, alone, "galaxies-3", "galaxies-4")
    found = trending(clean.catalog, clean.readers, NOW, "week")
    heats = {entry.work.paper.id: entry.heat for entry in found.entries}
    damped = {entry.work.paper.id: entry.damped for entry in found.entries}
    assert heats["graphs-0"] == pytest.approx(1.0)
    assert damped["graphs-0"] == pytest.approx(4.0)
    assert heats["galaxies-3"] == pytest.approx(1.0) and damped["galaxies-3"] == 0


@pytest.mark.parametrize(("as_of", "kind"), [("soon", "week"), ("2026-13-01", "week"), (NOW, "x")])
def test_what_is_no_time_or_kind_is_said_so(clean: Home, as_of: str, kind) -> None:
    with pytest.raises(ValueError):
        trending(clean.catalog, clean.readers, as_of, kind)


def test_a_category_narrows(clean: Home) -> None:
    (one,) = _readers(clean, 1)
    _vote(clean, one, "galaxies-1", "retrieval-1")
    found = trending(clean.catalog, clean.readers, NOW, "week", category="cs")
    assert list(_scores(found)) == ["retrieval-1"]
