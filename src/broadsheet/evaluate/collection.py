"""A judged collection on disk: a folder with documents, queries and judgements."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import zstandard

from broadsheet.errors import UserError
from broadsheet.papers import Author, Paper
from broadsheet.text import clean_paper

CORPORA = ("corpus.jsonl.zst", "corpus.jsonl.gz", "corpus.jsonl")
_WINDOW = 1 << 27


class BenchError(UserError):
    """A collection that cannot be measured; one line that says what, where, what to do."""


@dataclass(frozen=True, slots=True, eq=False)
class Collection:
    """Documents as cleaned papers, queries by id, and grades by query and document id.

    Only queries with a relevant document (a grade above 0) are kept. ``friends`` are documents
    by query that only look relevant (false friends); ``groups`` are ways to part the queries:
    by name, the group of each query. ``learned`` are texts of queries that something was fitted
    on, which near and far queries are told apart by.
    """

    name: str
    documents: tuple[Paper, ...]
    queries: dict[str, str]
    qrels: dict[str, dict[str, int]]
    friends: Mapping[str, frozenset[str]] = field(default_factory=dict)
    groups: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    learned: tuple[str, ...] = ()


def read_collection(folder: Path, queries: str, qrels: str) -> Collection:
    """Reads a folder; ``queries`` and ``qrels`` are relative to it, plain, .gz or .zst.

    Raises `BenchError`.
    """
    documents = read_documents(folder)
    texts, grades = read_queries(folder / queries), read_grades(folder / qrels)
    return judged(folder.resolve().name, documents, texts, grades, place=folder / qrels)


def read_documents(folder: Path) -> dict[str, Paper]:
    """The cleaned documents of a folder's corpus by id; raises `BenchError`."""
    if not folder.is_dir():
        raise BenchError(f"{folder}: no such folder; bench takes the folder of a collection")
    corpus = next((folder / name for name in CORPORA if (folder / name).is_file()), None)
    if corpus is None:
        raise BenchError(f"{folder}: no corpus here; it must hold {' or '.join(CORPORA)}")
    return _documents(corpus, folder.resolve().name)


def judged(
    name: str,
    documents: Mapping[str, Paper],
    texts: Mapping[str, str],
    grades: Mapping[str, dict[str, int]],
    *,
    place: Path,
) -> Collection:
    """A collection of the queries that have a relevant document.

    ``place`` is the file of the judgements, for the `BenchError` where there is none.
    """
    asked = {
        query: text
        for query, text in texts.items()
        if any(grade > 0 for grade in grades.get(query, {}).values())
    }
    if not asked:
        raise BenchError(
            f"{place}: no query has a relevant document there;"
            " the ids of queries and judgements must agree"
        )
    if not any(
        grade > 0 and paper_id in documents
        for query in asked
        for paper_id, grade in grades[query].items()
    ):
        raise BenchError(f"{place}: names no document of the collection as relevant")
    kept = {query: grades[query] for query in asked}
    return Collection(name, tuple(documents.values()), asked, kept)


def read_lines(path: Path) -> list[tuple[int, str]]:
    """The numbered lines of a file that say something; what is wrong is a `BenchError`."""
    try:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
        elif path.suffix == ".zst":
            content = _unpacked(content)
        text = content.decode("utf-8")
    except FileNotFoundError:
        raise BenchError(f"{path}: no such file; give another name or add it") from None
    except UnicodeDecodeError as error:
        raise BenchError(f"{path}: is not UTF-8 text ({error.reason})") from error
    except (OSError, EOFError, zlib.error, zstandard.ZstdError) as error:
        raise BenchError(f"{path}: cannot be read ({error})") from error
    lines = enumerate((line.rstrip("\r") for line in text.split("\n")), 1)
    return [(number, line) for number, line in lines if line.strip()]


def _unpacked(content: bytes) -> bytes:
    """All frames; EOFError where the last one is cut off."""
    parts = []
    while content:
        frame = zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj()
        parts.append(frame.decompress(content))
        if not frame.eof:
            raise EOFError("it ends too early; fetch it again")
        content = frame.unused_data
    return b"".join(parts)


def _documents(path: Path, source: str) -> dict[str, Paper]:
    documents: dict[str, Paper] = {}
    for number, line in read_lines(path):
        paper = paper_of(line, source, f"{path}:{number}")
        if paper.id in documents:
            raise BenchError(f"{path}:{number}: document {paper.id!r} is there twice")
        documents[paper.id] = paper
    if not documents:
        raise BenchError(f"{path}: holds no document")
    return documents


def paper_of(line: str, source: str, place: str) -> Paper:
    """The cleaned paper of a JSON line; ``place`` is for the `BenchError`."""
    try:
        row = json.loads(line)
    except ValueError as error:
        raise BenchError(f"{place}: is not JSON ({error})") from error
    if not isinstance(row, dict) or not isinstance(row.get("id"), str | int):
        raise BenchError(f'{place}: is not a document; it needs an "id"')
    names = row.get("authors") or []
    authors = names if isinstance(names, list) else [names]
    return clean_paper(
        Paper(
            id=str(row["id"]),
            source=source,
            title=str(row.get("title") or ""),
            abstract=str(row.get("abstract") or row.get("text") or ""),
            authors=tuple(Author(name) for name in authors if isinstance(name, str)),
        )
    )


def read_queries(path: Path) -> dict[str, str]:
    """Texts by query id; raises `BenchError`."""
    queries: dict[str, str] = {}
    for number, line in read_lines(path):
        query, tab, text = line.partition("\t")
        if not (tab and query):
            raise BenchError(f"{path}:{number}: a line is an id, a tab and the query's text")
        queries[query] = text
    return queries


def read_grades(path: Path) -> dict[str, dict[str, int]]:
    """Grades by query and document id (TREC's form); raises `BenchError`."""
    grades: dict[str, dict[str, int]] = {}
    for number, line in read_lines(path):
        try:
            query, _, document, grade = line.split()
            grades.setdefault(query, {})[document] = int(grade)
        except ValueError:
            raise BenchError(
                f"{path}:{number}: a line is a query, 0, a document and a whole grade"
            ) from None
    if not grades:
        raise BenchError(f"{path}: holds no judgement")
    return grades
