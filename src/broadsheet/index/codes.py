"""Codes: a vector in two bits for each of its 256 strongest directions, 64 bytes in all.

What every search reads must lie in memory; the vectors themselves may stay on disk, where a
thousand of them are read to be compared exactly (the two grains of Xiao et al., WWW 2022). The
directions are the principal ones of the vectors, turned at random so that each carries about as
much as the next; a component becomes one of the four levels -1.5, -.5, .5, 1.5 of a step that
loses least of a normal distribution (Max, 1960).

A level is a sign and a size, one bit each, and each makes a plane of bits. A query becomes planes
too, so that a similarity is counted bits: for s, t in {-1, 1} the sum of s·t over the directions
is their number less twice the bits that differ.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint64]

DIRECTIONS = 256
_STEP = 0.9957  # of four levels, in deviations of a normal distribution (Max, 1960, table II)
_WORD = 64
_BLOCK = 32_768  # codes compared at a time: what is worked on stays in the cache
_TALLIED = 1 << 16  # costs from which it is told how low the best are
_ASKED = 0.54  # the share of a query's components that the first comparison asks for
_KEPT, _KEPT_SHARE = 2_500, 1 / 20  # codes that are compared a second time, at least
_BITS = 4  # of a query's component in the second comparison
_FORBIDDEN = 255  # more than any code costs at first


@dataclass(frozen=True)
class Planes:
    """Codes of n vectors.

    ``signs`` (words, n) is read from end to end by each search and so lies by columns; of
    ``sizes`` (n, words) a few are wanted at a time.
    """

    signs: Bits
    sizes: Bits

    def __len__(self) -> int:
        return len(self.sizes)


@dataclass(frozen=True)
class Codebook:
    """How vectors of some encoder become codes.

    ``mean`` (d,), ``directions`` (d, b) and ``steps`` (b,), where b is at most 256; ``fitted``
    is how many vectors there were when it was made.
    """

    mean: NDArray[np.float32]
    directions: NDArray[np.float32]
    steps: NDArray[np.float32]
    fitted: int

    @property
    def words(self) -> int:
        """The 64-bit words of one plane of one code."""
        return -(-len(self.steps) // _WORD)

    def encode(self, vectors: NDArray[np.float32]) -> Planes:
        """The codes of vectors of unit length (n, d)."""
        levels = np.floor((vectors - self.mean) @ self.directions / self.steps)
        numbers = np.clip(levels, -2, 1).astype(np.int8) + 2
        return Planes(np.ascontiguousarray(_packed(numbers & 2).T), _packed(numbers & 1))

    def weigh(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """What a step of each component adds to the similarity with a query, shape (b,)."""
        return np.asarray((vector @ self.directions) * self.steps, np.float32)


def fit(vectors: NDArray[np.float32]) -> Codebook:
    """The codebook of vectors of unit length, shape (n, d) with n > 0; always the same."""
    mean = vectors.mean(axis=0)
    centred = vectors - mean
    _, found = np.linalg.eigh((centred.T @ centred).astype(np.float64))
    strongest = found[:, ::-1][:, :DIRECTIONS]
    count = strongest.shape[1]
    turn, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((count, count)))
    directions = np.asarray(strongest @ turn, np.float32)
    steps = _STEP * (centred @ directions).std(axis=0)
    steps[steps == 0] = 1  # vectors that are all the same
    return Codebook(mean, directions, np.asarray(steps, np.float32), len(vectors))


def shortlist(
    book: Codebook,
    codes: Planes,
    vector: NDArray[np.float32],
    count: int,
    among: NDArray[np.bool_] | None,
) -> NDArray[np.int64]:
    """Which codes are about the ``count`` nearest to a vector, ascending.

    ``among`` (m,), m <= n, says which of the first m may be found; None: all. Codes that cost
    the same as the last are found too.
    """
    size = len(codes) if among is None else len(among)
    weights, signs = book.weigh(vector), codes.signs[:, :size]
    costs = _first_costs(signs, weights)
    if among is not None:
        costs |= -(~among).view(np.uint8)  # 0 or 255, faster than by an index
    wanted = max(4 * count, _KEPT + int(_KEPT_SHARE * size)) / size
    most = min(_limit(costs[:: 1 + size // _TALLIED], wanted), _FORBIDDEN - 1)
    kept = np.flatnonzero(costs <= most)
    if len(kept) < count:
        kept = np.flatnonzero(costs <= min(_limit(costs, wanted), _FORBIDDEN - 1))
    if len(kept) <= count:
        return kept
    planes = np.take(signs, kept, axis=1), np.take(codes.sizes, kept, axis=0).T
    totals = _costs(planes, _asked(weights))
    return kept[totals <= _limit(totals, count / len(totals))]


def _first_costs(signs: Bits, weights: NDArray[np.float32]) -> NDArray[np.uint8]:
    """In how many of a query's strongest components codes (words, n) have the other sign.

    About half of a normal distribution's components, each taken for as strong as the others, say
    nearly as much as two bits of all do (three levels: Max, 1960), for half the time.
    """
    strongest = np.zeros(len(weights), np.bool_)
    strongest[np.argsort(-np.abs(weights), kind="stable")[: int(_ASKED * len(weights)) + 1]] = True
    wanted, asked = _packed(np.stack([weights > 0, strongest]))
    costs = np.zeros(signs.shape[1], np.uint8)
    differing, counted = np.empty(_BLOCK, np.uint64), np.empty(_BLOCK, np.uint8)
    for start in range(0, len(costs), _BLOCK):
        total = costs[start : start + _BLOCK]
        mixed, ones = differing[: len(total)], counted[: len(total)]
        for word, bits, mask in zip(signs, wanted, asked, strict=True):
            np.bitwise_xor(word[start : start + _BLOCK], bits, out=mixed)
            np.bitwise_and(mixed, mask, out=mixed)
            np.bitwise_count(mixed, out=ones)
            total += ones
    return costs


def _asked(weights: NDArray[np.float32]) -> Bits:
    """A query in four bits a component, the heaviest plane first, shape (bits, words)."""
    half, largest = 1 << (_BITS - 1), float(np.abs(weights).max())
    levels = np.floor(weights * (half / largest)) if largest else np.zeros_like(weights)
    numbers = (np.clip(levels, -half, half - 1) + half).astype(np.int64)
    return _packed((numbers >> np.arange(_BITS)[::-1, None]) & 1)


def _packed(flags: NDArray[np.integer]) -> Bits:
    """Bits (n, b) in 64-bit words, shape (n, words)."""
    wide = -(-flags.shape[1] // _WORD) * _WORD
    padded = np.zeros((len(flags), wide), np.bool_)
    padded[:, : flags.shape[1]] = flags
    return np.packbits(padded, axis=1).view(np.uint64)


def _costs(planes: tuple[Bits, ...], asked: Bits) -> NDArray[np.uint16]:
    """The weighted bits in which codes (planes of (words, n)) differ from a query (bits, words).

    The first plane of both is the heaviest; each next one weighs half, so what has been summed
    is doubled from one weight to the next.
    """
    total = np.zeros(planes[0].shape[1], np.uint16)
    for weight in range(len(planes) + len(asked) - 1):
        total += total
        for place, plane in enumerate(planes):
            if 0 <= weight - place < len(asked):
                for word, wanted in zip(plane, asked[weight - place], strict=True):
                    total += np.bitwise_count(word ^ wanted)
    return total


def _limit(costs: NDArray[np.integer], share: float) -> int:
    """The cost up to which this share of codes is found."""
    tally = np.cumsum(np.bincount(costs))
    return min(int(np.searchsorted(tally, share * len(costs))), len(tally) - 1)
