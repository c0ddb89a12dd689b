"""`evaluate acronyms`: the measures of the shared tasks, and files that are not right."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from broadsheet.evaluate import BenchError, evaluate_acronyms
from broadsheet.evaluate.acronyms import identified, macro_f1, spans_of

SENTENCE = {
    "id": "a",
    "tokens": ["The", "graph", "neural", "network", "(", "GNN", ")", "works"],
    "labels": ["O", "B-long", "I-long", "I-long", "O", "B-short", "O", "O"],
}
USE = {"id": "b", "tokens": ["A", "CNN", "sees", "images"], "acronym": 1}
CHOICES = {"CNN": ["condensed nearest neighbor", "convolutional neural network"]}


def write(folder: Path, name: str, *rows: object) -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_both_kinds_in_one_folder_are_measured(tmp_path: Path) -> None:
    write(tmp_path, "identification.jsonl", SENTENCE)
    write(tmp_path, "disambiguation.jsonl", USE | {"expansion": CHOICES["CNN"][1]})
    (tmp_path / "diction.json").write_text(json.dumps(CHOICES), encoding="utf-8")
    found = evaluate_acronyms([tmp_path])
    assert (found["f1_short"], found["f1_long"], found["accuracy"]) == (1, 1, 1)
    assert found["first_accuracy"] == 0
    assert (found["sentences"], found["cases"]) == (1, 1)


def test_a_span_counts_only_when_both_ends_are_right() -> None:
    given = ["O", "B-long", "I-long", "O", "B-short"]
    shorter = ["O", "O", "B-long", "O", "B-short"]
    found = identified([(given, shorter)])
    assert (found["f1_short"], found["f1_long"]) == (1, 0)
    assert found["f1_micro"] == 0.5


def test_spans_end_where_another_begins() -> None:
    assert spans_of(["B-short", "B-short", "I-short", "I-long"]) == [
        ("short", 0, 1),
        ("short", 1, 3),
        ("long", 3, 4),
    ]


def test_macro_f1_is_over_the_expansions_that_are_right_somewhere() -> None:
    # a: precision 1/2, recall 1; b: never chosen, precision 1, recall 0.
    assert macro_f1(["a", "b"], ["a", "a"]) == pytest.approx(2 * 0.75 * 0.5 / 1.25)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (SENTENCE | {"labels": ["O"]}, "each token needs one"),
        (USE | {"expansion": "x", "acronym": 9}, "number of a token"),
        (USE | {"expansion": "x", "acronym": 0}, "is not in diction.json"),
        ({"text": "nothing"}, "no labelled sentence"),
    ],
)
def test_a_file_that_is_not_so_is_refused_in_one_line(
    tmp_path: Path, row: object, said: str
) -> None:
    path = write(tmp_path, "rows.jsonl", row)
    (tmp_path / "diction.json").write_text(json.dumps(CHOICES), encoding="utf-8")
    with pytest.raises(BenchError, match=said) as raised:
        evaluate_acronyms([path])
    assert "\n" not in str(raised.value)


def test_identification_reaches_its_target(shared_data: Path) -> None:
    found = evaluate_acronyms([shared_data / "sciad-acronyms" / "identification.dev.jsonl.zst"])
    assert found["f1_short"] >= 0.93
    assert found["f1_long"] >= 0.88
