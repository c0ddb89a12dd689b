"""Style sheet, script and icon: read once, named by their content, kept by browsers for good."""

from __future__ import annotations

import gzip
import mimetypes
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served; ``name`` carries a hash of the content."""

    name: str
    media_type: str
    body: bytes
    compressed: bytes


@cache
def assets() -> dict[str, Asset]:
    """All files of the package's ``static`` folder by their plain name."""
    found = {}
    for file in files("broadsheet.web").joinpath("static").iterdir():
        body = file.read_bytes()
        stem, _, suffix = file.name.rpartition(".")
        digest = blake2b(body, digest_size=6).hexdigest()
        media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        found[file.name] = Asset(
            f"{stem}.{digest}.{suffix}", media_type, body, gzip.compress(body, 9, mtime=0)
        )
    return found


@cache
def by_hashed_name() -> dict[str, Asset]:
    """The same files by the name that pages use."""
    return {asset.name: asset for asset in assets().values()}
