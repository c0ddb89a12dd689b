"""Loss by weighted Kendall, screening and replay on tiny sets, and errors in one line."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from tests.readers.taste_home import TOPICS, four_topics
from tests.web.serving import HashedWords

from broadsheet.cli import main
from broadsheet.evaluate import BenchError, evaluate_screening, evaluate_taste, weighted_kendall
from broadsheet.evaluate.promises import Promised, promises
from broadsheet.evaluate.replay import average_precision, replay_libraries
from broadsheet.evaluate.screening import measure_order


def _corpus(folder: Path, name: str = "corpus.jsonl", **labels: int) -> list[dict]:
    rows = [{"id": p.id, "title": p.title, "abstract": p.abstract} for p in four_topics()]
    if labels:
        rows = [row | {"label": labels.get(row["id"].partition("-")[0], 0)} for row in rows]
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    return rows


@pytest.fixture
def taste_set(tmp_path: Path) -> Path:
    _corpus(tmp_path)
    profiles = {topic: [f"{topic}-{n}" for n in range(4)] for topic in TOPICS}
    (tmp_path / "profiles.json").write_text(json.dumps(profiles))
    lines = ["reader\tpaper\trating"]
    lines += [
        f"{topic}\t{other}-9\t{5 if other == topic else 1}" for topic in TOPICS for other in TOPICS
    ]
    (tmp_path / "ratings.tsv").write_text("\n".join(lines) + "\n")
    return tmp_path


def test_pairs_weigh_by_their_difference_and_ties_lose_half() -> None:
    ratings = np.array([5.0, 3.0, 2.0])
    assert weighted_kendall(np.array([3.0, 2.0, 1.0]), ratings) == (0.0, 6.0)
    assert weighted_kendall(np.array([1.0, 2.0, 3.0]), ratings) == (6.0, 6.0)
    assert weighted_kendall(np.array([1.0, 1.0, 1.0]), ratings) == (3.0, 6.0)
    assert weighted_kendall(np.array([2.0, 3.0, 1.0]), ratings) == (2.0, 6.0)


def test_own_papers_order_what_is_like_them_first(taste_set: Path, tmp_path: Path) -> None:
    found = evaluate_taste(
        taste_set, HashedWords(), systems=("random",), cache=tmp_path / "vectors"
    )
    assert found["loss"] == 0.0
    assert found["readers"] == 4 and found["ratings"] == 16
    assert found["systems"]["own-papers"]["loss"] == 0.0
    assert found["systems"]["random"]["loss"] > 0.1


def test_words_alone_can_be_measured(taste_set: Path) -> None:
    assert evaluate_taste(taste_set, None)["loss"] <= 0.05


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("profiles.json", "{", "is not JSON"),
        ("profiles.json", "[1]", "no reader with own papers"),
        ("profiles.json", '{"galaxies": 3}', "must be a list"),
        ("ratings.tsv", "a b c\nd e f\n", "a line is a reader"),
        ("ratings.tsv", "galaxies\tnone\t3\n", "rates no paper"),
        ("ratings.tsv", "galaxies\tgalaxies-9\tnan\nx\ty\tnan\n", "a line is a reader"),
    ],
)
def test_a_set_that_cannot_be_read_is_said_in_a_line(
    taste_set: Path, name: str, content: str, said: str
) -> None:
    (taste_set / name).write_text(content)
    with pytest.raises(BenchError, match=said):
        evaluate_taste(taste_set, None)


def test_screening_measures_are_those_of_their_definitions() -> None:
    read = np.zeros(100, np.bool_)
    read[[0, 4, 15, 30]] = True
    found = measure_order(read, 100, 4)
    assert found["recall@10%"] == 0.5
    assert found["recall@20%"] == 0.75
    assert found["wss@95"] == pytest.approx(1 - 31 / 100 - 0.05)


def test_feedback_finds_a_review_early(tmp_path: Path) -> None:
    _corpus(tmp_path, "proteins.jsonl", proteins=1)
    found = evaluate_screening(
        [tmp_path / "proteins.jsonl"],
        HashedWords(),
        systems=("random",),
        cache=tmp_path / "vectors",
    )
    assert found["wss@95"] > found["systems"]["random"]["wss@95"] + 0.3
    assert found["recall@20%"] > 0.6


def test_a_review_without_labels_is_said_in_a_line(tmp_path: Path) -> None:
    _corpus(tmp_path, "review.jsonl")
    with pytest.raises(BenchError, match="label"):
        evaluate_screening([tmp_path / "review.jsonl"], None)


def test_libraries_are_replayed(tmp_path: Path) -> None:
    rows = _corpus(tmp_path, "made.items.jsonl")
    users = [" ".join(row["id"] for row in rows if row["id"].startswith(topic)) for topic in TOPICS]
    lines = "".join(f"{number}\t{items}\n" for number, items in enumerate(users))
    (tmp_path / "made.users.tsv").write_text(lines)
    found = replay_libraries(
        tmp_path,
        HashedWords(),
        likes=(3,),
        systems=("mean-cosine", "random"),
        cache=tmp_path / "vectors",
    )
    systems = found["likes"]["3"]["systems"]
    assert systems["taste"]["ap"] > 0.9 > systems["random"]["ap"]
    assert found["likes"]["3"]["readers"] == 4
    assert 0 <= found["likes"]["3"]["liked_below_line"] <= 0.2
    told = found["likes"]["3"]["told"]
    assert sum(band["papers"] for band in told) == 4 * math.ceil((len(rows) - 3) / 2)
    assert found["likes"]["3"]["log_loss"] < found["likes"]["3"]["log_loss_of_rate"]


def test_a_promise_is_held_against_what_was_liked() -> None:
    evidence = np.log(np.array([4.0, 4.0, 0.25, 0.25], np.float32))
    wanted = np.array([True, False, False, True])
    reader = Promised(evidence, evidence, wanted, floor=-10.0, likes=1)
    found = promises([reader])
    assert found["told"] == [
        {"from": 0.1, "to": 0.3, "papers": 2, "said": 0.2, "liked": 0.5},
        {"from": 0.3, "to": 1.0, "papers": 2, "said": 0.8, "liked": 0.5},
    ]
    assert found["log_loss"] == pytest.approx((math.log(5) + math.log(5 / 4)) / 2, abs=1e-4)
    assert found["log_loss_of_rate"] == pytest.approx(math.log(2), abs=1e-4)
    assert found["liked_below_line"] == found["all_below_line"] == 0.0


def test_average_precision_is_that_of_its_definition() -> None:
    wanted = np.array([True, False, True, False])
    assert average_precision(np.array([4.0, 3.0, 2.0, 1.0]), wanted) == pytest.approx(5 / 6)


def test_the_command_prints_a_flat_loss(taste_set: Path, tmp_path: Path) -> None:
    home = ["--home", str(tmp_path / "home"), "--encoder", "nowhere/nothing"]
    result = CliRunner().invoke(main, ["evaluate", "taste", str(tmp_path / "gone"), *home])
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
