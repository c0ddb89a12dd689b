"""Days get their topics when they are read, in their order, and again when they change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from broadsheet.catalog import Catalog, Topics, ingest
from broadsheet.editions import Editions, span_of
from broadsheet.encoders import VectorStore
from broadsheet.settings import Settings
from broadsheet.worker import Mapping, Perusing

from ..editions.topic_papers import THEMES, arrived, iso, theme_vector

EACH = 6


def add(catalog: Catalog, home: Path, day: int, each: int = EACH, start: int = 0) -> None:
    papers = [
        arrived(theme, day * 100 + number, iso(day), line)
        for line, (number, theme) in enumerate(product(range(start, start + each), THEMES), 1)
    ]
    settings = Settings(home=home)
    ingest(
        catalog,
        papers,
        path=Path(f"day-{day}-{start}"),
        source="listings",
        rejected_dir=settings.rejected_path,
        progress=None,
    )


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with closing(Catalog.open(Settings(home=tmp_path))) as made:
        for day in range(4):
            add(made, tmp_path, day)
        yield made


def all_of(mapping: Mapping, *, encoding: bool = False) -> list[int]:
    counts = []
    while count := mapping.some(encoding=encoding):
        counts.append(count)
    return counts


def mapped(catalog: Catalog, home: Path) -> None:
    Perusing(catalog).all(processes=1)
    with closing(Mapping(Settings(home=home), catalog)) as mapping:
        all_of(mapping)


def test_papers_that_are_not_read_yet_are_waited_for(catalog: Catalog, tmp_path: Path) -> None:
    with closing(Mapping(Settings(home=tmp_path), catalog)) as mapping:
        assert mapping.some(encoding=False) == 0
    assert Topics(catalog).days() == {}


def test_all_days_are_mapped_and_the_newest_edition_has_topics(
    catalog: Catalog, tmp_path: Path
) -> None:
    Perusing(catalog).all(processes=1)
    with closing(Mapping(Settings(home=tmp_path), catalog)) as mapping:
        assert all_of(mapping) == [EACH * len(THEMES)] * 4
        assert mapping.some(encoding=False) == 0
    assert Topics(catalog).newest() == iso(3)
    for day in range(4):
        found = Editions(catalog).read(span_of("day", iso(day)))
        assert found is not None
        assert found.by == "topic"
        assert len(found.contents) >= 3


def test_papers_that_come_late_join_the_topics_of_their_day(
    catalog: Catalog, tmp_path: Path
) -> None:
    mapped(catalog, tmp_path)
    topics = Topics(catalog)
    names = topics.names(iso(3), iso(3))
    for day in (3, 1):
        add(catalog, tmp_path, day, each=2, start=50)
        mapped(catalog, tmp_path)
        assert topics.days()[iso(day)] == (EACH + 2) * len(THEMES)
        assert len(topics.places(iso(day), iso(day))) == (EACH + 2) * len(THEMES)
    assert set(topics.names(iso(3), iso(3)).items()) & set(names.items())
    assert topics.newest() == iso(3)


def test_the_map_begun_anew_is_the_same(catalog: Catalog, tmp_path: Path) -> None:
    mapped(catalog, tmp_path)
    topics = Topics(catalog)
    before = topics.places(iso(0), iso(9)), topics.names(iso(0), iso(9)), topics.map()
    topics.reset()
    mapped(catalog, tmp_path)
    assert (topics.places(iso(0), iso(9)), topics.names(iso(0), iso(9)), topics.map()) == before


def test_a_new_day_goes_on_from_the_day_before(catalog: Catalog, tmp_path: Path) -> None:
    mapped(catalog, tmp_path)
    topics = Topics(catalog)
    names = topics.names(iso(3), iso(3))
    yesterday = topics.places(iso(3), iso(3))
    add(catalog, tmp_path, 4)
    mapped(catalog, tmp_path)
    assert topics.newest() == iso(4)
    assert topics.places(iso(3), iso(3)) == yesterday
    assert set(topics.names(iso(4), iso(4)).items()) <= set(names.items())


def test_a_day_waits_for_its_vectors_while_they_are_made(catalog: Catalog, tmp_path: Path) -> None:
    Perusing(catalog).all(processes=1)
    settings = Settings(home=tmp_path)
    with closing(VectorStore(settings.vectors_path / "key", 32, read_only=False)) as store:
        store.append([bytes(16)], np.ones((1, 32), np.float32))
        with closing(Mapping(settings, catalog, "key", 32)) as mapping:
            assert mapping.some(encoding=True) == 0
        works = [
            work
            for day in range(4)
            for work in catalog.get_many(
                [listed.work_id for listed in catalog.listing(iso(day), iso(day))]
            ).values()
        ]
        vectors = [
            theme_vector(list(THEMES)[int(work.paper.id[2:4]) - 1], work.id) for work in works
        ]
        store.append([work.text_hash for work in works], np.array(vectors))
        with closing(Mapping(settings, catalog, "key", 32)) as mapping:
            assert len(all_of(mapping, encoding=True)) == 4
    assert Topics(catalog).kind().endswith(" key")
    # Without the weights the map goes on by words; it is not made anew.
    add(catalog, tmp_path, 4)
    mapped(catalog, tmp_path)
    assert Topics(catalog).kind().endswith(" key")
    assert Topics(catalog).newest() == iso(4)


def test_a_home_of_few_papers_has_sections_by_subject_until_there_are_more(tmp_path: Path) -> None:
    with closing(Catalog.open(Settings(home=tmp_path))) as catalog:
        add(catalog, tmp_path, 0, each=1)
        mapped(catalog, tmp_path)
        assert Topics(catalog).days() == {iso(0): len(THEMES)}
        found = Editions(catalog).latest("day")
        assert found is not None
        assert found.by == "subject"
        for day in range(1, 4):
            add(catalog, tmp_path, day, each=4)
            mapped(catalog, tmp_path)
        found = Editions(catalog).latest("day")
        assert found is not None
        assert found.by == "topic"


def test_days_whose_papers_are_gone_are_forgotten(catalog: Catalog, tmp_path: Path) -> None:
    mapped(catalog, tmp_path)
    for listed in catalog.listing(iso(0), iso(0)):
        catalog.delete(listed.work_id)
    mapped(catalog, tmp_path)
    assert not Topics(catalog).places(iso(0), iso(0))
