"""Backups of a whole home, and their way back.

A backup is a tar file in Zstandard: ``catalog.sqlite3`` (one state of the catalog, also of one
in PostgreSQL), the home's other files under ``home/``, and at the end ``manifest.json`` with a
SHA-256 of each. Left out is what can be made again: the index, the models, older backups.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

import orjson
import zstandard

from broadsheet.catalog import copying, placing, thinning
from broadsheet.catalog.database import Database, connect, require_catalog, sqlite
from broadsheet.catalog.errors import CatalogError, reported
from broadsheet.catalog.placing import CATALOG, HOME
from broadsheet.catalog.rows import now
from broadsheet.files import PRIVATE, private_folder, sync_folder, take_lock
from broadsheet.settings import Settings

MANIFEST = "manifest.json"
FORMAT = 1
# What every SQLite file begins with (https://www.sqlite.org/fileformat.html).
_SQLITE = b"SQLite format 3\0"
_CHUNK = 1 << 20
_SCRATCH = ".backup-"
_NEW_SECONDS = 60
_LOCKS = ("lock", "index.lock", "train.lock")


def stamp() -> str:
    """The time, fit for a file's name and unlike that of any other moment."""
    return datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")


def keep(database: Database, folder: Path, revision: str) -> Path:
    """Copies the catalog into ``folder`` before it is upgraded; returns the file.

    It has its name when it is whole: what a kill leaves passes for no backup. Older copies go, so
    that the newest of each of three schemas stays; none goes for a copy that is damaged.
    """
    path = folder / f"catalog-{revision}-{stamp()}.sqlite3"
    with reported(str(folder)):
        folder.mkdir(parents=True, exist_ok=True)
        with _scratch(folder) as scratch:
            copy = scratch / CATALOG
            copying.to_file(database, copy, str(folder))
            spare = thinning.older_copies(folder, path, stamp())
            if spare and not _sound(copy):
                spare = []
            copy.replace(path)
            sync_folder(folder)
        for older in spare:
            older.unlink(missing_ok=True)
    return path


def _sound(copy: Path) -> bool:
    """Whether a copied catalog may stand for an older one. What is wrong with it, the catalog that
    it was copied from tells by itself."""
    try:
        copying.check(copy, copy)
    except CatalogError:
        return False
    return True


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Lets one process at a time upgrade the catalog whose copies go into ``folder``; the others
    wait for it.
    """
    with reported(str(folder)):
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # a disk without locks: each makes its copy
            take_lock(descriptor, wait=True)
        yield
    finally:
        os.close(descriptor)


def backup(settings: Settings, target: Path, *, keep: int = 0) -> Path:
    """Writes a backup of a home that may be in use; returns the file.

    ``target`` is a folder, or the name of the file to write; what was there is replaced when
    the backup is whole. Of the archives that a folder has under names of ours the newest ``keep``
    stay then, this one among them; 0: all. Raises `CatalogError`.
    """
    require_catalog(settings)
    folder = target if target.is_dir() or not target.suffix else target.parent
    if keep and folder != target:
        raise CatalogError(f"{target}: older backups go only from a folder; name a folder")
    path = folder / f"broadsheet-{stamp()}.tar.zst" if folder == target else target
    with reported(str(path)):
        folder.mkdir(parents=True, exist_ok=True)
        with _scratch(folder) as scratch:
            copy = scratch / CATALOG
            database = connect(settings)
            try:
                copying.to_file(database, copy, str(path))
            finally:
                database.close()
            revision = copying.check(copy, settings.catalog_path)
            partial = scratch / "archive"
            with _compressed(partial) as archive:
                manifest = _write(archive, settings, copy, {partial, path})
                manifest |= {"format": FORMAT, "made": now(), "schema": revision}
                _add_bytes(archive, MANIFEST, orjson.dumps(manifest))
            partial.replace(path)
            sync_folder(folder)
        for older in thinning.older_archives(folder, keep, path, stamp()) if keep else ():
            older.unlink(missing_ok=True)
    return path


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A folder in ``folder`` for a backup under way, with which it goes.

    Those of killed backups, each with a whole catalog in it, are removed before.
    """
    for left in folder.glob(f"{_SCRATCH}*"):
        with suppress(OSError), _held(left):
            # One that was made just now may not be locked yet.
            if time.time() - left.stat().st_mtime > _NEW_SECONDS:
                shutil.rmtree(left)
    with tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=folder) as name, ExitStack() as stack:
        with suppress(OSError):  # a disk without locks: nothing is removed there either
            stack.enter_context(_held(Path(name), shared=True))
        yield Path(name)


