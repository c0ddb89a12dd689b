"""Which encoder a home uses: the one its settings name, or one that was trained there.

`learn promote` puts trained models in use by writing ``HOME/learn/CURRENT``, which this file
alone reads and writes: a stack of what was promoted, the newest first, over the encoder of the
settings. The stack counts while the settings name the encoder that it was promoted against;
with another one in ``broadsheet.toml`` that one is used, and the stack waits.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from broadsheet.encoders.adapted import AdaptedEncoder
from broadsheet.encoders.attentive import AttentiveEncoder
from broadsheet.encoders.interface import Encoder, EncoderError
from broadsheet.encoders.loading import load_encoder
from broadsheet.encoders.static import StaticEncoder
from broadsheet.files import private_folder, replace_file
from broadsheet.settings import Settings

FORMAT = 1
CURRENT = "CURRENT"
MODEL = "model"  # the folder of a run that holds its encoder


@dataclass(frozen=True, slots=True)
class Promoted:
    """A model that was put in use.

    ``run`` is its folder below ``HOME/learn``, ``key`` and ``dimensions`` are those of its
    documents' vectors, ``since`` is when (ISO, UTC).
    """

    run: str
    key: str
    dimensions: int
    since: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What a home's own models stand at.

    ``stack`` has the newest first and is empty for the encoder of the settings; ``against`` is
    the name of that encoder, ``since`` when the stack last changed ('' for a home that never
    promoted anything).
    """

    against: str = ""
    stack: tuple[Promoted, ...] = ()
    since: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """An encoder as `load_encoder` takes it, and where it comes from.

    ``run`` is '' and ``key`` unknown ('') for the encoder of the settings.
    """

    name: str
    run: str = ""
    key: str = ""
    since: str = ""


def standing(settings: Settings) -> Standing:
    """What is promoted in a home; raises `EncoderError` where that cannot be read."""
    path = settings.learn_path / CURRENT
    try:
        values: dict[str, Any] = json.loads(path.read_bytes())
        if values["format"] != FORMAT:
            raise ValueError(f"format {values['format']}")
        stack = tuple(Promoted(**entry) for entry in values["stack"])
        return Standing(str(values["against"]), stack, str(values["since"]))
    except FileNotFoundError:
        return Standing()
    except OSError as error:
        raise EncoderError(f"{path}: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise EncoderError(
            f"{path}: cannot be read ({error}); run: broadsheet learn rollback --all"
        ) from error


def write_standing(settings: Settings, value: Standing) -> None:
    """Replaces what is promoted, in one step and durably; raises OSError."""
    private_folder(settings.home)
    settings.learn_path.mkdir(exist_ok=True)
    path = settings.learn_path / CURRENT
    stack = [asdict(entry) for entry in value.stack]
    told = {"format": FORMAT, "against": value.against, "since": value.since, "stack": stack}
    replace_file(path, (json.dumps(told, indent=1) + "\n").encode())


def standing_stamp(settings: Settings) -> tuple[int, ...]:
    """Changes whenever `write_standing` has run: cheap enough to be asked every round."""
    try:
        found = (settings.learn_path / CURRENT).stat()
    except OSError:
        return ()
    return found.st_ino, found.st_mtime_ns, found.st_size


def encoder_choice(settings: Settings, key: str = "") -> Choice:
    """Which encoder the home uses; with ``key`` the one whose vectors are kept under it.

    A key that no promoted model has is taken for that of the settings' encoder, which is not
    loaded to find out. Raises `EncoderError`.
    """
    known = standing(settings)
    for place, entry in enumerate(in_force(settings, known)):
        if key in ("", entry.key):
            # Of several models with the same documents' vectors only the newest is in use.
            since = known.since if place == 0 else entry.since
            folder = settings.learn_path / entry.run / MODEL
            return Choice(str(folder), entry.run, entry.key, since)
    return Choice(settings.encoder, since=known.since)


def in_force(settings: Settings, known: Standing) -> Sequence[Promoted]:
    """The stack, where the settings name the encoder that it was promoted against."""
    return known.stack if known.against == settings.encoder else ()


def promoted_problem(chosen: Choice) -> str:
    """Why a chosen model is not what was put in use; '' where it is. Nothing is loaded.

    What its folder says of itself is believed here: that it is damaged comes out in loading.
    """
    if not chosen.run:
        return ""
    if not Path(chosen.name).is_dir():
        return f"{chosen.name}: the promoted model is not there; run: broadsheet learn rollback"
    key = _meta(Path(chosen.name)).get("key", chosen.key)
    if key != chosen.key:
        return (
            f"{chosen.name}: holds {key}, and what was put in use was {chosen.key};"
            " run: broadsheet learn rollback"
        )
    return ""


def own_key(folder: Path) -> str | None:
    """The key of the vectors that a trained model alone makes: '' where papers keep those of the
    encoder that it stands on, None where its folder does not say."""
    meta = _meta(folder)
    key = meta.get("key")
    if not isinstance(key, str):
        return None
    return "" if key == meta.get("base_key") else key


def _meta(folder: Path) -> dict[str, Any]:
    """What a trained model's folder says of itself, nothing where that cannot be read."""
    try:
        found = json.loads((folder / "meta.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def load_choice(settings: Settings, chosen: Choice, *, threads: int | None = None) -> Encoder:
    """Loads an encoder that `encoder_choice` gave; raises `EncoderError`."""
    if problem := promoted_problem(chosen):
        raise EncoderError(problem)
    return load_encoder(chosen.name, settings.models_path, hub=settings.model_hub, threads=threads)


def is_trained_here(encoder: Encoder) -> bool:
    """Whether an encoder is of a kind that `learn` makes from the stock encoder."""
    if isinstance(encoder, AdaptedEncoder | AttentiveEncoder | StaticEncoder):
        return True
    # Its module brings a runtime, which is here already where there is one of its encoders.
    transformer = sys.modules.get("broadsheet.encoders.transformer")
    return transformer is not None and isinstance(encoder, transformer.TransformerEncoder)


def home_encoder(settings: Settings, key: str = "", *, threads: int | None = None) -> Encoder:
    """Loads the encoder that a home uses: the promoted one, or that of its settings.

    ``key`` asks for the one whose vectors an index holds: while a successor is being filed that
    is another than the one in use from then on. Raises `EncoderError`.
    """
    return load_choice(settings, encoder_choice(settings, key), threads=threads)
