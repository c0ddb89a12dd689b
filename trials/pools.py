"""Whether shallow judgements would have chosen another system: ``python -m trials.pools DIR...``

Judgements are thinned to what a small pool would have seen (the first documents of one or two
systems) and to relevant or not, as quick collections have them; then the same systems are ranked
again. T2Ranking (Xie et al., SIGIR 2023) pools many systems and grades for this reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click
import numpy as np
from scipy.stats import kendalltau

from broadsheet import settings
from broadsheet.encoders import load_encoder
from broadsheet.evaluate import DEFAULT, Judged, chosen, compare, measure, read_judged

Qrels = Mapping[str, Mapping[str, int]]
POOLS = {
    "bm25, first 10": (("bm25",), 10),
    "bm25, first 3": (("bm25",), 3),
    "bm25 and dense, first 10": (("bm25", "dense"), 10),
    "all systems, first 10": (DEFAULT, 10),
}


def thinned(
    qrels: Qrels, judged: Judged, pool: Sequence[str], depth: int, *, binary: bool
) -> Qrels:
    """The judgements of what the pool's systems have in their first ``depth``."""
    kept = {}
    for query, grades in qrels.items():
        seen = {name for system in pool for name in judged.rankings[system][query][:depth]}
        kept[query] = {
            name: int(grade > 0) if binary else grade
            for name, grade in grades.items()
            if name in seen
        }
    return kept


def means(judged: Judged, qrels: Qrels) -> list[float]:
    """Each system's nDCG@10 by other judgements, over queries that keep a relevant document."""
    asked = {
        query: grades for query, grades in qrels.items() if any(g > 0 for g in grades.values())
    }
    found = []
    for system in judged.systems:
        rankings = {query: judged.rankings[system][query] for query in asked}
        found.append(float(np.mean(list(measure(rankings, asked)["ndcg@10"].values()))))
    return found


def unjudged(judged: Judged, qrels: Qrels, system: str) -> float:
    """The share of a system's first ten that nobody judged."""
    tops = judged.rankings[system]
    return float(np.mean([np.mean([n not in qrels[q] for n in tops[q][:10]]) for q in qrels]))


@click.command()
@click.argument("folders", metavar="DIR...", nargs=-1, required=True)
@click.option("--sample", default=400, show_default=True, help="Queries a collection.")
def main(folders: tuple[str, ...], sample: int) -> None:
    """Prints how the order of systems changes with the judgements."""
    home = settings.load()
    encoder = load_encoder(home.encoder, home.models_path, hub=home.model_hub)
    click.echo(
        "| collection | judgements | Kendall τ to the full order | best | unjudged@10 hybrid |"
    )
    click.echo("|---|---|--:|---|--:|")
    for folder in folders:
        for collection in read_judged(folder):
            (judged,) = compare([collection], chosen(DEFAULT), encoder, sample=sample)
            qrels = {query: collection.qrels[query] for query in judged.queries}
            full = means(judged, qrels)
            binary = {q: {n: int(g > 0) for n, g in grades.items()} for q, grades in qrels.items()}
            sets: dict[str, Qrels] = {"full": qrels, "full, not graded": binary}
            for name, (pool, depth) in POOLS.items():
                sets[name] = thinned(qrels, judged, pool, depth, binary=True)
            for name, thin in sets.items():
                found = means(judged, thin)
                tau = float(kendalltau(full, found).statistic)
                best = judged.systems[int(np.argmax(found))]
                share = unjudged(judged, thin, "hybrid")
                click.echo(f"| {collection.name} | {name} | {tau:.3f} | {best} | {share:.3f} |")


if __name__ == "__main__":
    main()
