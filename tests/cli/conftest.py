"""A terminal for the tests: the real command in a process of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import commands

PAPERS = [
    {
        "id": "2401.00001v1",
        "title": "Pruning language models by the gradient of their loss",
        "abstract": "We remove heads from a transformer by first-order importance. "
        "Half of the heads go without loss of accuracy.",
        "authors": ["Ada Lovelace", "Alan Turing"],
        "categories": ["cs.CL", "cs.LG"],
        "date": "2024-01-02",
    },
    {
        "id": "2401.00002",
        "title": "Hard negatives for dense retrieval",
        "abstract": "Negatives mined from the index itself train a better retriever of papers.",
        "authors": ["Grace Hopper"],
        "categories": ["cs.IR"],
        "date": "2024-01-02",
    },
    {
        "id": "2401.00003",
        "title": "Scoring goals in soccer",
        "abstract": "Expected goals are estimated from the position of the shot.",
        "authors": ["Marta Silva"],
        "categories": ["stat.AP"],
        "date": "2024-01-03",
    },
]


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Terminal:
    """Runs commands on one home."""

    home: Path

    def run(self, *words: str, stdin: str = "", **variables: str) -> Ran:
        own = {"BROADSHEET_HOME": str(self.home), "BROADSHEET_MODEL_HUB": "false"}
        done = commands.run(words, variables={**own, **variables}, stdin=stdin)
        return Ran(done.returncode, done.stdout, done.stderr)

    def ok(self, *words: str, **variables: str) -> Ran:
        ran = self.run(*words, **variables)
        assert ran.status == 0, ran
        return ran

    def begin(self) -> None:
        """A home without papers."""
        self.ok("user", "mode", "single")

    def fails(self, *words: str, status: int = 1, **variables: str) -> str:
        """The one line that a failing command prints."""
        ran = self.run(*words, **variables)
        assert ran.status == status, ran
        lines = ran.err.strip().splitlines()
        assert "Traceback" not in ran.err, ran.err
        if status == 1:
            assert len(lines) == 1, ran.err
        return lines[-1]


def write_papers(path: Path, papers: list[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(paper) + "\n" for paper in papers), encoding="utf-8")
    return path


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path / "home")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """A home with three papers, filed by words; the tests of a module share it."""
    folder = tmp_path_factory.mktemp("filled")
    terminal = Terminal(folder / "home")
    terminal.ok("import", str(write_papers(folder / "arxiv" / "papers.jsonl", PAPERS)))
    return terminal
