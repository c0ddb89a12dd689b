"""The folder of the local index: crashes, damage, older versions, growth."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from index_backends import (
    DIMENSIONS,
    ENCODER,
    LocalBackend,
    Log,
    agrees,
    filed,
    generation,
    gone,
    history,
    ids,
    vector_of,
)

from broadsheet.index import (
    IndexBroken,
    IndexFault,
    IndexOutdated,
    ledger,
)

WORKS = [filed(n, n, f"word {n}", f"body {n}") for n in range(1, 41)]


def change_meta(local: LocalBackend, **values: object) -> None:
    path = generation(local) / "meta.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


class TestSync:
    def test_everything_is_applied_with_progress(self, local: LocalBackend) -> None:
        log, seen = Log(WORKS), []
        with local.writer() as writer:
            assert writer.sync(log, lambda done, total: seen.append((done, total))) == 40
            assert writer.sync(log) == 0
        assert seen[-1] == (40, 40)
        agrees(local, log)

    def test_a_log_that_went_back_makes_the_index_anew(self, local: LocalBackend) -> None:
        with local.writer() as writer:
            writer.sync(Log([*WORKS, filed(99, 99, "never was")]))
            writer.sync(Log(WORKS))
        agrees(local, Log(WORKS))
        assert ids(local.reader(), "never") == []

    def test_rebuild_leaves_what_the_log_has_in_a_new_generation(self, local: LocalBackend) -> None:
        log = Log(WORKS)
        with local.writer() as writer:
            writer.sync(log)
            local.encode(WORKS)
            writer.commit()
            index = local.reader()
            before = index.generation
            writer.rebuild(log)
            assert writer.pending_count() == 0
        assert len(ids(index, "word")) == 40  # the old one answers until the next refresh
        assert index.refresh()
        assert index.generation != before
        agrees(local, log)
        assert len(index.search_vectors(vector_of("x"), 100)) == 40


class TestCheck:
    def test_every_kind_of_difference_is_told(self, local: LocalBackend) -> None:
        local.fill(WORKS[:6])
        log = Log([*WORKS[:3], gone(4, 10), filed(5, 11, "changed"), WORKS[5], filed(7, 12, "new")])
        found = {one.work_id: one.what for one in local.reader().check(log)}
        assert found == {4: "extra", 5: "stale", 7: "missing"}

    def test_a_lost_vector_is_told(self, local: LocalBackend) -> None:
        local.fill(WORKS[:3])
        shutil.rmtree(local.settings.vectors_path)
        assert {one.what for one in local.reader().check(Log(WORKS[:3]))} == {"vector"}

    def test_a_difference_reads_as_one_line(self, local: LocalBackend) -> None:
        local.fill(WORKS[:1])
        (difference,) = local.reader().check(Log([]))
        assert str(difference) == "work 1: extra: the catalog has no such work"


class TestCrashes:
    def test_words_committed_without_the_ledger_are_filed_once(self, local: LocalBackend) -> None:
        local.fill(WORKS[:10])
        meta = (generation(local) / "meta.json").read_text()
        local.fill([*WORKS[10:20], gone(3, 50), filed(4, 51, "fresh")])
        (generation(local) / "meta.json").write_text(meta)  # as if the crash came before it
        log = Log([*WORKS[:2], *WORKS[4:30], gone(3, 50), filed(4, 51, "fresh")])
        with local.writer() as writer:
            assert writer.applied_seq == 10
            writer.sync(log)
        agrees(local, log)

    def test_records_behind_the_commit_are_cut_off(self, local: LocalBackend) -> None:
        local.fill(WORKS[:10])
        path = generation(local) / "ledger-000001"
        with path.open("ab") as file:
            file.write(b"torn" * 5)
        local.fill(WORKS[10:20])
        agrees(local, Log(WORKS[:20]))
        assert path.stat().st_size == 20 * ledger.RECORD.itemsize

    def test_leftovers_of_codes_are_swept(self, local: LocalBackend) -> None:
        local.fill(WORKS)
        for name in ("codes-000007.npy", "codes-000007.book.npz", "ledger-000009"):
            (generation(local) / name).touch()
        with local.writer() as writer:
            writer.build_dense(force=True)
        assert sorted(path.name for path in generation(local).iterdir()) == [
            "codes-000001.book.npz",
            "codes-000001.json",
            "codes-000001.npy",
            "ledger-000001",
            "meta.json",
            "words",
        ]

    def test_a_successor_that_a_crash_left_is_taken_up_or_removed(
        self, local: LocalBackend
    ) -> None:
        local.fill(WORKS)
        with local.writer("other", 8) as writer:
            other = writer.generation
        (local.settings.index_path / "generations" / "000009").mkdir()
        with local.writer("other", 8) as writer:
            assert writer.generation == other
        with local.writer("third", 8) as writer:
            names = sorted(
                path.name for path in (local.settings.index_path / "generations").iterdir()
            )
            assert names == ["000001", writer.generation]

    @pytest.mark.parametrize("seed", range(6))
    def test_killed_at_any_moment_it_goes_on_where_it_was(
        self, local: LocalBackend, seed: int
    ) -> None:
        """Random moments of applying, committing, encoding and building the codes."""
        rng = random.Random(seed)
        log = Log(history(400))
        for _ in range(4):
            process = subprocess.Popen(
                [sys.executable, str(Path(__file__).parent / "index_killed.py")],
                env={**os.environ, "INDEX_HOME": str(local.settings.home)},
                stdout=subprocess.PIPE,
            )
            assert process.stdout is not None
            process.stdout.readline()  # it has begun
            time.sleep(rng.uniform(0, 0.25))
            process.send_signal(signal.SIGKILL)
            process.wait()
            process.stdout.close()
            if not (local.settings.index_path / "CURRENT").exists():
                continue
            index = local.reader()
            # What is seen is a state of the log that once was whole.
            seen = log.live(index.applied_seq)
            assert index.status().papers == len(seen)
            assert set(index.search_vectors(vector_of("x"), 1_000).ids) <= seen
        with local.writer() as writer:
            writer.sync(log)
        agrees(local, log)


class TestDamage:
    def test_a_pointer_to_nowhere(self, local: LocalBackend) -> None:
        local.fill(WORKS)
        (local.settings.index_path / "CURRENT").write_text("000042\n")
        self.told_and_repaired(local)

    @pytest.mark.parametrize("name", ["meta.json", "ledger-000001", "words/meta.json"])
    @pytest.mark.parametrize("content", [None, b"", b"\xff\x00 nonsense"])
    def test_a_file_gone_or_overwritten(
        self, local: LocalBackend, name: str, content: bytes | None
    ) -> None:
        local.fill(WORKS)
        path = generation(local) / name
        path.unlink()
        if content is not None:
            path.write_bytes(content)
        self.told_and_repaired(local)

    @pytest.mark.parametrize("end", ["idx", "term", "pos", "fast", "fieldnorm", "store"])
    def test_one_wrong_byte_in_the_words(self, local: LocalBackend, end: str) -> None:
        local.fill(WORKS)
        local.reader().verify()
        path = next((generation(local) / "words").glob(f"*.{end}"))
        # In place: a reader that looks for changes may be reading the file, whose end must stay.
        with path.open("r+b") as file:
            place = path.stat().st_size // 4
            file.seek(place)
            (right,) = file.read(1)
            file.seek(place)
            file.write(bytes([right ^ 1]))
        with pytest.raises(IndexBroken, match="broadsheet index rebuild") as error:
            local.reader().verify()
        assert path.name in str(error.value)

    def test_one_wrong_byte_in_the_vectors_is_told_and_encoded_anew(
        self, local: LocalBackend
    ) -> None:
        # More than one commit of vectors: of the last one a writer looks at every record.
        works = [filed(n, n, f"word {n}", f"body {n}") for n in range(1, 4_201)]
        local.fill(works)
        local.reader().verify()
        (path,) = local.settings.vectors_path.glob("*/vectors.i8")
        with path.open("r+b") as file:
            file.seek(6 * DIMENSIONS)
            right = file.read(8)
            file.seek(6 * DIMENSIONS)
            file.write(bytes(byte ^ 0x55 for byte in right))
        with pytest.raises(IndexBroken, match=r"1 of 4,200 vectors are damaged; run: ") as error:
            local.reader().verify()
        assert "\n" not in str(error.value)
        with local.writer(repair=True) as writer:
            writer.rebuild(Log(works))
            assert [item.work_id for item in writer.pending(10)] == [7]
            local.encode(works[6:7])
            writer.commit()
        index = local.reader()
        index.verify()
        assert index.search_vectors(vector_of("word 7\nbody 7"), 1).ids.tolist() == [7]
        agrees(local, Log(works))

    def test_words_at_which_tantivy_panics(self, local: LocalBackend) -> None:
        local.fill([filed(n, n, "graph " * (n % 9 + 1), "search " * n) for n in range(1, 500)])
        for path in (generation(local) / "words").glob("*.idx"):
            content = bytearray(path.read_bytes())
            for place in range(len(content) // 10, len(content) * 9 // 10, 11):
                content[place] ^= 0xFF
            with path.open("r+b") as file:  # in place, as above
                file.write(content)
        with pytest.raises(IndexBroken, match="broadsheet index rebuild"):
            ids(local.reader(), "graph search")

    @pytest.mark.parametrize("content", [None, b"", b"\xff\x00 nonsense"])
    @pytest.mark.parametrize("end", ["npy", "book.npz", "json"])
    def test_codes_gone_or_overwritten(
        self, local: LocalBackend, end: str, content: bytes | None
    ) -> None:
        local.fill(WORKS)
        with local.writer() as writer:
            writer.build_dense(force=True)
        path = generation(local) / f"codes-000001.{end}"
        path.unlink()
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(IndexBroken, match="broadsheet index rebuild"):
            local.reader()
        with local.writer(repair=True) as writer:
            writer.rebuild(Log(WORKS))
        agrees(local, Log(WORKS))

    def test_one_wrong_byte_in_the_codes(self, local: LocalBackend) -> None:
        local.fill(WORKS)
        with local.writer() as writer:
            writer.build_dense(force=True)
        path = generation(local) / "codes-000001.npy"
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        with pytest.raises(IndexBroken, match="broadsheet index rebuild"):
            local.reader()

    def test_a_store_of_vectors_that_cannot_be_read(self, local: LocalBackend) -> None:
        local.fill(WORKS)
        (local.settings.vectors_path / ENCODER / "meta.json").write_bytes(b"\xff")
        for opened in (local.reader, local.writer):
            with pytest.raises(IndexBroken, match=ENCODER) as error:
                opened()
            assert "\n" not in str(error.value)

    def test_a_full_disk_is_told_and_nothing_committed_is_lost(self, local: LocalBackend) -> None:
        log = Log(history(3_000))
        local.fill(log.changes(0, 5))
        process = subprocess.run(
            [sys.executable, str(Path(__file__).parent / "index_full.py")],
            env={**os.environ, "INDEX_HOME": str(local.settings.home)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert process.returncode == 0, process.stderr
        assert process.stdout.startswith(f"index: cannot write {generation(local)} (")
        assert process.stdout.count("\n") == 1
        agrees(local, Log(log.changes(0, 5)))
        with local.writer() as writer:
            writer.sync(log)
        agrees(local, log)

    def told_and_repaired(self, local: LocalBackend) -> None:
        for opened in (local.reader, local.writer):
            with pytest.raises(IndexBroken, match="broadsheet index rebuild") as error:
                opened()
            assert "\n" not in str(error.value)
        with local.writer(repair=True) as writer:
            writer.sync(Log(WORKS))
        agrees(local, Log(WORKS))

    def test_vectors_that_were_removed_are_waited_for_again(self, local: LocalBackend) -> None:
        local.fill(WORKS)
        with local.writer() as writer:
            writer.build_dense(force=True)
        shutil.rmtree(local.settings.vectors_path)
        with local.writer() as writer:
            assert writer.pending_count() == 40
            assert len(local.reader().search_vectors(vector_of("x"), 50)) == 0
            local.encode(list(reversed(WORKS)))
            writer.commit()
        found = local.reader().search_vectors(vector_of("word 7\nbody 7"), 1)
        assert found.ids.tolist() == [7]

    def test_vectors_stored_anew_in_another_order_are_told_apart(self, local: LocalBackend) -> None:
        local.fill(WORKS)
        with local.writer() as writer:
            writer.build_dense(force=True)
        shutil.rmtree(local.settings.vectors_path)
        local.encode(list(reversed(WORKS)))
        with local.writer() as writer:
            assert writer.pending_count() == 0
        found = local.reader().search_vectors(vector_of("word 7\nbody 7"), 1)
        assert found.ids.tolist() == [7]
        agrees(local, Log(WORKS))

    def test_a_folder_that_cannot_be_written_is_told_in_one_line(self, local: LocalBackend) -> None:
        local.settings.index_path.write_text("a file where the folder should be")
        with pytest.raises(IndexFault, match=str(local.settings.index_path)) as error:
            local.writer()
        assert "\n" not in str(error.value)


class TestVersions:
    @pytest.mark.parametrize("change", [{"schema": 0}, {"analysis": "another"}])
    def test_an_index_of_another_version_is_told_and_made_anew(
        self, local: LocalBackend, change: dict[str, object]
    ) -> None:
        local.fill(WORKS)
        change_meta(local, **change)
        with pytest.raises(IndexOutdated, match="another version") as error:
            local.reader()
        assert "\n" not in str(error.value)
        with local.writer() as writer:
            assert writer.applied_seq == 0
            writer.sync(Log(WORKS))
        agrees(local, Log(WORKS))
        assert len(local.reader().search_vectors(vector_of("x"), 50)) == 40

    def test_only_the_generation_before_is_kept(self, local: LocalBackend) -> None:
        with local.writer() as writer:
            for _ in range(3):
                writer.rebuild(Log(WORKS))
        names = sorted(path.name for path in (local.settings.index_path / "generations").iterdir())
        assert names == ["000003", "000004"]
