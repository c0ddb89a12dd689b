"""What a query means, for feeds and digests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from broadsheet.catalog import Catalog, ingest
from broadsheet.editions import DigestMaker, matches
from broadsheet.editions.digest_times import Slot
from broadsheet.index import open_index, open_writer
from broadsheet.papers import Author, Identifier, Paper
from broadsheet.readers import Readers
from broadsheet.search import Searcher
from broadsheet.settings import Settings
from broadsheet.sources import Arrived

OLD, NEWEST = "2026-08-14", "2026-08-20"
ABOUT, NAMING = 130, 30
PAPERS = (
    # The first rank before those that name their subject once, and there are more than a hundred.
    (ABOUT, OLD, "Language models", "Language models learn language from language models."),
    (400, OLD, "Of kettles", "Water is boiled at home."),
    (NAMING, NEWEST, "Folding", "Towels, shirts, sheets. Then language models are named. " * 3),
    (1, NEWEST, "LM agents", "They plan a journey of many days."),
    (1, NEWEST, "Graph colouring", "By hand, with ink and rulers."),
)


def _papers() -> Iterator[Paper]:
    number = 0
    for count, day, title, abstract in PAPERS:
        for _ in range(count):
            number += 1
            name = Identifier("arxiv", f"2608.{number:05}")
            yield Paper(
                id=name.value,
                source="listings",
                title=f"{title}, part {number}",
                abstract=abstract,
                identifiers=(name,),
                categories=("cs.LG",),
                authors=(Author(f"Writer {number}"),),
                announced=day,
            )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Catalog, Searcher]]:
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    with closing(Catalog.open(settings)) as catalog:
        ingest(
            catalog,
            [Arrived(paper, line) for line, paper in enumerate(_papers(), 1)],
            path=Path("listings"),
            source="listings",
            rejected_dir=settings.rejected_path,
        )
        with open_writer(settings) as writer:
            writer.sync(catalog)
        with closing(open_index(settings)) as index:
            yield catalog, Searcher(catalog, index)


def _titles(catalog: Catalog, ids: Iterable[int]) -> Counter[str]:
    works = catalog.get_many(list(ids)).values()
    return Counter(work.paper.title.partition(",")[0] for work in works)


def test_a_common_subject_is_found_under_both_its_names(home: tuple[Catalog, Searcher]) -> None:
    catalog, searcher = home
    found = _titles(catalog, matches(searcher, "language models", limit=500))
    assert found == {"Language models": ABOUT, "Folding": NAMING, "LM agents": 1}


def test_of_alternatives_one_is_enough(home: tuple[Catalog, Searcher]) -> None:
    catalog, searcher = home
    found = matches(searcher, '"graph colouring" OR "are named"', limit=500)
    assert _titles(catalog, found) == {"Graph colouring": 1, "Folding": NAMING}


def test_as_many_are_told_as_were_asked_for(home: tuple[Catalog, Searcher]) -> None:
    _, searcher = home
    assert len(matches(searcher, "cat:cs.LG", limit=450)) == 450
    assert len(matches(searcher, "language models", limit=20)) == 20


def test_a_digest_tells_what_is_new_however_many_older_papers_fit_better(
    home: tuple[Catalog, Searcher],
) -> None:
    catalog, searcher = home
    readers = Readers(catalog)
    reader = readers.accounts.add("ada", email="ada@example.org")
    reader = readers.accounts.update(reader.id, minutes=15)
    saved = readers.searches.add(reader.id, "models", "language models")
    readers.follows.add(reader.id, "search", str(saved.id))
    maker = DigestMaker(catalog, readers, searcher)
    now = datetime(2026, 8, 20, 7, tzinfo=UTC)
    first = maker.make(reader, Slot("daily 1", "daily", NEWEST, now))
    assert first is not None
    before = replace(first, last=OLD)
    told = maker.make(reader, Slot("daily 2", "daily", NEWEST, now), before=before)
    assert told is not None
    titles = _titles(catalog, (pick.work_id for pick in told.picks))
    assert set(titles) <= {"Folding", "LM agents"} and titles.total() == 20
    assert told.left_out == ABOUT + NAMING + 1 - 20
