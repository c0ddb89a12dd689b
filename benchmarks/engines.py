"""Measures the index alone: filing, search by words and by vectors, filters, recall.

    python benchmarks/engines.py ../shared/data/arxiv-2025-2026 ../shared/data/arxiv-1993-2019 \
        --queries ../shared/data/paperlantern-queries

The folders hold ``corpus.jsonl.zst``; the queries' folder holds ``*.json`` with a
``search_query`` each. Vectors are made up from the words of each paper: a random vector a
word in a space of 64 dimensions, weighted by how rare the word is. That gives neighbourhoods as
encoders do, and is harder on the codes than they are. Nothing is read from a catalog, so that
filing is measured alone.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import re
import resource
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import zstandard

from broadsheet.catalog import Change, Work
from broadsheet.encoders import VectorStore
from broadsheet.index import Filters, WordQuery, open_index, open_writer
from broadsheet.papers import Author, Paper
from broadsheet.settings import Settings

DIMENSIONS = 384
WORDS = 1 << 15
RANK = 64
ENCODER = "made-up"


def papers(folders: Sequence[Path]) -> Iterator[dict[str, Any]]:
    for folder in folders:
        path = folder / "corpus.jsonl.zst"
        decompressor = zstandard.ZstdDecompressor(max_window_size=1 << 27)
        with path.open("rb") as file, decompressor.stream_reader(file) as stream:
            rest = b""
            while block := stream.read(1 << 22):
                *lines, rest = (rest + block).split(b"\n")
                yield from map(orjson.loads, lines)


def name_of(number: int) -> bytes:
    """What stands for the hash of a text."""
    return hashlib.blake2b(str(number).encode(), digest_size=16).digest()


def change(number: int, row: dict[str, Any]) -> Change:
    paper = Paper(
        id=row["id"],
        source="arxiv",
        title=row["title"],
        abstract=row["abstract"],
        authors=tuple(Author(name) for name in row.get("authors", ())),
        categories=tuple(row.get("categories", ())),
        announced=row.get("date", ""),
    )
    work = Work(
        id=number,
        seq=number,
        paper=paper,
        identifiers=(),
        sources=("arxiv",),
        published="",
        announced=row.get("date", ""),
        updated="",
        versions=1,
        deleted=False,
        text_hash=name_of(number),
    )
    return Change(number, number, work)


def beginning(row: dict[str, Any]) -> str:
    """What the made-up encoder reads of a paper."""
    return f"{row['title']} {row['abstract'][:400]}"


class MadeUp:
    """The made-up encoder."""

    def __init__(self) -> None:
        rng = np.random.default_rng(1)
        words = rng.standard_normal((WORDS, RANK)).astype(np.float32)
        self.table = words @ rng.standard_normal((RANK, DIMENSIONS)).astype(np.float32)
        self.seen = np.ones(WORDS)
        self.texts = 1

    def words(self, text: str) -> np.ndarray:
        return np.array(
            [zlib.crc32(word.encode()) % WORDS for word in re.findall(r"\w+", text.lower())] or [0]
        )

    def learn(self, text: str) -> None:
        self.seen[np.unique(self.words(text))] += 1
        self.texts += 1

    def encode(self, text: str) -> np.ndarray:
        words = self.words(text)
        rarity = np.log(self.texts / self.seen[words]).astype(np.float32)
        vector = rarity @ self.table[words]
        return vector / (np.linalg.norm(vector) + 1e-9)


def timed(name: str, run: Callable[[Any], object], items: Sequence[Any]) -> None:
    for item in items[:20]:
        run(item)
    took = []
    for item in items:
        start = time.perf_counter()
        run(item)
        took.append(1e3 * (time.perf_counter() - start))
    print(f"{name:44} p50 {np.median(took):6.2f}  p99 {np.percentile(took, 99):6.2f} ms")


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def file_words(settings: Settings, folders: Sequence[Path]) -> None:
    count, took, cpu = 0, 0.0, time.process_time()
    with open_writer(settings) as writer:
        rows = enumerate(papers(folders), 1)
        while batch := [change(number, row) for number, row in itertools.islice(rows, 5_000)]:
            start = time.perf_counter()
            writer.apply(batch)
            if batch[-1].seq % 50_000 == 0:
                writer.commit()
            took += time.perf_counter() - start
            count += len(batch)
        start = time.perf_counter()
        writer.commit()
        took += time.perf_counter() - start
    cpu = time.process_time() - cpu
    print(
        f"filed {count} papers, {count / took:.0f} a second, {1e6 * cpu / count:.0f} µs of one core"
        f" each (reading the files included); peak memory {peak()} MB",
        flush=True,
    )


def store_vectors(settings: Settings, folders: Sequence[Path]) -> MadeUp:
    encoder = MadeUp()
    for row in itertools.islice(papers(folders), 20_000):
        encoder.learn(beginning(row))
    with VectorStore(settings.vectors_path / ENCODER, DIMENSIONS, read_only=False) as store:
        # Those of an earlier run are kept.
        rows = itertools.islice(enumerate(papers(folders), 1), len(store), None)
        while batch := list(itertools.islice(rows, 4_096)):
            store.append(
                [name_of(number) for number, _ in batch],
                np.stack([encoder.encode(beginning(row)) for _, row in batch]),
            )
    return encoder


def build_codes(settings: Settings) -> None:
    with open_writer(settings, ENCODER, DIMENSIONS) as writer:
        start = time.perf_counter()
        writer.commit()
        print(f"vectors taken in: {time.perf_counter() - start:.1f} s")
        start, cpu = time.perf_counter(), time.process_time()
        writer.build_dense(force=True)
        print(
            f"codes built: {time.perf_counter() - start:.0f} s,"
            f" {time.process_time() - cpu:.0f} s of one core; peak memory {peak()} MB",
            flush=True,
        )


def search(settings: Settings, queries: list[str], encoder: MadeUp) -> None:
    start = time.perf_counter()
    index = open_index(settings)
    print(f"opened: {1e3 * (time.perf_counter() - start):.0f} ms; {index.status()}")
    four = [" ".join(query.split()[:4]) for query in queries]
    subject, day = Filters(categories=("cs.LG",)), Filters(first_day="2026-06-01")
    archive = Filters(categories=("cs",))
    some = np.random.default_rng(2).integers(1, index.count(), 50)
    for name, texts in (("4 words", four), ("whole query", queries)):
        asked = [WordQuery.of(text) for text in texts]
        timed(f"{name}, top 200", lambda query: index.search_words(query, 200), asked)
        for label, filters in (("cs.LG", subject), ("cs", archive), ("3 months", day)):
            timed(
                f"{name}, {label}",
                lambda query, filters=filters: index.search_words(query, 200, filters),
                asked,
            )
        timed(f"{name}, count", index.count_words, asked)
        timed(f"{name}, scores of 50", lambda query: index.score_words(query, some), asked)
    timed("4 words, explain one", lambda text: index.explain_words(WordQuery.of(text), 7), four)
    vectors = [encoder.encode(text) for text in queries]
    timed("vector, top 200", lambda vector: index.search_vectors(vector, 200), vectors)
    for label, filters in (("cs.LG", subject), ("cs", archive), ("3 months", day)):
        timed(
            f"vector, {label}",
            lambda vector, filters=filters: index.search_vectors(vector, 200, filters),
            vectors,
        )
    timed("vector, scores of 50", lambda vector: index.score_vectors(vector, some), vectors)
    timed("refresh with nothing new", lambda _: index.refresh(), queries)
    everything = np.arange(1, index.count() + 1)
    recall = []
    for vector in vectors[::8]:
        scores = index.score_vectors(vector, everything)
        exact = set(everything[np.argsort(-scores)[:200]].tolist())
        found = set(index.search_vectors(vector, 200).ids.tolist())
        recall.append(len(exact & found) / len(exact))
    print(f"recall of the 200 nearest: {np.mean(recall):.3f} (least {np.min(recall):.3f})")
    print(f"memory of this process at its peak: {peak()} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--queries", type=Path, required=True)
    parser.add_argument("--home", type=Path, help="keeps the index there, or measures the one kept")
    arguments = parser.parse_args()
    queries = [
        value["search_query"]
        for path in sorted(arguments.queries.glob("*.json"))
        for value in json.loads(path.read_text("utf-8")).values()
    ]
    with tempfile.TemporaryDirectory() as temporary:
        settings = Settings(home=arguments.home or Path(temporary))
        if not settings.index_path.exists():
            file_words(settings, arguments.folders)
        encoder = store_vectors(settings, arguments.folders)
        build_codes(settings)
        search(settings, queries, encoder)


if __name__ == "__main__":
    main()
