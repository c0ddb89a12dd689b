"""What was read follows the change log: by paper, by term, in step after every crash."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from broadsheet.catalog import Catalog, Read, Readings
from broadsheet.catalog.readings_coding import keys, pack, term_numbers, unpack
from broadsheet.text import (
    ROLES,
    Acronym,
    FoundLink,
    Keyword,
    Reading,
    Sentence,
    Span,
    read_paper,
)
from tests.catalog.kit import paper, store

ABSTRACT = (
    "Graph neural networks are popular. However, existing methods fail when label noise grows."
    " We propose score matching on random walks, which makes graph neural networks robust. Results"
    " show that score matching improves accuracy by 2.1% over all baselines."
)


def follow(readings: Readings, limit: int = 2) -> int:
    """Reads all that waits, a few at a time."""
    done = 0
    while changes := readings.pending(limit):
        rows = [
            Read(c, read_paper(c.work.paper.title, c.work.paper.abstract) if c.work else None)
            for c in changes
        ]
        assert readings.put(rows, readings.seq())
        done += len(changes)
    return done


def everything(catalog: Catalog) -> tuple[object, ...]:
    """All that is kept of readings, term by term."""
    readings = Readings(catalog)
    found = readings.get_many(range(1, 40))
    counts = readings.terms_between("0000", "9999", 1_000)
    return found, {one.key: (one.papers, readings.of_term(one.key)) for one in counts}


def test_a_reading_comes_back_as_it_was_stored(catalog: Catalog) -> None:
    store(catalog, paper("a", "Score matching", abstract=ABSTRACT))
    readings = Readings(catalog)
    assert follow(readings) == 1
    (work_id,) = catalog.resolve("a")
    stored, read = readings.get_many([work_id])[work_id], read_paper("Score matching", ABSTRACT)
    assert (stored.summary, stored.idea, stored.result) == (read.summary, read.idea, read.result)
    assert [s.role for s in stored.sentences] == [s.role for s in read.sentences]
    assert [(k.text, k.key) for k in stored.keywords] == [(k.text, k.key) for k in read.keywords]
    assert readings.seq() == catalog.seq() and readings.waiting() == 0


def test_a_term_knows_its_papers_newest_first_and_its_months(catalog: Catalog) -> None:
    days = {"a": "2026-01-05", "b": "2026-03-02", "c": "2026-01-20", "d": ""}
    store(
        catalog,
        *(paper(i, "Score matching", abstract=ABSTRACT, announced=d) for i, d in days.items()),
    )
    readings = Readings(catalog)
    follow(readings)
    ids = {name: catalog.resolve(name)[0] for name in days}
    key = read_paper("Score matching", ABSTRACT).keywords[0].key
    assert readings.of_term(key) == [ids["b"], ids["c"], ids["a"], ids["d"]]
    assert readings.of_term(key, offset=1, limit=2) == [ids["c"], ids["a"]]
    term = readings.term(key)
    assert term is not None
    assert (term.papers, term.first) == (4, "2026-01-05")
    assert term.months == (("2026-01", 2), ("2026-03", 1))
    (count,) = [
        one for one in readings.terms_between("2026-01-01", "2026-01", 50) if one.key == key
    ]
    assert (count.papers, count.in_all) == (2, 4)
    assert readings.term("no such term") is None and readings.of_term("no such term") == []


def test_following_step_by_step_ends_where_reading_everything_again_does(catalog: Catalog) -> None:
    readings = Readings(catalog)
    store(catalog, paper("a", abstract=ABSTRACT), paper("b", "Label noise", abstract=ABSTRACT))
    store(catalog, paper("d", "Random walks", abstract=ABSTRACT, announced="2026-02-02"))
    follow(readings)
    store(catalog, paper("a", "Another title", abstract="We propose random walks for the web."))
    store(catalog, paper("c", "Both", "lab:a", "lab:b"))
    catalog.delete(catalog.resolve("d")[0])
    follow(readings)
    stepwise = everything(catalog)
    gone = [number for number in range(1, 40) if catalog.get(number) is None]
    assert readings.get_many(gone) == {}
    readings.reset()
    assert readings.waiting() > 0
    follow(readings)
    assert everything(catalog) == stepwise
    catalog.undelete(catalog.resolve("d", deleted=True)[0])
    catalog.undo_merge(catalog.merges()[0].id)
    follow(readings)
    assert readings.count() == catalog.count()


def test_of_two_processes_that_read_the_same_the_second_stores_nothing(catalog: Catalog) -> None:
    store(catalog, paper("a", abstract=ABSTRACT))
    readings = Readings(catalog)
    after, changes = readings.seq(), readings.pending(5)
    rows = [Read(change, read_paper("A", ABSTRACT)) for change in changes]
    assert readings.put(rows, after)
    before = everything(catalog)
    assert not readings.put(rows, after)
    assert everything(catalog) == before


def test_what_could_not_be_read_holds_nothing_up(catalog: Catalog) -> None:
    store(catalog, paper("a"), paper("b", abstract=ABSTRACT))
    readings = Readings(catalog)
    changes = readings.pending(5)
    rows = [Read(changes[0], None), Read(changes[1], read_paper("B", ABSTRACT))]
    assert readings.put(rows, 0)
    assert (readings.waiting(), readings.count()) == (0, 1)


def test_a_reading_costs_little_room(catalog: Catalog) -> None:
    reading = read_paper("Score matching", ABSTRACT)
    found = keys([reading])
    numbers = {key: place for place, key in enumerate(found, 1)}
    texts = {numbers[key]: text for key, text in found.items()}
    assert len(pack(reading, numbers, texts)) < 100


_places = st.tuples(st.integers(0, 60_000), st.integers(1, 5_000))
_spans = _places.map(lambda place: Span(place[0], sum(place)))
_texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
_sentences = st.lists(
    st.tuples(st.integers(0, 900), st.integers(1, 900), st.sampled_from(["", *ROLES])), max_size=9
)


@given(
    _sentences,
    st.lists(st.none() | _spans, min_size=4, max_size=4),
    st.lists(_spans, max_size=3),
    st.lists(st.tuples(_texts, _texts, st.integers(-1, 9_000)), max_size=3),
    st.lists(_texts, max_size=6, unique=True),
)
def test_packing_loses_no_place(sentences, spans, denied, acronyms, terms) -> None:  # type: ignore[no-untyped-def]
    at, told = 0, []
    for gap, length, role in sentences:
        told.append(Sentence(at + gap, at + gap + length, role, 1.0))
        at += gap + length
    reading = Reading(
        tuple(told),
        *spans,
        tuple(Keyword(text.upper(), text, 1.0) for text in terms),
        tuple(Acronym(s, long, at, at + 3 if at >= 0 else -1) for s, long, at in acronyms),
        tuple(denied),
        (FoundLink("code", "https://example.org/a", "example.org"),),
    )
    numbers = {key: place * 300 for place, key in enumerate(terms)}
    texts = {number: key for key, number in numbers.items()}
    data = pack(reading, numbers, texts)
    assert term_numbers(data) == list(numbers.values())
    again = unpack(data, {number: (key, key) for key, number in numbers.items()})
    assert again == Reading(
        reading.sentences,
        *spans,
        reading.keywords,
        tuple(
            Acronym(a.short, a.long, a.start, a.start + max(0, a.end - a.start))
            for a in reading.acronyms
        ),
        reading.denied,
        reading.links,
    )
