"""Attacks on the ranking: ``python -m trials.redteam DIR [--queries N] [--coefficients FILE]``.

For each query a paper ranked 31st or lower gets a trigger into its abstract and is filed beside
the others: the query's words five times over (``stuffing``), the query as a sentence among the
others (``sentence``), or a sentence of the words that tell the first five hits best
(``imitated``: what an outsider learns from the answers alone, after Order-Disorder). Printed
for each ranker: mean ranks won, the share of attacks that reach the first ten, and how many of
them two filters see, with their false alarms on untouched abstracts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
import numpy as np

from broadsheet import evaluate, settings
from broadsheet.encoders import load_encoder
from broadsheet.evaluate import Collection, Field
from broadsheet.papers import Paper
from broadsheet.search import DENSE, HYBRID, LEXICAL, Pipeline, parse
from trials.rerankers import learned

_OFF = ("calibrate", "sort", "diversify", "collapse", "page", "vendi", "explain")
_STOPS = frozenset(
    re.findall(r"\w+", "the a an of for with and in on to from by is are we this that as our it be")
)
TRIGGER_WORDS = 8
REPEATED = 0.08  # share of an abstract's words that one content word may be
FLUENT = 0.08  # share of a long sentence's words that must be function words


@dataclass(frozen=True, slots=True)
class Attack:
    """A paper with a trigger, and what it is to be found for."""

    kind: str
    query: str
    paper: Paper
    target: str


def attacks(field: Field, queries: Sequence[str], seed: int) -> list[Attack]:
    """Three attacks for each query."""
    rng = np.random.default_rng(seed)
    made: list[Attack] = []
    for number, query in enumerate(queries):
        names = field.names(_ranked(field, HYBRID, query))
        if len(names) < 40:
            continue
        target = names[int(rng.integers(30, min(100, len(names))))]
        papers = {work.paper.id: work.paper for work in field.documents.works.values()}
        words = _telling([papers[name] for name in names[:5]])
        triggers = {
            "stuffing": " ".join([parse(query).meaning] * 5),
            "sentence": f"We also consider {parse(query).meaning}.",
            "imitated": f"We also consider {', '.join(words)}.",
        }
        for kind, trigger in triggers.items():
            abstract = _inserted(papers[target].abstract, trigger)
            paper = replace(papers[target], id=f"attack-{number}-{kind}", abstract=abstract)
            made.append(Attack(kind, query, paper, target))
    return made


def _ranked(field: Field, pipeline: Pipeline, query: str) -> list[int]:
    ids: list[int] = field.start(query, pipeline=pipeline.without(*_OFF))[1].ids.tolist()
    return ids


def _inserted(abstract: str, trigger: str) -> str:
    parts = abstract.split(". ")
    middle = len(parts) // 2
    return ". ".join([*parts[:middle], trigger.rstrip("."), *parts[middle:]])


def _telling(papers: Sequence[Paper]) -> list[str]:
    """Words that most of these papers have, the longest first: no index needed."""
    counts = Counter(
        word
        for paper in papers
        for word in set(re.findall(r"[a-z]{4,}", f"{paper.title} {paper.abstract}".lower()))
        if word not in _STOPS
    )
    best = sorted(counts, key=lambda word: (-counts[word], -len(word)))
    return best[:TRIGGER_WORDS]


def stuffed(abstract: str) -> bool:
    """Whether one content word is too large a part of the text."""
    words = [word for word in re.findall(r"[a-z]{3,}", abstract.lower()) if word not in _STOPS]
    counts = Counter(words)
    return len(words) >= 20 and max(counts.values()) / len(words) > REPEATED


def not_fluent(abstract: str) -> bool:
    """Whether a long sentence has hardly any function word."""
    for sentence in abstract.split(". "):
        words = re.findall(r"[a-z]+", sentence.lower())
        if len(words) >= 10 and sum(word in _STOPS for word in words) / len(words) < FLUENT:
            return True
    return False


@click.command()
@click.argument("folder")
@click.option("--queries", "count", default=46)
@click.option("--coefficients", type=click.Path(path_type=Path), help="Linear rerankers, fitted.")
@click.option("--seed", default=0)
def main(folder: str, count: int, coefficients: Path | None, seed: int) -> None:
    """Prints what attacks win against each ranker."""
    home = settings.load()
    encoder = load_encoder(home.encoder, home.models_path, hub=home.model_hub)
    collection = evaluate.read_judged(folder)[0]
    queries = list(collection.queries.values())[:count]
    with evaluate.field_of(collection, encoder) as field:
        made = attacks(field, queries, seed)
        clean = [work.paper.abstract for work in field.documents.works.values()]
    papers = (*collection.documents, *(attack.paper for attack in made))
    wider = Collection(collection.name, papers, collection.queries, collection.qrels)
    with evaluate.field_of(wider, encoder) as field:
        rankers = {"hybrid": HYBRID, "words": LEXICAL, "meaning": DENSE}
        for name, pipeline in rankers.items():
            _tell(name, made, [field.names(_ranked(field, pipeline, one.query)) for one in made])
        if coefficients is not None:
            rank = learned(field, "listwise", str(coefficients))
            _tell("linear reranker", made, [list(rank(one.query)) for one in made])
    for name, seen in (("stuffed", stuffed), ("not fluent", not_fluent)):
        told = [
            f"{kind} {np.mean([seen(one.paper.abstract) for one in made if one.kind == kind]):.2f}"
            for kind in ("stuffing", "sentence", "imitated")
        ]
        false = np.mean([seen(abstract) for abstract in clean])
        click.echo(f"filter {name:10}: {', '.join(told)}; untouched {false:.3f}")


def _tell(name: str, made: Sequence[Attack], rankings: Sequence[Sequence[str]]) -> None:
    """Ranks among the untouched papers; what is not ranked counts as one below the last."""
    for kind in ("stuffing", "sentence", "imitated"):
        won, top = [], []
        for attack, ranking in zip(made, rankings, strict=True):
            if attack.kind != kind:
                continue
            others = [one for one in ranking if not one.startswith("attack-")]
            old = others.index(attack.target) if attack.target in others else len(others)
            mine = attack.paper.id
            above = ranking[: list(ranking).index(mine)] if mine in ranking else ranking
            new = sum(not one.startswith("attack-") and one != attack.target for one in above)
            won.append(old - new)
            top.append(new < 10)
        click.echo(
            f"{name:16} {kind:9} ranks won {np.mean(won):6.1f}  in the first ten"
            f" {np.mean(top):.2f}  ({len(won)} attacks)"
        )


if __name__ == "__main__":
    main()
