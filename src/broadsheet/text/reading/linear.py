"""A linear model over named features: what reading's models are, small enough to ship."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LinearModel:
    """Scores of classes: the weights of a text's features, added; unknown features count nothing.

    ``weights`` has shape (features, classes), ``bias`` (classes,). ``more`` is whatever else a
    model ships with, by name.
    """

    classes: tuple[str, ...]
    names: dict[str, int]
    weights: Floats
    bias: Floats
    more: dict[str, NDArray[Any]]

    def scores(self, parts: Sequence[Sequence[str]]) -> Floats:
        """Scores of shape (parts, classes) from the features of each part."""
        known = self.names
        found = np.zeros((len(parts), len(self.classes)), np.float32)
        for place, features in enumerate(parts):
            rows = [row for row in map(known.get, features) if row is not None]
            if rows:
                found[place] = self.weights[rows].sum(axis=0)
        return found + self.bias

    def probabilities(self, parts: Sequence[Sequence[str]]) -> Floats:
        """The same as probabilities (softmax)."""
        return softmax(self.scores(parts))

    def to_bytes(self) -> bytes:
        """The model as a compressed file: weights in 8 bits, a scale for each class."""
        scale = np.maximum(np.abs(self.weights).max(axis=0), 1e-9) / 127
        out = io.BytesIO()
        ordered = sorted(self.names, key=self.names.__getitem__)
        np.savez_compressed(
            out,
            classes=_packed(self.classes),
            names=_packed(ordered),
            weights=np.round(self.weights / scale).astype(np.int8),
            scale=scale.astype(np.float32),
            bias=self.bias,
            **{f"more_{name}": value for name, value in self.more.items()},  # type: ignore[arg-type]
        )
        return out.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Reads what `to_bytes` wrote."""
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            names = _unpacked(file["names"])
            return cls(
                _unpacked(file["classes"]),
                {name: place for place, name in enumerate(names)},
                file["weights"].astype(np.float32) * file["scale"],
                file["bias"].astype(np.float32),
                {
                    name.removeprefix("more_"): file[name]
                    for name in file.files
                    if name.startswith("more_")
                },
            )

    @classmethod
    def shipped(cls, name: str) -> Self:
        """A model that came with the package."""
        return cls.from_bytes(files(__package__).joinpath(name).read_bytes())


def softmax(scores: Floats) -> Floats:
    """Each row as probabilities."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    result: Floats = raised / raised.sum(axis=1, keepdims=True)
    return result


def _packed(texts: Sequence[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(texts).encode(), np.uint8)


def _unpacked(array: NDArray[np.uint8]) -> tuple[str, ...]:
    return tuple(array.tobytes().decode().split("\n"))
