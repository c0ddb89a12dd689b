"""A reader's own history, replayed day by day from what was known before each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.readers.taste_home import TOPICS, Home, made, taste_home

from broadsheet.catalog import Catalog
from broadsheet.evaluate import BenchError, replay_history
from broadsheet.evaluate.replay_home import history
from broadsheet.readers import Reader

DAYS = [f"2026-08-{day:02}" for day in range(10, 18)]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """Eight days with three papers of each topic; the reader likes those on galaxies."""
    papers = [
        made(topic, 3 * at + n, day=day)
        for at, day in enumerate(DAYS)
        for topic in TOPICS
        for n in range(3)
    ]
    with taste_home(tmp_path_factory.mktemp("replayed") / "home", papers) as found:
        for at, day in enumerate(DAYS):
            for n in range(3):
                work = found.work(f"galaxies-{3 * at + n}")
                found.readers.acts.do(1, "upvote", work, at=f"{day}T08:00:0{n}Z")
        yield found


def _reader(home: Home, reader_id: int = 1) -> Reader:
    reader = home.readers.accounts.get(reader_id)
    assert reader is not None
    return reader


def _announced(catalog: Catalog, ids: np.ndarray) -> list[str]:
    return [work.announced for work in catalog.get_many(ids.tolist()).values()]


def test_a_day_is_ordered_from_what_was_known_the_day_before(home: Home) -> None:
    mornings = history(home.catalog, home.readers, _reader(home))
    assert [morning.day for morning in mornings] == DAYS[1:]  # nothing was known on the first
    third = mornings[2]
    assert third.liked == [home.work(f"galaxies-{n}") for n in range(8, -1, -1)]
    brought = [home.work(f"galaxies-{n}") for n in (9, 10, 11)]
    assert sorted(third.asked[third.wanted]) == sorted(brought)
    assert not set(third.liked) & set(third.asked.tolist())
    assert max(_announced(home.catalog, third.asked)) == DAYS[3]
    assert min(_announced(home.catalog, third.asked)) == DAYS[0]


def test_the_product_finds_more_than_chance_and_says_how_sure_that_is(home: Home) -> None:
    found = replay_history(
        home.catalog, home.taste.index, home.readers, _reader(home), systems=("random",)
    )
    assert (found["days"], found["likes"]) == (7, 21)
    assert (found["first_day"], found["last_day"]) == (DAYS[1], DAYS[-1])
    product, chance = found["systems"]["taste"], found["systems"]["random"]
    assert product["ap"] > 0.9 > chance["ap"]
    assert product["low"] <= product["ap"] <= product["high"]
    assert "p" not in product and chance["p"] < 0.05


def test_the_peers_are_measured_on_the_same_days(home: Home) -> None:
    pytest.importorskip("sklearn")
    asked = ("mean-cosine", "svm")
    found = replay_history(
        home.catalog, home.taste.index, home.readers, _reader(home), systems=asked
    )
    assert list(found["systems"]) == ["taste", *asked]
    assert all(figures["ap"] > 0.8 for figures in found["systems"].values())


def test_a_like_taken_back_later_was_known_and_one_of_the_day_was_not(tmp_path: Path) -> None:
    papers = [made(topic, n) for topic in TOPICS for n in range(3)]
    with taste_home(tmp_path / "home", papers) as home:
        first, second = home.work("galaxies-0"), home.work("galaxies-1")
        home.readers.acts.do(1, "save", first, at="2026-08-19T08:00:00Z")
        home.readers.acts.do(1, "not_interested", home.work("graphs-0"), at="2026-08-20T07:00:00Z")
        home.readers.acts.do(1, "upvote", second, at="2026-08-20T08:00:00Z")
        (morning,) = history(home.catalog, home.readers, _reader(home))
        assert (morning.liked, morning.disliked) == ([first], [])
        home.readers.acts.undo(1, "upvote", second)
        assert history(home.catalog, home.readers, _reader(home)) == []


def test_a_reader_without_a_history_is_told_so(home: Home) -> None:
    other = home.readers.accounts.add("newcomer", None)
    with pytest.raises(BenchError, match="newcomer: no day yet"):
        replay_history(home.catalog, home.taste.index, home.readers, other)
