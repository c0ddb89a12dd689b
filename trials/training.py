"""Compares ways to train a retriever: ``python -m trials.training CONFIG.toml DATA [--only NAME]``

One runner for pairs, negatives, batches, weights, losses, choices of data and schedules. A config
holds a recipe and what its variants change in it:

    seeds = [0, 1, 2]
    papers = 40_000

    [recipe]                       # as in a recipe's file
    student = {kind = "static", dimensions = 256}
    pairs = [{kind = "title-abstract"}]
    loss = {kind = "infonce"}
    schedule = {epochs = 2, learning_rate = 0.01}

    [[variant]]
    name = "guided"
    about = "masked by a frozen guide"
    guide = "initial"              # every other key replaces the recipe's table or value
    guards = [{kind = "guided"}]

The first line of the table is the recipe as it stands; every variant is compared with it (or with
its own ``against``, another variant's name). Trained is on arXiv papers announced before May 2026
and Anthology papers from 2016 on; measured, without an index (cosines of all documents), on

- known-item: 2,000 titles of June 2026 and later ask for one of 6,000 abstracts;
- similar: first halves of abstracts ask for the second halves, the same papers;
- judged: nDCG@10 on Cranfield, CACM, SciFact (training claims), NFCorpus (dev), SciTLDR.

Values of a query are averaged over the seeds before they are compared: a randomisation test over
queries, and a bootstrap interval of the difference. ``~`` is the standard deviation between seeds.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click
import numpy as np
import platformdirs
from numpy.typing import NDArray

from broadsheet.encoders import Encoder, Ragged, load_encoder
from broadsheet.evaluate import Collection, interval, measure, randomisation, read_judged
from broadsheet.learn import trainer
from broadsheet.learn.corpus import Corpus, Document, corpus_of_files
from broadsheet.learn.errors import LearnError
from broadsheet.learn.held_out import holdout
from broadsheet.learn.job import Job
from broadsheet.learn.recipe import Recipe, recipe_of
from broadsheet.learn.training import check_recipe, register_parts
from broadsheet.text import embedded_text
from trials.training_probes import PROBES

# Modules of parts that lost, or have not won: they register here and nowhere else.
PARTS = (
    "training_parts_losses",
    "training_parts_weights",
    "training_parts_choice",
    "training_parts_shapley",
    "training_parts_data",
    "training_parts_pairs",
    "training_parts_optimisers",
)
JUDGED = ("cranfield", "cacm", "scifact", "nfcorpus-stopworded:dev", "scitldr")
TRAINED_BEFORE, HELD_FROM = "2026-05-01", "2026-06-01"
ANTHOLOGY_FROM = "2016"  # what came before has a licence that lets nothing ship
HELD_DOCUMENTS, HELD_QUERIES = 6_000, 2_000
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ground:
    """What is trained on, and what is measured on."""

    corpus: Corpus
    sets: tuple[Collection, ...]
    shared: dict[object, Any] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the sets."""
        return tuple(one.name for one in self.sets)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One variant: values by set and query, averaged over seeds; means by set and seed."""

    values: Mapping[str, Floats]
    seeds: Mapping[str, tuple[float, ...]]
    seconds: float
    notes: Mapping[str, float]


def cache_folder() -> Path:
    """Where trials keep what is dear to make."""
    return Path(platformdirs.user_cache_dir("broadsheet", appauthor=False)) / "trials"


def stock(name: str) -> Encoder:
    """A stock encoder by its name."""
    return load_encoder(name, cache_folder() / "models")


def ground(data: Path, papers: int) -> Ground:
    """Three quarters of ``papers`` from arXiv, one from the Anthology; read once, then kept."""
    kept = cache_folder() / f"papers-{papers}.json"
    if kept.is_file():
        train, held = (
            [document(row) for row in rows] for rows in json.loads(kept.read_text("utf-8"))
        )
    else:
        arxiv = corpus_of_files([data / "arxiv-2025-2026" / "corpus.jsonl.zst"])
        past, rest = arxiv.split(TRAINED_BEFORE)
        anthology = corpus_of_files([data / "acl-anthology" / "corpus.jsonl.zst"])
        _, recent = anthology.split(ANTHOLOGY_FROM)
        whole = [one for one in recent.documents if one.abstract]
        train = [*drawn(past.documents, papers * 3 // 4), *drawn(whole, papers // 4)]
        held = drawn(rest.split(HELD_FROM)[1].documents, HELD_DOCUMENTS)
        kept.parent.mkdir(parents=True, exist_ok=True)
        rows = [[plain_row(one) for one in part] for part in (train, held)]
        kept.write_text(json.dumps(rows), "utf-8")
    sets = holdout(Corpus.of(held), HELD_FROM, queries=HELD_QUERIES)
    sets += [one for name in JUDGED for one in read_judged(str(data / name))]
    return Ground(Corpus.of(train), tuple(sets))


def drawn(documents: Sequence[Document], count: int) -> list[Document]:
    """Some of them, the same every time."""
    rng = np.random.default_rng(0)
    places = rng.choice(len(documents), min(count, len(documents)), replace=False)
    return [documents[place] for place in sorted(places.tolist())]


def plain_row(one: Document) -> list[Any]:
    """A document as JSON takes it."""
    authors, categories, cites = list(one.authors), list(one.categories), list(one.cites)
    texts = [one.name, one.title, one.abstract]
    return [*texts, authors, categories, one.day, one.key.hex(), cites]


def document(row: list[Any]) -> Document:
    """The other way."""
    name, title, abstract, authors, categories, day, key, cites = row
    return Document(
        name,
        title,
        abstract,
        tuple(authors),
        tuple(categories),
        day,
        bytes.fromhex(key),
        tuple(cites),
    )


def outcome(
    recipe: Recipe, over: Ground, seeds: Sequence[int], probes: Sequence[str] = ()
) -> Outcome:
    """Trains with every seed and measures; ``probes`` of `training_probes` add to the notes."""
    values: dict[str, list[Floats]] = {name: [] for name in over.names}
    seconds, notes = 0.0, {}
    for seed in seeds:
        job = Job(
            recipe.seeded(seed), over.corpus, stock, cache_folder() / "vectors", shared=over.shared
        )
        trainer.prepare(job)
        history = trainer.fit(job)
        seconds += history.seconds / len(seeds)
        for probe in probes:
            history.notes.update(PROBES[probe](job, over.sets[0]))
        for name, value in history.notes.items():
            notes[name] = notes.get(name, 0.0) + value / len(seeds)
        for one in over.sets:
            values[one.name].append(by_query(job, one))
    return Outcome(
        {name: np.mean(found, axis=0) for name, found in values.items()},
        {name: tuple(float(one.mean()) for one in found) for name, found in values.items()},
        seconds,
        notes,
    )


def by_query(job: Job, one: Collection) -> Floats:
    """MRR@10 of known items (they have one answer each), nDCG@10 of all others, (queries,)."""
    documents, queries = packed(job, one)
    found, asked = job.encoded(documents, "document"), job.encoded(queries, "query")
    names = [paper.id for paper in one.documents]
    rankings: dict[str, Sequence[str]] = {}
    table = asked @ found.T
    for query, scores in zip(one.queries, table, strict=True):
        best = np.argpartition(-scores, min(10, len(scores) - 1))[:10]
        order = best[np.lexsort((best, -scores[best]))]
        rankings[query] = [names[row] for row in order.tolist()]
    values = measure(rankings, one.qrels)["mrr@10" if one.name in HELD else "ndcg@10"]
    return np.array([values[query] for query in one.queries])


def packed(job: Job, one: Collection) -> tuple[Ragged, Ragged]:
    """A set's documents and queries as the student's ids, kept while its start is shared."""
    known = ("packed", one.name, job.recipe.student.kind, *sorted(job.recipe.student.args.items()))
    if known not in job.shared:
        texts = [embedded_text(paper) for paper in one.documents]
        job.shared[known] = (
            job.student.pack(texts, "document"),
            job.student.pack(list(one.queries.values()), "query"),
        )
    found: tuple[Ragged, Ragged] = job.shared[known]
    return found


HELD = ("known-item", "similar")


def variants(config: Mapping[str, Any], place: str) -> dict[str, tuple[Recipe, str, str]]:
    """By name each variant's recipe, what it is compared with, and what it is about."""
    base = config["recipe"]
    found = {"recipe": (recipe_of({"name": "recipe", **base}), "", "as it stands")}
    for entry in config.get("variant", []):
        changes = {k: v for k, v in entry.items() if k not in ("name", "about", "against")}
        merged = {**base, **changes, "name": entry["name"]}
        if isinstance(changes.get("schedule"), dict):
            merged["schedule"] = {**base.get("schedule", {}), **changes["schedule"]}
        merged = {key: value for key, value in merged.items() if value != "none"}
        found[entry["name"]] = (
            recipe_of(merged),
            entry.get("against", "recipe"),
            entry.get("about", ""),
        )
    for recipe, _, _ in found.values():
        try:
            check_recipe(recipe)
        except LearnError as error:
            raise click.ClickException(f"{place}: {recipe.name}: {error}") from error
    return found


