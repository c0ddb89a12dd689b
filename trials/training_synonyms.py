"""Whether names of one thing are found by each other: acronyms and their long forms.

``python -m trials.training_synonyms CONFIG.toml DATA --only NAME…`` trains the variants of a
config of `trials.training` and measures them on papers held back by date:

- synonym: a long form asks for a paper that says only the short one, Recall@10 among the papers
  held back; apart for concepts that the training papers define too and for new ones;
- matching: a short form asks for its long form among all that are defined there, accuracy.
"""

from __future__ import annotations

import importlib
import importlib.util
import tomllib
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from broadsheet.evaluate import interval
from broadsheet.learn import trainer
from broadsheet.learn.corpus import Corpus
from broadsheet.learn.job import Job
from broadsheet.learn.pairs_reading import acronyms
from broadsheet.learn.pairs_text import shortened
from broadsheet.learn.training import register_parts
from broadsheet.papers import Paper
from broadsheet.text import long_key
from trials.training import PARTS, cache_folder, ground, stock, variants

Bools = NDArray[np.bool_]
_MOST = 1_500  # concepts that are asked for


def concepts(papers: Sequence[Paper], known: set[str]) -> list[tuple[int, str, str, bool]]:
    """Row, short and long form of one acronym a paper, and whether training papers define it."""
    found = [
        (row, one.short, one.long, long_key(one.long) in known)
        for row, paper in enumerate(papers)
        for one in acronyms("", paper.abstract)[:1]
    ]
    return found[:_MOST]


def defined(corpus: Corpus) -> set[str]:
    """Long forms that the papers define."""
    return {long_key(a.long) for d in corpus.documents for a in acronyms(d.title, d.abstract)}


def measured(
    job: Job, papers: Sequence[Paper], asked: Sequence[tuple[int, str, str, bool]]
) -> tuple[Bools, Bools]:
    """Which concepts found their paper among ten, and which short form its long one."""
    texts = [paper.abstract for paper in papers]
    for row, short, long, _ in asked:
        texts[row] = shortened(texts[row], long, short)
    student = job.student
    documents = job.encoded(student.pack(texts, "document"), "document")
    longs = job.encoded(student.pack([long for _, _, long, _ in asked], "query"), "query")
    shorts = job.encoded(student.pack([short for _, short, _, _ in asked], "query"), "query")
    rows = np.array([row for row, *_ in asked])
    scores = longs @ documents.T
    found = (scores > scores[np.arange(len(rows)), rows][:, None]).sum(1) < 10
    keys = np.array([long_key(long) for _, _, long, _ in asked])
    return found, keys[(shorts @ longs.T).argmax(1)] == keys


@click.command()
@click.argument("config", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("data", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--only", multiple=True, required=True)
@click.option("--seeds", default=3, show_default=True)
def main(config: Path, data: Path, only: tuple[str, ...], seeds: int) -> None:
    """Prints a line a variant; differences are to the first one."""
    register_parts()
    for module in PARTS:
        if importlib.util.find_spec(f"trials.{module}") is not None:
            importlib.import_module(f"trials.{module}")
    settings = tomllib.loads(config.read_text("utf-8"))
    over = ground(data, int(settings["papers"]))
    papers = over.sets[0].documents
    asked = concepts(papers, defined(over.corpus))
    seen = np.array([known for *_, known in asked])
    click.echo(f"{len(asked)} concepts, {seen.sum()} of them in training papers too")
    first: NDArray[np.float64] | None = None
    for name in only:
        recipe = variants(settings, str(config))[name][0]
        values = []
        for seed in range(seeds):
            job = Job(recipe.seeded(seed), over.corpus, stock, cache_folder() / "vectors")
            trainer.prepare(job)
            trainer.fit(job)
            values.append(np.array(measured(job, papers, asked), np.float64))
        mean = np.mean(values, axis=0)
        first = mean if first is None else first
        cells = []
        for label, row, part in (
            ("synonym, known", 0, seen),
            ("synonym, new", 0, ~seen),
            ("matching, known", 1, seen),
            ("matching, new", 1, ~seen),
        ):
            low, high = interval(mean[row, part] - first[row, part])
            gap = (mean[row, part] - first[row, part]).mean()
            cells.append(
                f"{label} {mean[row, part].mean():.4f} {gap:+.4f} [{low:+.4f}, {high:+.4f}]"
            )
        click.echo(f"{name:20} | " + " | ".join(cells))


if __name__ == "__main__":
    main()
