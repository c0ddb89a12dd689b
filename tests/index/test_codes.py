"""Codes of vectors: what they cost, what they find, and the files they are kept in."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from index_backends import LocalBackend, filed, generation, vector_of

from broadsheet.encoders import VectorStore
from broadsheet.index import Filters, IndexBroken, dense
from broadsheet.index.codes import Codebook, Planes, fit, shortlist
from broadsheet.index.codes_file import Codes, build

WORKS = [
    filed(n, n, f"word {n}", f"body {n}", categories=["a.A"] if n % 3 else ["b.B"])
    for n in range(1, 301)
]


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def papers(count: int, dimensions: int, seed: int = 0) -> np.ndarray:
    """Vectors in topics, along directions of falling strength, as encoders give them."""
    rng = np.random.default_rng(seed)
    strength = np.arange(1, dimensions + 1) ** -0.3
    topics = np.random.default_rng(99).standard_normal((20, dimensions)) * strength
    noise = rng.standard_normal((count, dimensions)) * strength
    return unit(topics[rng.integers(0, 20, count)] + noise)


def nearest(vectors: np.ndarray, query: np.ndarray, count: int) -> set[int]:
    return set(np.argsort(-(vectors @ query))[:count].tolist())


def levels(codes: Planes, book: Codebook) -> np.ndarray:
    """The codes read back bit by bit, without what the program uses: shape (n, b)."""
    high, low = (
        np.unpackbits(np.ascontiguousarray(plane).view(np.uint8), axis=1)[:, : len(book.steps)]
        for plane in (codes.signs.T, codes.sizes)
    )
    return 2.0 * high + low - 1.5


@pytest.mark.parametrize(("dimensions", "size"), [(384, 64), (1024, 64), (256, 64), (100, 32)])
def test_a_code_takes_64_bytes_at_most(dimensions: int, size: int) -> None:
    vectors = papers(500, dimensions)
    codes = fit(vectors).encode(vectors)
    assert codes.signs.nbytes + codes.sizes.nbytes == 500 * size


def test_the_levels_are_those_of_the_components() -> None:
    vectors = papers(300, 70)
    book = fit(vectors)
    exact = (vectors - book.mean) @ book.directions / book.steps
    read = levels(book.encode(vectors), book)
    inside = np.abs(exact) < 2
    assert inside.mean() > 0.9
    assert np.abs(read - exact)[inside].max() <= 0.5001
    assert (np.sign(read) == np.sign(exact)).all()


def test_counted_bits_order_codes_as_products_of_their_levels_do() -> None:
    vectors, query = papers(400, 130), papers(1, 130, seed=5)[0]
    book = fit(vectors)
    codes = book.encode(vectors)
    weights = (query @ book.directions) * book.steps
    fine = np.clip(np.floor(weights / np.abs(weights).max() * 8), -8, 7) + 0.5
    products = levels(codes, book) @ fine
    for count in (100, 150, 399):  # four times as many are compared a second time: all
        found = shortlist(book, codes, query, count, None)
        least = np.sort(products)[-count]
        assert found.tolist() == np.flatnonzero(products >= least - 1e-6).tolist()


def test_a_short_list_holds_nearly_all_of_the_nearest() -> None:
    vectors, queries = papers(4_000, 384), papers(20, 384, seed=7)
    book = fit(vectors[:2_000])
    codes = book.encode(vectors)
    shares = []
    for query in queries:
        found = shortlist(book, codes, query, 300, None)
        assert len(found) < 330
        shares.append(len(nearest(vectors, query, 100) & set(found.tolist())) / 100)
    assert np.mean(shares) > 0.98


def test_only_what_may_be_found_is_found() -> None:
    vectors, query = papers(1_000, 64), papers(1, 64, seed=3)[0]
    book = fit(vectors)
    codes = book.encode(vectors)
    among = np.arange(1_000) % 7 == 0
    found = shortlist(book, codes, query, 50, among)
    assert among[found].all()
    allowed = vectors.copy()
    allowed[~among] = -query
    assert len(nearest(allowed, query, 10) & set(found.tolist())) == 10
    assert shortlist(book, codes, query, 2_000, among).tolist() == np.flatnonzero(among).tolist()
    assert len(shortlist(book, codes, query, 50, np.zeros(1_000, np.bool_))) == 0


@pytest.mark.parametrize("count", [1, 2, 30])
def test_a_handful_of_equal_vectors_is_no_trouble(count: int) -> None:
    vectors = np.repeat(papers(1, 48), count, axis=0)
    book = fit(vectors)
    codes = book.encode(vectors)
    assert np.isfinite(book.steps).all()
    assert len(shortlist(book, codes, vectors[0], 1, None)) == count


def stored(folder: Path, vectors: np.ndarray, first: int = 0) -> None:
    with VectorStore(folder, vectors.shape[1], read_only=False) as store:
        names = [(first + n).to_bytes(16, "big") for n in range(len(vectors))]
        store.append(names, vectors)


def test_what_is_written_is_what_is_read_and_grows_by_what_came(tmp_path: Path) -> None:
    vectors, folder = papers(700, 32), tmp_path / "vectors"
    stored(folder, vectors[:400])
    store = VectorStore(folder, 32, read_only=True)
    build(tmp_path, "codes-000001", store, None)
    first = Codes(tmp_path, "codes-000001", 32)
    stored(folder, vectors[400:600], 400)
    store.refresh()
    build(tmp_path, "codes-000002", store, first)
    second = Codes(tmp_path, "codes-000002", 32)
    assert (len(first), len(second)) == (400, 600)
    assert (second.planes.signs[:, :400] == first.planes.signs).all()
    assert (second.planes.sizes[:400] == first.planes.sizes).all()
    assert second.book.fitted == 400
    near = second.nearest(vectors[555], 5, np.ones(600, np.bool_))
    assert 555 in near


def test_a_codebook_that_the_papers_have_outgrown_is_made_anew(tmp_path: Path) -> None:
    vectors, folder = papers(200, 32), tmp_path / "vectors"
    stored(folder, vectors[:50])
    store = VectorStore(folder, 32, read_only=True)
    build(tmp_path, "codes-000001", store, None)
    stored(folder, vectors[50:], 50)
    store.refresh()
    build(tmp_path, "codes-000002", store, Codes(tmp_path, "codes-000001", 32))
    assert Codes(tmp_path, "codes-000002", 32).book.fitted == 200


def test_codes_of_other_dimensions_are_refused(tmp_path: Path) -> None:
    stored(tmp_path / "vectors", papers(50, 32))
    build(tmp_path, "codes-000001", VectorStore(tmp_path / "vectors", 32, read_only=True), None)
    with pytest.raises(IndexBroken, match="broadsheet index rebuild"):
        Codes(tmp_path, "codes-000001", 48)


def coded(local: LocalBackend) -> None:
    local.fill(WORKS)
    with local.writer() as writer:
        assert writer.build_dense(force=True)


@pytest.mark.parametrize("few", [0, 10_000])
def test_a_filter_finds_the_same_with_codes_as_without(
    local: LocalBackend, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    coded(local)
    monkeypatch.setattr(dense, "_FEW", few)
    monkeypatch.setattr(dense, "_FEW_SHARE", 0)
    monkeypatch.setattr(dense, "_LISTED", 60)
    filters = Filters(categories=("b",))
    found = local.reader().search_vectors(vector_of("x"), 10, filters)
    wanted = [one for one in WORKS if one.work_id % 3 == 0]
    by_cosine = sorted(
        wanted,
        key=lambda one: -(vector_of("x") @ vector_of(f"word {one.work_id}\nbody {one.work_id}")),
    )
    assert set(found.ids.tolist()) == {one.work_id for one in by_cosine[:10]}


def test_rows_since_the_codes_are_found_through_a_filter_too(
    local: LocalBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    coded(local)
    monkeypatch.setattr(dense, "_FEW", 0)
    monkeypatch.setattr(dense, "_FEW_SHARE", 0)
    local.fill([filed(400, 400, "quite new", "text", categories=["b.B"])])
    index = local.reader()
    filters = Filters(categories=("b",))
    found = index.search_vectors(vector_of("quite new\ntext"), 1, filters)
    assert found.ids.tolist() == [400]


def test_a_folder_with_a_graph_is_read_and_then_coded(local: LocalBackend) -> None:
    """As versions before the codes have left it."""
    local.fill(WORKS)
    folder = generation(local)
    meta = json.loads((folder / "meta.json").read_text())
    del meta["codes"]
    (folder / "meta.json").write_text(json.dumps({**meta, "graph": "graph-000003"}))
    for end in ("usearch", "rows.npy", "json"):
        (folder / f"graph-000003.{end}").write_bytes(b"of another time")
    assert len(local.reader().search_vectors(vector_of("x"), 1_000)) == 300
    with local.writer() as writer:
        assert writer.build_dense(force=True)
    assert not list(folder.glob("graph-*"))
    assert len(local.reader().search_vectors(vector_of("x"), 1_000)) == 300
