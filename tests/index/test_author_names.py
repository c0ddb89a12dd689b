"""Who is meant by a name that is asked for."""

from __future__ import annotations

import pytest
from index_backends import LocalBackend, filed

from broadsheet.index import Clause, Filters, Index, WordQuery

NAMES = [
    *("Christos G. Cassandras", "Jennifer D'Souza", "Xavier Costa-Pérez", "Maruan Al-Shedivat"),
    *("Martin Luther King III", "Ludwig van Beethoven", "J. M. G. H. J. de Jong", "O'Brien, Seán"),
    *("Vijay Kumar B G", "John C. Smith", "Chris Pearson Park", "李 明", "M. S."),
    *("Müller-Lüdenscheidt, Karl-Heinz von und zu", "Henry M. Cathey, Jr.", "Cathy Garcia Lopez"),
    *("Jörg Groß", "Joerg Gross", "Søren Kierkegård"),
]
MEANT = [
    *(("C. G. Cassandras", 0), ("Cassandras, C. G.", 0), ("CG Cassandras", 0)),
    *(("G. Cassandras", 0), ("cassandras c", 0), ("Cassandras C G", 0), ("Christos Cassandras", 0)),
    *(
        ("J. D'Souza", 1),
        ("D'Souza J", 1),
        ("d souza j", 1),
        ("D'Souza, Jennifer", 1),
        ("D. Souza", 1),
    ),
    *(("X. Costa-Perez", 2), ("Costa Perez X", 2), ("X. Costa", 2), ("X. C. Pérez", 2)),
    *(("al shedivat m", 3), ("M. Al-Shedivat", 3)),
    *(("King M L", 4), ("King, Martin L.", 4), ("M. L. King", 4), ("Martin King", 4)),
    *(("L. van Beethoven", 5), ("beethoven l", 5), ("van Beethoven, Ludwig", 5)),
    *(("J. M. de Jong", 6), ("de Jong, J. M. G. H. J.", 6), ("J. J. Jong", 6)),
    *(("S. O'Brien", 7), ("Seán O'Brien", 7), ("O'Brien S", 7)),
    *(("B. G. Vijay Kumar", 8), ("Kumar V", 8), ("John C. Smith", 9), ("J. C. Smith", 9)),
    *(("明 李", 11), ("M. S.", 12), ("K.-H. Müller-Lüdenscheidt", 13), ("K. Ludenscheidt", 13)),
    *(("H. Cathey", 14), ("H. M. Cathey", 14), ("Henry Cathey", 14)),
]
NOT_MEANT = [
    *("C. John", "C. Pearson", "G. C. Cassandras", "H. Cassandras", "John Cassandras", "J. King"),
    *("C. H. Cassandras", "M. King Cassandras", "C. J. Smith", "J. J. Cassandras"),
]


@pytest.fixture
def index(backend: LocalBackend) -> Index:
    return backend.fill(
        [filed(at + 1, at + 1, f"Paper {at}", "", authors=[name]) for at, name in enumerate(NAMES)]
    )


def by(index: Index, name: str) -> list[int]:
    """The places in `NAMES` of those found as a condition; the same ones as a filter."""
    found = index.search_words(WordQuery((Clause(name, field="author", occur="must"),)), 100).ids
    listed = index.newest(Filters(authors=(name,)), 100)
    assert sorted(found.tolist()) == sorted(listed.tolist())
    return sorted(number - 1 for number in found.tolist())


@pytest.mark.parametrize(("asked", "place"), MEANT)
def test_a_name_is_found_by_its_initials_in_either_order(
    index: Index, asked: str, place: int
) -> None:
    assert place in by(index, asked)


@pytest.mark.parametrize("asked", NOT_MEANT)
def test_nobody_is_found_by_a_name_that_is_not_theirs(index: Index, asked: str) -> None:
    assert by(index, asked) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_found_as_it_is_written(index: Index, name: str) -> None:
    assert NAMES.index(name) in by(index, name)


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("Müller", ["Müller", "Mueller", "Muller"]),
        ("mueller", ["Müller", "Mueller"]),
        ("Muller", ["Müller", "Muller"]),
        ("K. Mueller", ["Müller", "Mueller"]),
        ("Müller, Karl", ["Müller", "Mueller", "Muller"]),
        ("Karl Miller", []),
    ],
)
def test_umlauts_are_found_as_they_are_spelt_in_full(
    backend: LocalBackend, asked: str, meant: list[str]
) -> None:
    names = ["Müller", "Mueller", "Muller"]
    index = backend.fill(
        [filed(n, n, f"Paper {n}", "", authors=[f"Karl {name}"]) for n, name in enumerate(names, 1)]
    )
    assert [names[place] for place in by(index, asked)] == meant


def test_other_letters_have_their_spellings_too(index: Index) -> None:
    groups = [("Jörg Groß", "Joerg Gross"), ("Søren Kierkegård", "Soeren Kierkegaard")]
    assert by(index, "Joerg Groß") == by(index, "Jörg Gross") == [16, 17]
    for written, full in groups:
        assert set(by(index, full)) <= set(by(index, written)) != set()


def test_a_word_that_stands_twice_in_a_name_is_asked_for_twice(backend: LocalBackend) -> None:
    names = ["Fei-Fei Li", "Hong-Fei Li", "Li Li", "Wei Li"]
    index = backend.fill(
        [filed(at, at, f"Paper {at}", "", authors=[name]) for at, name in enumerate(names, 1)]
    )
    for asked in ("Fei-Fei Li", "Li, Fei-Fei", "Li Fei Fei"):
        assert by(index, asked) == [0]
    assert by(index, "F.-F. Li") == [0]
    assert by(index, "Li Li") == [2]
    assert by(index, "Fei Li") == [0, 1]


def test_two_initials_are_of_one_person(backend: LocalBackend) -> None:
    index = backend.fill(
        [
            filed(1, 1, "One", "", authors=["Jie Zhang", "Ningyu Zhang"]),
            filed(2, 2, "Two", "", authors=["Jian Ning Zhang"]),
        ]
    )
    assert by(index, "J. N. Zhang") == [1]
