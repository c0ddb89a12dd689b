"""Search by vectors, as the contract has it."""

from __future__ import annotations

import numpy as np
import pytest
from index_backends import DIMENSIONS, LocalBackend, filed, gone, vector_of

from broadsheet.catalog import Change
from broadsheet.index import Index

MANY = [filed(n, n, f"title {n}", f"abstract {n}") for n in range(1, 301)]


def text(change: Change) -> str:
    assert change.work is not None
    return f"{change.work.paper.title}\n{change.work.paper.abstract}"


def cosines(vector: np.ndarray, changes: list[Change]) -> dict[int, float]:
    return {change.work_id: float(vector @ vector_of(text(change))) for change in changes}


def best(scores: dict[int, float], count: int) -> list[int]:
    return sorted(scores, key=lambda one: -scores[one])[:count]


@pytest.mark.parametrize("coded", [False, True])
def test_the_nearest_works_come_first_with_their_cosine(backend: LocalBackend, coded: bool) -> None:
    backend.fill(MANY)
    if coded:
        with backend.writer() as writer:
            assert writer.build_dense(force=True)
    index = backend.reader()
    expected = cosines(vector_of("x"), MANY)
    found = index.search_vectors(vector_of("x") * 7, 10)
    # 8 bits a component leave 2 decimals.
    assert found.scores == pytest.approx([expected[one] for one in found.ids.tolist()], abs=0.02)
    assert len(set(found.ids.tolist()) & set(best(expected, 10))) >= 9
    assert (found.scores[:-1] >= found.scores[1:]).all()
    assert found.scores.dtype == np.float32


@pytest.mark.parametrize("coded", [False, True])
def test_scores_of_given_works_are_those_of_the_search(backend: LocalBackend, coded: bool) -> None:
    backend.fill(MANY)
    if coded:
        with backend.writer() as writer:
            writer.build_dense(force=True)
    index = backend.reader()
    found = index.search_vectors(vector_of("x"), 50)
    assert len(found) == 50
    assert index.score_vectors(vector_of("x"), found.ids) == pytest.approx(found.scores, abs=1e-6)


def test_a_work_without_a_vector_is_not_found_and_scores_nan(backend: LocalBackend) -> None:
    index = backend.fill([filed(1, 1, "pending")], encode=False)
    assert len(index.search_vectors(vector_of("x"), 5)) == 0
    assert np.isnan(index.score_vectors(vector_of("x"), [1, 2])).all()


def test_works_of_the_same_text_are_all_found(backend: LocalBackend) -> None:
    same = [filed(n, n, "the same", "text") for n in (1, 2, 3)]
    index = backend.fill([*same, filed(4, 4, "another")])
    assert index.search_vectors(vector_of("the same\ntext"), 3).ids.tolist() == [1, 2, 3]


def test_an_updated_text_waits_for_its_vector_and_then_is_found_by_it(
    backend: LocalBackend,
) -> None:
    backend.fill(MANY[:20])
    changed = [filed(7, 400, "quite another", "text")]
    index = backend.fill(changed, encode=False)
    assert 7 not in index.search_vectors(vector_of(text(MANY[6])), 20).ids
    with backend.writer() as writer:
        assert [one.work_id for one in writer.pending(5)] == [7]
        backend.encode(changed)
        writer.commit()
        assert writer.pending_count() == 0
    index.refresh()
    assert index.search_vectors(vector_of(text(changed[0])), 1).ids.tolist() == [7]


def test_a_text_that_comes_back_is_found_at_once(backend: LocalBackend) -> None:
    backend.fill(MANY[:20])
    with backend.writer() as writer:
        writer.build_dense(force=True)
        writer.apply([filed(7, 400, "for a while")])
        writer.commit()
        writer.apply([filed(7, 401, "title 7", "abstract 7")])
        writer.commit()
        assert writer.pending_count() == 0
    found = backend.reader().search_vectors(vector_of(text(MANY[6])), 1)
    assert found.ids.tolist() == [7]


@pytest.mark.parametrize("coded", [False, True])
def test_a_deleted_work_is_not_found(backend: LocalBackend, coded: bool) -> None:
    backend.fill(MANY[:30])
    with backend.writer() as writer:
        if coded:
            writer.build_dense(force=True)
        writer.apply([gone(7, 400)])
        writer.commit()
    found = backend.reader().search_vectors(vector_of(text(MANY[6])), 30)
    assert len(found) == 29
    assert 7 not in found.ids


