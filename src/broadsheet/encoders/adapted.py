"""A stock encoder with what a home has learned on top of it; numpy only.

Two things can be learned, together or alone:

- a low-rank map of the stock vectors, x + x A B, for queries, for documents or for both
  (Houlsby et al. 2019, "Parameter-efficient transfer learning", on the last layer only);
- a static encoder of the home's own words, whose vector stands beside the stock one:
  [sqrt(1 - share) stock, sqrt(share) static], so that the cosine of two texts is the weighted
  mean of both cosines.

A paper's vector is made from its stored stock vector (`AdaptedEncoder.derive`), so that nothing
goes through the stock encoder a second time. Where documents keep the stock vectors as they are,
so does their key: the index stays.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from broadsheet.encoders.folders import seal
from broadsheet.encoders.interface import Encoder, EncoderError, Vectors, weight_of_meaning
from broadsheet.encoders.static import StaticEncoder
from broadsheet.encoders.vectors import quantise, unit
from broadsheet.encoders.weights import sha256
from broadsheet.files import put, replaced_folder

KIND, FORMAT = "adapted", 1
META, WORDS = "meta.json", "words"
QUERY, DOCUMENT = "query", "document"
_LONGEST_META = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class LowRank:
    """The map x + x ``into`` ``out``; ``into`` is (d, r) and ``out`` (r, d) float32."""

    into: NDArray[np.float32]
    out: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.into.ndim != 2 or self.into.shape != self.out.shape[::-1]:
            raise ValueError(f"no map: {self.into.shape} and {self.out.shape}")
        if not (np.isfinite(self.into).all() and np.isfinite(self.out).all()):
            raise ValueError("the numbers of a map must be finite")

    def __call__(self, vectors: Vectors) -> Vectors:
        """Unit vectors (n, d) of unit vectors (n, d)."""
        return unit(vectors + vectors @ self.into @ self.out)


@dataclass(frozen=True, slots=True)
class AdaptedMeta:
    """What the folder says of itself. ``share`` is the static part's, 0 without one; ``files``
    are SHA-256 digests of the maps' files by name, ``words`` the static part's key. ``seal`` is a
    digest of all this ('' in folders of versions that did not seal them)."""

    kind: str
    format: int
    base: str
    base_key: str
    base_dimensions: int
    dimensions: int
    key: str
    share: float
    words: str
    files: dict[str, str]
    seal: str = ""


class AdaptedEncoder:
    """The folder that `write_adapted` wrote; safe to use from several threads at once."""

    def __init__(
        self, folder: Path, base_of: Callable[[str], Encoder], *, threads: int | None = None
    ) -> None:
        """``base_of`` loads the stock encoder by name.

        Raises `EncoderError` for a folder that is damaged, or made for another encoder.
        """
        self._meta = _meta_of(folder)
        self._maps = {side: _map_of(folder, self._meta, side) for side in (QUERY, DOCUMENT)}
        self._words: StaticEncoder | None = None
        if self._meta.share:
            self._words = StaticEncoder(folder / WORDS, threads=threads)
            width = self._meta.dimensions - self._meta.base_dimensions
            if (self._words.key, self._words.dimensions) != (self._meta.words, width):
                raise _damaged(folder, f"{WORDS} is of another encoder")
        self._base = base_of(self._meta.base)
        if self._base.key != self._meta.base_key:
            raise EncoderError(
                f"{folder}: was trained on vectors of {self._meta.base_key}, and"
                f" {self._meta.base} makes {self._base.key} now; train it anew"
            )
        self.name = str(folder)
        self.meaning = weight_of_meaning(self._base)
        self.key = self._meta.key
        self.dimensions = self._meta.dimensions
        self.base_key = self._meta.base_key
        self.base_dimensions = self._meta.base_dimensions

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """(n, dimensions) float32 of unit length, in the order of ``texts``."""
        vectors = self._mapped(self._base.encode_queries(texts), QUERY)
        return self._beside(vectors, self._words.encode_queries(texts)) if self._words else vectors

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """As `derive`, the stock vectors made anew."""
        return self.derive(texts, self._base.encode_documents(texts))

    def encode_base(self, texts: Sequence[str]) -> Vectors:
        """The stock encoder's vectors of documents, (n, base_dimensions)."""
        return self._base.encode_documents(texts)

    def derive(self, texts: Sequence[str], vectors: Vectors) -> Vectors:
        """Documents' vectors (n, dimensions) from their stock ones (n, base_dimensions).

        The stock vectors are taken as a store keeps them (int8), so that it makes no difference
        whether they come from there.
        """
        levels, _ = quantise(np.asarray(vectors, np.float32))
        found = self._mapped(unit(levels), DOCUMENT)
        return self._beside(found, self._words.encode_documents(texts)) if self._words else found

    def _mapped(self, vectors: Vectors, side: str) -> Vectors:
        learned = self._maps[side]
        return learned(vectors) if learned else vectors

    def _beside(self, stock: Vectors, static: Vectors) -> Vectors:
        share = np.float32(self._meta.share)
        return unit(np.concatenate([np.sqrt(1 - share) * stock, np.sqrt(share) * static], axis=1))


