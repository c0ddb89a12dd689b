"""What is written to the disk: there whole or not at all, and still there after a power cut."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

_UNFINISHED = ".unfinished-"  # how the folders begin that a killed process leaves behind
READABLE, PRIVATE = 0o666, 0o600  # modes of files; the first is what the user's mask leaves of it


def put(path: Path, content: bytes, mode: int = READABLE) -> None:
    """Writes a file and waits until the disk has it; raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def private_folder(folder: Path) -> None:
    """Makes a folder that its owner alone enters; one that is there stays as it is.

    Raises OSError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def private_file(path: Path) -> None:
    """Makes an empty file that its owner alone reads; one that is there stays as it is.

    Raises OSError.
    """
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE))


def replace_file(path: Path, content: bytes, mode: int = READABLE) -> None:
    """Writes a file in one step: readers see the old content or the new. Raises OSError."""
    aside = path.with_name(f"{path.name}.new")
    try:
        put(aside, content, mode)
        aside.replace(path)
    except OSError:
        aside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def take_lock(file: int | IO[Any], *, shared: bool = False, wait: bool = False) -> bool:
    """Takes the lock of an open file or folder; False where another has it, unless ``wait``.

    The system lets go of it when the file is closed, however its process ends. Raises OSError
    on a disk that knows no locks.
    """
    how = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(file, how if wait else how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable; raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def replaced_folder(folder: Path) -> Iterator[Path]:
    """Gives an empty folder that takes the place of ``folder`` once the block has ended.

    Where the block raises, ``folder`` stays as it is. Only between two renames is there none.
    Raises OSError.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=folder.parent))
    try:
        # Inside, because mkdtemp keeps others out and the web process may be another user.
        new = work / "new"
        new.mkdir()
        yield new
        sync_folder(new)
        if folder.exists():
            folder.rename(work / "old")
        new.rename(folder)
        sync_folder(folder.parent)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def sweep_unfinished(folder: Path) -> None:
    """Removes from ``folder`` what killed processes began there (`replaced_folder`).

    The caller makes sure that nobody is at work. Raises OSError.
    """
    for left in folder.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(left)


def lasting_secret(path: Path, fresh: bytes) -> bytes:
    """The secret in a file that only its owner reads; ``fresh`` where there is none yet.

    Of two processes that make it at once both get the first one's. Raises OSError.
    """
    with contextlib.suppress(FileNotFoundError):
        return path.read_bytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}-{secrets.token_hex(6)}")
    try:
        put(aside, fresh, PRIVATE)
        with contextlib.suppress(FileExistsError):
            os.link(aside, path)
    finally:
        aside.unlink(missing_ok=True)
    return path.read_bytes()
