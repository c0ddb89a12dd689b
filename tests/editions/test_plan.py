from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from broadsheet.editions.plan import FRONT, Entry, plan

CATEGORIES = st.sampled_from(["", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"])
EDITIONS = st.lists(st.tuples(CATEGORIES, st.integers(0, 9), st.booleans()), max_size=300).map(
    lambda rows: [Entry(i, c, n, whole) for i, (c, n, whole) in enumerate(rows)]
)


@given(EDITIONS, st.integers(1, 50))
def test_every_paper_stands_in_the_edition_once(entries: list[Entry], size: int) -> None:
    made = plan(entries, front=size)
    pages = [i for n in range(1, made.pages + 1) for _, ids in made.page(n) for i in ids]
    assert Counter([*made.leads, *pages]) == Counter(e.work_id for e in entries)
    assert made.total == len(entries)


@given(EDITIONS)
def test_the_front_page_is_full_before_anything_stands_inside(entries: list[Entry]) -> None:
    made = plan(entries)
    front = sum(len(ids) for _, ids in made.front)
    assert front <= FRONT
    # Sections that do not fit whole wait inside, so a few places may stay empty.
    assert not made.inside or front == FRONT or len(made.sections) > 10


@given(EDITIONS)
def test_sections_are_whole_and_the_biggest_comes_first(entries: list[Entry]) -> None:
    made = plan(entries)
    for category, ids in made.sections.items():
        assert list(ids) == [e.work_id for e in entries if e.category == category]
    sizes = [len(ids) for category, ids in made.sections.items() if category]
    assert sizes == sorted(sizes, reverse=True)
    assert "" not in made.sections or list(made.sections)[-1] == ""


@given(EDITIONS)
def test_section_pages_hold_each_of_its_papers_once(entries: list[Entry]) -> None:
    made = plan(entries)
    for category, ids in made.sections.items():
        pages = range(1, made.section_pages(category) + 1)
        assert [i for n in pages for i in made.section_page(category, n)] == list(ids)
        assert made.section_page(category, made.section_pages(category) + 1) == []


def test_a_lead_is_complete_and_listed_in_the_most_subjects() -> None:
    entries = [
        Entry(1, "a", 2, True),
        Entry(2, "a", 6, False),
        Entry(3, "a", 4, True),
        Entry(4, "a", 4, True),
        Entry(5, "b", 1, True),
        Entry(6, "", 9, True),
    ]
    assert plan(entries).leads == (3, 5)


def test_the_front_page_shows_small_sections_beside_big_ones() -> None:
    entries = [Entry(i, "big" if i < 500 else f"small{i % 5}", 1, True) for i in range(550)]
    front = {category: len(ids) for category, ids in plan(entries).front}
    assert sum(front.values()) == FRONT
    assert front["big"] > front["small0"] >= 3
    assert set(front) == {"big", *(f"small{i}" for i in range(5))}
