from __future__ import annotations

import hashlib
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from broadsheet.encoders import StoreError, VectorStore, quantise

D = 8
ENTRY = 24

# Appends without end; prints the number of vectors after each append that has returned.
WRITER = """
import hashlib, sys
from pathlib import Path
import numpy as np
from broadsheet.encoders import VectorStore
with VectorStore(Path(sys.argv[1]), 384, read_only=False) as store:
    number = len(store)
    print(number, flush=True)
    while True:
        names = range(number, number + 1 + number % 97)
        store.append(
            [hashlib.md5(str(n).encode()).digest() for n in names],
            np.stack([np.random.default_rng(n).normal(size=384) for n in names]).astype("f4"),
        )
        number = names.stop
        print(number, flush=True)
"""


def digest(name: object) -> bytes:
    return hashlib.md5(str(name).encode()).digest()


def vector(number: int, dimensions: int = D) -> NDArray[np.float32]:
    return np.random.default_rng(number).normal(size=dimensions).astype(np.float32)


def fill(folder: Path, numbers: range) -> None:
    with VectorStore(folder, D, read_only=False) as store:
        store.append([digest(n) for n in numbers], np.stack([vector(n) for n in numbers]))


def assert_holds(store: VectorStore, numbers: range, dimensions: int = D) -> None:
    """The store has exactly these, in order, each within half a level of what was given."""
    assert len(store) == len(numbers)
    rows = store.rows([digest(n) for n in numbers])
    assert rows.tolist() == list(range(len(numbers)))
    if len(numbers):
        found = store.vectors(rows) * store.scales(rows)[:, None]
        given_ = np.stack([vector(n, dimensions) for n in numbers])
        assert (np.abs(found - given_) <= store.scales(rows)[:, None] * 0.5001).all()
    assert store.check() == []


@settings(max_examples=40, deadline=None)
@given(
    batches=st.lists(st.lists(st.integers(0, 30), max_size=12), max_size=6),
    reopen=st.booleans(),
)
def test_what_was_appended_is_there_once(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[int]], reopen: bool
) -> None:
    folder = tmp_path_factory.mktemp("store")
    expected: list[int] = []
    store = VectorStore(folder, D, read_only=False)
    with VectorStore(folder, D, read_only=True) as reader:
        for batch in batches:
            new = [n for n in dict.fromkeys(batch) if n not in expected]
            given_ = np.array([vector(n) for n in batch], np.float32).reshape(-1, D)
            assert store.append([digest(n) for n in batch], given_) == len(new)
            expected += new
            if reopen:
                store.close()
                store = VectorStore(folder, D, read_only=False)
            assert reader.refresh() == len(store) == len(expected)
            for side in (store, reader):
                rows = side.rows([digest(n) for n in [*expected, "unknown"]])
                assert rows.tolist() == [*range(len(expected)), -1]
                levels = np.stack([quantise(vector(n)[None])[0][0] for n in expected] or [[0] * D])
                np.testing.assert_array_equal(side.vectors(rows[:-1]), levels[: len(expected)])
    store.close()


@settings(max_examples=60)
@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=40))
@example([1.66e-42])
def test_quantising_is_off_by_half_a_level_at_most(values: list[float]) -> None:
    vectors = np.array([values], np.float32)
    levels, scales = quantise(vectors)
    assert levels.dtype == np.int8
    assert np.abs(levels.astype(int)).max() <= 127
    assert (np.abs(levels * scales[:, None] - vectors) <= scales[:, None] * 0.501).all()


