"""``evaluate identity --imported``: what an import makes of records that are one work."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from broadsheet.catalog import Catalog, import_file
from broadsheet.evaluate.collection import BenchError
from broadsheet.evaluate.identity import (
    Name,
    Pair,
    both_abstracts,
    corpus_files,
    labelled_pairs,
    look_alikes,
    papers_of,
)
from broadsheet.settings import Settings


def evaluate_imported(path: Path, corpora: Path | None = None) -> dict[str, float | int]:
    """Imports whole corpora into an empty catalog, and compares its works with labelled pairs.

    Pairs, corpora and look-alikes are those of `evaluate_identity`; a pair is found when both
    records show under one work at the end. Returns the same figures, ``joined`` (works that an
    import merged into others) and ``papers_per_second`` of the imports. Raises `BenchError`.
    """
    file = path / "pairs.tsv" if path.is_dir() else path
    labelled = labelled_pairs(file)
    named = {name for pair in (*labelled.same, *labelled.different) for name in pair}
    home = corpora or file.resolve().parent.parent
    names = sorted({corpus for corpus, _ in named})
    papers = dict(papers_of(home, names))
    different = labelled.different or tuple(look_alikes(papers))
    with tempfile.TemporaryDirectory(prefix="broadsheet-identity-") as folder:
        settings = Settings(home=Path(folder) / "home", database="")
        with closing(Catalog.open(settings)) as catalog:
            started = time.perf_counter()
            read = 0
            for corpus in names:
                for source in corpus_files(home, corpus):
                    result = import_file(
                        catalog, source, source=corpus, rejected_dir=settings.rejected_path
                    )
                    read += result.counts.read
            seconds = time.perf_counter() - started
            merges = catalog.merges()
            works = _works(
                catalog, {name for pair in (*labelled.same, *different) for name in pair}
            )
    lost = [name for name in named if name not in works]
    if lost:
        raise BenchError(f"{file}: {lost[0][1]} of {lost[0][0]} was not taken in")
    whole = [pair for pair in labelled.same if both_abstracts(papers, pair)]
    rest = [pair for pair in labelled.same if not both_abstracts(papers, pair)]
    hits, false = _one(whole, works), _one(different, works)
    return {
        "precision": round(hits / max(1, hits + false), 4),
        "recall": round(hits / max(1, len(whole)), 4),
        "title_author_recall": round(_one(rest, works) / max(1, len(rest)), 4),
        "pairs": len(whole),
        "title_author_pairs": len(rest),
        "different_pairs": len(different),
        "false": false,
        "records": read,
        "joined": len(merges),
        "papers_per_second": round(read / seconds),
        "seconds": round(seconds, 1),
    }


def _works(catalog: Catalog, names: Iterable[Name]) -> dict[Name, int]:
    """The work that each record shows under."""
    found = {}
    for corpus, name in names:
        ids = catalog.resolve(f"{corpus}:{name}") or catalog.resolve(name)
        if len(ids) == 1:
            found[corpus, name] = ids[0]
    return found


def _one(pairs: Iterable[Pair], works: dict[Name, int]) -> int:
    """How many pairs show under one work."""
    return sum(works.get(one, -1) == works.get(other, -2) for one, other in pairs)
