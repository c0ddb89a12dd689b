"""What every encoder offers, and the two ways in which it can fail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from broadsheet.errors import UserError

Vectors = NDArray[np.float32]
Precision = Literal["int8", "fp32"]


class EncoderError(UserError):
    """An encoder cannot be used; one line that says what, where and what to do."""


class WeightsMissing(EncoderError):  # noqa: N818 - says what is the matter
    """The weights of a model are nowhere to be had; search by words works without them."""


class Encoder(Protocol):
    """Turns texts into vectors of unit length.

    ``key`` names the encoder, its weights' precision and its cut: vectors of equal keys
    can be compared. It is safe as the name of a folder.
    """

    @property
    def name(self) -> str:
        """The name it is loaded by."""

    @property
    def dimensions(self) -> int:
        """How long its vectors are."""

    @property
    def key(self) -> str:
        """What its vectors are kept under."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Encodes what somebody asks; (n, dimensions) float32 in the order of ``texts``."""

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Encodes what is to be found; (n, dimensions) float32 in the order of ``texts``."""


@dataclass(frozen=True, slots=True, eq=False)
class TokenStates:
    """What a transformer makes of one text: token ``ids`` (t,), their last ``states`` (t, d) and
    the ``vector`` (d,), which is the states' mean at unit length."""

    ids: NDArray[np.int32]
    states: NDArray[np.float32]
    vector: NDArray[np.float32]


@runtime_checkable
class ShowsStates(Encoder, Protocol):
    """An encoder that shows what its vectors are means of, states as long as they."""

    def states(self, texts: Sequence[str]) -> Iterator[TokenStates]:
        """One for each text, in their order."""


def weight_of_meaning(encoder: Encoder | None) -> float | None:
    """How much an encoder's cosines count beside words in a search, from 0 to 1.

    What is less sure of meaning than the stock encoder says so, as its attribute ``meaning``.
    None where it says nothing: then it counts as the stock encoder does.
    """
    found = getattr(encoder, "meaning", None)
    return None if found is None else float(found)
