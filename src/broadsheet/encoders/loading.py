"""From a model's name to an encoder."""

from __future__ import annotations

from pathlib import Path

from broadsheet.encoders.interface import Encoder, Precision

DEFAULT = "all-MiniLM-L6-v2"


def load_encoder(
    name: str,
    models_dir: Path,
    *,
    hub: bool = True,
    threads: int | None = None,
    precision: Precision = "int8",
) -> Encoder:
    """Loads the default encoder, or any sentence-transformers model by name or path.

    ``models_dir`` keeps what is made from the weights. ``hub`` allows fetching weights;
    ``threads`` is how many to compute with, by default one a processor. ``precision`` is
    the default encoder's; other models run as they are. Raises `EncoderError`, of which
    `WeightsMissing` is one.
    """
    # Each imported when it is wanted: who only reads stored vectors needs neither runtime.
    if name in (DEFAULT, f"sentence-transformers/{DEFAULT}"):
        from broadsheet.encoders.minilm import MiniLM

        return MiniLM(models_dir, hub=hub, threads=threads, precision=precision)
    from broadsheet.encoders.sentence_transformer import SentenceTransformerEncoder

    return SentenceTransformerEncoder(name, hub=hub, threads=threads)