@pytest.mark.parametrize("lost", [1, 7, ENTRY - 1, ENTRY, ENTRY + 1, 3 * ENTRY])
def test_a_torn_end_of_the_entries_is_cut_off(tmp_path: Path, lost: int) -> None:
    fill(tmp_path, range(10))
    entries = tmp_path / "entries"
    os.truncate(entries, entries.stat().st_size - lost)
    left = 10 - -(-lost // ENTRY)
    with VectorStore(tmp_path, D, read_only=True) as reader:
        assert_holds(reader, range(left))
    with VectorStore(tmp_path, D, read_only=False) as store:
        assert_holds(store, range(left))
        store.append([digest(n) for n in range(10)], np.stack([vector(n) for n in range(10)]))
        assert_holds(store, range(10))
    assert (tmp_path / "vectors.i8").stat().st_size == 10 * D
    assert entries.stat().st_size == 10 * ENTRY


@pytest.mark.parametrize("name", ["entries", "vectors.i8"])
@pytest.mark.parametrize("junk", [b"\0" * 5 * ENTRY, b"\xff" * 31, bytes(range(200))])
def test_what_a_power_cut_leaves_at_the_end_is_cut_off(
    tmp_path: Path, name: str, junk: bytes
) -> None:
    fill(tmp_path, range(10))
    with (tmp_path / name).open("ab") as stream:
        stream.write(junk)
    for read_only in (True, False, True):
        with VectorStore(tmp_path, D, read_only=read_only) as store:
            assert_holds(store, range(10))
    assert (tmp_path / name).stat().st_size == 10 * (ENTRY if name == "entries" else D)


@pytest.mark.parametrize("junk", [b"\0", b"\xff", b"a"])
def test_records_that_a_power_cut_left_unwritten_are_cut_off(tmp_path: Path, junk: bytes) -> None:
    # Sizes may reach the disk before contents do: both files have their lengths, one hole.
    fill(tmp_path, range(10))
    for name, size in (("entries", ENTRY), ("vectors.i8", D)):
        content = (tmp_path / name).read_bytes()
        hole = content[: 7 * size] + junk * size + content[8 * size :]
        (tmp_path / name).write_bytes(hole)
    for read_only in (True, False, True):
        with VectorStore(tmp_path, D, read_only=read_only) as store:
            assert_holds(store, range(7))


def test_entries_without_their_vectors_are_cut_off(tmp_path: Path) -> None:
    fill(tmp_path, range(10))
    os.truncate(tmp_path / "vectors.i8", 7 * D + 3)
    for read_only in (True, False):
        with VectorStore(tmp_path, D, read_only=read_only) as store:
            assert_holds(store, range(7))


def test_a_vector_that_the_disk_changed_is_found_by_check(tmp_path: Path) -> None:
    with VectorStore(tmp_path, D, read_only=False) as store:
        store.append([digest(n) for n in range(5)], np.stack([vector(n) for n in range(5)]))
        with (tmp_path / "vectors.i8").open("r+b") as stream:
            stream.seek(2 * D)
            stream.write(b"\x55" * D)
        assert store.check() == [2]


def test_what_is_forgotten_is_encoded_anew_and_the_others_stay(tmp_path: Path) -> None:
    fill(tmp_path, range(5))
    with VectorStore(tmp_path, D, read_only=False) as store:
        with (tmp_path / "vectors.i8").open("r+b") as stream:
            stream.seek(2 * D)
            stream.write(b"\x55" * D)
        store.forget(store.check())
        store.forget([])
        assert store.check() == []
        assert store.rows([digest(n) for n in range(5)]).tolist() == [0, 1, -1, 3, 4]
        assert store.append([digest(2)], np.stack([vector(2)])) == 1
    for read_only in (True, False):
        with VectorStore(tmp_path, D, read_only=read_only) as store:
            rows = store.rows([digest(n) for n in range(5)])
            assert rows.tolist() == [0, 1, 5, 3, 4]
            assert store.check() == []
            found = store.vectors(rows[2:3]) * store.scales(rows[2:3])[:, None]
            assert np.abs(found[0] - vector(2)).max() <= store.scales(rows[2:3])[0]


def test_a_killed_writer_loses_nothing_that_it_had_acknowledged(tmp_path: Path) -> None:
    moments = random.Random(4)
    acknowledged = 0
    until = time.monotonic() + 12
    for _ in range(12):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            assert int(writer.stdout.readline()) >= acknowledged
            time.sleep(moments.random() * 0.25)
            writer.send_signal(signal.SIGKILL)
            said = [line for line in writer.stdout if line.endswith("\n")]
            acknowledged = max(acknowledged, *map(int, said), 0)
            writer.wait()
        with VectorStore(tmp_path, 384, read_only=True) as reader:
            assert len(reader) >= acknowledged
            assert_holds(reader, range(len(reader)), 384)
            acknowledged = len(reader)
        if time.monotonic() > until:
            break
    assert acknowledged > 0


def test_readers_follow_a_writer_and_a_writer_shuts_out_another(tmp_path: Path) -> None:
    folder = tmp_path / "later"
    with VectorStore(folder, D, read_only=True) as reader:
        assert len(reader) == 0
        assert reader.rows([digest(1)]).tolist() == [-1]
        with VectorStore(folder, D, read_only=False) as store:
            assert reader.refresh() == 0
            store.append([digest(0)], vector(0)[None])
            assert reader.refresh() == 1
            with pytest.raises(StoreError, match="another process is writing"):
                VectorStore(folder, D, read_only=False)
            store.append([digest(1)], vector(1)[None])
        reader.refresh()
        assert_holds(reader, range(2))
        with pytest.raises(StoreError, match="reading only"):
            reader.append([digest(2)], vector(2)[None])
    VectorStore(folder, D, read_only=False).close()


def test_levels_are_mapped_and_cannot_be_changed(tmp_path: Path) -> None:
    fill(tmp_path, range(4))
    with VectorStore(tmp_path, D, read_only=True) as reader:
        assert reader.levels.shape == (4, D)
        with pytest.raises(ValueError, match="read-only"):
            reader.levels[0] = 1


def test_wrong_input_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    with VectorStore(tmp_path, D, read_only=False) as store:
        store.append([digest(0)], vector(0)[None])
        for hashes, vectors in (
            ([digest(1)], np.ones((2, D), np.float32)),
            ([digest(1)], np.ones((1, D + 1), np.float32)),
            ([b"short"], np.ones((1, D), np.float32)),
            ([digest(1)], np.full((1, D), np.nan, np.float32)),
        ):
            with pytest.raises(ValueError, match=r"shape|16 bytes|finite"):
                store.append(hashes, vectors)
        with pytest.raises(IndexError):
            store.vectors(store.rows([digest("unknown")]))
        assert_holds(store, range(1))


def test_other_dimensions_and_broken_meta_are_said_in_one_line(tmp_path: Path) -> None:
    fill(tmp_path, range(1))
    with pytest.raises(StoreError, match="8 dimensions, not format 1 with 9") as wrong:
        VectorStore(tmp_path, D + 1, read_only=True)
    (tmp_path / "meta.json").write_text("{")
    with pytest.raises(StoreError, match=r"move .* away") as broken:
        VectorStore(tmp_path, D, read_only=False)
    for raised in (wrong, broken):
        assert "\n" not in str(raised.value)
    blocked = tmp_path / "entries" / "below-a-file"
    with pytest.raises(StoreError, match="Not a directory"):
        VectorStore(blocked, D, read_only=False)


def test_a_full_disk_is_said_and_what_was_there_stays(tmp_path: Path) -> None:
    # A limit on the size of files fails a write as a full disk does, in part and at the limit.
    room = 100 * D + 3
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with VectorStore(tmp_path, D, read_only=False) as store:
        store.append([digest(n) for n in range(20)], np.stack([vector(n) for n in range(20)]))
        more = range(20, 200)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
        try:
            with pytest.raises(StoreError, match="make room"):
                store.append([digest(n) for n in more], np.stack([vector(n) for n in more]))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert_holds(store, range(20))
        store.append([digest(n) for n in more], np.stack([vector(n) for n in more]))
        assert_holds(store, range(200))


def test_a_reader_of_cut_off_vectors_waits_for_a_writer_to_mend_them(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    fill(folder, range(9))
    os.truncate(folder / "vectors.i8", 4 * D + 3)
    with VectorStore(folder, D, read_only=True) as reader:
        assert reader.refresh() == 4
        fill(folder, range(7))
        assert reader.refresh() == 7
        assert_holds(reader, range(7))


def test_a_store_that_was_replaced_by_a_smaller_one_is_noticed(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    fill(folder, range(5))
    with VectorStore(folder, D, read_only=True) as reader:
        shutil.rmtree(folder)
        fill(folder, range(2))
        with pytest.raises(StoreError, match="replaced"):
            reader.refresh()
