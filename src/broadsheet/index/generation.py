"""The folder of the index: generations, the pointer to the one in use, the lock.

    index/CURRENT                 the name of the generation in use
    index/index.lock              held by the process that writes
    index/generations/000001/     one generation: meta.json, words/, ledger-*, codes-*

``meta.json`` is the commit: it is replaced in one step, last, and names the files that
belong together.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from broadsheet.files import READABLE, replace_file, sync_folder, take_lock
from broadsheet.index import analysis, schema
from broadsheet.index.faults import (
    IndexBroken,
    IndexFault,
    IndexLocked,
    IndexMissing,
    IndexOutdated,
)

REBUILD = "run: broadsheet index rebuild"
_CURRENT = "CURRENT"
_DENIED = (errno.EACCES, errno.EPERM, errno.EROFS)
# The words' engine tells the kind of an error in its text only.
_DENIED_WORDS = ("PermissionDenied", "ReadOnlyFilesystem")


@dataclass(frozen=True, slots=True)
class Meta:
    """What one commit of a generation consists of."""

    schema: int = schema.VERSION
    analysis: str = analysis.FINGERPRINT
    encoder: str = ""
    dimensions: int = 0
    applied_seq: int = 0
    opstamp: int = 0  # of the Tantivy commit; another one there means a commit was cut short
    ledger: str = "ledger-000001"
    records: int = 0
    works: int = 0
    encoded: int = 0
    store_rows: int = 0
    codes: str = ""
    committed_at: str = ""

    @property
    def current_format(self) -> bool:
        """Whether this version of the program can read the words."""
        return self.schema == schema.VERSION and self.analysis == analysis.FINGERPRINT


def unreadable(path: Path, error: Exception) -> IndexFault:
    """What to raise where a file of the index cannot be read: `IndexBroken`, or an `IndexFault`
    where nothing is wrong but the rights, which no rebuild would mend."""
    text = str(error)
    if getattr(error, "errno", None) in _DENIED or any(word in text for word in _DENIED_WORDS):
        return IndexFault(
            f"index: {path} cannot be opened: who searches takes a lock there; give your user"
            " the right to read and to write, or choose another folder with --home"
        )
    return IndexBroken(f"index: {path} cannot be read{_reason(error)}; {REBUILD}")


def _reason(error: Exception) -> str:
    said = getattr(error, "strerror", None) or str(error).partition("\n")[0]
    return f" ({said})" if said else ""


def read_meta(folder: Path) -> Meta:
    """The commit of a generation; raises `IndexBroken`, `IndexOutdated`, or `IndexFault` where
    the right to read it is missing."""
    path = folder / "meta.json"
    try:
        values: dict[str, Any] = json.loads(path.read_text("utf-8"))
        version, fingerprint = values["schema"], values["analysis"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise unreadable(path, error) from error
    if (version, fingerprint) != (schema.VERSION, analysis.FINGERPRINT):
        raise IndexOutdated(
            f"index: {folder} was made by another version of broadsheet; run: broadsheet index"
            " build (a running worker makes it anew by itself)"
        )
    try:
        values.setdefault("codes", "")  # a folder with a graph, which the next build replaces
        return Meta(**{f.name: values[f.name] for f in fields(Meta)})
    except KeyError as error:
        raise IndexBroken(f"index: {path} lacks {error}; {REBUILD}") from error


def write_meta(folder: Path, meta: Meta) -> None:
    """Replaces the commit in one step."""
    replace_file(folder / "meta.json", (json.dumps(asdict(meta), indent=1) + "\n").encode())


@contextlib.contextmanager
def told(folder: Path) -> Iterator[None]:
    """Turns a failure to write into one line that says what to do."""
    try:
        yield
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise IndexFault(
            f"index: cannot write {folder} ({reason}); free space or give permission, then go on:"
            " nothing committed is lost"
        ) from error


class Folder:
    """The folder of an index."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._generations = root / "generations"
        self.pointer = root / _CURRENT

    def path(self, name: str) -> Path:
        """The folder of a generation."""
        return self._generations / name

    def current(self) -> str:
        """The generation in use; raises `IndexMissing` or `IndexBroken`."""
        try:
            name = self.pointer.read_text("utf-8").strip()
        except FileNotFoundError as error:
            raise IndexMissing(
                f"index: none at {self.root} yet; run: broadsheet index build"
            ) from error
        except (OSError, UnicodeDecodeError) as error:
            raise unreadable(self.pointer, error) from error
        if not name.isdigit() or not self.path(name).is_dir():
            raise IndexBroken(
                f"index: {self.pointer} names {name[:40]!r}, which is not there; {REBUILD}"
            )
        return name

    def promote(self, name: str) -> None:
        """Puts a generation in use, in one step."""
        replace_file(self.pointer, f"{name}\n".encode())

    def names(self) -> list[str]:
        """All generations, oldest first."""
        if not self._generations.is_dir():
            return []
        return sorted(path.name for path in self._generations.iterdir() if path.name.isdigit())

    def reserve(self) -> str:
        """The name of a new generation, its folder made."""
        name = f"{int((self.names() or ['0'])[-1]) + 1:06}"
        self.path(name).mkdir(parents=True)
        sync_folder(self._generations)
        return name

    def remove(self, name: str) -> None:
        """Deletes a generation; readers that still have it open keep it until they let go."""
        shutil.rmtree(self.path(name), ignore_errors=True)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Holds the writer's lock; raises `IndexLocked`. It ends with the process."""
        with told(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            # Without a buffer: what the disk has no room for must not be tried again on closing.
            file = os.open(self.root / "index.lock", os.O_RDWR | os.O_CREAT, READABLE)
        try:
            with told(self.root):
                self._take(file)
            yield
        finally:
            os.close(file)

    def locked_since(self) -> float | None:
        """When the process that writes took the lock (seconds since 1970); None where none
        writes."""
        try:
            file = os.open(self.root / "index.lock", os.O_RDONLY)
        except OSError:
            return None
        try:
            # Shared, and given back at once: a writer that begins this very moment may ask again.
            return None if take_lock(file, shared=True) else os.fstat(file).st_mtime
        finally:
            os.close(file)

    def _take(self, file: int) -> None:
        if not take_lock(file):
            holder = os.pread(file, 20, 0).decode("ascii", "replace").strip() or "unknown"
            raise IndexLocked(
                f"index: {self.root} is being written by process {holder}; wait for it or stop it"
            )
        os.ftruncate(file, 0)
        os.pwrite(file, str(os.getpid()).encode(), 0)
