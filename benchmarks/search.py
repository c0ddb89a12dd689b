"""How fast search is: the pipeline in process, and the API over HTTP.

In process, on a home that is there, or on one made here from corpora:

    python benchmarks/search.py --home HOME --queries DIR
    python benchmarks/search.py --home NEW --corpus A.jsonl.zst --corpus B.jsonl.zst \
        --synthetic-vectors --queries DIR

Against a server on this machine, with 16 connections:

    python benchmarks/search.py --http 127.0.0.1:8000 --queries DIR

DIR holds JSON files of queries in the form of Paperlantern's ``academic_paper_search_benchmarks``
(``{"query_0": {"search_query": "..."}, ...}``). Synthetic vectors are random unit vectors in
clusters; they cost a search what real ones do, and their results mean nothing. One line of JSON
is printed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import numpy as np

from broadsheet.catalog import Catalog, import_file
from broadsheet.encoders import Encoder, VectorStore, WeightsMissing, load_encoder
from broadsheet.index import Index, IndexWriter, open_index, open_writer
from broadsheet.search import Searcher, SearchRequest
from broadsheet.settings import Settings

CLUSTERS = 1_000
SPREAD = 0.6  # length of the noise beside a cluster's centre of length 1
WORDS = 4
DEEP = ("learning", "graph neural networks for molecules", "cat:cs.LG")
OFFSETS = (0, 40, 200, 1_000, 3_000)
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def read_queries(folder: Path) -> list[str]:
    return [
        entry["search_query"]
        for path in sorted(folder.glob("*.json"))
        for entry in json.loads(path.read_text()).values()
    ]


def first_words(query: str) -> str:
    return " ".join(query.split()[:WORDS])


def windows(queries: Sequence[str]) -> Iterator[str]:
    """Distinct queries of four words: every window of every query, shuffled alike each time."""
    found = {
        " ".join(words[at : at + WORDS])
        for words in (query.split() for query in queries)
        for at in range(max(1, len(words) - WORDS + 1))
    }
    ordered = sorted(found)
    for place in np.random.default_rng(0).permutation(len(ordered)):
        yield ordered[place]


# A home to measure ------------------------------------------------------------------------


def make(settings: Settings, encoder: Encoder, corpora: list[Path], synthetic: bool) -> None:
    with closing(Catalog.open(settings)) as catalog:
        for path in corpora:
            started = time.perf_counter()
            counts = import_file(catalog, path, rejected_dir=settings.rejected_path).counts
            print(f"{path}: {counts} in {time.perf_counter() - started:.0f} s", file=sys.stderr)
        with open_writer(settings, encoder.key, encoder.dimensions) as writer:
            writer.sync(catalog)
            if synthetic:
                add_synthetic_vectors(settings, encoder, writer)
                writer.commit()
                writer.build_dense(force=True)
                writer.commit()


def add_synthetic_vectors(settings: Settings, encoder: Encoder, writer: IndexWriter) -> None:
    random = np.random.default_rng(0)
    centres = unit(random.standard_normal((CLUSTERS, encoder.dimensions), np.float32))
    waiting = writer.pending(writer.pending_count())
    folder = settings.vectors_path / encoder.key
    with VectorStore(folder, encoder.dimensions, read_only=False) as store:
        for start in range(0, len(waiting), 8_192):
            hashes = [one.text_hash for one in waiting[start : start + 8_192]]
            noise = unit(random.standard_normal((len(hashes), encoder.dimensions), np.float32))
            chosen = centres[random.integers(0, CLUSTERS, len(hashes))]
            store.append(hashes, unit(chosen + SPREAD * noise))


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


# In process -------------------------------------------------------------------------------


def in_process(settings: Settings, encoder: Encoder | None, queries: list[str]) -> dict:
    with closing(Catalog.open(settings)) as catalog, closing(open_index(settings)) as index:
        status = index.status()
        report = {
            "papers": status.papers,
            "encoded": status.encoded,
            "encoder": encoder.key if encoder else "",
        }
        sets = {"four words": [first_words(query) for query in queries], "whole": queries}
        for name, texts in sets.items():
            for query in texts[:20]:
                Searcher(catalog, index, encoder).search(SearchRequest(query))
            report[name] = timed(Searcher(catalog, index, encoder), texts, explain=False)
            explained = timed(Searcher(catalog, index, encoder), texts, explain=True)
            report[f"{name}, explained"] = explained
        report["deep pages, processor ms"] = deep(catalog, index, encoder)
    return report


def deep(catalog: Catalog, index: Index, encoder: Encoder | None) -> dict:
    """Medians of three, each with nothing kept, by how many hits are skipped."""
    found: dict[str, dict[int, float]] = {}
    for query in DEEP:
        for offset in OFFSETS:
            took = []
            for _ in range(3):
                searcher = Searcher(catalog, index, encoder)
                started = time.process_time()
                searcher.search(SearchRequest(query, limit=20, offset=offset))
                took.append((time.process_time() - started) * 1e3)
            found.setdefault(query, {})[offset] = round(statistics.median(took))
    return found


def timed(searcher: Searcher, queries: list[str], *, explain: bool) -> dict:
    took, stages = [], {}
    for query in dict.fromkeys(queries):
        started = time.perf_counter()
        result = searcher.search(SearchRequest(query, explain=explain))
        took.append((time.perf_counter() - started) * 1e3)
        for stage, ms in result.stages.items():
            stages.setdefault(stage, []).append(ms)
    return {
        "queries": len(took),
        **percentiles(took),
        "stages_p50_ms": {name: round(statistics.median(ms), 3) for name, ms in stages.items()},
    }


def percentiles(took: list[float]) -> dict:
    p50, p99 = np.percentile(took, [50, 99])
    return {"p50_ms": round(float(p50), 2), "p99_ms": round(float(p99), 2)}


# Over HTTP --------------------------------------------------------------------------------


class Connection:
    """One keep-alive connection of HTTP/1.1."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port

    async def open(self) -> Connection:
        self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
        return self

    async def get(self, path: str) -> bytes:
        head = f"GET {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nAccept: */*\r\n\r\n"
        self.writer.write(head.encode())
        await self.writer.drain()
        answer = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status = answer.split(" ", 2)[1]
        headers = dict(
            line.lower().split(": ", 1) for line in answer.split("\r\n")[1:] if ": " in line
        )
        body = await self.reader.readexactly(int(headers["content-length"]))
        if status != "200":
            raise SystemExit(f"{path}: {status} {body[:200]!r}")
        return body

    def close(self) -> None:
        self.writer.close()


