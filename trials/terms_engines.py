"""Where quantised term weights can be kept: ``python -m trials.terms_engines QUERIES FILE...``

Rows 11 and 12 of docs/methods.md. The same impacts (BM25 in 255 steps, as learned ones would be)
in four engines beside Tantivy's own BM25: Tantivy with each term repeated by its weight (DeepCT's
way), arrays of postings added up by numpy (exact), and, where they are installed, the packages
``bmp`` (block-max pruning, exact at alpha 1) and ``pyseismic-lsr`` (approximate). Told are
documents a second while building, analysis apart, bytes, milliseconds of queries of four words and
of whole questions, and how many of the exact first ten are among an engine's.

QUERIES is a file of questions, one a line.
"""

from __future__ import annotations

import importlib
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
import tantivy

from broadsheet.index import analysis
from broadsheet.sources import Arrived, read
from trials.terms_postings import Floats, Postings, Terms, Texts

STEPS = 255
REPEATS = 15  # times that the heaviest term of a document is repeated
DEPTH = 100
Query = list[tuple[int, float]]
Search = Callable[[Query], Sequence[int]]


@dataclass(frozen=True, slots=True, eq=False)
class Filed:
    """A collection with its quantised impacts."""

    names: list[str]
    postings: Postings
    impacts: Floats
    folder: Path

    def documents(self) -> Iterator[tuple[int, list[str], list[int]]]:
        """Each document's row, terms and impacts."""
        order = np.argsort(self.postings.doc, kind="stable")
        starts = np.searchsorted(self.postings.doc[order], np.arange(len(self.postings) + 1))
        for row in range(len(self.postings)):
            some = order[starts[row] : starts[row + 1]]
            terms = [self.names[term] for term in self.postings.term[some].tolist()]
            yield row, terms, [int(one) for one in self.impacts[some].tolist()]


def arrays(filed: Filed) -> Search:
    """Postings as arrays that are mapped into memory, and one pass over those of the query."""
    postings, path = filed.postings, filed.folder
    np.save(path / "documents.npy", postings.doc.astype(np.int32))
    np.save(path / "impacts.npy", filed.impacts.astype(np.uint8))
    np.save(path / "starts.npy", postings.starts)
    rows = np.load(path / "documents.npy", mmap_mode="r")
    impacts = np.load(path / "impacts.npy", mmap_mode="r")
    starts = np.load(path / "starts.npy")
    count = len(postings)

    def search(query: Query) -> Sequence[int]:
        scores = np.zeros(count, np.float32)
        for term, weight in query:
            some = slice(starts[term], starts[term + 1])
            scores[rows[some]] += np.float32(weight) * impacts[some]
        best = np.argpartition(-scores, min(DEPTH, count - 1))[:DEPTH]
        best = best[np.lexsort((best, -scores[best]))]
        return [int(row) for row in best if scores[row] > 0]

    return search


def _tantivy(filed: Filed, texts: Callable[[list[str], list[int]], str], idf: bool) -> Search:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("row", fast=True, indexed=True)
    builder.add_text_field("text", tokenizer_name="whitespace", index_option="freq")
    schema = builder.build()
    index = tantivy.Index(schema, str(filed.folder))
    writer = index.writer(128_000_000, 1)
    for row, terms, weights in filed.documents():
        document = tantivy.Document()
        document.add_integer("row", row)
        document.add_text("text", texts(terms, weights))
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher, should = index.searcher(), tantivy.Occur.Should
    plain = filed.postings.idf

    def search(query: Query) -> Sequence[int]:
        asked = [
            (
                should,
                tantivy.Query.boost_query(
                    tantivy.Query.term_query(schema, "text", filed.names[term], "freq"),
                    1.0 if idf else weight / max(float(plain[term]), 1e-6),
                ),
            )
            for term, weight in query
        ]
        hits = searcher.search(tantivy.Query.boolean_query(asked), DEPTH, count=False).hits
        rows: list[Any] = searcher.fast_field_values("row", [place for _, place in hits])
        return rows

    return search


def bm25(filed: Filed) -> Search:
    """Tantivy's own: every term as often as it stands there."""
    counts = dict(enumerate(_counts(filed.postings)))
    rows = iter(range(len(filed.postings)))

    def text(terms: list[str], weights: list[int]) -> str:
        del weights
        times = counts[next(rows)]
        return " ".join(" ".join([term] * count) for term, count in zip(terms, times, strict=True))

    return _tantivy(filed, text, idf=True)


def _counts(postings: Postings) -> Iterator[list[int]]:
    order = np.argsort(postings.doc, kind="stable")
    starts = np.searchsorted(postings.doc[order], np.arange(len(postings) + 1))
    for row in range(len(postings)):
        yield [int(one) for one in postings.tf[order[starts[row] : starts[row + 1]]].tolist()]


def repeated(filed: Filed) -> Search:
    """Tantivy with every term repeated by its weight."""

    def text(terms: list[str], weights: list[int]) -> str:
        times = [max(1, round(REPEATS * weight / STEPS)) for weight in weights]
        return " ".join(" ".join([term] * count) for term, count in zip(terms, times, strict=True))

    return _tantivy(filed, text, idf=False)


def bmp(filed: Filed) -> Search:
    """Block-max pruning over impacts (Mallia, Suel and Tonellotto, 2024)."""
    package: Any = importlib.import_module("bmp")
    path = str(filed.folder / "index.bmp")
    indexer = package.Indexer(path, bsize=32, compress_range=False)
    for row, terms, weights in filed.documents():
        indexer.add_document(str(row), dict(zip(terms, weights, strict=True)))
    indexer.finish()
    searcher = package.Searcher(path)

    def search(query: Query) -> Sequence[int]:
        asked = {filed.names[term]: weight for term, weight in query}
        found, _ = searcher.search(asked, k=DEPTH, alpha=1.0, beta=1.0)
        return [int(one) for one in found]

    return search


