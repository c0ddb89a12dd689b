"""A word of the query exchanged for one that the paper says nothing of: is it shown as such?

Queries are claims or questions with a relevant paper; one word that the paper answers, or the
query would be fair without, gives way to a word of another query. Only that word counts as not
covered, though others may not stand in the paper either: they are meant by it in other words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from broadsheet.evaluate import Field
from broadsheet.index import WordQuery
from broadsheet.search import parse
from broadsheet.search.explain import asked_words, without
from trials.explaining.white_box import Transformer, of_spans

_LEVELS = np.array([-1.0, 0.0, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.06, 0.08, 0.12, 0.2])


@dataclass(frozen=True, slots=True)
class Case:
    """Figures of each word: whether the paper has it, what leaving it out of the query takes
    from the cosine (a part of it), its gradient (a part of all), and whether it was put there."""

    has: np.ndarray
    lost: np.ndarray
    gradient: np.ndarray
    swapped: np.ndarray


def run(
    place: Field, config: Mapping[str, Any], model: Transformer | None
) -> tuple[list[str], list[list[str]]]:
    """Word-level F1 of several rules; thresholds are chosen on one half, judged on the other."""
    cases = _cases(place, config.get("queries", 80), config.get("seed", 0), model)
    print(
        f"{place.collection.name}: {len(cases)} queries, "
        f"{np.mean([len(c.has) for c in cases]):.1f} words each"
    )
    rules = {
        "not in its words": lambda c, _level: ~c.has,
        "leaving it out costs less": lambda c, level: c.lost < level,
        "both (as shipped)": lambda c, level: ~c.has & (c.lost < level),
        "random": lambda c, _level: np.random.default_rng(len(c.has)).random(len(c.has)) < 0.2,
    }
    if model is not None:
        rules["gradient below 0"] = lambda c, _level: c.gradient < 0
        rules["gradient below 0, not in its words"] = lambda c, _level: (c.gradient < 0) & ~c.has
    tuned, judged = cases[::2], cases[1::2]
    rows = []
    for name, rule in rules.items():
        level = max(_LEVELS, key=lambda at: _f1(tuned, rule, at)[2])
        precision, recall, f1 = _f1(judged, rule, level)
        low, high = _interval(judged, rule, level)
        rows.append(
            [
                name,
                f"{level:.3f}",
                f"{precision:.3f}",
                f"{recall:.3f}",
                f"{f1:.3f}",
                f"{low:.3f}–{high:.3f}",
            ]
        )
    return ["rule", "level", "precision", "recall", "F1", "95 %"], rows


def _f1(cases: list[Case], rule: Any, level: float) -> tuple[float, float, float]:
    said = np.concatenate([rule(case, level) for case in cases])
    true = np.concatenate([case.swapped for case in cases])
    right = int((said & true).sum())
    precision, recall = right / max(said.sum(), 1), right / max(true.sum(), 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def _interval(cases: list[Case], rule: Any, level: float) -> tuple[float, float]:
    random = np.random.default_rng(0)
    drawn = [
        _f1([cases[i] for i in random.integers(0, len(cases), len(cases))], rule, level)[2]
        for _ in range(300)
    ]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def _cases(place: Field, count: int, seed: int, model: Transformer | None) -> list[Case]:
    random = np.random.default_rng(seed)
    texts = list(place.collection.queries.items())
    ids = {work.paper.id: number for number, work in place.documents.works.items()}
    cases: list[Case] = []
    for at, (query, text) in enumerate(texts):
        relevant = [
            d for d, grade in place.collection.qrels[query].items() if grade > 0 and d in ids
        ]
        other = texts[(at + 37) % len(texts)][1]
        case = relevant and _case(place, text, other, ids[relevant[0]], random, model)
        if case:
            cases.append(case)
        if len(cases) == count:
            break
    return cases


def _case(
    place: Field,
    text: str,
    other: str,
    work_id: int,
    random: np.random.Generator,
    model: Transformer | None,
) -> Case | None:
    reading, foreign = parse(text), parse(other)
    words = [word for word in asked_words(reading, place.index) if word.spans]
    strangers = [
        word.name
        for word in asked_words(foreign, place.index)
        if not place.index.score_words(WordQuery.of(word.name), [work_id])[0] > 0
    ]
    if not 4 <= len(words) <= 14 or not strangers or len(reading.parts) > 1:
        return None
    gone = words[int(random.integers(len(words)))]
    stranger = strangers[int(random.integers(len(strangers)))]
    start, end = gone.spans[0]
    changed = reading.meaning[:start] + stranger + reading.meaning[end:]
    return measured(place, changed, stranger, work_id, model)


def measured(
    place: Field, text: str, stranger: str, work_id: int, model: Transformer | None
) -> Case | None:
    """The figures of a query's words against one paper."""
    reading = parse(text)
    words = [word for word in asked_words(reading, place.index) if word.spans]
    swapped = np.array([word.name == stranger for word in words])
    vector = place.index.vector(work_id)
    if not swapped.any() or vector is None or place.encoder is None:
        return None
    shorter = [without(reading.meaning, word.spans) for word in words]
    near = place.encoder.encode_documents([reading.meaning, *shorter]) @ vector
    has = [place.index.score_words(word.query, [work_id])[0] > 0 for word in words]
    gradient = np.zeros(len(words))
    if model is not None:
        values, places = model.gradient(reading.meaning, vector.astype(float))
        gradient = of_spans(values, places, [word.spans for word in words])
    lost = (near[0] - near[1:]) / max(abs(float(near[0])), 1e-9)
    return Case(np.array(has), lost, gradient, swapped)
