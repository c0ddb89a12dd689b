"""The weight of a query's words from the encoder alone: what is lost when the heaviest go?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from broadsheet.evaluate import Field, interval, measure, randomisation
from broadsheet.search import HYBRID, parse
from broadsheet.search.explain import AskedWord, asked_words, without
from trials.explaining.games import Floats, idf
from trials.explaining.white_box import Transformer


def run(
    place: Field, config: Mapping[str, Any], _model: Transformer | None
) -> tuple[list[str], list[list[str]]]:
    """nDCG@10 of the default pipeline once the heaviest word, by each weighting, is masked."""
    queries = _queries(place, config.get("queries", 120))
    qrels = {q: place.collection.qrels[q] for q in queries}

    def quality(texts: Mapping[str, str]) -> Floats:
        runs = {
            q: place.names(place.run(HYBRID, text).ids[:10].tolist()) for q, text in texts.items()
        }
        found = measure(runs, qrels)["ndcg@10"]
        return np.array([found[q] for q in queries])

    whole = quality(queries)
    print(f"{place.collection.name}: {len(queries)} queries, nDCG@10 {whole.mean():.3f} unmasked")
    weightings = {
        "similarity to itself without it": _by_meaning,
        "idf": lambda place, _text, words: np.array([idf(place, w.query) for w in words]),
        "random": lambda _place, text, words: np.random.default_rng(len(text)).random(len(words)),
    }
    lost = {}
    for name, weigh in weightings.items():
        masked = {}
        for query, text in queries.items():
            reading = parse(text)
            words = [w for w in asked_words(reading, place.index) if w.spans]
            weights = weigh(place, reading.meaning, words)
            masked[query] = without(reading.meaning, words[int(np.argmax(weights))].spans)
        lost[name] = whole - quality(masked)
    rows = []
    for name, drop in lost.items():
        low, high = interval(drop)
        p = randomisation([drop - lost["idf"]]) if name != "idf" else 1.0
        rows.append([name, f"{drop.mean():.3f}", f"{low:.3f}–{high:.3f}", f"{p:.4f}"])
    return ["heaviest word masked", "nDCG@10 lost", "95 %", "p against idf"], rows


def _by_meaning(place: Field, text: str, words: list[AskedWord]) -> Floats:
    assert place.encoder is not None
    vectors = place.encoder.encode_documents([text, *(without(text, w.spans) for w in words)])
    return 1.0 - (vectors[1:] @ vectors[0]).astype(np.float64)


def _queries(place: Field, count: int) -> dict[str, str]:
    found = {}
    for query, text in place.collection.queries.items():
        reading = parse(text)
        words = [w for w in asked_words(reading, place.index) if w.spans]
        if 3 <= len(words) <= 14 and len(reading.parts) == 1:
            found[query] = text
        if len(found) == count:
            break
    return found