@contextmanager
def _held(folder: Path, *, shared: bool = False) -> Iterator[None]:
    """Holds the lock of a folder; raises OSError where another process does."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if not take_lock(descriptor, shared=shared):
            raise BlockingIOError(errno.EWOULDBLOCK, os.strerror(errno.EWOULDBLOCK), str(folder))
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _compressed(path: Path) -> Iterator[tarfile.TarFile]:
    # Readable by its owner alone, as the home is: it holds what people read and save.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    with os.fdopen(descriptor, "wb") as file:
        with (
            zstandard.ZstdCompressor(level=3).stream_writer(file, closefd=False) as packed,
            tarfile.open(fileobj=cast("IO[bytes]", packed), mode="w|") as archive,
        ):
            yield archive
        file.flush()
        os.fsync(file.fileno())


def _write(
    archive: tarfile.TarFile, settings: Settings, copy: Path, without: set[Path]
) -> dict[str, Any]:
    files: dict[str, dict[str, object]] = {}
    members = [(CATALOG, copy), *_home_files(settings)]
    for name, path in members:
        if path in without:
            continue
        try:
            file = path.open("rb")
        except FileNotFoundError:
            continue  # gone since the folder was read
        with file:
            size = os.fstat(file.fileno()).st_size
            # A file that grows meanwhile is taken as long as it was: they only grow at the end.
            reader = _Hashing(file)
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode, entry.mtime = size, PRIVATE, int(path.stat().st_mtime)
            archive.addfile(entry, cast("IO[bytes]", reader))
            files[name] = {"bytes": size, "sha256": reader.hash.hexdigest()}
    return {"files": files}


def _home_files(settings: Settings) -> Iterator[tuple[str, Path]]:
    """What a backup takes from the home besides the catalog, by name in the archive."""
    catalog = settings.catalog_path
    without = {settings.index_path, settings.models_path, settings.backups_path}
    without.add(settings.learn_path / "cache")
    without.update(catalog.with_name(catalog.name + end) for end in ("", "-wal", "-shm"))
    for folder, folders, names in os.walk(settings.home, followlinks=True):
        here = Path(folder)
        folders[:] = sorted(
            name for name in folders if here / name not in without and not name.startswith(".")
        )
        for name in sorted(names):
            path = here / name
            if path not in without and name not in _LOCKS and path.is_file():
                yield f"{HOME}/{path.relative_to(settings.home).as_posix()}", path


class _Hashing:
    """A file that hashes what is read from it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.hash = hashlib.sha256()

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        self.hash.update(data)
        return data


def _add_bytes(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), PRIVATE
    archive.addfile(entry, BytesIO(data))


def restore(settings: Settings, archive: Path, *, force: bool = False) -> Path | None:
    """Puts a backup in place of a home, after all of it has been verified.

    ``archive`` may also be a catalog alone, as an upgrade keeps it: the home's other files stay
    then. Refuses a home that holds papers unless ``force``; then what was there is put aside, and
    the folder it is in is returned. The index is removed: it is made again from the catalog.
    Raises `CatalogError`, and has changed nothing then, also where another restore is under way.
    """
    with reported(str(settings.home)), _alone(settings.home):
        placing.require_empty(settings, force=force)
        for left in settings.home.glob(".restore-*"):
            shutil.rmtree(left)  # of a restore that was killed
        with tempfile.TemporaryDirectory(prefix=".restore-", dir=settings.home) as scratch:
            stage = Path(scratch)
            aside = settings.backups_path / f"before-restore-{stamp()}"
            held: set[str] = set()
            if _is_catalog(archive):
                _copy(archive, stage / CATALOG)
            else:
                _extract(archive, stage)
                # What a backup made now would hold: what this one has not, came later.
                files = (path for _, path in _home_files(settings) if not path.samefile(archive))
                held = {path.relative_to(settings.home).parts[0] for path in files}
            copying.check(stage / CATALOG, archive)
            placing.place(settings, stage, aside, held)
    return aside if aside.exists() else None


def _is_catalog(path: Path) -> bool:
    """Whether a file is a catalog alone, as `keep` and a restore that puts aside leave it."""
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE


def _copy(catalog: Path, target: Path) -> None:
    database = sqlite(str(catalog))
    try:
        copying.to_file(database, target, str(target))
    finally:
        database.close()


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Holds a home, which is made where there is none, against a second restore: that one would
    clear away what the first has unpacked, and their files would be mixed."""
    private_folder(home)
    descriptor = os.open(home, os.O_RDONLY)
    try:
        free = True
        with suppress(OSError):  # a disk without locks
            free = take_lock(descriptor)
        if not free:
            raise CatalogError(f"{home}: another restore is under way there; wait for its end")
        yield
    finally:
        os.close(descriptor)


def _extract(archive: Path, stage: Path) -> None:
    """Unpacks a backup and compares every file with the manifest."""
    found: dict[str, dict[str, object]] = {}
    manifest: dict[str, Any] = {}
    try:
        with (
            archive.open("rb") as file,
            zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(file) as packed,
            tarfile.open(fileobj=cast("IO[bytes]", packed), mode="r|") as members,
        ):
            for member in members:
                content = members.extractfile(member)
                if content is None:
                    raise CatalogError(f"{archive}: holds '{member.name}', which is no file")
                if member.name == MANIFEST:
                    manifest = orjson.loads(content.read())
                else:
                    found[member.name] = _unpack(content, _inside(archive, stage, member.name))
    except (zstandard.ZstdError, tarfile.TarError, EOFError, orjson.JSONDecodeError) as error:
        raise CatalogError(f"{archive}: is no backup, or a damaged one; take another") from error
    if not manifest:
        raise CatalogError(f"{archive}: is cut off, its manifest is missing; take another backup")
    if manifest.get("format") != FORMAT:
        raise CatalogError(f"{archive}: was made by a newer Broadsheet; install the newer one")
    wanted = manifest.get("files", {})
    differing = sorted(n for n in {*wanted, *found} if wanted.get(n) != found.get(n))
    if differing or CATALOG not in found:
        name = differing[0] if differing else CATALOG
        raise CatalogError(f"{archive}: '{name}' is not as it was stored; take another backup")


def _inside(archive: Path, stage: Path, name: str) -> Path:
    parts = PurePosixPath(name).parts
    if name.startswith("/") or ".." in parts or (name != CATALOG and parts[0] != HOME):
        raise CatalogError(f"{archive}: holds '{name}', which no backup does")
    path = stage.joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _unpack(content: IO[bytes], path: Path) -> dict[str, object]:
    digest, size = hashlib.sha256(), 0
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as file:
        while data := content.read(_CHUNK):
            digest.update(data)
            size += len(data)
            file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return {"bytes": size, "sha256": digest.hexdigest()}