def write_adapted(
    folder: Path,
    base: Encoder,
    *,
    query: LowRank | None = None,
    document: LowRank | None = None,
    words: Callable[[Path], str] | None = None,
    word_dimensions: int = 0,
    share: float = 0.0,
) -> str:
    """Writes what `AdaptedEncoder` reads, whole or not at all; returns the encoder's key.

    ``words`` writes the static part (of ``word_dimensions``) into the folder it is given and
    returns its key; ``share`` (between 0 and 1) is its part of a cosine. Raises ValueError for
    sizes that do not fit, `EncoderError` where the folder cannot be written.
    """
    if (words is None) != (share == 0) or not 0 <= share < 1:
        raise ValueError("a static part has a share above 0 and below 1, nothing else has one")
    maps = {QUERY: query, DOCUMENT: document}
    for learned in maps.values():
        if learned and len(learned.into) != base.dimensions:
            raise ValueError(f"a map of {len(learned.into)} dimensions, not {base.dimensions}")
    try:
        with replaced_folder(folder) as new:
            files = {
                name: _save(new / name, values)
                for side, learned in maps.items()
                if learned
                for name, values in zip(_names(side), (learned.into, learned.out), strict=True)
            }
            words_key = words(new / WORDS) if words else ""
            meta = AdaptedMeta(
                kind=KIND,
                format=FORMAT,
                base=base.name,
                base_key=base.key,
                base_dimensions=base.dimensions,
                dimensions=base.dimensions + word_dimensions,
                key=_key(base.key, base.dimensions, files, words_key, share),
                share=share,
                words=words_key,
                files=files,
            )
            meta = replace(meta, seal=seal(asdict(meta)))
            put(new / META, json.dumps(asdict(meta), indent=1).encode())
    except OSError as error:
        raise EncoderError(f"{folder}: cannot be written ({error.strerror}); make room") from error
    return meta.key


def _key(
    base_key: str, base_dimensions: int, files: dict[str, str], words: str, share: float
) -> str:
    """The key of documents' vectors: the base's own where they are the base's own."""
    changing = {name: digest for name, digest in files.items() if name in _names(DOCUMENT)}
    if not changing and not words:
        return base_key
    told = json.dumps([base_key, sorted(changing.items()), words, share]).encode()
    return f"adapted-{base_dimensions}-{blake2b(told, digest_size=8).hexdigest()}"


def _names(side: str) -> tuple[str, str]:
    return f"{side}-in.npy", f"{side}-out.npy"


def _save(path: Path, values: NDArray[np.float32]) -> str:
    content = io.BytesIO()
    np.save(content, np.ascontiguousarray(values, np.float32), allow_pickle=False)
    put(path, content.getvalue())
    return sha256(path)


def _meta_of(folder: Path) -> AdaptedMeta:
    try:
        content = (folder / META).read_bytes()
        values: dict[str, Any] = json.loads(content[:_LONGEST_META])
        meta = AdaptedMeta(**values)
    except OSError as error:
        raise EncoderError(f"{folder / META}: {error.strerror or error}") from error
    except (ValueError, TypeError) as error:
        raise _damaged(folder, f"{META} cannot be read") from error
    if (meta.kind, meta.format) != (KIND, FORMAT):
        raise EncoderError(
            f"{folder}: {meta.kind} of format {meta.format}, not {KIND} of format {FORMAT};"
            " train it anew"
        )
    sizes = (meta.base_dimensions, meta.dimensions)
    if (
        not all(type(size) is int and 0 < size <= 100_000 for size in sizes)
        or not (isinstance(meta.share, int | float) and 0 <= meta.share < 1)
        or not isinstance(meta.files, dict)
    ):
        raise _damaged(folder, f"{META} holds impossible sizes")
    # The key names what makes documents' vectors; what reads queries the seal alone knows.
    if meta.key != _key(meta.base_key, meta.base_dimensions, meta.files, meta.words, meta.share):
        raise _damaged(folder, f"{META} was changed")
    if meta.seal not in ("", seal(asdict(meta))):
        raise _damaged(folder, f"{META} was changed")
    return meta


def _map_of(folder: Path, meta: AdaptedMeta, side: str) -> LowRank | None:
    into, out = _names(side)
    if into not in meta.files:
        return None
    found = []
    for name in (into, out):
        path = folder / name
        try:
            if sha256(path) != meta.files.get(name):
                raise _damaged(folder, f"{name} is not what was written")
            found.append(np.load(path, allow_pickle=False))
        except OSError as error:
            raise EncoderError(f"{path}: {error.strerror or error}") from error
        except ValueError as error:
            raise _damaged(folder, f"{name} cannot be read") from error
    try:
        learned = LowRank(found[0], found[1])
    except ValueError as error:
        raise _damaged(folder, f"{side}: {error}") from error
    if len(learned.into) != meta.base_dimensions:
        raise _damaged(folder, f"{side}: a map of {len(learned.into)} dimensions")
    return learned


def _damaged(folder: Path, what: str) -> EncoderError:
    return EncoderError(f"{folder}: is damaged ({what}); train it anew")
