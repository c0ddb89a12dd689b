"""What a comparison comes to: means, intervals, tests and the order over all collections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from broadsheet.evaluate import choice
from broadsheet.evaluate.collection import BenchError
from broadsheet.evaluate.comparison import Judged
from broadsheet.evaluate.significance import holm, randomisation, resampled_means

Floats = NDArray[np.float64]
Figures = dict[str, Any]

MAIN = "ndcg@10"
_VOTES = ("ndcg@10", "recall@100", "mrr@10")  # the measures by which a collection votes
_TIE = 1e-9
_INTERVAL_DRAWS = 2_000
_STABILITY_DRAWS = 500
_MISSING = 0.2  # of the cells, in the second measure of stability


def summarise(judged: Sequence[Judged], baseline: str) -> Figures:
    """The figures of a comparison, as JSON can hold them.

    ``collections`` holds `of_collection` of each; ``overall`` what they say together, where
    there are two or more. Raises `BenchError` for a baseline that was not run.
    """
    systems = judged[0].systems
    if baseline not in systems:
        raise BenchError(f"--baseline {baseline}: is none of the systems {', '.join(systems)}")
    figures: Figures = {
        "baseline": baseline,
        "systems": list(systems),
        "collections": [of_collection(one, baseline) for one in judged],
    }
    if len(judged) > 1:
        figures["overall"] = of_all(judged, baseline)
    return figures


def of_collection(judged: Judged, baseline: str) -> Figures:
    """One collection: by system the mean of each measure, and of nDCG@10 more.

    ``low`` and ``high`` bound its mean (95 %, bootstrap over queries); ``delta`` is its
    difference to the baseline with ``delta_low`` and ``delta_high``, ``p`` (paired
    randomisation) and ``p_holm`` (corrected for the systems compared), and the queries ``won``,
    ``lost`` and ``tied``; ``worst_decile`` is the mean of the worst tenth of a system's own
    queries, ``sd`` the standard deviation over queries. A system that could not run has none.
    """
    figures = {}
    for place, name in enumerate(judged.systems):
        if not np.isnan(judged.of(name)).any():
            figures[name] = _means(judged, place) | _compared(judged, name, baseline)
    _correct(figures, "p", "p_holm")
    return {
        "collection": judged.name,
        "documents": judged.documents,
        "queries": len(judged.queries),
        "systems": figures,
        "groups": {name: _grouped(judged, name, baseline) for name in judged.groups},
    }


def _means(judged: Judged, place: int) -> Figures:
    values = judged.values[MAIN][place]
    worst = np.sort(values)[: max(1, round(len(values) / 10))]
    low, high = _bounds(values)
    return {
        **{name: _round(table[place].mean()) for name, table in judged.values.items()},
        "low": low,
        "high": high,
        "worst_decile": _round(worst.mean()),
        "sd": _round(values.std()),
        "ms": _round(judged.ms[place], 3) if judged.ms else None,
    }


def _compared(judged: Judged, name: str, baseline: str) -> Figures:
    if name == baseline or np.isnan(judged.of(baseline)).any():
        return {}
    differences = judged.of(name) - judged.of(baseline)
    low, high = _bounds(differences)
    return {
        "delta": _round(differences.mean()),
        "delta_low": low,
        "delta_high": high,
        "p": randomisation([differences]),
        "won": int((differences > _TIE).sum()),
        "lost": int((differences < -_TIE).sum()),
        "tied": int((np.abs(differences) <= _TIE).sum()),
    }


def _bounds(values: Floats) -> tuple[float, float]:
    means = resampled_means(values[None, :], draws=_INTERVAL_DRAWS)[:, 0]
    low, high = np.quantile(means, [0.025, 0.975])
    return _round(low), _round(high)


def _correct(figures: Mapping[str, Figures], raw: str, corrected: str) -> None:
    tested = [name for name in figures if raw in figures[name]]
    for name, value in zip(tested, holm([figures[name][raw] for name in tested]), strict=True):
        figures[name][corrected] = value


def _grouped(judged: Judged, name: str, baseline: str) -> Figures:
    """By group: its queries, each system's means, and the p-values against the baseline."""
    told = np.array(judged.groups[name])
    measures = [measured for measured in (MAIN, "friends@10") if measured in judged.values]
    groups = {}
    for group in sorted(set(told.tolist())):
        part = judged.only(told == group)
        figures = {}
        for place, system in enumerate(part.systems):
            if np.isnan(part.values[MAIN][place]).any():
                continue
            figures[system] = {
                measured: _round(part.values[measured][place].mean()) for measured in measures
            }
            if system != baseline and not np.isnan(part.of(baseline)).any():
                figures[system]["p"] = randomisation([part.of(system) - part.of(baseline)])
        groups[group] = {"queries": len(part.queries), "systems": figures}
    return groups


def of_all(judged: Sequence[Judged], baseline: str) -> Figures:
    """All collections: by system ``mean`` (every collection counts the same), ``delta`` to the
    baseline, its ``p_collections`` (each collection counts the same) and ``p_queries`` (each
    query does), and on how many collections it is ``better`` or ``worse`` with p < .05, and
    ``ahead`` at all. ``choice`` holds the points of each rule, ``stability`` how often a rule
    names the same winner when the queries are drawn anew, ``stability_missing`` when a fifth of
    the cells is left out besides; voters are collections by measure.
    """
    systems = judged[0].systems
    figures: dict[str, Figures] = {}
    for name in systems:
        means = [one.of(name).mean() for one in judged]
        if not np.isnan(means).any():
            figures[name] = {"mean": _round(np.mean(means))} | _over_all(judged, name, baseline)
    for raw in ("p_collections", "p_queries"):
        _correct(figures, raw, f"{raw}_holm")
    voters = [one.values[measured] for measured in _VOTES for one in judged]
    complete = [place for place, name in enumerate(systems) if name in figures]
    points = np.stack([voter[complete].mean(axis=1) for voter in voters])
    names = [systems[place] for place in complete]
    kept = [voter[complete] for voter in voters]
    return {
        "collections": len(judged),
        "systems": figures,
        "voters": len(voters),
        "choice": {
            rule: dict(zip(names, map(_round, run(points).tolist()), strict=True))
            for rule, run in choice.RULES.items()
        },
        "winner": {rule: names[choice.winner(run, points)] for rule, run in choice.RULES.items()},
        "stability": choice.stability(kept, draws=_STABILITY_DRAWS),
        "stability_missing": choice.stability(kept, draws=_STABILITY_DRAWS, missing=_MISSING),
    }


def _over_all(judged: Sequence[Judged], name: str, baseline: str) -> Figures:
    if name == baseline or any(np.isnan(one.of(baseline)).any() for one in judged):
        return {}
    differences = [one.of(name) - one.of(baseline) for one in judged]
    means = [float(values.mean()) for values in differences]
    tests = [randomisation([values]) for values in differences]
    pairs = list(zip(means, tests, strict=True))
    return {
        "delta": _round(np.mean(means)),
        "delta_queries": _round(np.concatenate(differences).mean()),
        "p_collections": randomisation(differences),
        "p_queries": randomisation([np.concatenate(differences)]),
        "ahead": sum(value > 0 for value in means),
        "better": sum(value > 0 and p < 0.05 for value, p in pairs),
        "worse": sum(value < 0 and p < 0.05 for value, p in pairs),
    }


def _round(value: float | np.floating[Any], digits: int = 4) -> float:
    return round(float(value), digits)
