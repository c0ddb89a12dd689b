"""Abstention when the field changes: thresholds set on some collections, tried on another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from broadsheet.search.candidates import Floats
from trials.calibration.gather import Asked
from trials.calibration.models import left_out

LOST = 0.1  # of the answered queries that a threshold may turn away
FEW = 30  # answered queries of the new field that a conformal threshold is set anew by
DRAWS = 200


def shift(asked: Sequence[Asked], tested: Sequence[str]) -> Iterator[str]:
    """Row 126: each collection in turn is the new field.

    An answered query has a relevant paper among its first ten; queries of other worlds have none.
    A threshold on a score of the first hit is set so that ``LOST`` of the answered queries of the
    other collections fall under it (split conformal: the k-th smallest of n, k = floor(LOST x
    (n + 1))). It holds when as many fall under it in the new field.
    """
    usable = [
        one
        for one in asked
        if one.leg == "both" and len(one) and (one.kind == "other" or one.relevant.any())
        and one.kind in ("judged", "other") and one.collection not in tested
    ]  # fmt: skip
    queries, chances, _ = left_out(usable, "both", lambda one: one.collection)
    scores = {
        "fused score": np.array([one.score[0] for one in queries]),
        "cosine": np.array([np.nan_to_num(one.known["cosine"]).max() for one in queries]),
        "cosine, standardised": np.array([_apart(one) for one in queries]),
        "probability": np.array([chance.max() for chance in chances]),
    }
    field = np.array([one.collection for one in queries])
    answered = np.array([one.kind == "judged" for one in queries])
    yield f"{'new field':12} {'score':22} answered  lost from afar (other worlds refused)"
    yield f"{'':36}set anew from {FEW} of the field: lost (refused)"
    for name, score in scores.items():
        gaps = []
        for new in sorted(set(field[answered].tolist())):
            own, others = score[answered & (field == new)], score[answered & (field != new)]
            away = score[~answered & (field == new)]
            far = threshold(others)
            lost, refused = float((own < far).mean()), _share(away, far)
            again, near = _anew(own, away)
            gaps.append((abs(lost - LOST), abs(again - LOST)))
            yield (
                f"{new:12} {name:22} {len(own):4d}   {lost:.3f} ({refused:.3f})"
                f"   {again:.3f} ({near:.3f})"
            )
        mean = np.mean(gaps, axis=0)
        yield f"{name}: mean distance from {LOST}: {mean[0]:.3f} from afar, {mean[1]:.3f} set anew"


def threshold(scores: Floats) -> float:
    """The score under which at most ``LOST`` of new scores of the same kind fall."""
    place = int(LOST * (len(scores) + 1))
    return float(np.sort(scores)[place - 1]) if place else -np.inf


def _anew(own: Floats, away: Floats) -> tuple[float, float]:
    """Mean share lost and refused over draws of ``FEW`` queries that set the threshold."""
    rng = np.random.default_rng(0)
    found = []
    for _ in range(DRAWS):
        order = rng.permutation(len(own))
        few = min(FEW, len(own) // 2)
        at = threshold(own[order[:few]])
        found.append((float((own[order[few:]] < at).mean()), _share(away, at)))
    mean = np.mean(found, axis=0)
    return float(mean[0]), float(mean[1])


def _share(scores: Floats, at: float) -> float:
    return float((scores < at).mean()) if len(scores) else float("nan")


def _apart(one: Asked) -> float:
    """How far the best cosine lies above the mean of the others, in their deviations."""
    cosine = np.sort(np.nan_to_num(one.known["cosine"]))
    rest = cosine[:-1]
    return float((cosine[-1] - rest.mean()) / max(float(rest.std()), 1e-3)) if len(rest) else 0.0
