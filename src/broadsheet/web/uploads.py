"""Files that readers send, kept only as long as they are read."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

# What a name may end in decides how it is read; of the rest of the name nothing is kept.
_KNOWN = (".bib", ".ris", ".json", ".jsonl", ".xml", ".txt")


@contextmanager
def kept_file(folder: Path, name: str, content: bytes) -> Iterator[Path]:
    """The content as a file of a name of our own, in a folder that goes when it has been read."""
    suffix = PurePosixPath(name.replace("\\", "/")).suffix.lower()
    place = folder / secrets.token_hex(8)
    place.mkdir(parents=True)
    try:
        path = place / f"submitted{suffix if suffix in _KNOWN else '.txt'}"
        path.write_bytes(content)
        yield path
    finally:
        shutil.rmtree(place, ignore_errors=True)
