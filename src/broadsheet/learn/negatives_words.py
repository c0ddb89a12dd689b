"""Negatives by words: what the product's own index finds for a query and is not its paper."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from broadsheet.evaluate import Collection, Field, field_of
from broadsheet.index import WordQuery
from broadsheet.learn.errors import LearnError
from broadsheet.learn.parts import Negatives, Rows, part
from broadsheet.papers import Paper

if TYPE_CHECKING:
    from broadsheet.learn.job import Job

_THREADS = 2  # searches release the interpreter; more than the cores bring nothing
_LETTERS = 300  # of a query that are looked for
_FILES = 4  # of earlier trainings that are kept


@part("negatives", "bm25")
def bm25(
    job: Job, *, per_pair: int = 1, skip: int = 0, depth: int = 50, limit: int = 100_000
) -> Negatives:
    """Papers that BM25 ranks high for the query, drawn from its first ``depth``.

    A throw-away index of the corpus is asked once for at most ``limit`` pairs (a random choice, 1
    to 3 ms each; the others get none), and what it found is kept in the job's cache. ``skip``
    leaves out the first ones, the likeliest to be relevant.
    """
    if per_pair < 1 or depth < per_pair or skip < 0 or limit < 1:
        raise ValueError("per_pair, depth >= per_pair and limit are 1 or more, skip 0 or more")
    rng = job.chance("negatives")
    asked = np.sort(rng.permutation(len(job.pairs))[:limit])
    found = _kept(job, asked, skip + depth + 1)[:, skip:]
    place = np.full(len(job.pairs), -1, np.int64)
    place[asked] = np.arange(len(asked))

    def negatives(rows: Rows, _step: int) -> Rows:
        known = np.where((place[rows] >= 0)[:, None], found[place[rows]], -1)
        known = np.where(known == job.documents_of_pairs[rows][:, None], -1, known)
        chance = np.where(known < 0, 2.0, rng.random(known.shape))
        chosen = np.argsort(chance, axis=1)[:, :per_pair]
        return np.asarray(np.take_along_axis(known, chosen, 1), np.int64)

    return negatives


def _kept(job: Job, asked: Rows, depth: int) -> Rows:
    """Rows of the first ``depth`` documents for each asked pair, -1 where there are fewer."""
    digest = blake2b(f"bm25 1 {depth}".encode(), digest_size=16)
    for document in job.corpus.documents:
        digest.update(document.key)
    for row in asked.tolist():
        digest.update(job.pairs[row].query.encode("utf-8", "replace") + b"\0")
    file = job.cache / "negatives" / f"{digest.hexdigest()}.npy"
    if file.is_file():
        return _loaded(file, (len(asked), depth))
    found = _searched(job, asked, depth)
    file.parent.mkdir(parents=True, exist_ok=True)
    part_file = file.with_suffix(".new.npy")
    try:
        np.save(part_file, found.astype(np.int32))
        part_file.replace(file)
        by_age = sorted(file.parent.glob("*.npy"), key=lambda one: -one.stat().st_mtime_ns)
        for old in by_age[_FILES:]:
            old.unlink()
    except OSError as error:
        part_file.unlink(missing_ok=True)
        raise LearnError(
            f"{file}: mined negatives cannot be kept ({error.strerror}); make room"
        ) from error
    return found


def _loaded(file: Path, shape: tuple[int, int]) -> Rows:
    try:
        found = np.load(file).astype(np.int64)
    except (OSError, ValueError, EOFError) as error:
        raise LearnError(f"{file}: is damaged ({error}); delete it") from error
    if found.shape != shape:
        raise LearnError(f"{file}: is damaged (shape {found.shape}); delete it")
    return np.asarray(found, np.int64)


def _searched(job: Job, asked: Rows, depth: int) -> Rows:
    papers = tuple(
        Paper(id=str(row), source="corpus", title=document.title, abstract=document.abstract)
        for row, document in enumerate(job.corpus.documents)
    )
    found = np.full((len(asked), depth), -1, np.int64)
    with field_of(Collection("corpus", papers, {}, {}), None) as field:
        queries = (job.pairs[row].query[:_LETTERS] for row in asked.tolist())
        for place, ids in enumerate(_answers(field, queries, depth)):
            found[place, : len(ids)] = ids - 1  # works are numbered from 1 in the papers' order
    return found


def _answers(field: Field, queries: Iterator[str], depth: int) -> Iterator[Rows]:
    with ThreadPoolExecutor(_THREADS) as pool:
        for ranking in pool.map(
            lambda query: field.index.search_words(WordQuery.of(query), depth), queries
        ):
            yield ranking.ids
