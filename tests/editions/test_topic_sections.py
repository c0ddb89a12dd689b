"""An edition of mapped days has sections by topic; others have them by subject."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import product
from pathlib import Path

import pytest

from broadsheet.catalog import Catalog, MappedDay, Place, Topics, ingest
from broadsheet.editions import Edition, Editions, span_of
from broadsheet.settings import Settings

from .topic_papers import THEMES, arrived

MONDAY, TUESDAY = "2026-08-03", "2026-08-04"
EACH = 4


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    settings = Settings(home=tmp_path)
    with closing(Catalog.open(settings)) as made:
        papers = [
            arrived(theme, number + (10 if day == TUESDAY else 0), day, line)
            for line, (day, number, theme) in enumerate(
                product((MONDAY, TUESDAY), range(EACH), THEMES), 1
            )
        ]
        ingest(
            made,
            papers,
            path=Path("listings"),
            source="listings",
            rejected_dir=settings.rejected_path,
            progress=None,
        )
        yield made


def put(catalog: Catalog, day: str, names: dict[int, str], elsewhere: int = 0) -> None:
    """Maps a day: its papers in turn to the named topics, the first ones elsewhere."""
    ids = [listed.work_id for listed in catalog.listing(day, day)]
    numbers = list(names)
    places = {
        work_id: Place(0, 0.0)
        if at < elsewhere
        else Place(numbers[at % len(numbers)], (at % 7) / 10 + 0.1)
        for at, work_id in enumerate(ids)
    }
    Topics(catalog).put("1", MappedDay(day, places, names, [f"mapped {day}"]))


def read(catalog: Catalog, day: str, section: str | None = None) -> Edition:
    found = Editions(catalog).read(span_of("day", day), 1, section)
    assert found is not None
    return found


def test_a_day_without_a_map_has_sections_by_subject(catalog: Catalog) -> None:
    found = read(catalog, MONDAY)
    assert found.by == "subject"
    assert {"Galaxies", "Robotics"} <= {entry.name for entry in found.contents}


def test_a_mapped_day_has_its_topics_and_what_is_left_stands_last(catalog: Catalog) -> None:
    put(catalog, MONDAY, {4: "Dwarf galaxies", 9: "Speech recognition"}, elsewhere=11)
    found = read(catalog, MONDAY)
    assert found.by == "topic"
    names = [(entry.category, entry.name) for entry in found.contents]
    assert set(names[:2]) == {("topic-4", "Dwarf galaxies"), ("topic-9", "Speech recognition")}
    assert names[2:] == [("elsewhere", "Elsewhere")]
    assert sum(entry.total for entry in found.contents) == found.total == EACH * len(THEMES)
    # Nothing leads the paper that belongs nowhere.
    assert len(found.leads) == 2


def test_the_nearest_papers_of_a_topic_come_first(catalog: Catalog) -> None:
    put(catalog, MONDAY, {4: "Dwarf galaxies"})
    near = Topics(catalog).places(MONDAY, MONDAY)
    shown = [near[work.id].near for work in read(catalog, MONDAY, "topic-4").sections[0].works]
    assert shown == sorted(shown, reverse=True)
    assert len(shown) == EACH * len(THEMES)


def test_a_day_keeps_the_names_that_it_was_printed_with(catalog: Catalog) -> None:
    put(catalog, MONDAY, {4: "Dwarf galaxies"})
    put(catalog, TUESDAY, {4: "Galaxies and stars"})
    assert read(catalog, MONDAY).contents[0].name == "Dwarf galaxies"
    assert read(catalog, TUESDAY).contents[0].name == "Galaxies and stars"
    week = Editions(catalog).read(span_of("week", MONDAY))
    assert week is not None
    assert [(c.name, c.total) for c in week.contents] == [
        ("Galaxies and stars", 2 * EACH * len(THEMES))
    ]


def test_a_day_that_is_mostly_elsewhere_has_sections_by_subject(catalog: Catalog) -> None:
    put(catalog, MONDAY, {4: "Dwarf galaxies"}, elsewhere=20)
    assert read(catalog, MONDAY).by == "subject"


def test_sections_by_subject_are_still_there_by_their_addresses(catalog: Catalog) -> None:
    put(catalog, MONDAY, {4: "Dwarf galaxies"})
    found = read(catalog, MONDAY, "cs.CV")
    assert found.by == "subject"
    assert (found.sections[0].name, len(found.sections[0].works)) == ("Computer vision", EACH)
    editions = Editions(catalog)
    by_subject = editions.read(span_of("day", MONDAY), by="subject")
    assert by_subject is not None
    assert by_subject.by == "subject"
    assert editions.read(span_of("day", MONDAY), 1, "topic-5") is None


def test_editions_follow_a_map_that_comes_later(catalog: Catalog) -> None:
    editions = Editions(catalog)
    before = editions.read(span_of("day", MONDAY))
    round_ = editions.topics_round()
    put(catalog, MONDAY, {4: "Dwarf galaxies"})
    after = editions.read(span_of("day", MONDAY))
    assert before is not None
    assert after is not None
    assert (before.by, after.by) == ("subject", "topic")
    assert editions.topics_round() > round_


def test_a_day_is_stored_once_and_forgotten_with_another_kind(catalog: Catalog) -> None:
    topics = Topics(catalog)
    put(catalog, MONDAY, {4: "Dwarf galaxies"})
    put(catalog, MONDAY, {5: "Speech recognition"})
    assert topics.names(MONDAY, MONDAY) == {5: "Speech recognition"}
    assert topics.days() == {MONDAY: EACH * len(THEMES)}
    assert topics.changes() == [(MONDAY, f"mapped {MONDAY}")]
    topics.put("2 other", MappedDay(TUESDAY, {}, {}), after=b"map")
    assert (topics.days(), topics.kind()) == ({TUESDAY: 0}, "2 other")
    assert (topics.map(), topics.map(before=True), topics.newest()) == (b"map", None, TUESDAY)
    topics.reset()
    assert (topics.days(), topics.kind(), topics.map()) == ({}, "", None)
