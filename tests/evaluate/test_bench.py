"""A bench measures any judged collection."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import zstandard
from numpy.typing import NDArray
from tests.documented import agrees

from broadsheet.evaluate import RUNS, BenchError, read_collection, run_bench
from broadsheet.settings import Settings

DOCUMENTS = (
    {"id": "1", "title": "Wings in a slipstream", "abstract": "Lift of a wing in a jet."},
    {"id": "2", "title": "Heat in slabs", "abstract": "Conduction through layers."},
    {"id": "3", "title": "Heat in slabs", "abstract": "Conduction through layers."},
    {"id": "4", "title": "Boundary layers", "abstract": "A wing with suction."},
)


class LetterEncoder:
    """Vectors of letter counts: an encoder that needs no weights."""

    name = "letters"
    key = "letters-1"
    dimensions = 26

    def __init__(self) -> None:
        self.encoded = 0

    def encode_queries(self, texts: list[str]) -> NDArray[np.float32]:
        counts = [[text.lower().count(chr(97 + n)) + 0.1 for n in range(26)] for text in texts]
        vectors = np.array(counts, np.float32)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)

    def encode_documents(self, texts: list[str]) -> NDArray[np.float32]:
        self.encoded += len(texts)
        return self.encode_queries(texts)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "tiny"
    made.mkdir()
    lines = "".join(json.dumps(row) + "\n" for row in DOCUMENTS)
    (made / "corpus.jsonl.zst").write_bytes(zstandard.compress(lines.encode()))
    (made / "queries.tsv").write_text("a\twing lift\nb\theat in slabs\nc\tnothing judged\n")
    (made / "qrels.trec").write_text("a 0 1 2\na 0 4 1\nb 0 2 1\nb 0 3 1\nc 0 1 0\n")
    return made


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", model_hub=False)


def test_every_leg_is_measured(folder: Path, settings: Settings, tmp_path: Path) -> None:
    result = run_bench(folder, settings=settings, encoder=LetterEncoder(), cache=tmp_path / "c")
    agrees("bench", result)  # `broadsheet bench --json` prints it as it is
    assert (result["collection"], result["documents"], result["queries"]) == ("tiny", 4, 2)
    runs = result["runs"]
    assert list(runs) == ["lexical", "dense", "rrf", "hybrid"]
    for figures in runs.values():
        assert set(figures) == {"ndcg@10", "recall@100", "mrr@10", "p50_ms", "p99_ms"}
    assert runs["lexical"]["ndcg@10"] > 0.6


def test_hybrid_is_always_run(folder: Path, settings: Settings, tmp_path: Path) -> None:
    result = run_bench(
        folder, settings=settings, legs=("lexical",), encoder=LetterEncoder(), cache=tmp_path
    )
    assert list(result["runs"]) == ["lexical", "hybrid"]


def test_documents_that_look_alike_stay_apart_in_the_index(
    folder: Path, settings: Settings, tmp_path: Path
) -> None:
    (folder / "queries.tsv").write_text("b\theat\n")
    result = run_bench(folder, settings=settings, encoder=LetterEncoder(), cache=tmp_path)
    assert result["documents"] == 4


def test_vectors_are_kept_between_runs(folder: Path, settings: Settings, tmp_path: Path) -> None:
    encoder = LetterEncoder()
    first = run_bench(folder, settings=settings, encoder=encoder, cache=tmp_path / "c")
    again = run_bench(folder, settings=settings, encoder=encoder, cache=tmp_path / "c")
    assert (first["encoded"], again["encoded"]) == (3, 0)  # two documents are one text
    assert encoder.encoded == 3
    assert first["runs"]["dense"]["ndcg@10"] == again["runs"]["dense"]["ndcg@10"]


def test_compressed_and_plain_files_are_read(folder: Path) -> None:
    plain = read_collection(folder, "queries.tsv", "qrels.trec")
    (folder / "q.tsv.gz").write_bytes(gzip.compress((folder / "queries.tsv").read_bytes()))
    (folder / "r.zst").write_bytes(zstandard.compress((folder / "qrels.trec").read_bytes()))
    packed = read_collection(folder, "q.tsv.gz", "r.zst")
    assert (packed.queries, packed.qrels) == (plain.queries, plain.qrels)


CORPUS, QUERIES, QRELS = "corpus.jsonl.zst", "queries.tsv", "qrels.trec"


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        (CORPUS, None, "no corpus here"),
        (CORPUS, b"not compressed", "cannot be read"),
        (CORPUS, zstandard.compress(b'{"id": "1"}\n{"id"'), ":2: is not JSON"),
        (CORPUS, zstandard.compress(b'{"title": "x"}'), ":1: is not a document"),
        (CORPUS, zstandard.compress(b'{"id":"1"}\n' * 2), ":2: document '1' is there twice"),
        (CORPUS, zstandard.compress(b'{"id":"1"}\n' * 2)[:-3], "ends too early"),
        (CORPUS, zstandard.compress(b""), "holds no document"),
        (QUERIES, None, "queries.tsv: no such file"),
        (QUERIES, b"\xff\xfe\x00\t\x81", "is not UTF-8"),
        (QUERIES, b"a\twing\nb heat\n", ":2: a line is an id, a tab"),
        (QRELS, None, "qrels.trec: no such file"),
        (QRELS, b"", "holds no judgement"),
        (QRELS, b"a 0 1 2\na 0 4\n", ":2: a line is a query"),
        (QRELS, b"a 0 1 high\n", ":1: a line is a query"),
        (QRELS, b"a 0 1 0\n", "has a relevant document"),
        (QRELS, b"a 0 77 1\n", "names no document"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    folder: Path, file: str, content: bytes | None, said: str
) -> None:
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_bytes(content)
    with pytest.raises(BenchError) as error:
        read_collection(folder, QUERIES, QRELS)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_folder_or_leg_that_is_none_is_said(folder: Path, settings: Settings) -> None:
    with pytest.raises(BenchError, match="no such folder"):
        run_bench(folder / "nowhere", settings=settings)
    with pytest.raises(BenchError, match="'sparse' is none of"):
        run_bench(folder, settings=settings, legs=("sparse",))
    assert set(RUNS) == {"lexical", "dense", "rrf", "hybrid"}


def test_adi_is_measured_as_ever(shared_data: Path, settings: Settings, tmp_path: Path) -> None:
    result = run_bench(
        shared_data / "adi", settings=settings, encoder=LetterEncoder(), cache=tmp_path
    )
    assert (result["documents"], result["queries"]) == (82, 35)
    assert result["runs"]["lexical"]["ndcg@10"] == pytest.approx(0.474, abs=0.01)
