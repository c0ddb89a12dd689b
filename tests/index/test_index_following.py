"""An index follows the change log; readers follow the index."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from index_backends import LocalBackend, filed, gone, ids, vector_of

from broadsheet.catalog import Change
from broadsheet.index import Index, IndexLocked, IndexMissing, WordQuery


def test_there_is_no_index_before_the_first_writer(backend: LocalBackend) -> None:
    with pytest.raises(IndexMissing, match="index build"):
        backend.reader()
    with backend.writer():
        pass
    index = backend.reader()
    assert (index.applied_seq, index.count(), ids(index, "x")) == (0, 0, [])
    assert index.status().papers == 0


def test_a_change_is_seen_after_its_commit_and_the_next_refresh(backend: LocalBackend) -> None:
    index = backend.fill([filed(1, 1, "one")])
    with backend.writer() as writer:
        writer.apply([filed(2, 2, "two")])
        assert writer.applied_seq == 2
        assert not index.refresh()
        writer.commit()
        assert ids(index, "two") == []
        assert index.refresh()
        assert not index.refresh()
    assert ids(index, "two") == [2]
    assert index.applied_seq == 2


def test_what_was_not_committed_is_applied_again_next_time(backend: LocalBackend) -> None:
    backend.fill([filed(1, 1, "one")])
    with backend.writer() as writer:
        writer.apply([filed(2, 2, "two")])
    with backend.writer() as writer:
        assert writer.applied_seq == 1
    assert ids(backend.reader(), "two") == []


def test_applying_again_changes_nothing(backend: LocalBackend) -> None:
    changes = [filed(1, 1, "one word"), filed(2, 2, "two words"), gone(1, 3), filed(3, 4, "word")]
    index = backend.fill(changes)
    before = index.search_words(WordQuery.of("word"), 9)
    index = backend.fill(changes)
    after = index.search_words(WordQuery.of("word"), 9)
    assert after.ids.tolist() == before.ids.tolist()
    assert index.count() == 2
    assert index.applied_seq == 4


def test_an_older_change_does_not_undo_a_newer_one(backend: LocalBackend) -> None:
    backend.fill([filed(1, 5, "new"), gone(2, 6), filed(2, 7, "back"), gone(2, 8)])
    index = backend.fill([filed(1, 2, "old"), filed(2, 3, "old")])
    assert ids(index, "old") == []
    assert ids(index, "new") == [1]
    assert index.applied_seq == 8


def test_only_one_process_writes(backend: LocalBackend) -> None:
    with backend.writer(), pytest.raises(IndexLocked, match=str(os.getpid())):
        backend.writer()
    with backend.writer():
        pass


def test_reading_goes_on_in_many_threads_while_it_is_written(backend: LocalBackend) -> None:
    index = backend.fill([filed(n, n, f"word {n}") for n in range(1, 50)])
    stop, failures = threading.Event(), []

    def read() -> None:
        try:
            while not stop.is_set():
                index.refresh()
                words = index.search_words(WordQuery.of("word"), 1_000)
                assert len(words) >= 49
                near = index.search_vectors(vector_of("x"), 1_000)
                assert len(near) >= 49
                assert len(np.unique(near.ids)) == len(near)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    with backend.writer() as writer:
        for start in range(50, 550, 50):
            changes = [filed(n, n, f"word {n}") for n in range(start, start + 50)]
            writer.apply(changes)
            backend.encode(changes)
            writer.commit()
            writer.build_dense(force=True)
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
    index.refresh()
    assert index.count() == 549


def test_the_state_has_another_name_after_every_commit(backend: LocalBackend) -> None:
    changes = [filed(1, 1, "one")]
    index = backend.fill(changes, encode=False)
    names = {index.state}
    with backend.writer() as writer:
        for step in (lambda: backend.encode(changes), lambda: writer.apply([gone(1, 2)])):
            assert not index.refresh()
            assert index.state in names
            step()
            writer.commit()
            assert index.refresh()
            assert index.state not in names
            names.add(index.state)


def test_status_tells_where_the_index_stands(backend: LocalBackend) -> None:
    backend.fill([filed(n, n, str(n)) for n in range(1, 6)])
    index = backend.fill([filed(6, 6, "six"), gone(1, 7)], encode=False)
    status = index.status()
    assert (status.papers, status.encoded, status.pending) == (5, 4, 1)
    assert (status.applied_seq, status.encoder) == (7, "test-encoder")
    assert status.generation == index.generation
    assert status.committed_at
    assert status.bytes == sum(status.sizes.values()) > 0


class TestGenerations:
    """Another encoder is another generation."""

    works: ClassVar = [filed(n, n, f"title {n}") for n in range(1, 11)]

    def test_a_new_encoder_is_prepared_aside_and_promoted_when_no_worse(
        self, backend: LocalBackend
    ) -> None:
        index = backend.fill(self.works)
        first = index.generation
        with backend.writer("other", 8) as writer:
            assert writer.applied_seq == 0
            writer.apply([*self.works, filed(11, 11, "eleven")])
            writer.commit()
            index.refresh()
            assert (index.generation, index.encoder) == (first, "test-encoder")
            assert ids(index, "eleven") == [11]  # words of the one in use go on
            assert writer.pending_count() == 11
            backend.encode(self.works, "other", 8)
        with backend.writer("other", 8) as writer:  # taken up again by another process
            backend.encode([filed(11, 11, "eleven")], "other", 8)
            writer.commit()
        assert index.refresh()
        assert index.generation != first
        assert index.encoder == "other"
        assert index.search_vectors(vector_of("title 3\n", 8), 1).ids.tolist() == [3]
        assert ids(index, "eleven") == [11]

    def test_the_generation_before_can_be_taken_back(self, backend: LocalBackend) -> None:
        index = backend.fill(self.works)
        first = index.generation
        with backend.writer("other", 8) as writer:
            backend.encode(self.works, "other", 8)
            writer.apply(self.works)
            writer.commit()
            index.refresh()
            assert index.encoder == "other"
            assert writer.rollback() == first
            with pytest.raises(IndexMissing, match="no generation before"):
                writer.rollback()
        index.refresh()
        assert (index.generation, index.encoder) == (first, "test-encoder")
        assert len(index.search_vectors(vector_of("x"), 20)) == 10


# A history: works 1-6 get texts or are deleted, in the order of the log.
_STEPS = st.lists(
    st.tuples(st.integers(1, 6), st.sampled_from(["", "red", "green", "blue red", "red red"])),
    max_size=25,
)


def _changes(steps: list[tuple[int, str]]) -> list[Change]:
    return [
        filed(work, seq, text, f"body {work}") if text else gone(work, seq)
        for seq, (work, text) in enumerate(steps, 1)
    ]


def _state(index: Index) -> object:
    words = index.search_words(WordQuery.of("red green blue body"), 100)
    near = index.search_vectors(vector_of("x"), 100)
    return sorted(words.ids.tolist()), near.ids.tolist(), index.count(), index.applied_seq


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=_STEPS, data=st.data())
def test_any_history_applied_again_from_anywhere_ends_in_the_same_state(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, str]], data: st.DataObject
) -> None:
    changes = _changes(steps)
    last: dict[int, Change] = {change.work_id: change for change in changes}
    once = _backend(tmp_path_factory)
    expected = _state(once.fill(list(last.values())))
    again = _backend(tmp_path_factory)
    at = 0
    while at < len(changes):
        start = data.draw(st.integers(0, at))
        stop = data.draw(st.integers(at + 1, len(changes)))
        index = again.fill(changes[start:stop])
        at = stop
    if changes:
        found = _state(index)
        assert found[:3] == expected[:3]  # type: ignore[index]
        assert index.applied_seq == len(changes)


def _backend(tmp_path_factory: pytest.TempPathFactory) -> LocalBackend:
    home: Path = tmp_path_factory.mktemp("home")
    return LocalBackend(home)