def seismic(filed: Filed) -> Search:
    """Clustered, pruned lists (Bruch, Nardini, Rulli and Venturini, 2024), as they come."""
    package: Any = importlib.import_module("seismic")
    kind = package.get_seismic_string()
    held = package.SeismicDatasetLV()
    for row, terms, weights in filed.documents():
        held.add_document(str(row), np.array(terms, kind), np.array(weights, np.float32))
    index = package.SeismicIndexLV.build_from_dataset(held, num_threads=1)
    index.save(str(filed.folder / "index"))

    def search(query: Query) -> Sequence[int]:
        terms = np.array([filed.names[term] for term, _ in query], kind)
        weights = np.array([weight for _, weight in query], np.float32)
        found = index.search(
            query_id="0", query_components=terms, query_values=weights, k=DEPTH,
            query_cut=len(query), heap_factor=0.8,
        )  # fmt: skip
        return [int(row) for _, _, row in found]

    return search


ENGINES: dict[str, Callable[[Filed], Search]] = {
    "arrays": arrays, "tantivy bm25": bm25, "tantivy repeated": repeated, "bmp": bmp,
    "seismic": seismic,
}  # fmt: skip


def collection(files: Sequence[Path], most: int) -> tuple[Terms, Texts]:
    """The first papers of some files, analysed."""
    terms = Terms()
    flat: list[int] = []
    starts = [0]
    for path in files:
        for item in read(path):
            if len(starts) > most:
                break
            if isinstance(item, Arrived):
                flat += terms.of(f"{item.paper.title}\n{item.paper.abstract}")
                starts.append(len(flat))
    ends = np.array(starts, np.int64)
    return terms, Texts(np.array(flat, np.int32), ends, np.zeros(len(flat), np.uint8))


def queries_of(terms: Terms, postings: Postings, texts: Sequence[str]) -> list[Query]:
    """Known terms of texts with their idf."""
    found: list[Query] = []
    for text in texts:
        counts = Counter(terms[one] for one in analysis.terms(text, "text") if one in terms)
        query = [(term, times * float(postings.idf[term])) for term, times in counts.items()]
        if query:
            found.append(query)
    return found


def short(postings: Postings, count: int) -> list[Query]:
    """Four words each, drawn from one document, rarer than one in fifty."""
    chance = np.random.default_rng(0)
    found: list[Query] = []
    names, texts = postings.counts, postings.texts
    for row in chance.permutation(len(texts)).tolist():
        own = np.unique(texts.flat[texts.starts[row] : texts.starts[row + 1]])
        telling = own[(names[own] >= 5) & (names[own] < len(texts) / 50)]
        if len(telling) >= 4:
            some = chance.choice(telling, 4, replace=False).tolist()
            found.append([(term, float(postings.idf[term])) for term in some])
        if len(found) == count:
            break
    return found


def timed(search: Search, queries: Sequence[Query]) -> tuple[list[Sequence[int]], Floats]:
    """The answers and the milliseconds of each, after a first pass over a few."""
    for query in queries[:5]:
        search(query)
    answers, took = [], []
    for query in queries:
        started = time.perf_counter()
        answers.append(search(query))
        took.append((time.perf_counter() - started) * 1e3)
    return answers, np.array(took, np.float32)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


@click.command()
@click.argument("questions", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--papers", default=40_000, show_default=True)
@click.option("--engine", "chosen", multiple=True, type=click.Choice(list(ENGINES)))
def main(questions: Path, files: tuple[Path, ...], papers: int, chosen: tuple[str, ...]) -> None:
    """Prints a line for each engine."""
    terms, texts = collection(files, papers)
    postings = Postings.of(texts, len(terms))
    impacts = np.maximum(np.rint(postings.bm25 / postings.bm25.max() * STEPS), 1)
    names = list(terms)
    asked = {
        "four words": short(postings, 200),
        "questions": queries_of(terms, postings, questions.read_text("utf-8").splitlines()[:200]),
    }
    read_a_query = np.mean(
        [sum(postings.counts[term] for term, _ in one) for one in asked["questions"]]
    )
    click.echo(
        f"{len(texts):,} documents, {len(names):,} terms, {len(postings.doc):,} postings,"
        f" {read_a_query:,.0f} of them of a question"
    )
    exact: dict[str, list[Sequence[int]]] = {}
    for name in dict.fromkeys(["arrays", *(chosen or ENGINES)]):
        with tempfile.TemporaryDirectory() as folder:
            filed = Filed(names, postings, impacts.astype(np.float32), Path(folder))
            started = time.perf_counter()
            try:
                search = ENGINES[name](filed)
            except ImportError as error:
                click.echo(f"{name:17} left out: {error}")
                continue
            built = time.perf_counter() - started
            line = f"{name:17} {len(texts) / built:8,.0f}/s {_size(Path(folder)) / 1e6:6.1f} MB"
            for kind, queries in asked.items():
                answers, took = timed(search, queries)
                first = exact.setdefault(kind, answers)
                same = [
                    len(set(one[:10]) & set(other[:10])) / max(1, len(one[:10]))
                    for one, other in zip(first, answers, strict=True)
                ]
                p50, p99 = np.percentile(took, [50, 99])
                line += f" | {kind} {p50:6.2f} / {p99:6.2f} ms, same {np.mean(same):.3f}"
            click.echo(line)


if __name__ == "__main__":
    main()