def test_vectors_stored_since_the_codes_were_built_are_found(backend: LocalBackend) -> None:
    backend.fill(MANY[:100])
    with backend.writer() as writer:
        writer.build_dense(force=True)
    index = backend.fill(MANY[100:])
    for change in (MANY[5], MANY[150], MANY[299]):
        assert index.search_vectors(vector_of(text(change)), 1).ids.tolist() == [change.work_id]
    with backend.writer() as writer:
        assert writer.build_dense(force=True)
        assert not writer.build_dense(force=True)
    index.refresh()
    for change in (MANY[5], MANY[150], MANY[299]):
        assert index.search_vectors(vector_of(text(change)), 1).ids.tolist() == [change.work_id]
    assert len(index.search_vectors(vector_of("x"), 1_000)) == 300


def test_a_few_new_vectors_are_no_reason_to_build(backend: LocalBackend) -> None:
    backend.fill(MANY)
    with backend.writer() as writer:
        assert not writer.build_dense()


def test_a_vector_of_another_size_is_refused(backend: LocalBackend) -> None:
    index = backend.fill(MANY[:3])
    for shape in ((DIMENSIONS + 1,), (1, DIMENSIONS), ()):
        with pytest.raises(ValueError, match="shape"):
            index.search_vectors(np.ones(shape, np.float32), 5)
        with pytest.raises(ValueError, match="shape"):
            index.score_vectors(np.ones(shape, np.float32), [1])


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf])
def test_a_vector_without_direction_finds_nothing(backend: LocalBackend, value: float) -> None:
    index: Index = backend.fill(MANY[:3])
    vector = np.full(DIMENSIONS, value, np.float32)
    assert len(index.search_vectors(vector, 5)) == 0
    assert np.isnan(index.score_vectors(vector, [1])).all()


def test_the_newest_are_encoded_first(backend: LocalBackend) -> None:
    days = ["2024-01-02", "2026-03-01", "", "2025"]
    changes = [filed(n, n, str(n), announced=day) for n, day in enumerate(days, 1)]
    with backend.writer() as writer:
        writer.apply(changes)
        writer.commit()
        assert [one.work_id for one in writer.pending(9)] == [2, 4, 1, 3]
        assert [one.work_id for one in writer.pending(2)] == [2, 4]
        assert writer.pending_count() == 4
        assert writer.pending(1)[0].text_hash == changes[1].work.text_hash  # type: ignore[union-attr]


def test_an_index_without_an_encoder_takes_one_on(backend: LocalBackend) -> None:
    with backend.writer("", 0) as writer:
        writer.apply(MANY[:5])
        writer.commit()
        assert not writer.build_dense(force=True)
    index = backend.reader()
    assert index.encoder == ""
    assert len(index.search_vectors(vector_of("x"), 5)) == 0
    backend.encode(MANY[:5])
    with backend.writer() as writer:
        writer.commit()
    index.refresh()
    assert index.encoder == "test-encoder"
    assert len(index.search_vectors(vector_of("x"), 5)) == 5
    with backend.writer("", 0) as writer:  # weights that are away for a while change nothing
        assert writer.pending_count() == 0
    assert backend.reader().encoder == "test-encoder"


def test_the_filed_vector_of_a_work_is_told(backend: LocalBackend) -> None:
    index = backend.fill([*MANY[:3], filed(9, 9, "same"), filed(10, 10, "same")])
    vector = index.vector(2)
    assert vector is not None
    assert vector @ vector_of(text(MANY[1])) > 0.999
    assert np.linalg.norm(vector) == pytest.approx(1)
    assert index.vector(4) is None
    assert index.vector(99) is None


def test_works_of_one_text_that_come_one_after_the_other_are_all_encoded(
    backend: LocalBackend,
) -> None:
    changes = [filed(n, n, "the same" if n > 2 else str(n)) for n in range(1, 7)]
    with backend.writer() as writer:
        writer.apply(changes)
        writer.commit()
        for _ in range(6):  # as a worker does, one at a time
            for one in writer.pending(1):
                backend.encode([change for change in changes if change.work_id == one.work_id])
            writer.commit()
        assert writer.pending_count() == 0
