"""Does an encoder do what everything behind it takes for granted?

Papi et al. (ACL 2024) found that padding and batches changed results in widely used code;
nDCG hardly showed it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from broadsheet.encoders import Encoder, Vectors
from broadsheet.evaluate.checks.subject import Check, Subject
from broadsheet.text import embedded_text

_ALONE = 0.999  # cosine; int8 activations may differ in the last bits
_TEXTS = 24
_LONG = 40  # words; longer texts have a second half that counts
_CUT = 60  # words that any encoder reads


def encoder_checks(subject: Subject) -> list[Check]:
    """Checks of the encoder on the subject's own texts; none without an encoder."""
    encoder = subject.encoder
    texts = [embedded_text(work.paper) for work in subject.works[:_TEXTS]]
    if encoder is None or len(texts) < 2:
        return []
    mixed = [text for pair in zip(texts, _shortened(texts), strict=True) for text in pair]
    together = encoder.encode_documents(mixed)
    alone = np.concatenate([encoder.encode_documents([text]) for text in mixed])
    turned = encoder.encode_documents(mixed[::-1])[::-1]
    halves = encoder.encode_documents(mixed[: len(mixed) // 2])
    queries = encoder.encode_queries(texts)
    asked_alone = np.concatenate([encoder.encode_queries([text]) for text in texts])
    on = f"{len(mixed)} texts of {min(map(_words, mixed))} to {max(map(_words, mixed))} words"
    said = f"least cosine over {on}"
    return [
        _check("padding", _least(together, alone), f"alone and beside longer texts, {said}"),
        _check("order", _least(together, turned), f"in two orders, {said}"),
        _check("batch", _least(together[: len(halves)], halves), f"in two batches, {said}"),
        _check("queries", _least(queries, asked_alone), f"queries alone and together, {said}"),
        _check("length", 1 - _off_unit(np.concatenate([together, queries])), "1 - |length - 1|"),
        _whole_text(encoder, texts),
        _apart(together[::2]),
    ]


def _check(name: str, value: float, seen: str) -> Check:
    return Check("encoder", name, value, _ALONE, seen)


def _shortened(texts: Sequence[str]) -> list[str]:
    """A few words of each: texts of very different lengths are what padding is for."""
    return [" ".join(text.split()[:4]) for text in texts]


def _words(text: str) -> int:
    return len(text.split())


def _unit(vectors: Vectors) -> Vectors:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(norms > 0, norms, 1), np.float32)


def _least(one: Vectors, other: Vectors) -> float:
    return float((_unit(one) * _unit(other)).sum(axis=1).min())


def _off_unit(vectors: Vectors) -> float:
    return float(np.abs(np.linalg.norm(vectors, axis=1) - 1).max())


def _whole_text(encoder: Encoder, texts: Sequence[str]) -> Check:
    """A text whose second half goes has another vector, as far as an encoder reads."""
    long = [" ".join(text.split()[:_CUT]) for text in texts if _words(text) > _LONG]
    halved = [" ".join(text.split()[: _words(text) // 2]) for text in long]
    if not long:
        return Check("encoder", "whole text", None, 1.0, "no text is long enough")
    whole, half = encoder.encode_documents(long), encoder.encode_documents(halved)
    moved = (_unit(whole) * _unit(half)).sum(axis=1) < _ALONE
    seen = f"texts whose second half counts, of {len(long)}"
    return Check("encoder", "whole text", float(moved.mean()), 1.0, seen)


def _apart(vectors: Vectors) -> Check:
    """Texts of different works are not all one."""
    alike = _unit(vectors) @ _unit(vectors).T
    between = alike[~np.eye(len(vectors), dtype=bool)]
    seen = f"1 - mean cosine between {len(vectors)} works"
    return Check("encoder", "apart", float(1 - between.mean()), 0.05, seen)
