"""Which words of an abstract answer a query: deletion, and sentences planted in other abstracts.

An explainer ranks the words of an abstract. The faithful one names those whose deletion takes
most of the fused score (BM25 over this text with the index's frequencies, and the cosine of what
is left, encoded anew): the mean over the first 5, 10, 20 and 50 in 100 (AOPC of DeYoung et al.,
2020, "ERASER"), against words drawn at random.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from broadsheet.evaluate import Field, interval, randomisation
from broadsheet.index import WordQuery
from broadsheet.search import Reading, parse
from broadsheet.search.explain import Span, without
from broadsheet.search.fusion import DENSE_WEIGHT
from broadsheet.search.highlights import (
    highlights,
    placed_words,
    sentence_similarities,
    sentences,
    word_losses,
)
from broadsheet.text import plain
from trials.explaining.games import Floats
from trials.explaining.white_box import WHITE_BOX, Transformer, of_spans

BINS = (0.05, 0.1, 0.2, 0.5)
K1, B, LONGEST = 1.2, 0.75, 200  # BM25 of the index; words of an abstract that are explained


@dataclass(eq=False)
class Case:
    """A query and an abstract; ``planted`` is the stretch that was put in, if any was."""

    place: Field
    reading: Reading
    title: str
    text: str
    vector: Floats
    planted: Span | None = None

    @cached_property
    def words(self) -> list[tuple[Span, str]]:
        """The words that count, with their terms."""
        return [(span, term) for span, term in placed_words(self.text, self.place.index) if term][
            :LONGEST
        ]

    @cached_property
    def asked(self) -> dict[str, float]:
        """The query's terms with their inverse document frequencies."""
        index, works = self.place.index, self.place.index.count()
        found = {}
        for word in index.words(self.reading.meaning):
            if word.term:
                have = index.count_words(WordQuery.of(word.surface))
                found[word.term] = float(np.log1p((works - have + 0.5) / (have + 0.5)))
        return found

    def bm25(self, text: str) -> float:
        """BM25 of a text for the query; lengths in relation to the whole abstract."""
        terms = [w.term for w in self.place.index.words(f"{self.title} {text}") if w.term]
        whole = len(self.words) + len(self.title.split())
        norm = K1 * (1 - B + B * len(terms) / max(whole, 1))
        return sum(
            idf * terms.count(t) * (K1 + 1) / (terms.count(t) + norm)
            for t, idf in self.asked.items()
        )

    def encode(self, texts: list[str]) -> Floats:
        """Cosines of title and text to the query."""
        assert self.place.encoder is not None
        made = self.place.encoder.encode_documents([f"{self.title}\n{plain(t)}" for t in texts])
        return (made @ self.vector).astype(np.float64)

    def scores(self, texts: list[str]) -> Floats:
        """Fused scores on the scale of the whole abstract, which has 1."""
        whole = float(self.encode([self.text])[0])
        lexical = max(self.bm25(self.text), 1e-9)
        by_words = np.array([self.bm25(t) for t in texts]) / lexical
        return (1 - DENSE_WEIGHT) * by_words + DENSE_WEIGHT * self.encode(texts) / max(whole, 1e-9)


def _by_words(case: Case) -> Floats:
    return np.array([case.asked.get(term, 0.0) for _, term in case.words])


def _spread(case: Case, values: Mapping[Span, float]) -> Floats:
    """What a sentence has goes to each of its words."""
    found = np.zeros(len(case.words))
    for at, ((start, end), _) in enumerate(case.words):
        found[at] = max((v for (a, b), v in values.items() if a <= start and end <= b), default=0.0)
    return found


def _encoder(case: Case) -> Any:
    assert case.place.encoder is not None
    return case.place.encoder.encode_documents


def _sentences(case: Case) -> Floats:
    near = sentence_similarities(case.text, _encoder(case), case.vector)
    return _spread(case, near)


def _as_shipped(case: Case) -> Floats:
    """The product's highlights: words of the query first, then what carries the best sentence,
    then its other words."""
    marks = highlights(case.text, case.reading, case.place.index, _encoder(case), case.vector)
    found = np.zeros(len(case.words))
    weight = {"word": 2.0, "carrier": 1.0, "meaning": 0.5}
    for at, ((start, end), term) in enumerate(case.words):
        for mark in marks:
            if mark.start <= start and end <= mark.end:
                found[at] += weight[mark.kind] * mark.weight
        found[at] += 1e-3 * case.asked.get(term, 0.0)
    return found


def _without_carriers(case: Case) -> Floats:
    near = _sentences(case)
    return 2.0 * (_by_words(case) > 0) + 0.5 * near / max(near.max(), 1e-9)


def _sentence_then_words(case: Case) -> Floats:
    near = sentence_similarities(case.text, _encoder(case), case.vector)
    best = max(near, key=near.__getitem__)
    lost = word_losses(case.text, best, case.words, _encoder(case), case.vector, near[best])
    return np.array([lost.get(span, 0.0) for span, _ in case.words])


def _leave_sentence_out(case: Case) -> Floats:
    spans = sentences(case.text)
    left = case.scores([without(case.text, [span]) for span in spans])
    return _spread(case, dict(zip(spans, (1 - left).tolist(), strict=True)))


