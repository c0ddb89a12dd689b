"""The dictionary of a home: it follows what is read."""

from __future__ import annotations

from broadsheet.catalog import Acronyms, Catalog, Read, Readings
from broadsheet.text import read_paper
from tests.catalog.kit import paper, store

TEXTS = (
    ("w1", "We use graph neural networks (GNNs) and convolutional neural networks (CNNs)."),
    ("w2", "A graph neural network (GNN) is trained."),
    ("w3", "The good night network (GNN) reports it."),
    ("w4", "A three-dimensional (3D) view of it."),
)


def read(catalog: Catalog, *texts: tuple[str, str]) -> Acronyms:
    """Stores papers and reads all that waits."""
    store(catalog, *(paper(name, f"Paper {name}", abstract=text) for name, text in texts))
    readings = Readings(catalog)
    changes = readings.pending(50)
    papers = [change.work.paper for change in changes if change.work]
    found = [read_paper(one.title, one.abstract) for one in papers]
    rows = [Read(change, one) for change, one in zip(changes, found, strict=True)]
    assert readings.put(rows, readings.seq())
    return Acronyms(catalog)


def test_meanings_are_counted_the_commonest_first(catalog: Catalog) -> None:
    dictionary = read(catalog, *TEXTS)
    entry = dictionary.entry("GNNs")
    assert entry is not None
    assert [(one.key, one.papers) for one in entry.meanings] == [
        ("graph neural network", 2),
        ("good night network", 1),
    ]
    assert len(dictionary.papers("GNN", "graph neural network")) == 2
    assert dictionary.shorts(["Graph neural network"])["graph neural network"] == ("GNN", 2)
    assert dictionary.entry("XYZ") is None


def test_the_list_goes_on_after_an_entry(catalog: Catalog) -> None:
    dictionary = read(catalog, *TEXTS)
    assert [one.short for one in dictionary.entries("g")] == ["GNN"]
    assert [one.short for one in dictionary.entries("g", after="gnn")] == []
    assert [one.short for one in dictionary.entries("0")] == ["3D"]


def test_a_paper_that_is_read_again_is_counted_once(catalog: Catalog) -> None:
    read(catalog, *TEXTS)
    dictionary = read(catalog, ("w2", "A good night network (GNN) is heard."))
    entry = dictionary.entry("GNN")
    assert entry is not None
    assert {one.key: one.papers for one in entry.meanings} == {
        "graph neural network": 1,
        "good night network": 2,
    }
