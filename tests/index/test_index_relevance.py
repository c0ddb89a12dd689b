"""BM25 as it is known from the literature, on the classic collections."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ir_measures
import pytest
import zstandard
from index_backends import LocalBackend, filed
from ir_measures import ScoredDoc, nDCG

from broadsheet.index import WordQuery


def rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as stream:
        for line in io.TextIOWrapper(stream, "utf-8"):
            yield json.loads(line)


@pytest.mark.parametrize(("collection", "least"), [("cranfield", 0.345), ("cacm", 0.475)])
def test_ndcg_of_words_alone(
    local: LocalBackend, shared_data: Path, collection: str, least: float
) -> None:
    """nDCG@10 with linear gain over the queries that have a relevant document."""
    folder = shared_data / collection
    documents = list(rows(folder / "corpus.jsonl.zst"))
    index = local.fill(
        [
            filed(n, n, row.get("title", ""), row.get("abstract", ""))
            for n, row in enumerate(documents, 1)
        ],
        encode=False,
    )
    run = []
    for line in (folder / "queries.tsv").read_text("utf-8").splitlines():
        name, text = line.split("\t", 1)
        found = index.search_words(WordQuery.of(text), 100)
        run.extend(
            ScoredDoc(name, documents[work_id - 1]["id"], score)
            for work_id, score in zip(found.ids.tolist(), found.scores.tolist(), strict=True)
        )
    judged = list(ir_measures.read_trec_qrels(str(folder / "qrels.trec")))
    answerable = {one.query_id for one in judged if one.relevance > 0}
    values = [
        one.value
        for one in ir_measures.iter_calc([nDCG @ 10], judged, run)
        if one.query_id in answerable
    ]
    assert sum(values) / len(answerable) >= least
