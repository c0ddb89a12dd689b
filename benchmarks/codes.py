"""How small vectors may be in memory: bytes a paper, recall and time, side by side.

    OPENBLAS_NUM_THREADS=1 python -m benchmarks.codes HOME [--copies 6] [--ways two,hnsw]
        [--queries 100] [--float 40]

HOME is a home whose papers are encoded. Queries are titles of its papers and the first four words
of others. Each way names some papers, which are then compared exactly with the vectors on disk;
recall is the share of the 100 nearest of all that are found so. Bytes count all that one paper
takes in memory for it: codes, links, ids. Times are the milliseconds of one core that a query
takes once it is encoded.

``--copies N`` makes the home N times as large: each copy of a paper is mixed with another paper
chosen at random (.75 of the one, .4 of the other), so that directions and distances stay those of
papers. ``--ways`` names the ways to measure; by default all but ``hnsw``, the graph of the extra
``trials``, which takes long to build. ``--float N`` encodes the 150 nearest of N
queries again and compares with vectors that were never made bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from broadsheet.catalog import Catalog
from broadsheet.encoders import Encoder, VectorStore, load_encoder
from broadsheet.index.codes import Codebook, Planes, fit, shortlist
from broadsheet.index.dense import Similarities
from broadsheet.settings import Settings
from broadsheet.text import embedded_text

BEST = 100
LISTED = (250, 1_000, 4_000)
BLOCK = 16_384
SAMPLE = 20_000
Floats = NDArray[np.float32]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Way:
    """A way to name the papers worth an exact comparison."""

    name: str
    bytes_each: float
    seconds: float  # to build it
    named: Callable[[Floats, int], Rows]


def unit(vectors: np.ndarray) -> Floats:
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


def best(scores: np.ndarray, count: int) -> Rows:
    return np.argpartition(-scores, min(count, len(scores) - 1))[:count]


# What is searched, and for what -----------------------------------------------------------


@dataclass(frozen=True)
class Papers:
    store: VectorStore  # on disk
    vectors: Floats  # its vectors at length 1
    texts: list[str]
    queries: dict[str, Floats]
    encoder: Encoder


def read(settings: Settings, asked: int) -> Papers:
    encoder = load_encoder(settings.encoder, settings.models_path, hub=False)
    folder = settings.vectors_path / encoder.key
    store = VectorStore(folder, encoder.dimensions, read_only=True)
    with closing(Catalog.open(settings)) as catalog:
        works = [change.work for change in changes(catalog) if change.work is not None]
    rows = store.rows([work.text_hash for work in works])
    papers = {row: work.paper for row, work in zip(rows.tolist(), works, strict=True) if row >= 0}
    texts = [embedded_text(papers[row]) if row in papers else "" for row in range(len(store))]
    chosen = np.random.default_rng(0).permutation(sorted(papers))[: 2 * asked].tolist()
    titles = [papers[row].title for row in chosen]
    words = [" ".join(title.split()[:4]) for title in titles[asked:]]
    queries = {
        "titles": unit(encoder.encode_queries(titles[:asked])),
        "four words": unit(encoder.encode_queries(words)),
    }
    return Papers(store, unit(store.levels.astype(np.float32)), texts, queries, encoder)


def changes(catalog: Catalog) -> Iterator:
    after = 0
    while some := catalog.changes(after, 2_000):
        yield from some
        after = some[-1].seq


def enlarged(papers: Papers, copies: int, folder: Path) -> Papers:
    rng, parts = np.random.default_rng(0), [papers.vectors]
    for _ in range(copies - 1):
        others = papers.vectors[rng.permutation(len(papers.vectors))]
        parts.append(unit(0.75 * papers.vectors + 0.4 * others))
    vectors = np.concatenate(parts)
    with VectorStore(folder, vectors.shape[1], read_only=False) as writing:
        for start in range(0, len(vectors), 8_192):
            block = vectors[start : start + 8_192]
            names = range(start, start + len(block))
            writing.append([hashlib.md5(b"%d" % name).digest() for name in names], block)
    store = VectorStore(folder, vectors.shape[1], read_only=True)
    stored = unit(store.levels.astype(np.float32))
    return Papers(store, stored, papers.texts, papers.queries, papers.encoder)


# The ways ---------------------------------------------------------------------------------


def sample(vectors: Floats) -> Floats:
    return vectors[np.random.default_rng(1).permutation(len(vectors))[:SAMPLE]]


def rotation(size: int) -> Floats:
    return np.linalg.qr(np.random.default_rng(0).standard_normal((size, size)))[0].astype(
        np.float32
    )


def learned_rotation(vectors: Floats, rounds: int = 30) -> Floats:
    """ITQ (Gong and Lazebnik, CVPR 2011): the turn after which signs lose least."""
    turn = rotation(vectors.shape[1])
    for _ in range(rounds):
        left, _, right = np.linalg.svd(np.sign(vectors @ turn).T @ vectors)
        turn = np.asarray((left @ right).T, np.float32)
    return turn


def packed(flags: np.ndarray) -> NDArray[np.uint64]:
    padded = np.pad(flags, ((0, 0), (0, -flags.shape[1] % 64)))
    return np.ascontiguousarray(np.packbits(padded, axis=1).view(np.uint64).T)


def differing(columns: NDArray[np.uint64], asked: NDArray[np.uint64]) -> NDArray[np.int16]:
    total = np.zeros(columns.shape[1], np.int16)
    for start in range(0, len(total), BLOCK):
        for column, word in zip(columns, asked, strict=True):
            total[start : start + BLOCK] += np.bitwise_count(column[start : start + BLOCK] ^ word)
    return total


def signs(name: str, vectors: Floats, turn: Floats | None) -> tuple[Way, Way]:
    """One bit a component: compared by the bits that differ, or with the query as it is."""
    started = time.process_time()
    turned = (lambda v: v) if turn is None else (lambda v: v @ turn)
    columns = packed(turned(vectors) > 0)
    spent, size = time.process_time() - started, vectors.shape[1]

    def by_bits(query: Floats, count: int) -> Rows:
        asked = packed((turned(query) > 0)[None])[:, 0]
        return best(-differing(columns, asked), count)

    def by_query(query: Floats, count: int) -> Rows:
        asked, scores = turned(query), np.empty(columns.shape[1], np.float32)
        for start in range(0, len(scores), BLOCK):
            block = np.ascontiguousarray(columns[:, start : start + BLOCK].T).view(np.uint8)
            scores[start : start + BLOCK] = np.unpackbits(block, axis=1, count=size) @ asked
        return best(scores, count)

    each = columns.nbytes / len(vectors)
    return (
        Way(f"{name}: bits that differ", each, spent, by_bits),
        Way(f"{name}: query as it is", each, spent, by_query),
    )


def four_bits(name: str, vectors: Floats, values: np.ndarray) -> Way:
    """Sixteen levels, scaled to each vector's largest component."""
    started = time.process_time()
    values = np.sort(values).astype(np.float32)
    largest = np.abs(vectors).max(axis=1, keepdims=True) / np.abs(values).max()
    numbers = np.searchsorted((values[1:] + values[:-1]) / 2, vectors / largest).astype(np.uint8)
    codes = numbers[:, ::2] << 4 | numbers[:, 1::2]
    lengths = np.linalg.norm(values[numbers], axis=1).astype(np.float32)
    spent = time.process_time() - started

    def named(query: Floats, count: int) -> Rows:
        scores = np.empty(len(codes), np.float32)
        for start in range(0, len(codes), BLOCK):
            block = codes[start : start + BLOCK]
            scores[start : start + BLOCK] = (
                values[block >> 4] @ query[::2] + values[block & 15] @ query[1::2]
            )
        return best(scores / lengths, count)

    return Way(name, codes.shape[1] + 4, spent, named)


