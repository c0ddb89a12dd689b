"""The local index as it grows, and as other processes read it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from index_backends import ENCODER, LocalBackend, Log, agrees, filed, generation, gone, vector_of

from broadsheet.index import Filters, LocalIndex, WordQuery, dense, filing
from broadsheet.index import local as reading

WORKS = [filed(n, n, f"word {n}", f"body {n}") for n in range(1, 41)]


class TestGrowth:
    def test_a_ledger_that_is_mostly_history_is_written_anew(
        self, local: LocalBackend, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(filing, "WASTE", 0.01)
        index = local.fill(WORKS)
        log = [filed(n, 100 + n, f"again {n}") for n in range(1, 40)]
        with local.writer() as writer:
            writer.apply([*log, gone(40, 200)])
            writer.commit()
        index.refresh()
        agrees(local, Log([*log, gone(40, 200)]))
        assert not (generation(local) / "ledger-000001").exists()
        assert index.status().papers == 39

    def test_rows_that_works_left_behind_are_not_found(self, local: LocalBackend) -> None:
        local.fill(WORKS)
        with local.writer() as writer:
            writer.build_dense(force=True)
            changed = [filed(n, 100 + n, f"again {n}") for n in range(1, 30)]
            writer.apply(changed)
            local.encode(changed)
            writer.commit()
            assert writer.build_dense(force=True)
        index = local.reader()
        assert sorted(index.search_vectors(vector_of("x"), 100).ids.tolist()) == list(range(1, 41))
        found = index.search_vectors(vector_of("word 1\nbody 1"), 1)
        assert found.scores[0] < 0.99

    def test_the_codes_grow_when_the_tail_is_long(
        self, local: LocalBackend, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(filing, "TAIL", 10)
        local.fill(WORKS[:25])
        with local.writer() as writer:
            assert writer.build_dense()
        local.fill(WORKS[25:30])
        with local.writer() as writer:
            assert not writer.build_dense()
        local.fill(WORKS[30:])
        seen = []
        with local.writer() as writer:
            assert writer.build_dense(lambda done, total: seen.append((done, total)))
        assert seen == [(15, 15)]
        assert (generation(local) / "codes-000002.npy").exists()
        assert not (generation(local) / "codes-000001.npy").exists()

    def test_a_filter_against_the_grain_is_scanned(
        self, local: LocalBackend, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A broad filter whose works are all far from the query."""
        near = vector_of("word 1\nbody 1")
        far = sorted(
            WORKS, key=lambda one: near @ vector_of(f"word {one.work_id}\nbody {one.work_id}")
        )
        wanted = {change.work_id for change in far[:10]}
        works = [
            filed(n, n, f"word {n}", f"body {n}", categories=["x.Y"] if n in wanted else [])
            for n in range(1, 41)
        ]
        local.fill(works)
        with local.writer() as writer:
            writer.build_dense(force=True)
        for depth in (8, 10_000):
            monkeypatch.setattr(reading, "SCAN_AT_MOST", 5)
            monkeypatch.setattr(dense, "_DEEPEST", depth)
            found = local.reader().search_vectors(near, 10, Filters(categories=("x",)))
            assert set(found.ids.tolist()) == wanted


def test_the_reader_of_a_process_and_the_writer_of_another_meet_in_a_second(
    local: LocalBackend,
) -> None:
    local.fill(WORKS[:1])
    index = LocalIndex(local.settings)
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).parent / "index_killed.py")],
        env={**os.environ, "INDEX_HOME": str(local.settings.home)},
        stdout=subprocess.PIPE,
    )
    try:
        deadline = time.monotonic() + 10
        while not index.refresh() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert index.applied_seq > 1
        assert len(index.search_words(WordQuery.of("body"), 10_000)) > 1
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
    assert index.encoder == ENCODER


def test_an_encoder_can_be_loaded_after_the_index() -> None:
    """Some native libraries, usearch 2.26.6 for one, crash the import of onnxruntime after them."""
    code = "import broadsheet.index, onnxruntime"
    subprocess.run([sys.executable, "-c", code], check=True)
