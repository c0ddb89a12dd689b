"""What smaller transformers cost, and one to measure: ``python -m trials.small_models times``

``times`` prints the milliseconds of one text on one processor by layers and tokens, int8: the
time of the thread itself, so that other load tells less; the least of some rounds that take turns.
``write OUT PAPERS…`` writes the stock encoder with a shorter window as a folder, untrained, which
``broadsheet evaluate search --encoder OUT`` measures; rare tokens are counted over the papers.
"""

from __future__ import annotations

import time
from pathlib import Path

import click
import numpy as np
import onnxruntime  # type: ignore[import-untyped]
from tokenizers import Tokenizer

from broadsheet.encoders import REACH, rarity_of, stock_state, write_transformer
from broadsheet.encoders.graph import INPUT, OUTLIER_UNITS, build_graph
from broadsheet.learn.corpus import corpus_of_files
from broadsheet.learn.students.pruning import pruned

LAYERS = (6, 5, 4, 3, 2, 1)
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
    for count in LAYERS:
        part = pruned(state, range(count), 1536, 12)
        graph = build_graph(part, "int8", outlier_units=OUTLIER_UNITS[:count])
        sessions[count] = onnxruntime.InferenceSession(graph, options)
    ids = np.random.default_rng(0).integers(1_000, 20_000, (1, REACH)).astype(np.int32)
    least = np.full((len(LAYERS), len(TOKENS)), np.inf)
    for _ in range(rounds):
        for row, count in enumerate(LAYERS):
            for column, tokens in enumerate(TOKENS):
                began = time.thread_time()
                sessions[count].run(None, {INPUT: ids[:, :tokens]})
                least[row, column] = min(least[row, column], 1e3 * (time.thread_time() - began))
    click.echo("layers  " + "".join(f"{tokens:>14} t" for tokens in TOKENS))
    for count, taken in zip(LAYERS, least, strict=True):
        cells = "".join(f"{ms:8.2f} (×{least[0, -1] / ms:5.2f})" for ms in taken)
        click.echo(f"{count:6}  {cells}")


@main.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.argument("papers", type=click.Path(path_type=Path, exists=True), nargs=-1, required=True)
@click.option("--tokens", default=64)
@click.option("--limit", default=10_000, help="Papers that are counted, the newest.")
def write(out: Path, papers: tuple[Path, ...], tokens: int, limit: int) -> None:
    """Writes the stock encoder with another window."""
    state, path = stock_state()
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.enable_truncation(REACH)
    texts = [one.text for one in corpus_of_files(papers, limit).documents]
    rows = [one.ids for one in tokenizer.encode_batch(texts)]
    rarity = rarity_of(rows, tokenizer.get_vocab_size())
    key = write_transformer(
        out,
        f"stock-{tokens}",
        state,
        path,
        tokens=tokens,
        outlier_units=OUTLIER_UNITS,
        rarity=rarity,
    )
    click.echo(f"{out}: {key}")


if __name__ == "__main__":
    main()
