"""Back to the encoder before: its generation is taken up again, not made again."""

from __future__ import annotations

import shutil

from index_backends import LocalBackend, filed, ids

WORKS = [filed(n, n, f"title {n}") for n in range(1, 11)]


def moved_on(backend: LocalBackend) -> tuple[str, str]:
    """The generations of the first encoder and of a second one, which is in use."""
    index = backend.fill(WORKS)
    first = index.generation
    with backend.writer("other", 8) as writer:
        backend.encode(WORKS, "other", 8)
        writer.apply(WORKS)
        writer.commit()
    index.refresh()
    assert index.encoder == "other"
    return first, index.generation


def test_the_generation_before_is_in_use_again_once_it_has_all_words(
    backend: LocalBackend,
) -> None:
    first, second = moved_on(backend)
    with backend.writer("other", 8) as writer:
        writer.apply([filed(11, 11, "eleven")])
        writer.commit()
    index = backend.reader()
    with backend.writer() as writer:
        assert writer.generation == first
        assert index.generation == second  # until nothing would be lost by the change
        writer.apply([filed(11, 11, "eleven")])
        writer.commit()
        index.refresh()
        # The newest work has no vector of this encoder yet; it is found by its words.
        assert (index.generation, index.encoder) == (first, "test-encoder")
        assert ids(index, "eleven") == [11]
        assert writer.pending_count() == 1
    with backend.writer("other", 8) as writer:  # and there again, the same way
        assert writer.generation == second
        writer.commit()
    index.refresh()
    assert index.generation == second


def test_a_generation_goes_when_its_vectors_were_deleted(backend: LocalBackend) -> None:
    first, second = moved_on(backend)
    with backend.writer() as writer:
        writer.commit()
    index = backend.reader()
    assert index.generation == first
    shutil.rmtree(backend.settings.vectors_path / "other")
    with backend.writer():
        pass
    generations = backend.settings.index_path / "generations"
    assert [path.name for path in generations.iterdir()] == [first]
    assert second != first
