"""The outbox: digests as files where no mail server is set up, and the lock of who sends."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from broadsheet.files import PRIVATE, private_folder, replace_file, take_lock
from broadsheet.readers import Reader
from broadsheet.settings import Settings

_KEPT = 30
# `replace_file` begins with the longer name.
_MAIL = re.compile(r"(\d{1,19})-.+\.eml(?:\.new)?", re.ASCII)
_PATIENCE_SECONDS = 5.0


class PostingLocked(Exception):  # noqa: N818  # named as IndexLocked is
    """Another process sends at the moment; the text is one line."""


@contextmanager
def posting_lock(settings: Settings) -> Iterator[None]:
    """Held by the one process that sends; it goes with the process, however that ends."""
    private_folder(settings.home)
    path = settings.home / "post.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not take_lock(descriptor):
            if time.monotonic() > deadline:
                raise PostingLocked(
                    f"{path}: another process sends mail at the moment; try again in a minute"
                )
            time.sleep(0.05)
        yield
    finally:
        os.close(descriptor)


def put_into_outbox(settings: Settings, reader: Reader, key: str, message: bytes) -> Path:
    """Writes a mail as a file that mail programs open; the same mail is the same file.

    The newest thirty of a reader are kept.
    """
    folder = settings.outbox_path
    private_folder(folder)
    path = folder / f"{reader.id}-{_plain(reader.name)}-{_plain(key)}.eml"
    replace_file(path, message, PRIVATE)
    older = sorted(folder.glob(f"{reader.id}-*.eml"), key=lambda file: file.stat().st_mtime_ns)
    for extra in older[:-_KEPT]:
        extra.unlink(missing_ok=True)
    return path


def clear_outbox(settings: Settings, reader_id: int) -> None:
    """Deletes a reader's mails, and what a killed process began to write; raises `OSError`."""
    for path, owner in _mails(settings):
        if owner == reader_id:
            path.unlink(missing_ok=True)


def hand_over_outbox(settings: Settings, before: Reader, after: Reader) -> None:
    """Files a reader's mails under the one who took over from them; raises `OSError`."""
    start = f"{before.id}-{_plain(before.name)}-"
    for path, _ in _mails(settings):
        if path.name.startswith(start):
            rest = path.name.removeprefix(start)
            path.rename(path.with_name(f"{after.id}-{_plain(after.name)}-{rest}"))


def sweep_outbox(settings: Settings, known: Collection[int]) -> None:
    """Deletes the mails of readers who are not among the known ones; raises `OSError`."""
    for path, owner in _mails(settings):
        if owner not in known:
            path.unlink(missing_ok=True)


def _mails(settings: Settings) -> list[tuple[Path, int]]:
    """The mails in the outbox, half-written ones too, each with its reader; raises `OSError`."""
    if not settings.outbox_path.is_dir():
        return []
    named = [(path, _MAIL.fullmatch(path.name)) for path in settings.outbox_path.iterdir()]
    return [(path, int(found[1])) for path, found in named if found]


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:60] or "mail"
