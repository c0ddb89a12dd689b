"""What smaller transformers cost, and one to measure: ``python -m trials.small_models times``

``times`` prints the milliseconds of one text on one processor by layers and tokens, int8: the
time of the thread itself, so that other load tells less; the least of some rounds that take turns.
``write OUT PAPERS…`` writes the stock encoder with a shorter window as a folder, untrained, which
``broadsheet evaluate search --encoder OUT`` measures; rare tokens are counted over the papers.
``windows DATA DIR…`` tests the telling tokens against the first ones, and against the encoder of
the settings, query by query; rare tokens are counted over 10,000 of DATA's papers.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

import click
import numpy as np
import onnxruntime  # type: ignore[import-untyped]
from numpy.typing import NDArray
from tokenizers import Tokenizer

from broadsheet import settings
from broadsheet.encoders import (
    REACH,
    Encoder,
    load_encoder,
    rarity_of,
    stock_state,
    write_transformer,
)
from broadsheet.encoders.built import signed_products_saturate
from broadsheet.encoders.graph import INPUT, OUTLIER_UNITS, build_graph, with_unsigned_weights
from broadsheet.encoders.running import GraphEncoder
from broadsheet.evaluate import chosen, compare, randomisation, read_judged
from broadsheet.evaluate.significance import Floats, resampled_means
from broadsheet.learn.corpus import corpus_of_files
from trials.small import papers_of
from trials.small_sizes import pruned, sizes

WHOLE = (1536, 12)  # hidden units and heads
SIZES = (*((count, *WHOLE) for count in (6, 5, 4, 3, 2, 1)), (6, 768, 6), (6, 576, 9))
TOKENS = (16, 32, 64, 80, 96, 128, 192, 256)


@click.group()
def main() -> None:
    """Smaller transformers."""


@main.command()
@click.option("--rounds", default=15)
def times(rounds: int) -> None:
    """Prints a table of milliseconds, and how many times as fast as the stock encoder that is."""
    state, _ = stock_state()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    sessions = {}
    for row, (count, units, heads) in enumerate(SIZES):
        part = pruned(state, range(count), sizes(state), units, heads)
        outliers = OUTLIER_UNITS[:count] if units == WHOLE[0] else [[]] * count
        graph = build_graph(part, "int8", outlier_units=outliers)
        sessions[row] = onnxruntime.InferenceSession(graph, options)
    ids = np.random.default_rng(0).integers(1_000, 20_000, (1, REACH)).astype(np.int32)
    least = np.full((len(SIZES), len(TOKENS)), np.inf)
    for _ in range(rounds):
        for row in range(len(SIZES)):
            for column, tokens in enumerate(TOKENS):
                began = time.thread_time()
                sessions[row].run(None, {INPUT: ids[:, :tokens]})
                least[row, column] = min(least[row, column], 1e3 * (time.thread_time() - began))
    click.echo("layers, heads" + "".join(f"{tokens:>14} t" for tokens in TOKENS))
    for (count, _, heads), taken in zip(SIZES, least, strict=True):
        cells = "".join(f"{ms:8.2f} (×{least[0, -1] / ms:5.2f})" for ms in taken)
        click.echo(f"{count:6} {heads:5}  {cells}")


@main.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.argument("papers", type=click.Path(path_type=Path, exists=True), nargs=-1, required=True)
@click.option("--tokens", default=64)
@click.option("--limit", default=10_000, help="Papers that are counted, the newest.")
def write(out: Path, papers: tuple[Path, ...], tokens: int, limit: int) -> None:
    """Writes the stock encoder with another window."""
    state, path = stock_state()
    texts = [one.text for one in corpus_of_files(papers, limit).documents]
    key = write_transformer(
        out,
        f"stock-{tokens}",
        state,
        path,
        tokens=tokens,
        outlier_units=OUTLIER_UNITS,
        rarity=counted(path, texts),
    )
    click.echo(f"{out}: {key}")


def counted(path: Path, texts: Sequence[str]) -> NDArray[np.float32]:
    """How rare every token is in some texts."""
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.enable_truncation(REACH)
    rows = [one.ids for one in tokenizer.encode_batch(list(texts))]
    return rarity_of(rows, tokenizer.get_vocab_size())


def gap(differences: Sequence[Floats]) -> str:
    """The mean over collections of the mean over queries, with its interval and p."""
    means = np.mean([resampled_means(one[None, :])[:, 0] for one in differences], axis=0)
    low, high = np.quantile(means, [0.025, 0.975])
    mean = np.mean([one.mean() for one in differences])
    return f"{mean:+.4f} [{low:+.4f}, {high:+.4f}] p={randomisation(differences):.4f}"


@main.command()
@click.argument("data", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("folders", metavar="DIR...", nargs=-1, required=True)
@click.option("--tokens", default=64)
@click.option("--sample", default=400, help="Queries a collection.")
def windows(data: Path, folders: tuple[str, ...], tokens: int, sample: int) -> None:
    """Prints nDCG@10 of both windows and the whole one, and what the telling tokens gain."""
    state, path = stock_state()
    graph = build_graph(state, "int8", tokens=tokens, outlier_units=OUTLIER_UNITS)
    if signed_products_saturate():
        graph = with_unsigned_weights(graph)
    rarity = counted(path, [one.text for one in papers_of(data, 10_000)])
    home = settings.load()
    whole = load_encoder(home.encoder, home.models_path, hub=home.model_hub, threads=1)
    encoders: dict[str, Encoder] = {"all": whole}
    for name, rare in (("first", None), ("telling", rarity)):
        made = blake2b(graph + (b"" if rare is None else rare.tobytes()), digest_size=6)
        key = f"trial-{name}-{tokens}-{made.hexdigest()}"
        encoders[name] = GraphEncoder(name, key, graph, path, tokens=tokens, threads=1, rarity=rare)
    systems = chosen(("hybrid", "dense"))
    pairs = [(one.name, other) for one in systems for other in ("first", "all")]
    gaps: dict[tuple[str, str], list[Floats]] = {pair: [] for pair in pairs}
    for collection in [one for folder in folders for one in read_judged(folder)]:
        found = {
            name: compare([collection], systems, encoder, sample=sample)[0]
            for name, encoder in encoders.items()
        }
        for (one, other), differences in gaps.items():
            values = {name: judged.of(one) for name, judged in found.items()}
            differences.append(values["telling"] - values[other])
            told = " ".join(f"{name} {values[name].mean():.4f}" for name in (other, "telling"))
            click.echo(f"{collection.name:20} {one:7} {told} {gap(differences[-1:])}")
    for (one, other), differences in gaps.items():
        click.echo(f"{'mean of them':20} {one:7} {other} to telling {gap(differences)}")


if __name__ == "__main__":
    main()
