"""What adapting the stock encoder to a home brings it: ``python -m trials.adapting DATA``

The home is arxiv-2025-2026 up to the end of May 2026; asked for are papers of the months after, by
meaning alone (dense: the nearest of all) and, for the first 300 queries, through the product's own
search (hybrid):

- known-item: 1,000 titles ask for one of 3,000 abstracts;
- similar: first halves of abstracts ask for the second halves, the same papers.

Every recipe is trained with every seed on what came before. Values of a query are averaged over
the seeds; differences to the stock encoder are paired: a bootstrap interval, a randomisation test,
and by topic (the first category) with Holm's correction.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import numpy as np
from numpy.typing import NDArray

from broadsheet.encoders import AdaptedEncoder, Encoder, Vectors
from broadsheet.evaluate import Collection, chosen, compare, holm, interval, randomisation
from broadsheet.learn import Corpus, corpus_of_files, holdout, read_recipe, train_model
from broadsheet.learn.keeping import kept_vectors
from broadsheet.text import embedded_text
from trials.training import (
    HELD_FROM,
    cache_folder,
    document,
    drawn,
    plain_row,
    stock,
)

LATER, QUERIES = 3_000, 1_000
TOPIC = 30  # queries that a topic needs to be told apart
Floats = NDArray[np.float64]
Asked = tuple[Floats, NDArray[np.str_]]


@click.command()
@click.argument("data", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--recipe", "names", multiple=True, default=("adapt", "adapt-query"))
@click.option("--seeds", type=int, default=3, show_default=True)
@click.option("--papers", type=int, default=0, help="The newest so many only; 0: all.")
@click.option("--searched", type=int, default=300, help="Queries through the product's search.")
def main(data: Path, names: tuple[str, ...], seeds: int, papers: int, searched: int) -> None:
    """Prints a table a recipe."""
    past, sets = home(data)
    if papers:
        past = Corpus(past.documents[-papers:])
    click.echo(f"{len(past):,} papers before {HELD_FROM}; {len(sets[0].documents):,} asked from")
    texts = [text for one in sets for text in one.queries.values()]
    texts += [embedded_text(paper) for one in sets for paper in one.documents]
    kept = Kept(texts)
    before = told("stock", sets, kept, searched)
    for name in names:
        runs = []
        for seed in range(seeds):
            folder = cache_folder() / "adapting" / f"{name}-{seed}-{papers}"
            if not (folder / "meta.json").is_file():
                _, history = train_model(
                    read_recipe(name).seeded(seed),
                    past,
                    folder,
                    encoder_of=stock,
                    cache=cache_folder() / "vectors",
                )
                click.echo(f"{name}, seed {seed}: {history.pairs:,} pairs, {history.seconds:.0f} s")
            adapted = AdaptedEncoder(folder, lambda _: kept)
            runs.append(told(f"{name}, seed {seed}", sets, adapted, searched))
        for key, values in before.items():
            report(f"{name} {key}", [run[key][0] for run in runs], *values)


def told(
    name: str, sets: Sequence[Collection], encoder: Encoder, searched: int
) -> dict[str, Asked]:
    """Measures one encoder in a line."""
    with TemporaryDirectory() as cache:
        found = measured(sets, encoder, Path(cache), searched)
    click.echo(f"{name}: " + ", ".join(f"{key} {one[0].mean():.4f}" for key, one in found.items()))
    return found


def home(data: Path) -> tuple[Corpus, list[Collection]]:
    """The papers before the later months, and what is asked of those; read once, then kept."""
    kept = cache_folder() / "adapting.json"
    if kept.is_file():
        past, later = (
            [document(row) for row in rows] for rows in json.loads(kept.read_text("utf-8"))
        )
    else:
        whole = corpus_of_files([data / "arxiv-2025-2026" / "corpus.jsonl.zst"])
        before, after = whole.split(HELD_FROM)
        past, later = list(before.documents), drawn(after.documents, LATER)
        kept.parent.mkdir(parents=True, exist_ok=True)
        rows = [[plain_row(one) for one in part] for part in (past, later)]
        kept.write_text(json.dumps(rows), "utf-8")
    return Corpus(tuple(past)), holdout(Corpus.of(later), HELD_FROM, queries=QUERIES)


class Kept:
    """The stock encoder, each text encoded once: all adapted encoders ask it for the same ones."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._encoder = stock("all-MiniLM-L6-v2")
        self.name, self.key = self._encoder.name, self._encoder.key
        self.dimensions = self._encoder.dimensions
        vectors = kept_vectors(self._encoder, texts, cache_folder() / "vectors")
        self._known = dict(zip(texts, vectors, strict=True))

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """(n, dimensions), in the order of ``texts``."""
        new = list(dict.fromkeys(text for text in texts if text not in self._known))
        if new:
            self._known.update(zip(new, self._encoder.encode_queries(new), strict=True))
        return np.stack([self._known[text] for text in texts])

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """As `encode_queries`: the stock encoder makes no difference."""
        return self.encode_queries(texts)


def measured(
    sets: Sequence[Collection], encoder: Encoder, cache: Path, searched: int
) -> dict[str, Asked]:
    """MRR@10 by query and each query's topic, for each set and system."""
    values = {}
    for one in sets:
        documents = encoder.encode_documents([embedded_text(paper) for paper in one.documents])
        scores = encoder.encode_queries(list(one.queries.values())) @ documents.T
        rows = {paper.id: row for row, paper in enumerate(one.documents)}
        own = scores[np.arange(len(scores)), [rows[query] for query in one.queries]]
        ranks = (scores > own[:, None]).sum(axis=1) + 1
        values[f"{one.name} dense"] = (
            np.where(ranks <= 10, 1 / ranks, 0),
            topics(one, one.queries),
        )
        if not searched:
            continue
        judged = compare([one], chosen(("hybrid",)), encoder, cache=cache, sample=searched)[0]
        found = judged.of("hybrid", "mrr@10")
        values[f"{one.name} hybrid"] = (found, topics(one, judged.queries))
    return values


def topics(one: Collection, queries: Iterable[str]) -> NDArray[np.str_]:
    """The first category of each asked query's paper."""
    return np.array([one.groups["topic"][query] for query in queries])


def report(name: str, runs: Sequence[Floats], before: Floats, areas: NDArray[np.str_]) -> None:
    """A line for all queries, and one for each topic."""
    means = [float(run.mean()) for run in runs]
    after = np.mean(runs, axis=0)
    gap = after - before
    low, high = interval(gap)
    click.echo(
        f"{name:32} {before.mean():.4f} -> {after.mean():.4f} ~{np.std(means):.4f}"
        f" {gap.mean():+.4f} [{low:+.4f}, {high:+.4f}] p={randomisation([gap]):.4f}"
    )
    known = [one for one in np.unique(areas) if (areas == one).sum() >= TOPIC]
    tests = holm([randomisation([gap[areas == one]]) for one in known])
    cells = [
        f"{one} {gap[areas == one].mean():+.3f} (n={(areas == one).sum()}, p={p:.3f})"
        for one, p in zip(known, tests, strict=True)
    ]
    click.echo(f"{'':8}{'; '.join(cells)}")


if __name__ == "__main__":
    main()
