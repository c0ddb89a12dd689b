"""The house keeps its shape: docs/design.md, section 1."""

from __future__ import annotations

import ast
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "broadsheet"


def room(module: str) -> str:
    return ".".join(module.split(".")[:2])


def test_a_room_is_entered_through_its_interface_only() -> None:
    graph = grimp.build_graph("broadsheet")
    inside = [
        f"{importer} imports {imported}"
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
        if room(importer) != room(imported) and imported != room(imported)
    ]
    assert inside == []


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_no_room_is_crowded() -> None:
    crowded = []
    for path in SOURCE.rglob("*.py"):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > 400:
            crowded.append(f"{path.relative_to(SOURCE)}: {lines} lines")
        for function in _functions(path):
            length = (function.end_lineno or 0) - function.lineno + 1
            if length > 60:
                crowded.append(f"{path.relative_to(SOURCE)}:{function.name}: {length} lines")
    assert crowded == []


def test_a_wheel_is_made_without_what_the_tests_need(tmp_path: Path) -> None:
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    command = ["make", "--dry-run", "wheel"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert "pip wheel" in said and "pip install" not in said
