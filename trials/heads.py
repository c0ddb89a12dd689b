"""Compares heads on frozen stock vectors: ``python -m trials.heads CONFIG.toml DATA [--only NAME]``

A config has ``seeds``, a ``[plan]`` (see `heads_fitting.Plan`), and variants:

    [[variant]]
    name = "grown"
    about = "ranks are added where they matter"
    head = "grown"            # see heads_maps.heads_of; "stock": none
    rank = 4
    sides = "both"            # or "query"
    tasks = ["search"]        # what it is trained on: search, similar, tagging, general
    pairs = 500               # how many pairs of each; 0: all
    plan = {steps = 60}       # what it changes in the plan
    against = "uniform"       # what it is compared with; the first variant otherwise

or merges of heads that were trained apart, one a task:

    merge = "fisher"          # mean, fisher, balanced, learned

Measured is MRR@10 of known items and similar papers, precision of tags (papers of one area among
the first ten), and mean nDCG@10 of five judged collections of other fields. Values of a query are
averaged over the seeds; differences are paired: a bootstrap interval and a randomisation test.
"""

from __future__ import annotations

import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import normalize

from broadsheet.evaluate import interval, randomisation
from trials import heads_latent, heads_merging
from trials.heads_data import Task, Vectors, vectors
from trials.heads_fitting import Plan, fitted
from trials.heads_maps import Heads, heads_of

GROUPS = ("known-item", "similar", "tags")
AREAS = 6  # experts
PROBE = 100
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Values by test and query, means over seeds; means by test and seed; what it took."""

    values: Mapping[str, Floats]
    seeds: Mapping[str, tuple[float, ...]]
    seconds: float
    size: int


@click.command()
@click.argument("config", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("data", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--only", multiple=True, help="Variants to run, beside what they are compared with.")
def main(config: Path, data: Path, only: tuple[str, ...]) -> None:
    """Prints a table: a line a variant."""
    settings = tomllib.loads(config.read_text("utf-8"))
    known = {one["name"]: one for one in settings["variant"]}
    first = next(iter(known))
    wanted = [name for name in known if not only or name in only]
    wanted += [known[name].get("against", first) for name in wanted]
    held = vectors(data)
    torch.set_num_threads(1)  # products this small are no faster on more
    if settings.get("pooling"):
        heads_latent.compare(held, settings["seeds"])
        return
    click.echo(f"seeds {settings['seeds']}; known-item | similar | tags | judged")
    done: dict[str, Outcome] = {}
    for name in sorted(dict.fromkeys(wanted), key=list(known).index):
        plan = Plan(**{**settings.get("plan", {}), **known[name].get("plan", {})})
        done[name] = outcome(known[name], plan, held, settings["seeds"])
        against = known[name].get("against", first)
        click.echo(line(name, done[name], done.get(against) if against != name else None))


def outcome(variant: Mapping[str, Any], plan: Plan, held: Vectors, seeds: Sequence[int]) -> Outcome:
    """Trains with every seed and measures."""
    values: dict[str, list[Floats]] = {one.name: [] for one in held.tests}
    size, started = 0, time.perf_counter()
    for seed in seeds:
        heads = trained(variant, plan, held, seed)
        size = heads.size if heads else 0
        for one in held.tests:
            with torch.no_grad():
                queries = heads.side(one.queries, "query") if heads else one.queries
                documents = heads.side(one.documents, "document") if heads else one.documents
            values[one.name].append(one.values(queries, documents))
    return Outcome(
        {name: np.mean(found, axis=0) for name, found in values.items()},
        {name: tuple(float(one.mean()) for one in found) for name, found in values.items()},
        (time.perf_counter() - started) / len(seeds),
        size,
    )


def trained(variant: Mapping[str, Any], plan: Plan, held: Vectors, seed: int) -> Heads | None:
    """A variant's head; None for the stock vectors themselves."""
    torch.manual_seed(seed)
    kind = variant.get("head", "stock")
    if kind == "stock":
        return None
    tasks = [drawn(held.tasks[name], variant, seed) for name in variant.get("tasks", ["search"])]
    if "merge" in variant:
        return merged(variant, plan, held, tasks, seed)
    if kind == "full" and len(tasks) == 1:
        return heads_merging.with_delta(
            single(variant.get("tasks", ["search"])[0], tasks[0], plan, seed)
        )
    centres = centres_of(held.tasks["search"])
    heads = heads_of(kind, 384, variant.get("rank", 8), variant.get("sides", "both"), centres)
    return fitted(heads, tasks, plan, seed)


