"""How many mined negatives are relevant: ``python -m trials.training_false_negatives DIR…``

On judged collections, where it is known. Each query keeps one of its relevant papers as its own;
what a source of negatives brings is then looked up among the judgements: *false* is the share that
is relevant. With the guard, *left out* is the share of negatives that it strikes, *right* how many
of those are relevant, *found* how many of the relevant ones it strikes, *after* the share of
relevant ones among those that stay. Judgements are incomplete, so every share of relevant papers
is too low; Cranfield's are the most complete.
"""

from __future__ import annotations

from collections.abc import Sequence

import click
import numpy as np

from broadsheet.evaluate import Collection, read_judged
from broadsheet.learn.corpus import Corpus, document_of
from broadsheet.learn.guards import suspects
from broadsheet.learn.job import Job
from broadsheet.learn.parts import Pair, Rows, built
from broadsheet.learn.recipe import Spec, recipe_of
from broadsheet.learn.training import register_parts
from broadsheet.text import text_hash
from trials.training import cache_folder, stock

SOURCES = {
    "random": Spec("random", {"per_pair": 10}),
    "same-topic": Spec("same-topic", {"per_pair": 10, "clusters": 16}),
    "bm25": Spec("bm25", {"per_pair": 10, "depth": 50}),
    "dense-static": Spec("dense-static", {"per_pair": 10, "depth": 50}),
    "dense-static, balanced": Spec("dense-static", {"per_pair": 10, "depth": 50, "balanced": True}),
    "dense-static, skip 10": Spec("dense-static", {"per_pair": 10, "depth": 50, "skip": 10}),
}


def job_of(one: Collection, seed: int, guide: str) -> tuple[Job, list[set[int]]]:
    """A training on a collection's queries, one relevant paper each, and all relevant rows."""
    documents = [document_of(paper, "", text_hash(paper)) for paper in one.documents]
    rows = {document.name: row for row, document in enumerate(documents)}
    corpus = Corpus(tuple(documents))
    recipe = recipe_of(
        {
            "name": "false",
            "seed": seed,
            "guide": guide,
            "student": {"kind": "static"},
            "pairs": [{"kind": "title-abstract"}],
            "loss": {"kind": "infonce"},
        }
    )
    job = Job(recipe, corpus, stock, cache_folder() / "vectors")
    rng = np.random.default_rng(seed)
    relevant: list[set[int]] = []
    for query, text in one.queries.items():
        found = sorted(rows[name] for name, grade in one.qrels[query].items()
                       if grade > 0 and name in rows)  # fmt: skip
        if len(found) >= 2:
            job.pairs.append(Pair(text, found[int(rng.integers(len(found)))]))
            relevant.append(set(found))
    if not job.pairs:
        raise click.ClickException(f"{one.name}: no query has two relevant papers")
    job.student = built("student", recipe.student, job)
    job.start_guide()
    return job, relevant


def judged(job: Job, relevant: Sequence[set[int]], mined: Rows) -> tuple[Rows, Rows]:
    """For each negative: whether it is relevant, and whether the guard strikes it."""
    false, struck = [], []
    for row, found in enumerate(mined):
        candidates = found[found >= 0]
        own = np.array([row])
        false += [int(one) in relevant[row] for one in candidates]
        struck += suspects(job, own, candidates, 0.0, False)[0].tolist()
    return np.array(false), np.array(struck)


@click.command()
@click.argument("folders", metavar="DIR...", nargs=-1, required=True)
@click.option("--guide", default="initial", show_default=True)
@click.option("--seeds", default=3, show_default=True)
def main(folders: tuple[str, ...], guide: str, seeds: int) -> None:
    """Prints a table: a line a collection and source of negatives."""
    register_parts()
    click.echo("collection / negatives: false | left out, right, found, after")
    for one in [one for folder in folders for one in read_judged(folder)]:
        jobs = [job_of(one, seed, guide) for seed in range(seeds)]
        for name, spec in SOURCES.items():
            false, struck = [], []
            for job, relevant in jobs:
                mined = built("negatives", spec, job)(np.arange(len(job.pairs)), 0)
                told = judged(job, relevant, mined)
                false.append(told[0])
                struck.append(told[1])
            bad, out = np.concatenate(false), np.concatenate(struck)
            right = bad[out].mean() if out.any() else 0
            found = out[bad].mean() if bad.any() else 0
            click.echo(
                f"{one.name} / {name}: {bad.mean():.4f} | {out.mean():.4f}, {right:.4f}"
                f", {found:.4f}, {bad[~out].mean():.4f}  ({len(bad):,} negatives)"
            )


if __name__ == "__main__":
    main()
