"""Smaller transformers, way against way: ``python -m trials.small CONFIG.toml DATA [--only NAME]``

Every arm cuts something out of the stock encoder (all-MiniLM-L6-v2), may train what is left
towards the stock encoder's vectors, and is measured on papers that it was not trained on. A config
holds the settings of the first arm and what the others change in them; see `Arm` for all keys:

    seeds = [0, 1]
    papers = 600

    [arm]
    units = 768
    heads = 6
    prune = "size"
    steps = 40

    [[variant]]
    name = "random"
    prune = "random"

Texts are titles and the first 48 tokens of abstracts of the papers that `trials.training` draws.
Measured on ``held`` others (150): the mean cosine to the stock vector of the same tokens, and
nDCG@10 of titles that ask for their abstract among them. Values of a query are averaged over the
seeds; then a bootstrap interval and a randomisation test of the difference to the first arm (or
``against``). Arms that are done are kept in the cache folder and not run again.
"""

from __future__ import annotations

import json
import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from broadsheet.encoders import stock_state
from broadsheet.evaluate import interval, randomisation
from broadsheet.learn.corpus import Document
from broadsheet.learn.students.bert import Bert, padded
from trials import small_pretraining, small_pruning, small_training
from trials.training import cache_folder, document, drawn, ground

TITLE, BODY = 24, 48  # tokens
HELD = 150
Floats = NDArray[np.float64]
Rows = list[list[int]]


@dataclass(frozen=True, slots=True)
class Arm:
    """One way to make a smaller encoder.

    ``layers`` of the six are kept; ``units`` hidden units and ``heads`` heads of each, chosen by
    ``prune`` (`small_pruning.CHOICES`, or 'fitted' as the product does); or ``zeros``, a share of
    all weights of the layers, chosen by ``zero`` (`small_pruning.WEIGHTS`). ``window`` shortens the
    texts when they are measured: ``kept`` tokens of 48, chosen by that name
    (`small_training.WINDOWS`).

    ``pretrain`` steps of masked language modelling come first, with tokens masked by ``mask``
    (`small_pretraining.MASKS`); then ``steps`` towards the stock vectors, of ``size`` texts each.
    ``trained`` is what moves: all, a ``low-rank`` addition to every matrix, or that and single
    weights. ``dropped`` is the share of tokens that the middle layers pass by, with ``growing``
    fewer from step to step, to none; ``sampled`` the share of texts whose gradient goes back.
    ``rounds``: how often the texts to learn from are
    chosen anew, ``examples`` in all, by ``choose``.
    """

    name: str = "arm"
    about: str = ""
    against: str = ""
    layers: tuple[int, ...] = (0, 1, 2, 3, 4, 5)
    units: int = 1536
    heads: int = 12
    prune: str = "size"
    zeros: float = 0.0
    zero: str = "size"
    window: str = ""
    kept: int = 24
    pretrain: int = 0
    mask: str = "uniform"
    steps: int = 0
    size: int = 16
    learning_rate: float = 3e-4
    trained: str = "all"
    dropped: float = 0.0
    growing: bool = False
    sampled: float = 1.0
    sampling: str = "norm"
    rounds: int = 1
    examples: int = 0
    choose: str = "random"


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Rows of token ids, titles first and abstracts behind them; ``wanted`` (n, 384) are the
    stock encoder's unit vectors of them, ``words`` their texts."""

    rows: Rows
    wanted: NDArray[np.float32]
    words: list[str]

    @property
    def papers(self) -> int:
        """How many papers they are of."""
        return len(self.rows) // 2


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What was measured of an arm, averaged over seeds but for ``spread`` (by seed)."""

    queries: Floats
    spread: tuple[float, ...]
    cosine: float
    seconds: float
    weights: float  # millions in the layers, those that are 0 not counted
    moved: float  # millions trained


def encode(network: Bert, rows: Rows, size: int = 64) -> NDArray[np.float32]:
    """Unit vectors (n, 384) of rows, without gradients."""
    found = np.empty((len(rows), network.dimensions), np.float32)
    order = sorted(range(len(rows)), key=lambda row: len(rows[row]))
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for start in range(0, len(order), size):
            block = order[start : start + size]
            found[block] = network(*padded([rows[row] for row in block], BODY)).float().numpy()
    return found


def texts_of(corpus: Sequence[Document], tokenizer: Tokenizer, stock: Bert) -> Texts:
    """The titles and abstracts of papers, and what the stock encoder makes of them."""
    rows: Rows = []
    words: list[str] = []
    for longest, side in ((TITLE, "title"), (BODY, "abstract")):
        tokenizer.enable_truncation(longest)
        part = [getattr(one, side) for one in corpus]
        words += part
        rows += [one.ids for one in tokenizer.encode_batch(part)]
    told = blake2b("\n".join(words).encode(), digest_size=12).hexdigest()
    path = cache_folder() / "small" / f"{told}.npy"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, encode(stock, rows))
    return Texts(rows, np.load(path), words)


def trained(arm: Arm, seed: int, learn: Texts, state: Mapping[str, Any]) -> tuple[Bert, float]:
    """The arm's network, and how many millions of weights moved."""
    torch.manual_seed(seed)
    chance = np.random.default_rng(seed)
    network = small_pruning.cut(arm, state, learn, chance)
    held_at_zero = small_pruning.zeroed(arm, network, learn, chance)
    if arm.pretrain:
        small_pretraining.pretrain(arm, network, learn, chance)
    moving = small_pruning.moving(arm, network, held_at_zero)
    moved = sum(one.numel() for one in moving) / 1e6 if arm.steps else 0.0
    if arm.steps:
        small_training.imitate(arm, network, learn, chance, moving, held_at_zero)
    return network, moved


