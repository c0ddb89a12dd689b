"""Papers of a day stand in sections by topic, and the sections stay from day to day."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.editions import (
    ELSEWHERE,
    Mapped,
    Sighted,
    Sights,
    TopicMap,
    advance,
    filed,
    pack_map,
    unpack_map,
)
from broadsheet.editions.topics.seating import MOST_SECTIONS, least_papers, seated
from broadsheet.text import read_paper, subjects, telling_words

from .topic_papers import THEMES, a_day, iso, sights, theme_of

KINDS = ["none", "all", "some"]


def begin(meant: str = "none", each: int = 20) -> Mapped:
    found = advance(None, iso(0), sights(a_day(0, each), meant=meant))
    assert found is not None
    return found


def purity(found: Mapped) -> float:
    """The share of papers that stand where most papers of their section's commonest theme do."""
    by_section: dict[int, Counter[str]] = defaultdict(Counter)
    for work_id, (number, _) in found.places.items():
        if number != ELSEWHERE:
            by_section[number][theme_of(work_id)] += 1
    return sum(max(told.values()) for told in by_section.values()) / len(found.places)


@pytest.mark.parametrize("meant", KINDS)
def test_papers_are_put_together_by_what_they_are_about(meant: str) -> None:
    found = begin(meant)
    assert purity(found) > 0.8
    assert set(found.places) == {p.work_id for p in sights(a_day(0, 20)).papers}


def test_sections_are_called_by_words_of_their_papers() -> None:
    names = " ".join(begin().names().values()).lower()
    for word in ("galax", "segmentation", "speech", "qu"):
        assert word in names


@pytest.mark.parametrize("meant", KINDS)
def test_names_and_numbers_stay_from_day_to_day(meant: str) -> None:
    found = begin(meant)
    names = found.names()
    for number in range(1, 5):
        after = advance(found.map, iso(number), sights(a_day(number, 12), meant=meant))
        assert after is not None
        assert purity(after) > 0.8
        assert set(after.names().items()) <= set(names.items())
        found = after


def test_the_same_papers_make_the_same_map() -> None:
    one, other = begin(), begin()
    assert one.places == other.places
    assert pack_map(one.map) == pack_map(other.map)


def test_a_map_goes_on_after_it_was_kept_as_it_would_have_gone_on() -> None:
    kept = unpack_map(pack_map(begin("some").map))
    again = unpack_map(pack_map(kept))
    day = sights(a_day(1, 10), meant="some")
    one, other = advance(kept, iso(1), day), advance(again, iso(1), day)
    assert one is not None
    assert other is not None
    assert one.places == other.places
    assert one.names() == other.names()


def test_too_few_papers_begin_no_map() -> None:
    assert advance(None, iso(0), sights(a_day(0, 2))) is None
    assert advance(None, iso(0), sights([])) is None


def test_earlier_days_begin_a_map_for_a_day_of_five() -> None:
    small = sights(a_day(1, 1)[:5])
    found = advance(None, iso(1), small, sights(a_day(0, 30)))
    assert found is not None
    assert len(found.places) == 5


def test_a_paper_about_nothing_known_stands_elsewhere() -> None:
    start = begin("all").map
    title, abstract = "Fermented beverages of bronze age villages", "Pottery residue and barley."
    strange = Sighted(
        999, telling_words(title, abstract), subjects(read_paper(title, abstract).keywords)
    )
    day = sights(a_day(1, 10), meant="all")
    vector = np.zeros((1, 32), np.float32)
    vector[0, 20] = -1.0
    both = Sights([*day.papers, strange], np.concatenate([day.vectors, vector]))
    found = advance(start, iso(1), both)
    assert found is not None
    assert found.places[999] == (ELSEWHERE, 0.0)
    assert purity(found) > 0.85


def test_papers_without_words_or_vectors_are_placed_and_break_nothing() -> None:
    empty = Sights([Sighted(n, {}, {}) for n in range(70)], np.full((70, 32), np.nan))
    found = advance(None, iso(0), empty)
    assert found is None or len(found.places) == 70
    after = advance(begin("all").map, iso(1), empty)
    assert after is not None
    assert len(after.places) == 70


def test_a_new_subject_becomes_a_topic_within_two_weeks() -> None:
    known = [theme for theme in THEMES if theme != "quantum"]
    current: TopicMap | None = None
    before: list[tuple[str, int]] = []
    log: list[str] = []
    for number in range(15):
        day = a_day(number, 12, known if number < 3 else list(THEMES))
        found = advance(current, iso(number), sights(day, meant="all"), sights(before, meant="all"))
        assert found is not None
        log += found.log
        current, before = found.map, (before + day)[-400:]
    quantum = {n for w, (n, _) in found.places.items() if theme_of(w) == "quantum"}
    others = {n for w, (n, _) in found.places.items() if theme_of(w) != "quantum"}
    assert quantum - others - {ELSEWHERE}
    assert any("new" in line or "parted" in line for line in log)


def test_a_topic_that_papers_no_longer_come_to_rests_and_comes_back_as_itself() -> None:
    def follow(current: TopicMap, numbers: range, themes: list[str]) -> Mapped:
        for number in numbers:
            day = a_day(number, 8, themes)
            last = a_day(number - 1, 8, themes)
            found = advance(
                current, iso(number), sights(day, meant="all"), sights(last, meant="all")
            )
            assert found is not None
            current = found.map
        return found

    start = begin("all")
    (speech,) = Counter(
        n for w, (n, _) in start.places.items() if theme_of(w) == "speech"
    ).most_common(1)
    others = [theme for theme in THEMES if theme != "speech"]
    quiet = follow(start.map, range(1, 43), others)
    (topic,) = [t for t in quiet.map.topics if t.number == speech[0]]
    assert topic.rests
    assert topic.last < iso(30)
    back = follow(quiet.map, range(43, 51), list(THEMES))
    numbers = Counter(n for w, (n, _) in back.places.items() if theme_of(w) == "speech")
    assert numbers.most_common(1)[0][0] == speech[0]
    assert back.names()[speech[0]] == topic.name


def test_an_earlier_day_is_filed_without_a_change_of_the_map() -> None:
    start = begin().map
    found = filed(start, sights(a_day(3, 8)))
    assert found.map is start
    assert purity(found) > 0.85


@given(
    st.integers(0, 60),
    st.integers(1, 40),
    st.integers(0, 2**32 - 1),
)
def test_every_section_has_enough_papers(count: int, topics: int, seed: int) -> None:
    drawn = np.random.default_rng(seed)
    scores = drawn.random((count, topics))
    awake = drawn.random(topics) < 0.8
    rows = seated(scores, np.full(count, 0.3), awake)
    assert rows.shape == (count,)
    sizes = Counter(row for row in rows.tolist() if row >= 0)
    assert all(size >= least_papers(count) for size in sizes.values())
    assert len(sizes) <= MOST_SECTIONS
    assert all(awake[row] for row in sizes)
    assert all(scores[paper, row] >= 0.3 for paper, row in enumerate(rows.tolist()) if row >= 0)
