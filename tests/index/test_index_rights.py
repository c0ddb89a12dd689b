"""An index that this user may not open is not a broken one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from index_backends import LocalBackend, filed
from tests.rights import an_ordinary_user

from broadsheet.index import IndexBroken, IndexFault, WordQuery

WORKS = [filed(n, n, f"word {n}", f"body {n}") for n in range(1, 5)]


@pytest.fixture
def local() -> Iterator[LocalBackend]:
    """In a folder that others may enter, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        backend = LocalBackend(Path(folder))
        backend.fill(WORKS)
        yield backend
        allow(backend, 0o755, 0o644)


def allow(backend: LocalBackend, folders: int, files: int) -> None:
    for path in [backend.settings.index_path, *backend.settings.index_path.rglob("*")]:
        path.chmod(folders if path.is_dir() else files)


def refused(backend: LocalBackend) -> str:
    with an_ordinary_user(), pytest.raises(IndexFault) as caught:
        backend.reader()
    said = str(caught.value)
    assert not isinstance(caught.value, IndexBroken)
    assert "\n" not in said
    return said


def test_without_the_right_to_write_it_says_so(local: LocalBackend) -> None:
    allow(local, 0o555, 0o444)
    said = refused(local)
    assert str(local.settings.index_path) in said
    assert "--home" in said
    for word in ("rebuild", "Lockfile", "Os {"):
        assert word not in said


@pytest.mark.parametrize("name", ["CURRENT", "meta.json", "ledger-*", "codes-*"])
def test_without_the_right_to_read_a_file_it_says_so(local: LocalBackend, name: str) -> None:
    allow(local, 0o777, 0o666)
    if name == "codes-*":
        with local.writer() as writer:
            writer.build_dense(force=True)
        allow(local, 0o777, 0o666)
    found = [path for path in local.settings.index_path.rglob(name) if path.parent.name != "words"]
    assert found
    for path in found:
        path.chmod(0)
    assert "rebuild" not in refused(local)


def test_a_right_that_is_taken_while_it_is_open_breaks_nothing(local: LocalBackend) -> None:
    allow(local, 0o777, 0o666)
    index = local.reader()
    with local.writer() as writer:
        writer.apply([filed(9, 9, "word nine")])
        writer.commit()
    allow(local, 0o555, 0o444)
    with an_ordinary_user(), pytest.raises(IndexFault, match="--home"):
        index.refresh()
    assert index.search_words(WordQuery.of("body"), 9).ids.size == 4
    allow(local, 0o777, 0o666)
    assert index.refresh()
    assert index.search_words(WordQuery.of("word"), 9).ids.size == 5
