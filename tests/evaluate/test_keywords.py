"""``evaluate keywords``: how extracted terms are compared, and what it says of bad files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.documented import agrees

from broadsheet.cli import main
from broadsheet.evaluate import BenchError, evaluate_keywords
from broadsheet.evaluate.keywords import agreement, exact, read_keyed, stemmed

TEXT = (
    "Label noise in graph neural networks\r\nWe train graph neural networks under label noise.\n"
    "\tLabel noise hurts graph neural networks; contrastive learning repairs them."
)


def _file(folder: Path, *entries: object) -> Path:
    path = folder / "set.jsonl"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries), encoding="utf-8")
    return path


def test_stems_are_compared_and_repeated_ones_count_once() -> None:
    given = ["Label Noise", "graph networks", "routing"]
    found = ["label noises", "label-noise", "graph network", "trees"]
    precision, recall, f1 = agreement(given, found, stemmed)
    assert (precision, recall) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert f1 == pytest.approx(2 / 3)
    assert agreement(given, found, exact) == (pytest.approx(1 / 4), pytest.approx(1 / 3), 2 / 7)


def test_only_the_first_ten_count() -> None:
    found = [f"term{'x' * n}" for n in range(10)] + ["label noise"]
    assert agreement(["label noise"], found, stemmed) == (0.0, 0.0, 0.0)
    assert agreement(["label noise"], [], stemmed) == (0.0, 0.0, 0.0)


def test_the_first_line_is_the_title_unless_the_next_is_indented(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        {"id": "1", "text": TEXT, "keys": ["label noise"]},
        {"id": "2", "text": "One line\n\tof text alone.", "keys": ["a"]},
        {"id": "3", "title": "T", "abstract": "A.", "keys": ["a", " "]},
        {"id": "4", "text": "Without keys.", "keys": []},
    )
    first, second, third = read_keyed(path)
    assert first.title == "Label noise in graph neural networks"
    assert first.abstract.startswith("We train")
    assert (second.title, second.abstract) == ("", "One line of text alone.")
    assert (third.title, third.keys) == ("T", ("a",))


def test_figures_are_flat_and_by_set(tmp_path: Path) -> None:
    keys = ["label noise", "graph neural network", "contrastive learning", "unknown thing"]
    _file(tmp_path, {"id": "1", "text": TEXT, "keys": keys})
    result = CliRunner().invoke(main, ["evaluate", "keywords", str(tmp_path), "--json"])
    assert result.exit_code == 0, result.output
    figures = json.loads(result.output)
    agrees("evaluate-keywords", figures)
    assert figures["recall@10"] == 0.75
    assert figures["f1@10_low"] <= figures["f1@10"] <= figures["f1@10_high"]
    assert figures["exact_f1@10"] < figures["f1@10"]
    assert figures["sets"]["set"]["texts"] == figures["texts"] == 1
    plain = CliRunner().invoke(main, ["evaluate", "keywords", str(tmp_path / "set.jsonl")])
    assert plain.exit_code == 0 and "0.7500" in plain.output


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"id": 1}', "line 1"),
        ("no json", "line 1"),
        ('{"id": 1, "text": "a", "keys": []}', "no text with keys"),
        ('{"id": 1, "text": 7, "keys": ["a"]}', "line 1"),
        ("[]", "line 1"),
    ],
)
def test_a_bad_file_is_one_line(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(BenchError, match=said):
        evaluate_keywords([path])
    result = CliRunner().invoke(main, ["evaluate", "keywords", str(path)])
    assert result.exit_code == 1
    assert result.output.count("\n") == 1


def test_a_folder_without_sets_and_a_missing_file_are_said(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match=r"no \.jsonl"):
        evaluate_keywords([tmp_path])
    with pytest.raises(BenchError, match="no such file"):
        evaluate_keywords([tmp_path / "gone.jsonl"])


def test_open_sets_reach_the_figure_of_the_benchmarks(shared_data: Path) -> None:
    result = evaluate_keywords([shared_data / "keyphrases" / "SemEval2017.jsonl.zst"])
    assert result["f1@10"] > 0.34
    assert result["shown_precision"] > 0.5
