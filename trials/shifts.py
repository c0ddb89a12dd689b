"""What changes between two times: ``python -m trials.shifts gap OLD NEW`` and ``… shares DIR``.

``gap`` asks whether an encoder does better on papers from before its training than on later
ones, beside a system that was never trained (Haimes et al., "Benchmark Inflation", 2024): titles
ask for abstracts, from both times in the same numbers by category.

``shares`` attributes a change of nDCG@10 between two weeks to queries, papers and system by
Shapley values, where one known shift is put into one of them (Zhang et al., ICML 2023). Weeks
differ by chance as well: each has its own sample of papers and queries.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict

from broadsheet import settings
from broadsheet.encoders import Encoder, load_encoder
from broadsheet.evaluate import (
    Collection,
    Judged,
    chosen,
    compare,
    field_of,
    judge,
    perturbations,
    read_judged,
    shapley,
)
from broadsheet.evaluate.collection import read_lines
from broadsheet.papers import Paper
from broadsheet.text import clean_paper

CATEGORIES = ("cs.CL", "cs.CV", "cs.LG", "cs.RO")
SYSTEMS = ("dense", "hybrid", "bm25")
CONTROL = "bm25"
_DRAWS = 2_000
_SHORTEST = 200  # characters of an abstract


def titled(file: Path, name: str, each: int) -> Collection:
    """``each`` papers of every category, the same every time: titles ask, abstracts are found."""
    kept: dict[str, list[tuple[bytes, Paper]]] = {category: [] for category in CATEGORIES}
    for _, line in read_lines(file):
        row = json.loads(line)
        first = (row.get("categories") or [""])[0]
        if first in kept and len(row["abstract"]) > _SHORTEST:
            key = hashlib.blake2b(row["id"].encode(), digest_size=8).digest()
            paper = Paper(row["id"], name, title=row["title"], abstract=row["abstract"])
            kept[first].append((key, paper))
    drawn = [pair for found in kept.values() for pair in sorted(found, key=_key)[:each]]
    papers = [clean_paper(paper) for _, paper in drawn]
    queries = {paper.id: paper.title for paper in papers}
    documents = tuple(replace(paper, title="") for paper in papers)
    return Collection(name, documents, queries, {paper.id: {paper.id: 1} for paper in papers})


def _key(pair: tuple[bytes, Paper]) -> bytes:
    return pair[0]


def told_apart(one: Collection, other: Collection) -> float:
    """AUC of telling the two times apart by words of titles: .5 means indistinguishable."""
    texts = [*one.queries.values(), *other.queries.values()]
    labels = [0] * len(one.queries) + [1] * len(other.queries)
    features = TfidfVectorizer(sublinear_tf=True, min_df=2).fit_transform(texts)
    scores = cross_val_predict(
        LogisticRegression(max_iter=500), features, labels, cv=5, method="predict_proba"
    )
    return float(roc_auc_score(labels, scores[:, 1]))


def resampled(judged: Judged, system: str, random: np.random.Generator) -> np.ndarray:
    """Bootstrap draws of a system's lead over the control on one collection."""
    lead = judged.of(system) - judged.of(CONTROL)
    times = random.multinomial(len(lead), np.full(len(lead), 1 / len(lead)), size=_DRAWS)
    return np.asarray(times @ lead / len(lead))


def gap_table(old: Judged, new: Judged) -> Iterator[str]:
    """By system: both times, and how much of its lead over the control is lost."""
    yield "| system | old | new | lead over bm25, old | new | inflation (95 %) |"
    yield "|---|--:|--:|--:|--:|--:|"
    random = np.random.default_rng(0)
    for system in old.systems:
        before, after = old.of(system).mean(), new.of(system).mean()
        line = f"| {system} | {before:.4f} | {after:.4f} "
        if system == CONTROL:
            yield line + "| | | |"
            continue
        leads = [judged.of(system).mean() - judged.of(CONTROL).mean() for judged in (old, new)]
        drawn = resampled(old, system, random) - resampled(new, system, random)
        low, high = np.quantile(drawn, [0.025, 0.975])
        yield line + (
            f"| {leads[0]:+.4f} | {leads[1]:+.4f} | {leads[0] - leads[1]:+.4f} "
            f"({low:+.4f} {high:+.4f}) |"
        )


