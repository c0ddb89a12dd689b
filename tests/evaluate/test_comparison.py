"""Systems side by side on judged collections."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import zstandard
from tests.evaluate.test_bench import DOCUMENTS, LetterEncoder

from broadsheet.evaluate import (
    BenchError,
    Judged,
    as_markdown,
    as_svg,
    as_text,
    chosen,
    compare,
    of_candidates,
    per_query,
    read_judged,
    summarise,
)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    folder = tmp_path / "tiny"
    folder.mkdir()
    rows = [*DOCUMENTS, {"id": "5", "title": "On wings and the lift they give", "abstract": ""}]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "corpus.jsonl.zst").write_bytes(zstandard.compress(lines.encode()))
    (folder / "queries.tsv").write_text("a\twing lift\nb\theat in slabs\nd\tsuction on a wing\n")
    (folder / "qrels.trec").write_text("a 0 1 2\na 0 5 1\nb 0 2 1\nb 0 3 1\nd 0 4 1\n")
    return folder


def judged(folder: Path, cache: Path, names: Sequence[str]) -> list[Judged]:
    return compare(read_judged(str(folder)), chosen(names), LetterEncoder(), cache=cache)


NAMES = ("hybrid", "rrf", "lexical", "dense", "rrf-weighted", "bm25", "tfidf", "count", "random")


def test_every_system_is_judged_on_every_query(tiny: Path, tmp_path: Path) -> None:
    (one,) = judged(tiny, tmp_path, (*NAMES, "hybrid-complete"))
    assert one.queries == ("a", "b", "d")
    assert set(one.values) == {"ndcg@10", "recall@100", "mrr@10", "unjudged@10"}
    for table in one.values.values():
        assert table.shape == (10, 3)
        assert np.isfinite(table).all()
    assert one.of("bm25", "recall@100").tolist() == [1, 1, 1]
    assert one.of("lexical", "unjudged@10")[1] == pytest.approx(0.0)


def test_without_an_encoder_what_needs_one_is_left_out(tiny: Path, tmp_path: Path) -> None:
    (one,) = compare(read_judged(str(tiny)), chosen(("rrf", "dense", "bm25")), None)
    assert np.isnan(one.of("dense")).all()
    figures = summarise([one], "bm25")
    assert list(figures["collections"][0]["systems"]) == ["rrf", "bm25"]
    assert "dense" not in as_text(figures)


def test_a_function_over_cached_candidates_is_a_system(tiny: Path, tmp_path: Path) -> None:
    by_words = of_candidates(
        "words", lambda found, _field, _query: found.ordered(found.lexical, 0 * found.dense)
    )
    systems = [*chosen(("lexical",)), by_words]
    (one,) = compare(read_judged(str(tiny)), systems, LetterEncoder(), cache=tmp_path)
    # Documents 2 and 3 are one text, which the product shows once: by nDCG they differ.
    assert one.of("words", "mrr@10").tolist() == one.of("lexical", "mrr@10").tolist()


@pytest.mark.parametrize("name", ["nothing", "hybrid-nothing", "rrf-"])
def test_an_unknown_system_is_named(name: str) -> None:
    with pytest.raises(BenchError, match=name):
        chosen((name,))


def test_the_tables_hold_the_figures(tiny: Path, tmp_path: Path) -> None:
    twin = tmp_path / "twin"
    shutil.copytree(tiny, twin)
    both = [*judged(tiny, tmp_path, NAMES), *judged(twin, tmp_path, NAMES)]
    figures = summarise(both, "rrf")
    assert json.loads(json.dumps(figures)) == figures
    row = figures["collections"][0]["systems"]["random"]
    assert row["won"] + row["lost"] + row["tied"] == 3
    assert row["delta"] == pytest.approx(row["ndcg@10"] - _of(figures, "rrf")["ndcg@10"], abs=2e-4)
    assert row["low"] <= row["ndcg@10"] <= row["high"]
    assert 0 < row["p"] <= row["p_holm"] <= 1
    assert figures["overall"]["systems"]["rrf"].keys() == {"mean"}
    assert set(figures["overall"]["stability"]) == set(figures["overall"]["winner"])
    text, markdown = as_text(figures), as_markdown(figures)
    for name in NAMES:
        assert f"\n{name} " in text
        assert f"| {name} |" in markdown
    svg = ElementTree.fromstring(as_svg(figures, "rrf"))
    circles = list(svg.iter("{http://www.w3.org/2000/svg}circle"))
    assert len(circles) == 2 * len(NAMES)


def _of(figures: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = figures["collections"][0]["systems"][name]
    return found


def test_values_by_query_are_written_as_lines(tiny: Path, tmp_path: Path) -> None:
    lines = per_query(judged(tiny, tmp_path, ("bm25", "random"))).splitlines()
    assert lines[0] == "collection\tquery\tfold\tmeasure\tbm25\trandom\ttext"
    assert len(lines) == 1 + 4 * 3
    assert lines[1].split("\t")[:2] == ["tiny", "a"]
    assert {line.split("\t")[2] for line in lines[1:]} == {"near", "far"}


def test_a_baseline_that_was_not_run_is_refused(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="none of the systems"):
        summarise(judged(tiny, tmp_path, ("bm25",)), "rrf")


def test_a_sample_asks_the_same_queries_every_time(tiny: Path, tmp_path: Path) -> None:
    runs = [
        compare(read_judged(str(tiny)), chosen(("bm25",)), None, sample=2)[0].queries
        for _ in range(2)
    ]
    assert runs[0] == runs[1]
    assert len(runs[0]) == 2


def test_queries_like_training_queries_are_near(tiny: Path, tmp_path: Path) -> None:
    for kind in ("queries", "qrels"):
        end = "tsv" if kind == "queries" else "trec"
        (tiny / f"{kind}.{end}").rename(tiny / f"{kind}.dev.{end}")
    (tiny / "queries.train.tsv").write_text("t\tthe lift of a wing\n")
    (collection,) = read_judged(str(tiny))
    assert collection.learned == ("the lift of a wing",)
    (one,) = compare([collection], chosen(("bm25",)), None)
    assert dict(zip(one.queries, one.groups["fold"], strict=True))["a"] == "near"


def test_bm25_gives_the_published_figures(shared_data: Path) -> None:
    published = {"cranfield": (0.3433, 0.7221), "cacm": (0.4874, 0.6456)}
    for name, (ndcg, recall) in published.items():
        (one,) = compare(read_judged(str(shared_data / name)), chosen(("bm25",)), None)
        assert one.of("bm25").mean() == pytest.approx(ndcg, abs=0.01)
        assert one.of("bm25", "recall@100").mean() == pytest.approx(recall, abs=0.01)