def merged(
    variant: Mapping[str, Any], plan: Plan, held: Vectors, tasks: Sequence[Task], seed: int
) -> Heads:
    """Heads of single tasks, merged; ``stock`` true puts the stock encoder among them."""
    deltas = [
        single(name, one, plan, seed) for name, one in zip(variant["tasks"], tasks, strict=True)
    ]
    measured = list(tasks)
    if variant.get("stock"):
        deltas.append(heads_merging.delta(heads_merging.full()))
        measured.append(held.tasks["general"])
    match variant["merge"]:
        case "mean":
            found = heads_merging.mean(deltas)
        case "fisher":
            found = heads_merging.fisher(deltas, measured, [1.0] * len(deltas))
        case "balanced":
            found = heads_merging.balanced(deltas)
        case "learned":
            probes = [
                one.take(range(len(one.queries) - PROBE, len(one.queries))) for one in measured
            ]
            found = heads_merging.learned(deltas, probes)
        case other:
            raise click.ClickException(f"no merge is {other!r}")
    return heads_merging.with_delta(found)


_SINGLE: dict[tuple[str, Plan, int], heads_merging.Delta] = {}


def single(name: str, task: Task, plan: Plan, seed: int) -> heads_merging.Delta:
    """The head of one task on all its pairs; every merge takes the same ones."""
    key = (name, plan, seed)
    if key not in _SINGLE:
        torch.manual_seed(seed)
        _SINGLE[key] = heads_merging.delta(fitted(heads_merging.full(), [task], plan, seed))
    return _SINGLE[key]


def drawn(task: Task, variant: Mapping[str, Any], seed: int) -> Task:
    """As many pairs as the variant takes; the last are left for probes."""
    count = len(task.queries) - PROBE
    wanted = min(variant.get("pairs", 0) or count, count)
    return task.take(np.random.default_rng(seed).choice(count, wanted, replace=False))


def centres_of(task: Task) -> torch.Tensor:
    """The mean vectors of the most frequent areas, (areas, d)."""
    found = [task.documents[torch.from_numpy(task.labels == area)] for area in range(AREAS)]
    return normalize(torch.stack([one.mean(0) for one in found]), dim=1)


def line(name: str, one: Outcome, other: Outcome | None) -> str:
    """A row of the table, with differences to the other."""
    groups = {name: [name] for name in GROUPS}
    groups["judged"] = [known for known in one.values if known not in GROUPS]
    cells = []
    for sets in groups.values():
        means = np.mean([one.seeds[known] for known in sets], axis=0)
        cell = f"{means.mean():.4f} ~{means.std():.4f}"
        if other is not None:
            gaps = [one.values[known] - other.values[known] for known in sets]
            pooled = np.concatenate([gap / len(gap) for gap in gaps])
            low, high = interval(pooled * len(pooled) / len(gaps))
            gap = float(np.mean([gap.mean() for gap in gaps]))
            cell += f" {gap:+.4f} [{low:+.4f}, {high:+.4f}] p={randomisation(gaps):.4f}"
        cells.append(cell)
    return f"{name:20} | " + " | ".join(cells) + f" | {one.size:7,} numbers, {one.seconds:.1f} s"


if __name__ == "__main__":
    main()