def line(name: str, one: Outcome, other: Outcome | None) -> str:
    """A row of the table, with differences to the other."""
    cells = []
    groups = {"known-item": ["known-item"], "similar": ["similar"]}
    groups["judged"] = [known for known in one.values if known not in HELD]
    for sets in groups.values():
        means = np.mean([one.seeds[known] for known in sets], axis=0)
        cell = f"{means.mean():.4f} ~{means.std():.4f}"
        if other is not None:
            gaps = [one.values[known] - other.values[known] for known in sets]
            pooled = np.concatenate([gap / len(gap) for gap in gaps])
            gap = float(np.mean([gap.mean() for gap in gaps]))
            low, high = interval(pooled * len(pooled) / len(gaps))
            p = randomisation(gaps)
            cell += f" {gap:+.4f} [{low:+.4f}, {high:+.4f}] p={p:.4f}"
        cells.append(cell)
    told = " ".join(f"{key}={value:.4g}" for key, value in sorted(one.notes.items()))
    return f"{name:28} | " + " | ".join(cells) + f" | {one.seconds:5.1f} s | {told}"


@click.command()
@click.argument("config", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("data", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--only", multiple=True, help="Variants to run, beside what they are compared with.")
@click.option("--seeds", type=int, help="How many seeds, in place of the config's.")
@click.option("--papers", type=int, help="How many papers, in place of the config's.")
def main(
    config: Path, data: Path, only: tuple[str, ...], seeds: int | None, papers: int | None
) -> None:
    """Prints a table: a line a variant."""
    register_parts()
    importlib.import_module("torch").set_num_threads(1)  # two runs side by side beat one on two
    for module in PARTS:
        if importlib.util.find_spec(f"trials.{module}") is not None:
            importlib.import_module(f"trials.{module}")
    settings = tomllib.loads(config.read_text("utf-8"))
    known = variants(settings, str(config))
    over = ground(data, papers or int(settings.get("papers", 40_000)))
    numbers = list(range(seeds)) if seeds else settings.get("seeds", [0, 1, 2])
    wanted = [name for name in known if not only or name in only]
    wanted += [known[name][1] for name in wanted if known[name][1] not in ("", *wanted)]
    done: dict[str, Outcome] = {}
    click.echo(f"{len(over.corpus):,} papers; seeds {numbers}; known-item | similar | judged")
    for name in sorted(dict.fromkeys(wanted), key=lambda name: list(known).index(name)):
        recipe, against, _about = known[name]
        done[name] = outcome(replace(recipe), over, numbers, settings.get("probes", []))
        click.echo(line(name, done[name], done.get(against)))


if __name__ == "__main__":
    main()
