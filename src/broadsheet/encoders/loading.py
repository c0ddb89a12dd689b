"""From a model's name to an encoder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from broadsheet.encoders.interface import Encoder, EncoderError, Precision

DEFAULT = "all-MiniLM-L6-v2"
_Base = Callable[[str], Encoder]  # loads what a trained encoder stands on, or beside


def load_encoder(
    name: str,
    models_dir: Path,
    *,
    hub: bool = True,
    threads: int | None = None,
    precision: Precision = "int8",
) -> Encoder:
    """Loads the default encoder, an encoder of our own training by its folder, or any
    sentence-transformers model by name or path.

    ``models_dir`` keeps what is made from the weights. ``hub`` allows fetching weights;
    ``threads`` is how many to compute with, by default one a processor. ``precision`` is
    the default encoder's; other models run as they are. Raises `EncoderError`, of which
    `WeightsMissing` is one.
    """
    # Each imported when it is wanted: who only reads stored vectors needs neither runtime.
    if name in (DEFAULT, f"sentence-transformers/{DEFAULT}"):
        from broadsheet.encoders.minilm import MiniLM

        return MiniLM(models_dir, hub=hub, threads=threads, precision=precision)
    folder = Path(name).expanduser()
    if name and (folder / _META).is_file():

        def base(stock: str) -> Encoder:
            return load_encoder(stock, models_dir, hub=hub, threads=threads, precision=precision)

        return _kind(folder)(folder, threads, base)
    from broadsheet.encoders.sentence_transformer import SentenceTransformerEncoder

    return SentenceTransformerEncoder(name, hub=hub, threads=threads)


def _adapted(folder: Path, threads: int | None, base: _Base) -> Encoder:
    from broadsheet.encoders.adapted import AdaptedEncoder

    return AdaptedEncoder(folder, base, threads=threads)


def _attentive(folder: Path, threads: int | None, base: _Base) -> Encoder:
    from broadsheet.encoders.attentive import AttentiveEncoder

    return AttentiveEncoder(folder, base, threads=threads)


def _static(folder: Path, threads: int | None, base: _Base) -> Encoder:
    del base
    from broadsheet.encoders.static import StaticEncoder

    return StaticEncoder(folder, threads)


def _transformer(folder: Path, threads: int | None, base: _Base) -> Encoder:
    from broadsheet.encoders.transformer import TransformerEncoder

    return TransformerEncoder(folder, base, threads=threads)


# What ``meta.json`` of a trained encoder's folder may say under "kind"; none needs torch.
_TRAINED: dict[str, Callable[[Path, int | None, _Base], Encoder]] = {
    "adapted": _adapted,
    "attentive": _attentive,
    "static": _static,
    "transformer": _transformer,
}
_META = "meta.json"


def _kind(folder: Path) -> Callable[[Path, int | None, _Base], Encoder]:
    try:
        kind = json.loads((folder / _META).read_bytes())["kind"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EncoderError(
            f"{folder / _META}: does not say what kind of encoder the folder holds; copy it anew"
        ) from error
    if kind not in _TRAINED:
        raise EncoderError(
            f"{folder / _META}: no encoder of kind {kind!r} is known, only "
            f"{', '.join(sorted(_TRAINED))}"
        )
    return _TRAINED[kind]
