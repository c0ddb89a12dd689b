"""Is a trained encoder better here? Two encoders on the same queries, and a verdict.

The verdict that a promotion needs: on the home's own held-out queries together the trained one
wins significantly, and on no single collection, held out or judged, is it significantly worse.
Tests are paired sign-flipping over queries (`evaluate.randomisation`) of nDCG@10 of the product's
hybrid search; p-values of single collections are not corrected for their number where they would
speak against the model: a loss must not hide in a crowd of tests.

Another verdict is on models that are made to be fast: such a one is as good as what it was held
against where it is not more than a hundredth worse, which the interval has to show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from broadsheet.encoders import Encoder
from broadsheet.evaluate import Collection, Judged, holm, interval, randomisation
from broadsheet.learn.cards import now
from broadsheet.learn.figures import (
    DENSE,
    HYBRID,
    LEAST_OF_TOPIC,
    MAIN,
    Floats,
    Told,
    figures_of,
    judged_by,
    speed_of,
)
from broadsheet.text import embedded_text

SURE = 0.05
_TIMED = 192  # papers that speeds are told apart by
NEAR = 0.01  # nDCG@10 that a faster model may lose
FASTER = 2.0  # times the papers a second


@dataclass(frozen=True, slots=True)
class Difference:
    """Two encoders on one collection: nDCG@10 of hybrid search.

    ``interval`` is the 95 % bootstrap interval of ``difference`` (run minus other), ``dense`` the
    difference by meaning alone. ``topics`` tells each topic's difference and Holm-corrected p.
    """

    collection: str
    kind: str
    documents: int
    queries: int
    run: float
    other: float
    difference: float
    interval: tuple[float, float]
    p: float
    dense: float
    topics: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @property
    def worse(self) -> bool:
        """Whether the run loses more than noise."""
        return self.difference < 0 and self.p < SURE


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a comparison came to. ``key`` is the run's encoder, ``other`` the one it was held
    against (``other_name`` as people call it); ``difference`` and ``p`` are over the home's own
    held-out collections together, each counting the same, ``low`` is the lower end of its
    interval. ``speed`` is how many times as many papers a second the run encodes; ``faster`` says
    whether that alone is a reason to use it, ``faster_why`` why."""

    at: str
    key: str
    other: str
    other_name: str
    passed: bool
    why: str
    difference: float
    p: float
    collections: tuple[Difference, ...]
    low: float = 0.0
    speed: float = 1.0
    faster: bool = False
    faster_why: str = ""

    def json(self) -> dict[str, Any]:
        """As a card keeps it."""
        return asdict(self)


def compare_encoders(
    run: tuple[str, Encoder],
    other: tuple[str, Encoder],
    own: Sequence[Collection],
    judged: Sequence[Collection],
    *,
    cache: Path,
    told: Told | None = None,
) -> tuple[Verdict, list[dict[str, Any]]]:
    """Both encoders, each with its name, on both kinds of collections; the second value is the
    run's figures on them."""
    pairs: list[tuple[str, Judged, Judged]] = []
    for kind, collections in (("own", own), ("judged", judged)):
        for collection in collections:
            theirs = judged_by(other[1], [collection], cache, _named(told, other[0]))[0]
            ours = judged_by(run[1], [collection], cache, _named(told, run[0]))[0]
            pairs.append((kind, ours, theirs))
    differences = tuple(_difference(*pair) for pair in pairs)
    moved = [_moved(ours, theirs) for kind, ours, theirs in pairs if kind == "own"]
    p = randomisation(moved)
    together = float(np.mean([values.mean() for values in moved])) if moved else 0.0
    low = _low(moved)
    papers = [paper for one in (*own, *judged) for paper in one.documents[:_TIMED]]
    speed = speed_of(run[1], other[1], [embedded_text(paper) for paper in papers[:_TIMED]])
    passed, why = verdict_of(together, p, differences)
    faster, faster_why = faster_of(low, speed, differences)
    verdict = Verdict(
        at=now(),
        key=run[1].key,
        other=other[1].key,
        other_name=other[0],
        passed=passed,
        why=why,
        difference=round(together, 4),
        p=round(p, 5),
        collections=differences,
        low=round(low, 4),
        speed=round(speed, 2),
        faster=faster,
        faster_why=faster_why,
    )
    return verdict, [figures_of(ours, kind) for kind, ours, _ in pairs]