PARTS = ("queries", "papers", "system")


def week(collection: Collection, random: np.random.Generator, shift: str) -> Collection:
    """A week of its own: two thirds of the queries, four fifths of the papers; and the shift."""
    queries = list(collection.queries)
    asked = random.permutation(len(queries))[: 2 * len(queries) // 3]
    there = random.random(len(collection.documents)) < 0.8
    documents = [paper for paper, keep in zip(collection.documents, there, strict=True) if keep]
    texts = {queries[place]: collection.queries[queries[place]] for place in sorted(asked.tolist())}
    if shift == "queries":
        for _ in range(2):
            texts = {query: perturbations.typo(text, random) for query, text in texts.items()}
    if shift == "papers":
        lost = random.random(len(documents)) < 0.4
        documents = [
            replace(paper, abstract="") if gone else paper
            for paper, gone in zip(documents, lost, strict=True)
        ]
    qrels = {query: collection.qrels[query] for query in texts}
    return replace(collection, documents=tuple(documents), queries=texts, qrels=qrels)


def shares_of(
    collection: Collection, encoder: Encoder, shift: str, seed: int
) -> Mapping[str, float]:
    """The Shapley shares of one pair of weeks, the second with the shift."""
    random = np.random.default_rng(seed)
    weeks = (week(collection, random, ""), week(collection, random, shift))
    systems = chosen(("hybrid", "lexical"))  # a lost encoder leaves the words alone
    means = {}
    with ExitStack() as stack:
        for papers, filed in enumerate(weeks):
            ground = stack.enter_context(field_of(filed, encoder))
            for queries, asked in enumerate(weeks):
                both = replace(filed, queries=asked.queries, qrels=asked.qrels)
                judged = judge(replace(ground, collection=both), systems)
                for system in (0, 1):
                    name = judged.systems[system if shift == "system" else 0]
                    means[queries, papers, system] = float(judged.of(name).mean())

    def value(now: frozenset[str]) -> np.ndarray:
        queries, papers, system = (int(part in now) for part in PARTS)
        return np.array(means[queries, papers, system])

    return {part: float(share) for part, share in shapley(value, PARTS).items()}


def _encoder() -> Encoder:
    home = settings.load()
    return load_encoder(home.encoder, home.models_path, hub=home.model_hub)


@click.group()
def main() -> None:
    """What changes between two times."""


@main.command()
@click.argument("old", type=click.Path(path_type=Path, exists=True))
@click.argument("new", type=click.Path(path_type=Path, exists=True))
@click.option("--each", default=500, show_default=True, help="Papers of each category.")
def gap(old: Path, new: Path, each: int) -> None:
    """Whether an encoder does worse on papers from after its training."""
    sets = [titled(path, name, each) for path, name in ((old, "old"), (new, "new"))]
    before, after = compare(sets, chosen(SYSTEMS), _encoder())
    counts = " and ".join(f"{len(one.documents):,}" for one in sets)
    click.echo(f"{counts} papers of {', '.join(CATEGORIES)};")
    click.echo(f"titles tell the times apart with AUC {told_apart(*sets):.3f}\n")
    click.echo("\n".join(gap_table(before, after)))


@main.command()
@click.argument("folder")
@click.option("--seeds", default=5, show_default=True)
def shares(folder: str, seeds: int) -> None:
    """To what a change is owed, with one known shift put in."""
    collection, encoder = read_judged(folder)[0], _encoder()
    click.echo("| shift put into | queries | papers | system | named right |")
    click.echo("|---|--:|--:|--:|--:|")
    for shift in ("none", *PARTS):
        found = [shares_of(collection, encoder, shift, seed) for seed in range(seeds)]
        click.echo(f"| {shift} | {' | '.join(_cells(found))} | {_named(found, shift)} |")


def _cells(found: Sequence[Mapping[str, float]]) -> list[str]:
    columns = {part: np.array([one[part] for one in found]) for part in PARTS}
    return [f"{values.mean():+.4f} ± {values.std():.4f}" for values in columns.values()]


def _named(found: Sequence[Mapping[str, float]], shift: str) -> str:
    if shift == "none":
        return ""
    right = sum(min(one, key=lambda part: one[part]) == shift for one in found)
    return f"{right} of {len(found)}"


if __name__ == "__main__":
    main()
