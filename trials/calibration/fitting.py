"""The product's own calibration: fitted, and judged on queries and collections left out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from broadsheet.search.calibrate import COEFFICIENTS, Calibration, Logistic
from broadsheet.search.candidates import Floats
from trials.calibration.gather import Asked
from trials.calibration.measures import brier, calibration_error
from trials.calibration.models import LEAST, TOLD, fit, labels, left_out

_PROVENANCE = (
    "Fitted on queries of SciFact (training claims, CC BY 4.0), Cranfield, CACM, SciTLDR (Apache"
    " 2.0; a summary asks for its paper), the dev half of trials/word-capture, titles and parts of"
    " titles of the starter edition (of papers without their titles too, and of arXiv's: CC0),"
    " words that stand side by side in several titles, and trials/calibration/other-worlds.tsv,"
    " alone and its last words after parts of titles. NFCorpus is only tested on."
)
LIKELY = 0.5  # probability from which on a reader takes a hit for what was asked


def table(asked: Sequence[Asked], tested: Sequence[str]) -> Iterator[str]:
    """The lines of the report; collections named in ``tested`` are learned from by none."""
    learned = [one for one in asked if one.collection not in tested]
    unseen = [one for one in asked if one.collection in tested]
    for leg in sorted({one.leg for one in asked}):
        yield f"== {leg}"
        folded = left_out(learned, leg, lambda one: one.group, folds=10)
        yield from _error("left-out queries", *folded[:2])
        yield from _nothing("left-out queries and topics", folded[0], folded[1], folded[2])
        apart = left_out(learned, leg, lambda one: one.collection)
        yield from _error("left-out collections", *apart[:2])
        yield from _nothing("left-out collections", apart[0], apart[1], apart[2])
        model = fit(learned, leg)
        there = [one for one in unseen if one.leg == leg]
        if there:
            chances = [model.probability(one.known) if len(one) else np.empty(0) for one in there]
            answers = [
                float(model.answered.probability(one.known).max()) if len(one) else 0.0
                for one in there
            ]
            yield from _error("tested only", there, chances)
            yield from _nothing("tested only", there, chances, answers)


def _error(what: str, asked: Sequence[Asked], chances: Sequence[Floats]) -> Iterator[str]:
    kept = [(one, chance) for one, chance in zip(asked, chances, strict=True)
            if one.kind in {"judged", "other"} and len(one)]  # fmt: skip
    judged = [pair for pair in kept if pair[0].kind == "judged"]
    for name, pairs in (("judged and other worlds", kept), ("judged", judged)):
        happened, chance = labels([one for one, _ in pairs]), np.concatenate([c for _, c in pairs])
        yield (
            f"{what}, {name}: ECE {calibration_error(chance, happened):.4f} Brier"
            f" {brier(chance, happened):.4f} over {len(chance)} hits of {len(pairs)} queries"
        )
    told = [
        pair for pair in zip(asked, chances, strict=True) if pair[0].kind in TOLD and len(pair[0])
    ]
    for collection in sorted({one.collection for one, _ in told}):
        here = [pair for pair in told if pair[0].collection == collection]
        happened, chance = labels([one for one, _ in here]), np.concatenate([c for _, c in here])
        yield (
            f"    {collection:10} ECE {calibration_error(chance, happened, 10):.3f}"
            f" said {chance.mean():.3f} was {happened.mean():.3f} ({len(here)} queries)"
        )


def _nothing(
    what: str, asked: Sequence[Asked], chances: Sequence[Floats], answers: Sequence[float]
) -> Iterator[str]:
    """How often "nothing relevant here" is said, by collection and kind of query.

    ``found`` counts real queries only that have a relevant paper among their first ten hits.
    What is promised to queries that are answered by half stands below.
    """
    yield f"{what}: share told that nothing relevant is here"
    said = np.array(answers) < np.array([LEAST[one.leg] for one in asked])
    kinds = np.array([one.kind for one in asked])
    names = np.array([one.collection for one in asked])
    found = np.array([bool(len(one) and one.relevant.any()) for one in asked])
    for collection in sorted(set(names.tolist())):
        line = [f"    {collection:10}"]
        for kind in ("other", "half", "judged", "title", "keyword", "untitled", "topic"):
            here = (names == collection) & (kinds == kind)
            if here.any():
                line.append(f"{kind} {said[here].mean():.3f} of {here.sum()}")
            if kind == "judged" and (here & found).any():
                line.append(f"(found {said[here & found].mean():.3f})")
        yield "  ".join(line)
    for kind in sorted(set(kinds.tolist())):
        yield f"    all {kind}: {said[kinds == kind].mean():.4f}"
    best = np.array([chance.max(initial=0.0) for chance in chances])[kinds == "half"]
    if len(best):
        yield (
            f"    best probability of half-answered: mean {best.mean():.3f}, .5 and more"
            f" {np.mean(best >= LIKELY):.3f} of {len(best)}"
        )


def write(asked: Sequence[Asked], tested: Sequence[str], command: str) -> Path:
    """Fits on all that may be learned from and writes the product's coefficients."""
    learned = [one for one in asked if one.collection not in tested]
    legs = sorted({one.leg for one in learned})
    found = {leg: _json(fit(learned, leg)) for leg in legs}
    content = {"provenance": _PROVENANCE, "command": command, "maps": found}
    COEFFICIENTS.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return COEFFICIENTS


def _json(model: Calibration) -> dict[str, object]:
    def values(one: Logistic) -> dict[str, object]:
        weights = zip(one.names, one.weights.tolist(), strict=True)
        return {
            "weights": {name: round(weight, 5) for name, weight in weights},
            "intercept": round(one.intercept, 5),
        }

    return {
        "answered": values(model.answered),
        "relevant": values(model.relevant),
        "threshold": model.threshold,
    }
