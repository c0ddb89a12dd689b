"""Judged collections are recognised by their files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import zstandard

from broadsheet.evaluate import BenchError, read_judged

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def summaries(tmp_path: Path) -> Path:
    folder = tmp_path / "sums"
    folder.mkdir()
    rows = [
        {
            "id": "x",
            "title": "Wings",
            "sentences": ["Lift rises.", "Drag too."],
            "tldr": ["Lift\nup", "b"],
        },
        {"id": "y", "title": "Slabs", "sentences": ["Heat flows."], "tldr": []},
    ]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "dev.jsonl.zst").write_bytes(zstandard.compress(lines.encode()))
    return folder


def test_summaries_ask_for_their_papers(summaries: Path) -> None:
    (one,) = read_judged(str(summaries))
    assert one.queries == {"x": "Lift up"}
    assert one.qrels == {"x": {"x": 1}}
    assert [paper.abstract for paper in one.documents] == ["Lift rises. Drag too.", "Heat flows."]


@pytest.mark.parametrize("line", ["{", "[]", '{"id": 1}', '{"id": 1, "sentences": 2, "tldr": []}'])
def test_a_line_that_is_no_summarised_paper_is_named(summaries: Path, line: str) -> None:
    (summaries / "train.jsonl.zst").write_bytes(zstandard.compress(line.encode()))
    with pytest.raises(BenchError, match=r"train.jsonl.zst:1: is no paper"):
        read_judged(str(summaries))


def test_the_halves_of_the_word_capture_set_share_nothing() -> None:
    dev, held = read_judged(str(ROOT / "trials" / "word-capture"))
    assert (dev.name, held.name) == ("word-capture/dev", "word-capture/held")
    assert not set(dev.queries) & set(held.queries)
    assert len(dev.documents) == 482
    known = {paper.id for paper in dev.documents}
    for half in (dev, held):
        assert set(half.groups["kind"].values()) == {"plain", "exclusion", "facet"}
        assert any(half.friends.values())
        for query in half.queries:
            assert not half.friends[query] & {d for d, g in half.qrels[query].items() if g > 0}
            assert half.friends[query] <= known
            assert half.qrels[query].keys() <= known


def test_one_half_can_be_asked_for() -> None:
    (half,) = read_judged(f"{ROOT / 'trials' / 'word-capture'}:dev")
    assert half.name == "word-capture/dev"


@pytest.mark.parametrize(
    ("name", "said"),
    [("nowhere", "no such folder"), (".", "no judged collection"), (":x", "no half")],
)
def test_what_is_no_collection_is_said(tmp_path: Path, name: str, said: str) -> None:
    place = f"{ROOT / 'trials' / 'word-capture'}:x" if name == ":x" else str(tmp_path / name)
    with pytest.raises(BenchError, match=said):
        read_judged(place)


def test_a_split_that_is_missing_is_named(tmp_path: Path) -> None:
    (tmp_path / "corpus.jsonl").write_text('{"id": "1", "title": "a"}\n')
    with pytest.raises(BenchError, match="no queries here"):
        read_judged(str(tmp_path))
    (tmp_path / "queries.dev.tsv").write_text("a\ta\n")
    with pytest.raises(BenchError, match=r"no queries.test.tsv; there are queries.dev.tsv"):
        read_judged(f"{tmp_path}:test")
