"""Compares explanations of hits: ``python -m trials.explaining CONFIG.toml DIR...``

A config names a kind of trial and what competes:

    kind = "query"        # the words of a query: deletion, Shapley values, error of the figures
    kind = "document"     # the words of an abstract: deletion, planted sentences
    kind = "swapped"      # a word of the query that the paper does not answer
    kind = "planted"      # decisive words planted in a query
    kind = "terms"        # the weight of a query's words, found without judgements
    kind = "stated"       # do sentence and shares agree with the numbers?
    kind = "retrained"    # a small ranker, trained anew with what explainers name masked

Explainers that look into the encoder need torch and are left out, said so, without it.
"""

from __future__ import annotations

import importlib
import sys
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path

from broadsheet import settings
from broadsheet.encoders import load_encoder
from broadsheet.evaluate import field_of, read_collection
from trials.explaining.white_box import transformer

KINDS = {
    "query": "trials.explaining.querying",
    "document": "trials.explaining.documents",
    "swapped": "trials.explaining.swapped",
    "planted": "trials.explaining.planted",
    "terms": "trials.explaining.terms",
    "stated": "trials.explaining.stated",
    "retrained": "trials.explaining.retrained",
}


def printed(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Prints a table."""
    widths = [max(len(row[at]) for row in [head, *rows]) for at in range(len(head))]
    for row in [head, *rows]:
        cells = (
            c.ljust(w) if at == 0 else c.rjust(w)
            for at, (c, w) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join(cells))


def main() -> None:
    """Runs the trial on each collection."""
    if len(sys.argv) < 3:
        raise SystemExit("python -m trials.explaining CONFIG.toml DIR...")
    config = tomllib.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    trial = importlib.import_module(KINDS[config["kind"]])
    home = settings.Settings()
    encoder = load_encoder(home.encoder, home.models_path, hub=home.model_hub)
    model = transformer(home.models_path)
    for folder in sys.argv[2:]:
        started = time.perf_counter()
        files = config.get("files", {}).get(Path(folder).name, {})
        collection = read_collection(
            Path(folder),
            files.get("queries", "queries.tsv"),
            files.get("qrels", "qrels.trec"),
        )
        with field_of(collection, encoder) as place:
            printed(*trial.run(place, config, model))
        print(f"({time.perf_counter() - started:.0f} s)\n")


if __name__ == "__main__":
    main()
