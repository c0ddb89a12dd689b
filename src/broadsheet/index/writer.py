"""The writer of the first backend: it holds the lock, fills generations and promotes them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from typing_extensions import override

from broadsheet.encoders import VectorStore
from broadsheet.index import generation
from broadsheet.index.contract import ChangeLog, IndexWriter, Pending, Progress
from broadsheet.index.faults import IndexBroken, IndexMissing, IndexOutdated
from broadsheet.index.filing import GenerationWriter
from broadsheet.index.generation import Folder
from broadsheet.index.local import vector_folder
from broadsheet.settings import Settings

if TYPE_CHECKING:
    from broadsheet.catalog import Change

_READ = 500  # changes read from the catalog at a time
_COMMIT_SECONDS = 5.0  # while there is more; about 60,000 works


class LocalWriter(IndexWriter):
    """Writes the generation in use and, when there is one, its successor.

    A successor is built when the encoder is another one, or when the generation in use was
    made by another version or is broken. It is promoted as soon as it is no worse: it has
    applied as much, and as many of its works have a vector. Until then both are written, so
    that new papers are found all the while.

    Where the encoder that is wanted is that of the generation before, somebody goes back: that
    generation is brought up to date and put in use as soon as it has all words; works that came
    since are found by those until they are encoded.
    """

    def __init__(
        self, settings: Settings, encoder: str = "", dimensions: int = 0, *, repair: bool = False
    ) -> None:
        self._settings = settings
        self._folder = Folder(settings.index_path)
        self._encoder = (encoder, dimensions)
        self._current: GenerationWriter | None = None
        self._next: GenerationWriter | None = None
        self._going_back = False
        self._stack = contextlib.ExitStack()
        self._stack.enter_context(self._folder.locked())
        try:
            self._open(repair)
        except BaseException:
            self.close()
            raise

    @property
    @override
    def generation(self) -> str:
        return self._newest.name

    @property
    @override
    def encoder(self) -> str:
        return self._newest.meta.encoder

    @property
    @override
    def applied_seq(self) -> int:
        return min(writer.applied_seq for writer in self._writers)

    @override
    def apply(self, changes: Sequence[Change]) -> None:
        for writer in self._writers:
            writer.apply(changes)

    @override
    def commit(self) -> None:
        for writer in self._writers:
            if writer.commit():
                writer.compact()
        if self._current and self._next and self._fit(self._next, self._current):
            self._promote()

    @override
    def build_dense(self, progress: Progress | None = None, *, force: bool = False) -> bool:
        return self._newest.build_codes(progress, force)

    @override
    def pending(self, limit: int) -> list[Pending]:
        return self._newest.pending(limit)

    @override
    def pending_count(self) -> int:
        return self._newest.pending_count

    @override
    def sync(self, catalog: ChangeLog, progress: Progress | None = None) -> int:
        goal = catalog.seq()
        if goal < self.applied_seq:  # a backup was put back: what is filed may never have been
            self.rebuild(catalog, progress)
            return goal
        start, done = self.applied_seq, 0
        since = time.monotonic()
        while changes := catalog.changes(self.applied_seq, _READ):
            self.apply(changes)
            done += len(changes)
            if time.monotonic() - since >= _COMMIT_SECONDS:
                self.commit()
                since = time.monotonic()
            if progress:
                progress(min(changes[-1].seq, goal) - start, goal - start)
        self.commit()
        if self._current is None:
            self._promote()
        return done

    @override
    def rebuild(self, catalog: ChangeLog, progress: Progress | None = None) -> None:
        if self._next is not None:
            self._drop(self._next)
        self._next = GenerationWriter.create(self._settings, *self._wanted())
        healthy, self._current = self._current, None
        try:
            while changes := catalog.changes(self._next.applied_seq, _READ):
                self._next.apply(changes)
                if progress:
                    progress(changes[-1].seq, max(changes[-1].seq, catalog.seq()))
            self._next.commit()
            if healthy is not None:  # which answers until the codes are there
                self._next.build_codes(None, force=False)
        finally:
            self._current = healthy
        self._promote()

    @override
    def rollback(self) -> str:
        current = self._folder.current()
        older = [name for name in self._folder.names() if name < current]
        if not older:
            raise IndexMissing(
                f"index: no generation before {current} is kept at {self._folder.root}"
            )
        generation.read_meta(self._folder.path(older[-1]))
        for writer in self._writers:
            writer.close()
        self._current = self._next = None
        self._folder.promote(older[-1])
        for name in self._folder.names():
            if name > older[-1]:
                self._folder.remove(name)
        self._current = GenerationWriter(self._settings, older[-1])
        return older[-1]

    @override
    def close(self) -> None:
        for writer in self._writers:
            writer.close()
        self._current = self._next = None
        self._stack.close()

    @property
    def _writers(self) -> list[GenerationWriter]:
        return [writer for writer in (self._current, self._next) if writer is not None]

    @property
    def _newest(self) -> GenerationWriter:
        return self._writers[-1]

    def _wanted(self) -> tuple[str, int]:
        """The encoder asked for, or else the one there is."""
        if self._encoder[0] or not self._writers:
            return self._encoder
        meta = self._newest.meta
        return meta.encoder, meta.dimensions

    def _open(self, repair: bool) -> None:
        self._sweep()
        if repair:
            self._forget_damaged()
        try:
            self._current = GenerationWriter(self._settings, self._folder.current())
        except IndexMissing:
            self._current = GenerationWriter.create(self._settings, *self._encoder)
            self._folder.promote(self._current.name)
        except IndexOutdated:
            pass
        except IndexBroken:
            if not repair:
                raise
        if self._current is not None and self._current.meta.encoder == "" != self._encoder[0]:
            self._current.attach(*self._encoder)
        if self._current is None or self._wanted()[0] != self._current.meta.encoder:
            self._next = (
                self._before()
                or self._unfinished()
                or GenerationWriter.create(self._settings, *self._wanted())
            )

    def _forget_damaged(self) -> None:
        """Has vectors that the disk changed be encoded anew."""
        key, dimensions = self._encoder
        folder = vector_folder(self._settings, key)
        if key and folder.is_dir():
            with VectorStore(folder, dimensions, read_only=False) as store:
                store.forget(store.check())

    def _before(self) -> GenerationWriter | None:
        """An earlier generation with the encoder that is wanted, to go back to."""
        if self._current is None:
            return None
        for name in reversed(self._folder.names()):
            if name >= self._current.name:
                continue
            try:
                if generation.read_meta(self._folder.path(name)).encoder != self._wanted()[0]:
                    continue
                writer = GenerationWriter(self._settings, name)
            except (IndexBroken, IndexOutdated):
                continue
            self._going_back = True
            return writer
        return None

    def _fit(self, successor: GenerationWriter, current: GenerationWriter) -> bool:
        """Whether a successor may take the place of the generation in use."""
        if successor.meta.applied_seq < current.meta.applied_seq:
            return False
        return self._going_back or successor.encoded_share >= current.encoded_share

    def _sweep(self) -> None:
        """Removes generations out of use whose vectors were deleted: a model that had to go."""
        in_use = self._pointer()
        for name in self._folder.names():
            if name == in_use:
                continue
            try:
                encoder = generation.read_meta(self._folder.path(name)).encoder
            except (IndexBroken, IndexOutdated):
                continue
            if encoder and not (self._settings.vectors_path / encoder).is_dir():
                self._folder.remove(name)

    def _unfinished(self) -> GenerationWriter | None:
        """The successor that an earlier process began, when it is the one wanted now."""
        for name in reversed(self._folder.names()):
            if self._pointer() >= name:
                break
            try:
                writer = GenerationWriter(self._settings, name)
            except (IndexBroken, IndexOutdated):
                self._folder.remove(name)
                continue
            if writer.meta.encoder == self._wanted()[0]:
                return writer
            self._drop(writer)
        return None

    def _pointer(self) -> str:
        """The name in CURRENT as far as it can be read."""
        try:
            return self._folder.current()
        except (IndexMissing, IndexBroken):
            return ""

    def _drop(self, writer: GenerationWriter) -> None:
        writer.close()
        self._folder.remove(writer.name)

    def _promote(self) -> None:
        """Puts the successor in use; the generation before is kept to go back to."""
        if self._next is None:
            return
        before = self._pointer()
        self._folder.promote(self._next.name)
        if self._current is not None:
            self._current.close()
        self._current, self._next, self._going_back = self._next, None, False
        for name in self._folder.names():
            if name not in (before, self._current.name):
                self._folder.remove(name)