def products(vectors: Floats, parts: int, rounds: int = 6) -> Way:
    """Product quantisation (Jegou et al., 2011): 256 centres for each part of the 256 strongest
    directions, turned so that the parts carry as much as one another (OPQ's parametric start, Ge
    et al., 2013, with a random turn in place of its allocation)."""
    started = time.process_time()
    book = fit(sample(vectors))
    turn, spread = book.directions, (vectors - book.mean) @ book.directions
    some = spread[np.random.default_rng(2).permutation(len(vectors))[:8_192]]
    codes, tables = np.empty((parts, len(vectors)), np.uint8), []
    for part, slot in enumerate(np.array_split(np.arange(turn.shape[1]), parts)):
        taught = np.ascontiguousarray(some[:, slot])
        centres = taught[:256].copy()
        for _ in range(rounds):
            near = nearest_centre(taught, centres)
            counts = np.maximum(np.bincount(near, minlength=256), 1)
            sums = [np.bincount(near, column, 256) for column in taught.T]
            centres = (np.stack(sums, axis=1) / counts[:, None]).astype(np.float32)
        codes[part] = nearest_centre(np.ascontiguousarray(spread[:, slot]), centres)
        tables.append((slot, centres))
    spent = time.process_time() - started

    def named(query: Floats, count: int) -> Rows:
        asked, scores = query @ turn, np.zeros(codes.shape[1], np.float32)
        for numbers, (slot, centres) in zip(codes, tables, strict=True):
            scores += (centres @ asked[slot])[numbers]
        return best(scores, count)

    return Way(f"product quantisation, {parts} parts", parts, spent, named)


