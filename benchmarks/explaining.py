"""What an explanation takes: ``python benchmarks/explaining.py DIR QUERIES QRELS``.

Prints wall and processor milliseconds for ten hits by leaving out query words, beyond the search
itself, and for the highlights of one abstract. One thread; nothing is kept between queries.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from broadsheet.encoders import load_encoder
from broadsheet.evaluate import field_of, read_collection
from broadsheet.search import Searcher, SearchRequest
from broadsheet.settings import Settings

QUERIES = 60


def main() -> None:
    folder, queries, qrels = sys.argv[1:4]
    home = Settings()
    encoder = load_encoder(home.encoder, home.models_path, hub=home.model_hub, threads=1)
    collection = read_collection(Path(folder), queries, qrels)
    explained, marked = [], []
    with field_of(collection, encoder) as place:
        for text in list(collection.queries.values())[:QUERIES]:
            searcher = Searcher(place.documents, place.index, encoder)
            searcher.search(SearchRequest(text))  # encodes the query, reads the candidates
            started, cpu = time.perf_counter(), time.process_time()
            result = searcher.search(SearchRequest(text, explain=True))
            explained.append((result.stages["explain"], 1e3 * (time.process_time() - cpu)))
            if not result.hits:
                continue
            work = place.documents.works[result.hits[0].work_id]
            started, cpu = time.perf_counter(), time.process_time()
            searcher.highlights(work, text)
            wall = 1e3 * (time.perf_counter() - started)
            marked.append((wall, 1e3 * (time.process_time() - cpu)))
    for name, rows in (
        ("explain stage, 10 hits (processor: with its search)", explained),
        ("highlights, one abstract", marked),
    ):
        wall, cpu_ms = np.percentile(np.array(rows), [50, 95], axis=0).T
        print(
            f"{name}: p50 {wall[0]:.0f} ms, p95 {wall[1]:.0f} ms; "
            f"processor p50 {cpu_ms[0]:.0f} ms, p95 {cpu_ms[1]:.0f} ms"
        )


if __name__ == "__main__":
    main()
