"""``evaluate summaries``: the line shown of a paper against summaries that people wrote.

Support is total by construction and not measured here: the line is a stretch of the abstract.
Reported apart are how short it is (words) and how often one is shown at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from broadsheet.evaluate.collection import BenchError, read_lines
from broadsheet.evaluate.rouge import ROUGE, best_rouge, rouge_words
from broadsheet.evaluate.significance import Floats, interval, randomisation
from broadsheet.text import (
    Document,
    Span,
    clauses,
    clean_abstract,
    clean_title,
    one_line,
    prepare,
)

SYSTEMS = ("lead-1", "random", "longest", "title", "clause-oracle", "oracle")


@dataclass(frozen=True, slots=True)
class Summarised:
    """A paper and what people said of it in a line; references as words."""

    id: str
    document: Document
    references: tuple[tuple[str, ...], ...]

    def said(self, span: Span) -> str:
        """A stretch of its abstract."""
        return self.document.abstract[span.start : span.end]


def read_summarised(path: Path) -> list[Summarised]:
    """JSON lines of title, sentences (or abstract) and tldr, a list of references.

    Raises `BenchError`.
    """
    found = []
    for number, line in read_lines(path):
        try:
            row = json.loads(line)
            text = row["abstract"] if "abstract" in row else " ".join(row["sentences"])
            references = [row["tldr"]] if isinstance(row["tldr"], str) else row["tldr"]
            words = tuple(tuple(rouge_words(one)) for one in references if rouge_words(one))
            document = prepare(clean_title(row.get("title", "")), clean_abstract(text))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BenchError(
                f"{path}:{number}: needs title, sentences and tldr ({error})"
            ) from None
        if words and document.sentences:
            found.append(Summarised(str(row.get("id", number)), document, words))
    if not found:
        raise BenchError(f"{path}: holds no paper with a summary")
    return found


def evaluate_summaries(paths: Sequence[Path], *, systems: Sequence[str] = ()) -> dict[str, Any]:
    """ROUGE-1, -2 and -L (F, times 1) of the line shown, each against the best reference.

    A paper without a line counts 0. Flat: ``rouge1``, ``rouge2``, ``rougeL`` with the 95 %
    interval ``low``, ``high`` of the first, ``words``, ``shown``; each of ``systems`` adds
    ``SYSTEM_rouge1`` and so on and, paired against it, ``SYSTEM_p`` of the mean of the three.
    """
    unknown = sorted(set(systems) - set(SYSTEMS))
    if unknown:
        raise BenchError(f"{unknown[0]!r} is no system; there are {', '.join(SYSTEMS)}")
    papers = [paper for path in paths for paper in read_summarised(path)]
    spans = [one_line(p.document) for p in papers]
    ours = _table(
        best_rouge(paper.said(span), paper.references) if span else dict.fromkeys(ROUGE, 0.0)
        for paper, span in zip(papers, spans, strict=True)
    )
    figures: dict[str, Any] = dict(zip(ROUGE, ours.mean(axis=0).tolist(), strict=True))
    figures["low"], figures["high"] = interval(ours[:, 0])
    lengths = [len(paper.said(s).split()) for paper, s in zip(papers, spans, strict=True) if s]
    figures |= {"words": float(np.mean(lengths)) if lengths else 0.0, "papers": len(papers)}
    figures |= {"longest": max(lengths, default=0), "shown": len(lengths) / len(papers)}
    for name in systems:
        theirs = _table(_rival(name, paper) for paper in papers)
        for place, measure in enumerate(ROUGE):
            figures[f"{name}_{measure}"] = float(theirs[:, place].mean())
        figures[f"{name}_p"] = randomisation([(ours - theirs).mean(axis=1)])
    return figures


def _rival(name: str, paper: Summarised) -> Mapping[str, float]:
    """What a system that is no part of the product would reach."""
    if name == "title":
        return best_rouge(paper.document.title, paper.references)
    spans: Sequence[Span] = paper.document.sentences
    if name == "lead-1":
        return best_rouge(paper.said(spans[0]), paper.references)
    if name == "longest":
        longest = max(spans, key=lambda span: span.end - span.start)
        return best_rouge(paper.said(longest), paper.references)
    if name == "clause-oracle":
        spans = [span for i in range(len(spans)) for span in clauses(paper.document, i)] or spans
    scored = [best_rouge(paper.said(span), paper.references) for span in spans]
    if name == "random":  # what it gives on average
        return {measure: float(np.mean([one[measure] for one in scored])) for measure in ROUGE}
    return max(scored, key=lambda one: sum(one.values()))


def _table(rows: Iterable[Mapping[str, float]]) -> Floats:
    return np.array([[row[measure] for measure in ROUGE] for row in rows])
