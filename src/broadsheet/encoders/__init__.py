"""It becomes vectors: texts to unit vectors, and the store that keeps them."""

from broadsheet.encoders.interface import Encoder, EncoderError, Precision, Vectors, WeightsMissing
from broadsheet.encoders.loading import load_encoder
from broadsheet.encoders.vectors import StoreError, VectorStore, quantise

__all__ = [
    "Encoder",
    "EncoderError",
    "Precision",
    "StoreError",
    "VectorStore",
    "Vectors",
    "WeightsMissing",
    "load_encoder",
    "quantise",
]