def nearest_centre(vectors: Floats, centres: Floats) -> NDArray[np.uint8]:
    return np.argmax(vectors @ centres.T - 0.5 * (centres**2).sum(axis=1), axis=1).astype(np.uint8)


def two_bits(vectors: Floats) -> Way:
    """What the index does."""
    started = time.process_time()
    book: Codebook = fit(sample(vectors))
    parts = [book.encode(vectors[start : start + 8_192]) for start in range(0, len(vectors), 8_192)]
    codes = Planes(
        np.concatenate([part.signs for part in parts], axis=1),
        np.concatenate([part.sizes for part in parts]),
    )
    spent = time.process_time() - started
    return Way(
        "two bits of 256 directions (the index)",
        (codes.signs.nbytes + codes.sizes.nbytes) / len(vectors),
        spent,
        lambda query, count: shortlist(book, codes, query, count, None),
    )


def graph(store: VectorStore) -> Way:
    """HNSW over int8 as the index had it until it took to codes: built, saved, mapped."""
    from usearch.index import Index as Hnsw

    def new() -> Hnsw:
        return Hnsw(
            ndim=store.dimensions,
            metric="cos",
            dtype="i8",
            connectivity=24,
            expansion_add=128,
            expansion_search=400,
            enable_key_lookups=False,
        )

    started = time.process_time()
    building = new()
    for start in range(0, len(store), 1_000):
        rows = np.arange(start, min(start + 1_000, len(store)))
        building.add(rows.astype(np.uint64), store.vectors(rows), threads=1)
    spent = time.process_time() - started
    folder = tempfile.TemporaryDirectory()
    path = Path(folder.name) / "graph"
    building.save(str(path))
    mapped = new()
    mapped.view(str(path))

    def named(query: Floats, count: int) -> Rows:
        levels = np.round(query * (127 / np.abs(query).max())).astype(np.int8)
        return np.asarray(mapped.search(levels, min(count, len(store))).keys, np.int64)

    # Its rows are listed beside it, 8 bytes each. The folder lives as long as the function.
    named.folder = folder  # type: ignore[attr-defined]
    return Way("HNSW over int8", path.stat().st_size / len(store) + 8, spent, named)


# The measurement --------------------------------------------------------------------------


def everything(papers: Papers) -> Way:
    rows = np.arange(len(papers.store))
    return Way("every int8 vector", papers.store.dimensions, 0, lambda _query, _count: rows)


