"""``evaluate keywords``: extracted key terms against those that people gave."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import tantivy

from broadsheet.evaluate.collection import BenchError, read_lines
from broadsheet.evaluate.significance import Floats, interval
from broadsheet.text import clean_abstract, clean_title, keywords, prepare, ranked_terms

DEPTH = 10
SUFFIXES = (".jsonl", ".jsonl.zst", ".jsonl.gz")
_BREAK = re.compile(r"\r\n|\n(?![ \t])")
Extractor = Callable[[str, str], Sequence[str]]  # title and abstract to terms, the best first


@dataclass(frozen=True, slots=True)
class Keyed:
    """A text and the terms that people gave it."""

    id: str
    title: str
    abstract: str
    keys: tuple[str, ...]

    @property
    def text(self) -> str:
        """Both as one text, for extractors that know of no title."""
        return f"{self.title}. {self.abstract}" if self.title else self.abstract


def read_keyed(path: Path) -> tuple[Keyed, ...]:
    """A file of ``{id, text, keys}`` or ``{id, title, abstract, keys}``, one a line.

    Of a ``text`` the first line is the title where an unindented line follows it. Lines without
    keys are left out. Raises `BenchError`.
    """
    found = []
    for number, line in read_lines(path):
        try:
            entry = json.loads(line)
            keys = tuple(key for key in entry["keys"] if key.strip())
            if "text" in entry:
                title, abstract = _parted(entry["text"])
            else:
                title, abstract = entry["title"], entry["abstract"]
            name = str(entry.get("id", number))
            item = Keyed(name, clean_title(title), clean_abstract(abstract), keys)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BenchError(
                f"{path}, line {number}: needs id, text (or title and abstract) and keys ({error})"
            ) from error
        if keys:
            found.append(item)
    if not found:
        raise BenchError(f"{path}: no text with keys there; each line is {{id, text, keys}}")
    return tuple(found)


def _parted(text: str) -> tuple[str, str]:
    parts = _BREAK.split(text.strip(), maxsplit=1)
    if len(parts) == 1:
        return "", parts[0]
    return parts[0], parts[1]


@cache
def _stemmer() -> tantivy.TextAnalyzer:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for step in (tantivy.Filter.lowercase(), tantivy.Filter.ascii_fold()):
        builder = builder.filter(step)
    return builder.filter(tantivy.Filter.stemmer("english")).build()


def stemmed(term: str) -> str:
    """A term as it is compared: Snowball's English stems of its words, marks dropped."""
    return " ".join(_stemmer().analyze(term))


def exact(term: str) -> str:
    """A term as it is compared without a stemmer: lower case, hyphens as spaces."""
    return " ".join(re.sub(r"[-‐‑–]", " ", term.lower()).split())


def agreement(
    given: Sequence[str], found: Sequence[str], form: Callable[[str], str], depth: int = DEPTH
) -> tuple[float, float, float]:
    """Precision, recall and F1 of the first ``depth`` distinct terms found.

    Precision is over those found: who finds fewer than ``depth`` is not punished for it twice.
    """
    wanted = {form(key) for key in given} - {""}
    first = [term for term in dict.fromkeys(map(form, found)) if term][:depth]
    if not wanted or not first:
        return 0.0, 0.0, 0.0
    hits = len(wanted.intersection(first))
    precision, recall = hits / len(first), hits / len(wanted)
    return precision, recall, 2 * hits / (len(first) + len(wanted))


def ours(title: str, abstract: str) -> list[str]:
    """The terms of the product's extractor in their order, before few are chosen to be shown."""
    return [term.text for term in ranked_terms(prepare(title, abstract))]


def shown(title: str, abstract: str) -> list[str]:
    """The terms that pages show."""
    return [term.text for term in keywords(prepare(title, abstract))]


def scores(
    items: Sequence[Keyed], extract: Extractor, form: Callable[[str], str] = stemmed
) -> Floats:
    """Precision, recall and F1 of each text: shape (texts, 3)."""
    rows = [agreement(item.keys, extract(item.title, item.abstract), form) for item in items]
    return np.array(rows, np.float64).reshape(-1, 3)


def evaluate_keywords(paths: Sequence[Path]) -> dict[str, Any]:
    """Extracts the terms of labelled texts and compares.

    ``paths`` are files, or folders of them. Measures are means over texts, and over sets where
    there are several: ``f1@10``, ``precision@10``, ``recall@10`` of stemmed terms, ``f1@10_low``
    and ``_high`` (95 %, bootstrap over texts), ``exact_f1@10``, ``shown_precision`` of the terms
    that pages show and ``shown_terms``, how many those are. ``sets`` has them by file. Raises
    `BenchError`.
    """
    files = [file for path in paths for file in _files(path)]
    sets: dict[str, dict[str, float]] = {}
    for file in files:
        name = file.name.split(".")[0]
        if name in sets:
            name = str(file)
        sets[name] = _measured(read_keyed(file))
    means: Mapping[str, float] = {
        measure: float(np.mean([figures[measure] for figures in sets.values()]))
        for measure in next(iter(sets.values()))
    }
    texts = sum(figures["texts"] for figures in sets.values())
    return {**means, "texts": int(texts), "sets": sets}


def _measured(items: Sequence[Keyed]) -> dict[str, float]:
    found = scores(items, ours)
    low, high = interval(found[:, 2])
    chosen = [shown(item.title, item.abstract) for item in items]
    pairs = zip(items, chosen, strict=True)
    precision = [agreement(item.keys, terms, stemmed)[0] for item, terms in pairs if terms]
    return {
        "f1@10": float(found[:, 2].mean()),
        "f1@10_low": low,
        "f1@10_high": high,
        "precision@10": float(found[:, 0].mean()),
        "recall@10": float(found[:, 1].mean()),
        "exact_f1@10": float(scores(items, ours, exact)[:, 2].mean()),
        "shown_precision": float(np.mean(precision)) if precision else 0.0,
        "shown_terms": float(np.mean([len(terms) for terms in chosen])),
        "texts": len(items),
    }


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.iterdir() if file.name.endswith(SUFFIXES))
    if not found:
        raise BenchError(f"{path}: no .jsonl file there (.zst, .gz); give a file or its folder")
    return found