def verdict_of(together: float, p: float, differences: Sequence[Difference]) -> tuple[bool, str]:
    """Whether a model may be promoted, and why in one line."""
    worse = [one for one in differences if one.worse]
    if worse:
        told = ", ".join(f"{one.collection} {one.difference:+.3f} (p {one.p:.3f})" for one in worse)
        return False, f"significantly worse on {told}"
    if not differences or p >= SURE or together <= 0:
        return False, f"no significant win on the home's own papers ({together:+.4f}, p {p:.3f})"
    return (
        True,
        f"better on the home's own papers by {together:+.4f} (p {p:.4f}), no loss elsewhere",
    )


def faster_of(low: float, speed: float, differences: Sequence[Difference]) -> tuple[bool, str]:
    """Whether a model may be promoted for its speed alone, and why in one line.

    ``low`` is the lower end of the interval of its difference on the home's own papers.
    """
    far = [one for one in differences if one.worse and one.difference < -NEAR]
    if speed < FASTER:
        return False, f"encodes {speed:.1f} times as many papers a second, not {FASTER:g} times"
    if far:
        told = ", ".join(f"{one.collection} {one.difference:+.3f}" for one in far)
        return False, f"{speed:.1f} times as fast, and significantly worse on {told}"
    if not differences or low < -NEAR:
        return False, (
            f"{speed:.1f} times as fast, and perhaps more than {NEAR:g} worse on the home's own"
            f" papers (from {low:+.4f}); more --queries tell more"
        )
    return True, f"{speed:.1f} times as fast, and not more than {NEAR:g} worse"


def _low(moved: Sequence[Floats]) -> float:
    """The lower end of the interval of a mean of means."""
    if not moved:
        return 0.0
    total = sum(len(values) for values in moved)
    weighed = [values * (total / len(values) / len(moved)) for values in moved]
    return interval(np.concatenate(weighed))[0]


def _difference(kind: str, ours: Judged, theirs: Judged) -> Difference:
    moved = _moved(ours, theirs)
    low, high = interval(moved)
    dense = ours.of(DENSE, MAIN) - theirs.of(DENSE, MAIN)
    return Difference(
        collection=ours.name,
        kind=kind,
        documents=ours.documents,
        queries=len(ours.queries),
        run=round(float(ours.of(HYBRID, MAIN).mean()), 4),
        other=round(float(theirs.of(HYBRID, MAIN).mean()), 4),
        difference=round(float(moved.mean()), 4),
        interval=(round(low, 4), round(high, 4)),
        p=round(randomisation([moved]), 5),
        dense=round(float(dense.mean()), 4),
        topics=_topics(moved, ours.groups.get("topic", ())),
    )


def _topics(moved: Floats, groups: Sequence[str]) -> dict[str, dict[str, float]]:
    named = np.array(groups)
    sizes = {group: int((named == group).sum()) for group in dict.fromkeys(groups) if group}
    shown = sorted(
        (group for group, size in sizes.items() if size >= LEAST_OF_TOPIC),
        key=lambda group: -sizes[group],
    )
    corrected = holm([randomisation([moved[named == group]]) for group in shown])
    return {
        group: {
            "queries": sizes[group],
            "difference": round(float(moved[named == group].mean()), 4),
            "p": round(p, 5),
        }
        for group, p in zip(shown, corrected, strict=True)
    }


def _moved(ours: Judged, theirs: Judged) -> Floats:
    """Differences by query; both were asked the same ones."""
    if ours.queries != theirs.queries:
        raise AssertionError("both encoders are asked the same queries in the same order")
    return np.asarray(ours.of(HYBRID, MAIN) - theirs.of(HYBRID, MAIN))


def _named(told: Told | None, name: str) -> Told | None:
    if told is None:
        return None
    return lambda what, done, total: told(f"{name}, {what}", done, total)
