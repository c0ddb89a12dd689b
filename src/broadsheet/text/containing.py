"""Texts that contain one another, among hundreds of thousands, in minutes.

Each text is sketched by those of its word triples whose hash falls into one of eight classes:
a sample that is the same for the same triples wherever they stand, so that the share of common
sketch entries estimates containment, in both directions (Broder, 1997). Texts that share
entries are then compared in full.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from broadsheet.text.alike import containment, triples, words

_CLASSES = np.uint64(8)
# A triple that more texts share is a phrase ("in this paper we"), not a trace of copying.
_MOST_SHARING = 40
_FEWEST_SHARED = 2
_SLACK = 0.5  # of the share asked for, which a sketch must show: it is only a sample
_MIX = np.uint64(0x9E3779B97F4A7C15)
_CHUNK = 4096

Hashes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """Two texts by their places, and the larger share of one's word triples in the other."""

    one: int
    other: int
    contained: float


def near_duplicates(texts: Sequence[str], least: float = 0.5) -> Iterator[NearDuplicate]:
    """The pairs of texts of which one has at least ``least`` of its word triples in the other.

    Pairs come once, the smaller place first, in no order. Texts of fewer than 14 words are in
    no pair. A pair at the very limit may be missed: its sketch may show too little. Memory is
    about 20 bytes a word, beside the texts themselves.
    """
    hashes, places, sizes = _sketches(texts)
    for one, other, shared in _sharing(hashes, places):
        if shared < _SLACK * least * min(sizes[one], sizes[other]):
            continue
        contained = containment(triples(texts[one]), triples(texts[other]))
        if contained is not None and contained >= least:
            yield NearDuplicate(one, other, contained)


def _sketches(texts: Sequence[str]) -> tuple[Hashes, NDArray[np.int32], NDArray[np.int32]]:
    """All sketch entries by hash, the text of each, and the entries of each text."""
    parts: list[Hashes] = []
    owners: list[NDArray[np.int32]] = []
    sizes = np.zeros(len(texts), np.int32)
    for start in range(0, len(texts), _CHUNK):
        for place in range(start, min(start + _CHUNK, len(texts))):
            entries = _sketch(texts[place])
            sizes[place] = len(entries)
            parts.append(entries)
        owners.append(
            np.repeat(
                np.arange(start, start + len(sizes[start : start + _CHUNK]), dtype=np.int32),
                sizes[start : start + _CHUNK],
            )
        )
    hashes = np.concatenate(parts) if parts else np.empty(0, np.uint64)
    places = np.concatenate(owners) if owners else np.empty(0, np.int32)
    order = np.argsort(hashes, kind="stable")
    return hashes[order], places[order], sizes


def _sketch(text: str) -> Hashes:
    spoken = words(text)
    if len(spoken) < 3:
        return np.empty(0, np.uint64)
    # Not Python's own hash, which differs from process to process: a sample must not.
    each = np.fromiter((crc32(word.encode()) for word in spoken), np.uint64, len(spoken))
    with np.errstate(over="ignore"):
        runs = (each[:-2] * _MIX ^ each[1:-1]) * _MIX ^ each[2:]
        runs *= _MIX
        runs ^= runs >> np.uint64(29)
    return np.unique(runs[runs % _CLASSES == 0])


def _sharing(hashes: Hashes, places: NDArray[np.int32]) -> Iterator[tuple[int, int, int]]:
    """Pairs of texts with enough sketch entries in common, and how many."""
    edges = np.flatnonzero(np.diff(hashes)) + 1
    starts = np.concatenate(([0], edges))
    ends = np.concatenate((edges, [len(hashes)]))
    counts = ends - starts
    pairs: list[NDArray[np.int64]] = []
    for size in range(2, _MOST_SHARING + 1):
        firsts = starts[counts == size]
        if len(firsts):
            groups = np.sort(places[firsts[:, None] + np.arange(size)], axis=1).astype(np.int64)
            pairs += [groups[:, i] << 32 | groups[:, j] for i, j in combinations(range(size), 2)]
    if not pairs:
        return
    both, shared = np.unique(np.concatenate(pairs), return_counts=True)
    enough = shared >= _FEWEST_SHARED
    for pair, count in zip(both[enough].tolist(), shared[enough].tolist(), strict=True):
        yield pair >> 32, pair & 0xFFFFFFFF, count
