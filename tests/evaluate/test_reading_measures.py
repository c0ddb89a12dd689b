"""`evaluate roles` and `evaluate summaries`: figures that mean what they say."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from rouge_score import rouge_scorer

from broadsheet.evaluate import BenchError, evaluate_roles, evaluate_summaries, read_labelled
from broadsheet.evaluate.linear_fitting import fit_linear, fit_ranking
from broadsheet.evaluate.rouge import ROUGE, best_rouge, rouge_words

PROBLEM = "Existing methods fail when the number {n} of labels is small."
IDEA = "We propose a simple method {n} that learns from graphs."
RESULT = "Experiments show that it improves accuracy by {n} points."


def labelled(count: int) -> list[dict[str, str]]:
    rows = []
    for n in range(count):
        parts = [part.format(n=n) for part in (PROBLEM, IDEA, RESULT)]
        abstract = " ".join(parts)
        for part, label in zip(parts, ("problem", "idea", "result"), strict=True):
            at = abstract.index(part)
            rows.append(
                {"arxiv_id": str(n), "abstract": abstract, "start_idx": str(at)}
                | {"end_idx": str(at + len(part)), "label": label}
            )
    return rows


def lines(path: Path, rows: list[dict[str, str]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_roles_of_plain_sentences_are_told_apart(tmp_path: Path) -> None:
    found = evaluate_roles([lines(tmp_path / "a.jsonl", labelled(12))])
    # There is no task here: its F1 of 0 counts.
    assert found["macro_f1"] == pytest.approx(0.75)
    assert (found["spans"], found["papers"], found["folds"]) == (36, 12, 0)
    assert found["low"] <= found["macro_f1"] <= found["high"]
    assert found["majority_macro_f1"] == pytest.approx(0.125)
    assert found["trained_on"] == 0


def test_a_csv_file_says_the_same_as_json_lines(tmp_path: Path) -> None:
    rows = labelled(4)
    for row in rows:
        row["abstract"] += "\n\nCode is there."
    with (tmp_path / "a.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    one, two = (
        evaluate_roles([p]) for p in (tmp_path / "a.csv", lines(tmp_path / "a.jsonl", rows))
    )
    assert one == two


def test_spans_beside_their_abstract_are_counted_and_swapped_ends_are_put_right(
    tmp_path: Path,
) -> None:
    rows = labelled(2)
    rows[0]["start_idx"], rows[0]["end_idx"] = "5000", "5100"
    rows[1]["start_idx"], rows[1]["end_idx"] = rows[1]["end_idx"], rows[1]["start_idx"]
    papers, outside = read_labelled(lines(tmp_path / "a.jsonl", rows))
    assert outside == 1
    assert [len(paper.spans) for paper in papers] == [2, 3]
    assert all(span.start < span.end for paper in papers for span in paper.spans)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "no labelled span"),
        ("[1]\n", "no object"),
        ("{\n", "no JSON"),
        ('{"abstract": "A"}\n', "needs abstract, start_idx"),
        ('{"abstract": "A b", "start_idx": 0, "end_idx": 3, "label": "aim"}\n', "'aim' is none of"),
    ],
)
def test_a_bad_file_is_one_line(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(content)
    with pytest.raises(BenchError, match=said):
        evaluate_roles([path])
    with pytest.raises(BenchError):
        evaluate_summaries([path])


def test_the_shipped_model_says_when_it_has_seen_the_file(shared_data: Path) -> None:
    found = evaluate_roles([shared_data / "scholar-inbox-sentences" / "sentences.jsonl.zst"])
    assert found["trained_on"] == found["papers"] == 727


def test_folds_keep_a_paper_out_of_its_own_training(tmp_path: Path) -> None:
    """Labels that mean nothing cannot be learned; a model that saw them would know them."""
    rows = labelled(40)
    labels = np.random.default_rng(0).permutation([row["label"] for row in rows])
    for row, label in zip(rows, labels.tolist(), strict=True):
        row["label"] = label
    path = lines(tmp_path / "a.jsonl", rows)
    for folds in (2, 7):
        found = evaluate_roles([path], folds=folds)
        assert found["macro_f1"] < 0.45
    with pytest.raises(BenchError, match="41 folds"):
        evaluate_roles([path], folds=41)


def test_rouge_is_that_of_the_published_implementation(shared_data: Path) -> None:
    texts = ["We show a 3.5% gain, and more!", "", "Über naïve gains of gains", "more gain we show"]
    scorer = rouge_scorer.RougeScorer(list(ROUGE))
    for ours in texts:
        for theirs in texts:
            found = best_rouge(ours, [rouge_words(theirs)])
            wanted = scorer.score(theirs, ours)
            for name in ROUGE:
                assert found[name] == pytest.approx(wanted[name].fmeasure)


def test_a_summary_beats_the_first_sentence_and_not_the_oracle(shared_data: Path) -> None:
    found = evaluate_summaries(
        [shared_data / "scitldr" / "dev.jsonl.zst"], systems=["lead-1", "oracle"]
    )
    for name in ROUGE:
        assert found[f"lead-1_{name}"] + 0.05 < found[name] < found[f"oracle_{name}"]
    assert found["longest"] <= 30 and found["shown"] > 0.95 and found["lead-1_p"] < 0.01


def test_the_linear_model_finds_what_was_planted() -> None:
    random = np.random.default_rng(0)
    labels = random.integers(0, 3, 300)
    parts = [[f"good {label}", f"noise {random.integers(20)}"] for label in labels]
    model = fit_linear(parts, labels.tolist(), ("a", "b", "c"), penalty=0.01)
    assert (model.scores(parts).argmax(axis=1) == labels).all()
    small = fit_linear(parts, labels.tolist(), ("a", "b", "c"), penalty=0.01, most=3)
    assert sorted(small.names) == ["good 0", "good 1", "good 2"]


def test_the_ranker_puts_the_best_of_each_group_first() -> None:
    random = np.random.default_rng(0)
    groups, gains = [], []
    for _ in range(60):
        values = random.permutation(5)
        groups.append([[f"worth {value}", f"noise {random.integers(9)}"] for value in values])
        gains.append((values / 4).tolist())
    model = fit_ranking(groups, gains, penalty=0.001, heat=0.2)
    for group, values in zip(groups, gains, strict=True):
        assert model.scores(group)[:, 0].argmax() == np.argmax(values)
