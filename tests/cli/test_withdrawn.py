"""A withdrawn paper in the terminal: no line names it as if it stood."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Terminal, write_papers

# As arXiv has them: the abstract is that of before, and the comments say it.
GONE = {
    "id": "2401.00007",
    "title": "Sorting in linear time",
    "abstract": "A sorting algorithm is presented that compares every element once.",
    "comments": "This paper has been withdrawn by the author due to an error in Lemma 2.",
    "categories": ["cs.DS"],
    "date": "2024-01-02",
}


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        (("show", "2401.00007"), "Withdrawn:   This paper has been withdrawn by the author due"),
        (("edition",), "  Withdrawn: Sorting in linear time\n"),
        (("search", "--legs", "lexical", "sorting algorithm"), "Withdrawn: Sorting in linear time"),
        (
            ("search", "--legs", "lexical", "--json", "sorting algorithm"),
            '"withdrawn":"This paper has been withdrawn by the author due',
        ),
    ],
)
def test_a_withdrawn_paper_says_so(
    terminal: Terminal, tmp_path: Path, asked: tuple[str, ...], line: str
) -> None:
    terminal.ok("import", str(write_papers(tmp_path / "papers.jsonl", [GONE])))
    assert line in terminal.ok(*asked).out
