"""A judged collection on disk: a folder with documents, queries and judgements."""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import dataclass
from pathlib import Path

import zstandard

from broadsheet.papers import Author, Paper
from broadsheet.text import clean_paper

CORPORA = ("corpus.jsonl.zst", "corpus.jsonl.gz", "corpus.jsonl")
_WINDOW = 1 << 27


class BenchError(Exception):
    """A collection that cannot be measured; one line that says what, where, what to do."""


@dataclass(frozen=True, slots=True, eq=False)
class Collection:
    """Documents as cleaned papers, queries by id, and grades by query and document id.

    Only queries with a relevant document (a grade above 0) are kept.
    """

    name: str
    documents: tuple[Paper, ...]
    queries: dict[str, str]
    qrels: dict[str, dict[str, int]]


def read_collection(folder: Path, queries: str, qrels: str) -> Collection:
    """Reads a folder; ``queries`` and ``qrels`` are relative to it, plain, .gz or .zst.

    Raises `BenchError`.
    """
    if not folder.is_dir():
        raise BenchError(f"{folder}: no such folder; bench takes the folder of a collection")
    corpus = next((folder / name for name in CORPORA if (folder / name).is_file()), None)
    if corpus is None:
        raise BenchError(f"{folder}: no corpus here; it must hold {' or '.join(CORPORA)}")
    documents = _documents(corpus, folder.resolve().name)
    texts = _queries(folder / queries)
    grades = _grades(folder / qrels)
    asked = {
        query: text
        for query, text in texts.items()
        if any(grade > 0 for grade in grades.get(query, {}).values())
    }
    if not asked:
        raise BenchError(
            f"{folder / qrels}: no query of {queries} has a relevant document there;"
            " the ids of both files must agree"
        )
    if not any(
        grade > 0 and paper_id in documents
        for query in asked
        for paper_id, grade in grades[query].items()
    ):
        raise BenchError(f"{folder / qrels}: names no document of {corpus.name} as relevant")
    kept = {query: grades[query] for query in asked}
    return Collection(folder.resolve().name, tuple(documents.values()), asked, kept)


def _lines(path: Path) -> list[tuple[int, str]]:
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
    for number, line in _lines(path):
        paper = _paper(line, source, f"{path}:{number}")
        if paper.id in documents:
            raise BenchError(f"{path}:{number}: document {paper.id!r} is there twice")
        documents[paper.id] = paper
    if not documents:
        raise BenchError(f"{path}: holds no document")
    return documents


def _paper(line: str, source: str, place: str) -> Paper:
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


def _queries(path: Path) -> dict[str, str]:
    queries: dict[str, str] = {}
    for number, line in _lines(path):
        query, tab, text = line.partition("\t")
        if not (tab and query):
            raise BenchError(f"{path}:{number}: a line is an id, a tab and the query's text")
        queries[query] = text
    return queries


def _grades(path: Path) -> dict[str, dict[str, int]]:
    grades: dict[str, dict[str, int]] = {}
    for number, line in _lines(path):
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
