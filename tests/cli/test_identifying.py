"""``evaluate identity`` on small corpora of our own making."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from .conftest import Terminal
from .test_contract import agrees

WORDS = [f"word{number}" for number in range(2_000)]


def told(seed: int) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=120))


def record(name: str, title: str, abstract: str, *authors: str) -> dict[str, object]:
    return {"id": name, "title": title, "abstract": abstract, "authors": list(authors)}


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """Two archives; p1 is in both, p2 under another title, p3 without abstracts; b4 and b5 are
    two parts of a series."""
    corpora = {
        "first": [
            record("a1", "Ranking papers by what they mean", told(1), "Ana Lee", "Bo Wu"),
            record("a2", "Reading papers at a glance", told(2), "Ana Lee"),
            record("a3", "Mailing papers to readers daily", "", "Cy Fox"),
        ],
        "second": [
            record("b1", "Ranking Papers by What They Mean.", told(1)[:500], "A. Lee", "B. Wu"),
            record("b2", "Reading papers at a glance (extended version)", told(2), "Ana Lee"),
            record("b3", "Mailing papers to readers daily", told(3), "Cy Fox"),
            record("b4", "Observers with a metric, Part I", told(4) + told(5), "Di Roe"),
            record("b5", "Observers with a metric, Part II", told(4) + told(6), "Di Roe"),
        ],
    }
    for name, papers in corpora.items():
        (tmp_path / name).mkdir()
        lines = "".join(json.dumps(paper) + "\n" for paper in papers)
        (tmp_path / name / "corpus.jsonl").write_text(lines)
    pairs = tmp_path / "pairs"
    pairs.mkdir()
    rows = [("a1", "b1", "declared"), ("a2", "b2", "declared"), ("a3", "b3", "title+author")]
    (pairs / "pairs.tsv").write_text(
        "".join(f"first\t{one}\tsecond\t{other}\t{why}\t-1\n" for one, other, why in rows)
    )
    return pairs


def test_one_work_in_two_archives_is_found_and_a_series_is_two_works(
    terminal: Terminal, labelled: Path
) -> None:
    ran = terminal.ok("evaluate", "identity", str(labelled), "--json")
    agrees("evaluate-identity", ran.json)
    assert ran.json["precision"] == ran.json["recall"] == ran.json["title_author_recall"] == 1
    assert (ran.json["pairs"], ran.json["title_author_pairs"]) == (2, 1)
    assert (ran.json["different_pairs"], ran.json["called_one_work"]) == (1, 3)
    assert "precision 1.0000" in terminal.ok("evaluate", "identity", str(labelled)).out


def test_pairs_marked_different_are_what_precision_is_measured_on(
    terminal: Terminal, labelled: Path
) -> None:
    file = labelled / "pairs.tsv"
    file.write_text(file.read_text() + "first\ta2\tsecond\tb2\tdifferent\n")
    ran = terminal.ok("evaluate", "identity", str(file), "--json")
    assert (ran.json["precision"], ran.json["false"]) == (0.6667, 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("first\ta1\n", "a line is corpus, id, corpus, id"),
        ("first\ta1\tnowhere\tb1\n", "no corpus 'nowhere'"),
        ("first\ta1\tsecond\tb99\n", "b99 of second"),
        ("", "holds no pair"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_line(
    terminal: Terminal, labelled: Path, text: str, said: str
) -> None:
    (labelled / "pairs.tsv").write_text(text)
    ran = terminal.run("evaluate", "identity", str(labelled))
    assert ran.status == 1
    assert said in ran.err
    assert ran.err.count("\n") == 1