async def over_http(host: str, port: int, queries: list[str], args: argparse.Namespace) -> dict:
    distinct = list(windows(queries))
    # Another stretch each time, so that a second run against one server finds nothing kept.
    start = int(time.time()) % len(distinct)
    distinct = distinct[start:] + distinct[:start]
    repeated = distinct[:16] * 100_000
    connection = await Connection(host, port).open()
    for query in distinct[-20:] + repeated[:16]:
        await connection.get(search_path(query))
    front, sizes = [], 0
    for _ in range(50):
        started = time.perf_counter()
        sizes = len(await connection.get("/"))
        front.append((time.perf_counter() - started) * 1e3)
    connection.close()
    return {
        "connections": args.connections,
        "distinct": await load(host, port, distinct[:-20], args),
        "repeated": await load(host, port, repeated, args),
        "front_page": {"bytes": sizes, "first_ms": round(front[0], 2), **percentiles(front)},
    }


def search_path(query: str) -> str:
    return f"/api/v1/search?q={quote(query)}"


async def load(host: str, port: int, queries: list[str], args: argparse.Namespace) -> dict:
    """Asks until the queries or the seconds are used up."""
    waiting = iter(queries)
    took: list[float] = []
    started = time.perf_counter()

    async def ask() -> None:
        connection = await Connection(host, port).open()
        for query in waiting:
            before = time.perf_counter()
            if before - started > args.seconds:
                break
            await connection.get(search_path(query))
            took.append((time.perf_counter() - before) * 1e3)
        connection.close()

    await asyncio.gather(*(ask() for _ in range(args.connections)))
    seconds = time.perf_counter() - started
    return {
        "requests": len(took),
        "requests_per_second": round(len(took) / seconds, 1),
        **percentiles(took),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path, help="the home to measure")
    parser.add_argument("--corpus", type=Path, action="append", default=[], help="to import first")
    parser.add_argument("--synthetic-vectors", action="store_true")
    parser.add_argument("--models", type=Path, help="the models folder, if not the home's")
    parser.add_argument("--queries", type=Path, required=True, help="folder of query files")
    parser.add_argument("--http", metavar="HOST:PORT", help="measure a server on this machine")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=10, help="of each load over HTTP")
    args = parser.parse_args()
    queries = read_queries(args.queries)
    if args.http:
        host, _, port = args.http.rpartition(":")
        if host not in LOOPBACK:
            parser.error("--http takes an address of this machine, such as 127.0.0.1:8000")
        print(json.dumps(asyncio.run(over_http(host, int(port), queries, args))))
        return
    if args.home is None:
        parser.error("give --home or --http")
    settings = Settings(home=args.home)
    encoder = None
    try:
        models = args.models or settings.models_path
        encoder = load_encoder(settings.encoder, models, hub=settings.model_hub)
    except WeightsMissing as error:
        print(f"words only: {error}", file=sys.stderr)
    if args.corpus or args.synthetic_vectors:
        if encoder is None:
            parser.error("making a home takes an encoder")
        make(settings, encoder, args.corpus, args.synthetic_vectors)
    report = in_process(settings, encoder, queries)
    # Linux counts in KiB; the most this process ever held, making the home included.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(report | {"peak_mib": round(peak)}))


if __name__ == "__main__":
    main()