def measured(arm: Arm, network: Bert, held: Texts) -> tuple[Floats, float]:
    """nDCG@10 of each title, and the mean cosine to the stock encoder."""
    rows = held.rows
    if arm.window:
        bodies = rows[held.papers :]
        rows = rows[: held.papers] + small_training.WINDOWS[arm.window](arm.kept, bodies)
    found = encode(network, rows)
    scores = found[: held.papers] @ found[held.papers :].T
    ranks = (scores > scores.diagonal()[:, None]).sum(axis=1)
    gains = np.where(ranks < 10, 1 / np.log2(ranks + 2.0), 0.0)
    return gains, float((found * held.wanted).sum(axis=1).mean())


def outcome(arm: Arm, seeds: Sequence[int], learn: Texts, held: Texts, state: Any) -> Found:
    """Makes and measures an arm with every seed."""
    queries, cosines, seconds, moved, weights = [], [], 0.0, 0.0, 0.0
    for seed in seeds:
        began = time.process_time()  # other load tells less
        network, moved = trained(arm, seed, learn, state)
        seconds += (time.process_time() - began) / len(seeds)
        values, cosine = measured(arm, network, held)
        queries.append(values)
        cosines.append(cosine)
        matrices = [one for one in network.layers.parameters() if one.ndim == 2]
        weights = sum(int(torch.count_nonzero(one)) for one in matrices) / 1e6
    return Found(
        np.mean(queries, axis=0),
        tuple(float(one.mean()) for one in queries),
        float(np.mean(cosines)),
        seconds,
        weights,
        moved,
    )


def kept_outcome(arm: Arm, seeds: Sequence[int], learn: Texts, held: Texts, state: Any) -> Found:
    """The same, from the cache where it was made before."""
    told = repr((apart(arm), seeds, learn.words[:5], held.papers))
    path = cache_folder() / "small" / f"{blake2b(told.encode(), digest_size=12).hexdigest()}.json"
    if path.is_file():
        values = json.loads(path.read_text("utf-8"))
        return Found(np.array(values.pop("queries")), tuple(values.pop("spread")), **values)
    found = outcome(arm, seeds, learn, held, state)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(found) | {"queries": found.queries.tolist()}), "utf-8")
    return found


def apart(arm: Arm) -> dict[str, Any]:
    """The settings that make an arm, without those that it leaves as they are."""
    named = ("name", "about", "against")
    values = {one.name: (getattr(arm, one.name), one.default) for one in fields(Arm)}
    return {
        name: own for name, (own, usual) in values.items() if own != usual and name not in named
    }


def papers_of(data: Path, count: int) -> list[Document]:
    """Papers that `trials.training` trains on."""
    kept = cache_folder() / "papers-20000.json"
    if not kept.is_file():
        ground(data, 20_000)
    rows = json.loads(kept.read_text("utf-8"))[0]
    return drawn([document(row) for row in rows], count)


def arms_of(settings: Mapping[str, Any], place: Path) -> list[Arm]:
    """The arms of a config, the first one's settings under the others'."""
    known = {one.name for one in fields(Arm)}
    made = []
    base = {"name": "arm", **settings["arm"]}
    for entry in [{}, *settings.get("variant", [])]:
        values = {**base, **entry}
        if unknown := sorted(values.keys() - known):
            raise click.ClickException(f"{place}: no setting {unknown[0]!r}")
        made.append(Arm(**values | {"layers": tuple(values.get("layers", range(6)))}))
    return [
        replace(one, against=one.against or ("" if at == 0 else made[0].name))
        for at, one in enumerate(made)
    ]


def line(arm: Arm, one: Found, other: Found | None) -> str:
    """A row of the table."""
    told = f"{arm.name:26} {np.mean(one.spread):.4f} ~{np.std(one.spread):.4f}"
    if other is not None:
        gap = one.queries - other.queries
        low, high = interval(gap)
        told += f" {gap.mean():+.4f} [{low:+.4f}, {high:+.4f}] p={randomisation([gap]):.4f}"
    else:
        told += " " * 35
    return (
        f"{told} | cos {one.cosine:.4f} | {one.weights:5.2f} M weights, {one.moved:5.2f} M moved |"
        f" {one.seconds:5.1f} s | {arm.about}"
    )


@click.command()
@click.argument("config", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("data", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--only", multiple=True, help="Arms to run, beside what they are compared with.")
@click.option("--seeds", type=int, help="How many seeds, in place of the config's.")
def main(config: Path, data: Path, only: tuple[str, ...], seeds: int | None) -> None:
    """Prints a table: a line an arm."""
    torch.set_num_threads(1)  # small products: two threads wait for each other
    settings = tomllib.loads(config.read_text("utf-8"))
    arms = {arm.name: arm for arm in arms_of(settings, config)}
    numbers = list(range(seeds)) if seeds else settings.get("seeds", [0, 1])
    papers, count = int(settings.get("papers", 600)), int(settings.get("held", HELD))
    chosen = papers_of(data, papers + count)
    order = np.random.default_rng(0).permutation(len(chosen)).tolist()
    state, path = stock_state()
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    stock = Bert(state, tokens=BODY)
    held = texts_of([chosen[row] for row in order[:count]], tokenizer, stock)
    learn = texts_of([chosen[row] for row in order[count:]], tokenizer, stock)
    wanted = [name for name in arms if not only or name in only]
    wanted += [arms[name].against for name in wanted if arms[name].against not in ("", *wanted)]
    click.echo(f"{learn.papers} papers, {held.papers} held out, seeds {numbers}")
    done: dict[str, Found] = {}
    for name in [name for name in arms if name in wanted]:
        done[name] = kept_outcome(arms[name], numbers, learn, held, state)
        click.echo(line(arms[name], done[name], done.get(arms[name].against)))


if __name__ == "__main__":
    main()