def _leave_word_out(case: Case) -> Floats:
    left = case.scores([without(case.text, [span]) for span, _ in case.words])
    return 1 - left


def _chance(case: Case) -> Floats:
    return np.random.default_rng(len(case.text)).random(len(case.words))


def _idf(case: Case) -> Floats:
    index, works = case.place.index, case.place.index.count()
    have = {t: index.count_words(WordQuery.of(case.text[s:e])) for (s, e), t in case.words}
    return np.array([np.log1p((works - have[t] + 0.5) / (have[t] + 0.5)) for _, t in case.words])


EXPLAINERS: dict[str, Callable[[Case], Floats]] = {
    "as shipped": _as_shipped,
    "words and sentences": _without_carriers,
    "sentences": _sentences,
    "best sentence, words left out": _sentence_then_words,
    "words of the query": _by_words,
    "leave-sentence-out": _leave_sentence_out,
    "leave-word-out": _leave_word_out,
    "idf": _idf,
    "random": _chance,
}


def _looking(model: Transformer, name: str) -> Callable[[Case], Floats]:
    def run(case: Case) -> Floats:
        head = len(case.title) + 1
        values, places = WHITE_BOX[name](model, f"{case.title}\n{case.text}", case.vector)
        spans = [((start + head, end + head),) for (start, end), _ in case.words]
        return of_spans(values, places, spans)  # type: ignore[arg-type]

    return run


def run(
    place: Field, config: Mapping[str, Any], model: Transformer | None
) -> tuple[list[str], list[list[str]]]:
    """The table: one row an explainer."""
    cases = _cases(place, config.get("queries", 20))
    absent = [n for n in config["explainers"] if n in WHITE_BOX and model is None]
    if absent:
        print(f"left out, for want of torch (pip install 'broadsheet[train]'): {', '.join(absent)}")
    explainers = {
        name: EXPLAINERS.get(name) or _looking(model, name)  # type: ignore[arg-type]
        for name in config["explainers"]
        if name not in absent
    }
    print(
        f"{place.collection.name}: {len(cases)} abstracts, "
        f"{np.mean([len(c.words) for c in cases]):.0f} words each"
    )
    chance = (
        np.array(
            [
                _aopc(c, np.random.default_rng(s).random(len(c.words)))
                for c in cases
                for s in range(3)
            ]
        )
        .reshape(len(cases), 3)
        .mean(1)
    )
    foreign = [_planted(case, cases[(at + 1) % len(cases)]) for at, case in enumerate(cases)]
    rows = []
    for name, explain in explainers.items():
        lost, took, found = [], [], []
        for case, other in zip(cases, foreign, strict=True):
            started = time.perf_counter()
            told = explain(case)
            took.append((time.perf_counter() - started) * 1e3)
            lost.append(_aopc(case, told))
            found.append(_precision(other, explain(other)))
        low, high = interval(np.array(lost))
        p = randomisation([np.array(lost) - chance])
        rows.append(
            [
                name,
                f"{np.mean(lost):.3f}",
                f"{low:.3f}–{high:.3f}",
                f"{np.mean(lost) / chance.mean():.2f}",
                f"{p:.4f}",
                f"{np.mean(found):.3f}",
                f"{np.median(took):.0f}",
            ]
        )
    return ["explainer", "AOPC", "95 %", "/random", "p", "planted found", "ms"], rows


def _aopc(case: Case, told: Floats) -> float:
    order = np.argsort(-told, kind="stable")
    texts = []
    for part in BINS:
        gone = [case.words[i][0] for i in order[: max(1, round(part * len(order)))]]
        texts.append(without(case.text, gone))
    return float((1 - case.scores(texts)).mean())


def _precision(case: Case, told: Floats) -> float:
    """Of as many words as were planted, the part of them among those named first."""
    assert case.planted is not None
    a, b = case.planted
    inside = np.array([a <= start and end <= b for (start, end), _ in case.words])
    if not inside.any():
        return float("nan")
    best = np.argsort(-told, kind="stable")[: int(inside.sum())]
    return float(inside[best].mean())


def _planted(case: Case, other: Case) -> Case:
    """Another abstract in which this one's best sentence stands after the first."""
    assert case.place.encoder is not None
    near = sentence_similarities(case.text, _encoder(case), case.vector)
    start, end = max(near, key=near.__getitem__)
    sentence = case.text[start:end]
    at = sentences(other.text)[0][1]
    text = f"{other.text[:at]} {sentence}{other.text[at:]}"
    return Case(
        case.place, case.reading, other.title, text, case.vector, (at + 1, at + 1 + len(sentence))
    )


def _cases(place: Field, count: int) -> list[Case]:
    ids = {work.paper.id: work for work in place.documents.works.values()}
    cases: list[Case] = []
    for query, text in place.collection.queries.items():
        relevant = [ids[d] for d, g in place.collection.qrels[query].items() if g > 0 and d in ids]
        reading = replace(parse(text))
        if not relevant or place.encoder is None or len(relevant[0].paper.abstract) < 400:
            continue
        vector = place.encoder.encode_queries([reading.meaning])[0].astype(np.float64)
        paper = relevant[0].paper
        cases.append(Case(place, reading, paper.title, paper.abstract[:1500], vector))
        if len(cases) == count:
            break
    return cases