def measure(papers: Papers, way: Way, listed: tuple[int, ...]) -> None:
    similarities = Similarities(papers.store)
    similarities.of(papers.vectors[0], np.arange(len(papers.store)))  # lengths, once
    for count in listed:
        recalls, took = {}, []
        for name, queries in papers.queries.items():
            found = []
            for query in queries:
                started = time.process_time()
                rows = way.named(query, count)
                near = rows[best(similarities.of(query, rows), BEST)]
                took.append(1e3 * (time.process_time() - started))
                exact = best(papers.vectors @ query, BEST)
                found.append(len(np.intersect1d(near, exact)) / BEST)
            recalls[name] = (np.mean(found), np.percentile(found, 5))
        told = "   ".join(
            f"{name} {mean:.3f} (5 % {low:.2f})" for name, (mean, low) in recalls.items()
        )
        print(
            f"{way.name:40} {way.bytes_each:6.0f} B  listed {count:5}  {told}"
            f"   p50 {np.median(took):6.2f} p99 {np.percentile(took, 99):6.2f} ms"
            f"   built in {way.seconds:6.1f} s",
            flush=True,
        )


def against_float(papers: Papers, way: Way, count: int) -> None:
    """The ways' answers against vectors that were never rounded to bytes."""
    similarities, shares = Similarities(papers.store), {"int8": [], "codes": []}
    for query in np.concatenate([some[: count // 2] for some in papers.queries.values()]):
        near = best(papers.vectors @ query, 150)
        again = unit(papers.encoder.encode_documents([papers.texts[row] for row in near.tolist()]))
        exact = near[best(again @ query, BEST)]
        named = way.named(query, LISTED[1])
        found = {
            "int8": near[best(papers.vectors[near] @ query, BEST)],
            "codes": named[best(similarities.of(query, named), BEST)],
        }
        for name, rows in found.items():
            shares[name].append(len(np.intersect1d(rows, exact)) / BEST)
    for name, values in shares.items():
        print(
            f"recall@100 of {name} against float vectors: {np.mean(values):.4f} ({count} queries)"
        )


def ways(papers: Papers) -> dict[str, Callable[[], Sequence[Way]]]:
    """How to build each way, some of which come in two."""
    vectors, size = papers.vectors, papers.store.dimensions
    minifloat = np.array([0.25, 0.5, 1, 1.5, 2, 3, 4, 6])  # e2m1; its two zeros parted
    return {
        "every": lambda: [everything(papers)],
        "hnsw": lambda: [graph(papers.store)],
        "signs": lambda: signs("signs", vectors, None),
        "turned": lambda: signs("signs, turned", vectors, rotation(size)),
        "itq": lambda: signs("signs, ITQ", vectors, learned_rotation(sample(vectors)[:10_000])),
        "int4": lambda: [four_bits("int4", vectors, np.arange(-7.5, 8))],
        "minifloat": lambda: [
            four_bits("minifloat e2m1", vectors, np.concatenate([-minifloat, minifloat]))
        ],
        "pq48": lambda: [products(vectors, 48)],
        "pq64": lambda: [products(vectors, 64)],
        "two": lambda: [two_bits(vectors)],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("home", type=Path)
    parser.add_argument("--queries", type=int, default=100, help="of each kind")
    parser.add_argument("--copies", type=int, default=1)
    parser.add_argument("--ways", default="every,signs,turned,itq,int4,minifloat,pq48,pq64,two")
    parser.add_argument("--float", type=int, default=0, dest="again", metavar="N")
    arguments = parser.parse_args()
    if arguments.copies > 1 and arguments.again:
        parser.error("--float encodes papers again, and copies have no text")
    papers = read(Settings(home=arguments.home), arguments.queries)
    with tempfile.TemporaryDirectory() as temporary:
        if arguments.copies > 1:
            papers = enlarged(papers, arguments.copies, Path(temporary))
        print(f"{len(papers.store)} papers of {papers.store.dimensions} dimensions")
        makers = ways(papers)
        asked = arguments.ways.split(",")
        if unknown := [name for name in asked if name not in makers]:
            parser.error(f"--ways: no {', '.join(unknown)}; there are {', '.join(makers)}")
        for name in asked:
            for way in makers[name]():
                everyone = name == "every"
                measure(papers, way, (len(papers.store),) if everyone else LISTED)
        if arguments.again:
            against_float(papers, two_bits(papers.vectors), arguments.again)


if __name__ == "__main__":
    main()
