"""Learns term weights without labels: ``python -m trials.terms_fit OUT.npz DATA...``

Rows 11 and 12 of docs/methods.md. From papers (any files that ``import`` reads) come two kinds of
pairs: a title asks for its abstract, and one sentence asks for the rest of its paper. Beside each
right paper stand fifteen that BM25 ranks high. Learned by InfoNCE over those sixteen:

- *impact* of a term in a document: BM25's times the exponential of a small network of what can be
  said of the term there without a transformer (`terms_postings.FEATURES`);
- *weight* of a term in a query: idf times the exponential of a linear function of idf and of the
  term's vector (all-MiniLM-L6-v2 of its commonest form), so that nothing is inferred at query time.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import click
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from broadsheet import settings
from broadsheet.encoders import load_encoder, split_words
from broadsheet.index import analysis
from broadsheet.papers import Paper
from broadsheet.sources import Arrived, read
from broadsheet.text import clean_paper, plain
from trials.terms_postings import FEATURES, Floats, Postings, Rows, Terms, Texts, analysed, unit

Kind = Literal["title", "sentence"]
Encode = Callable[[Sequence[str]], Floats]
CANDIDATES, NEAR = 16, 8  # papers a pair is scored against; of them from the first 20 of BM25
QUERY_TERMS = 20
DIMENSIONS, QUERY_DIMENSIONS = 128, 32
HIDDEN, BATCH, EPOCHS, RATE = 16, 128, 3, 0.01
SCALE = 0.3  # of scores, as it starts
LEAST = 5  # papers that a word of the vector table stands in
HELD = 0.05  # of the pairs
SHORTEST = 100  # characters of an abstract


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Pairs with their candidates, the right one first.

    ``terms`` (pairs, QUERY_TERMS) are a query's terms, -1 none, ``times`` how often each is
    asked; ``has`` (pairs, CANDIDATES, QUERY_TERMS) which candidate has which, and ``features``
    what is said of those, in the order of ``has``.
    """

    kind: Kind
    terms: Rows
    times: Floats
    has: NDArray[np.bool_]
    features: NDArray[np.float16]
    idf: Floats
    asked: Floats


class Weights(torch.nn.Module):
    """Impacts and query weights; both start at BM25's."""

    def __init__(self, features: int, asked: int, *, documents: bool, queries: bool) -> None:
        super().__init__()
        self.inner = torch.nn.Linear(features, HIDDEN)
        self.outer = torch.nn.Linear(HIDDEN, 1)
        self.query = torch.nn.Linear(asked, 1)
        self.scale = torch.nn.Parameter(torch.tensor(0.0))
        for layer in (self.outer, self.query):
            torch.nn.init.zeros_(layer.weight)
            torch.nn.init.zeros_(layer.bias)
        self.documents, self.queries = documents, queries

    def impacts(self, features: Tensor) -> Tensor:
        """The impact of each posting, (p,)."""
        bm25 = features[:, FEATURES.index("bm25")]
        if not self.documents:
            return bm25
        grown: Tensor = self.outer(torch.tanh(self.inner(features)))
        return bm25 * grown.squeeze(1).exp()

    def asked(self, idf: Tensor, features: Tensor) -> Tensor:
        """The weight of each term of a query."""
        grown: Tensor = self.query(features)
        return idf * grown.squeeze(-1).exp() if self.queries else idf


def asked_features(idf: Floats, texts: int, vectors: Floats, known: Floats) -> Floats:
    """What is said of terms as words of a query, (terms, 3 + QUERY_DIMENSIONS)."""
    plain = np.stack([idf / np.log1p(texts), idf / 10, known], 1)
    return np.concatenate([plain, 3 * vectors[:, :QUERY_DIMENSIONS]], 1).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Space:
    """Unit vectors of terms (terms, DIMENSIONS), 0 where unknown, and what turned them: the mean
    that was taken off the encoder's vectors, and the axes (encoder's dimensions, DIMENSIONS)."""

    vectors: Floats
    known: Floats
    mean: Floats
    axes: Floats


def term_vectors(papers: Sequence[tuple[str, str]], terms: Terms, encode: Encode) -> Space:
    """The vectors of terms by their commonest forms."""
    counts: Counter[bytes] = Counter()
    for title, abstract in papers:
        counts.update(set(split_words(f"{title} {abstract}")))
    forms: dict[int, str] = {}
    for letters, count in counts.most_common():
        word = letters.decode()
        found = analysis.terms(word, "text") if count >= LEAST else []
        if len(found) == 1 and found[0] in terms:
            forms.setdefault(terms[found[0]], word)
    rows = np.array(sorted(forms), np.int64)
    made = encode([forms[row] for row in rows.tolist()])
    mean = made.mean(axis=0)
    made = unit(made - mean)
    _, turned = np.linalg.eigh(made.T @ made)
    axes = turned[:, ::-1][:, :DIMENSIONS].astype(np.float32)
    vectors = np.zeros((len(terms), DIMENSIONS), np.float32)
    vectors[rows] = unit(made @ axes)
    known = np.zeros(len(terms), np.float32)
    known[rows] = 1
    return Space(vectors, known, mean.astype(np.float32), axes)


def cells(kind: Kind, texts: Texts, vectors: Floats, known: Floats, pairs: int, seed: int) -> Cells:
    """Takes the query out of every text and finds each pair's candidates by BM25."""
    chance = np.random.default_rng([seed, len(kind)])
    rows, ends = texts.rows, np.zeros(len(texts), np.int64)
    np.maximum.at(ends, rows, texts.sentence)
    drawn = 1 + (chance.random(len(texts)) * np.maximum(ends, 1)).astype(np.int64)
    cut = np.zeros(len(texts), np.int64) if kind == "title" else drawn
    asked = texts.sentence == cut[rows]
    left = texts.sentence[~asked]
    after = (left > cut[rows[~asked]]) & (kind == "sentence")
    postings = Postings.of(texts.keep(~asked, (left - after).astype(np.uint8)), len(vectors))
    starts = np.searchsorted(rows[asked], np.arange(len(texts) + 1))
    fit = (np.diff(starts) >= 3) & (ends >= 4) & (postings.lengths > 20)
    chosen = chance.permutation(np.flatnonzero(fit))[:pairs]
    terms = np.full((len(chosen), QUERY_TERMS), -1, np.int64)
    times = np.zeros((len(chosen), QUERY_TERMS), np.float32)
    candidates = np.zeros((len(chosen), CANDIDATES), np.int64)
    queries = texts.flat[asked]
    for at, row in enumerate(chosen.tolist()):
        query, count = np.unique(queries[starts[row] : starts[row + 1]], return_counts=True)
        query, count = query[:QUERY_TERMS], count[:QUERY_TERMS]
        terms[at, : len(query)], times[at, : len(query)] = query, count
        weighted = zip(query.tolist(), (count * postings.idf[query]).tolist(), strict=True)
        candidates[at] = _candidates(postings.score(weighted, postings.bm25), row, chance)
    key = terms[:, None, :] * len(texts) + candidates[:, :, None]
    filed = postings.term.astype(np.int64) * len(texts) + postings.doc
    place = np.minimum(np.searchsorted(filed, key), len(filed) - 1)
    has = (filed[place] == key) & (terms[:, None, :] >= 0)
    features = postings.features(vectors, known, place[has]).astype(np.float16)
    told = asked_features(postings.idf, len(texts), vectors, known)
    return Cells(kind, terms, times, has, features, postings.idf, told)


def _candidates(scores: Floats, right: int, chance: np.random.Generator) -> Rows:
    best = np.argpartition(-scores, 101)[:101]
    best = best[np.argsort(-scores[best], kind="stable")]
    best = best[best != right]
    near = chance.permutation(best[:20])[:NEAR]
    far = chance.permutation(best[20:])[: CANDIDATES - 1 - NEAR]
    return np.concatenate([[right], near, far])


@dataclass(frozen=True, slots=True, eq=False)
class _Set:
    """Cells with where each pair's features begin."""

    cells: Cells
    starts: Rows
    candidate: Rows
    place: Rows

    @classmethod
    def of(cls, made: Cells) -> _Set:
        counts = made.has.sum((1, 2))
        _, candidate, place = np.nonzero(made.has)
        return cls(made, np.concatenate([[0], np.cumsum(counts)]), candidate, place)

    @property
    def held(self) -> Rows:
        """The pairs that nothing is learned from."""
        return np.arange(self.learned, len(self.cells.terms))

    @property
    def learned(self) -> int:
        return int(len(self.cells.terms) * (1 - HELD))

    def scores(self, weights: Weights, rows: Rows) -> Tensor:
        """Scores of the candidates of some pairs, (q, CANDIDATES)."""
        one, sizes = self.cells, self.starts[rows + 1] - self.starts[rows]
        spans = [np.arange(self.starts[row], self.starts[row + 1]) for row in rows]
        at, pair = np.concatenate(spans), np.repeat(np.arange(len(rows)), sizes)
        terms = np.maximum(one.terms[rows], 0)
        idf = torch.from_numpy(one.idf[terms] * one.times[rows])
        asked = weights.asked(idf, torch.from_numpy(one.asked[terms]))
        impacts = weights.impacts(torch.from_numpy(one.features[at].astype(np.float32)))
        column = torch.from_numpy(pair * CANDIDATES + self.candidate[at])
        added = asked[torch.from_numpy(pair), torch.from_numpy(self.place[at])] * impacts
        total = torch.zeros(len(rows) * CANDIDATES).index_add(0, column, added)
        return total.view(len(rows), CANDIDATES)

    def mrr(self, weights: Weights) -> float:
        """Mean reciprocal rank of the right paper among sixteen, held-out pairs."""
        with torch.no_grad():
            scores = self.scores(weights, self.held)
        return float((1 / ((scores > scores[:, :1]).sum(1) + 1)).mean())


def fit(made: Sequence[Cells], seed: int, *, documents: bool, queries: bool) -> Weights:
    """Learns impacts, query weights, or both."""
    torch.manual_seed(seed)
    chance = np.random.default_rng(seed)
    sets = [_Set.of(one) for one in made]
    features, asked = made[0].features.shape[1], made[0].asked.shape[1]
    weights = Weights(features, asked, documents=documents, queries=queries)
    before = [one.mrr(weights) for one in sets]
    optimiser = torch.optim.AdamW(weights.parameters(), lr=RATE, weight_decay=1e-4)
    steps = [(one, at) for one in sets for at in range(one.learned // BATCH)]
    done = 0
    for _ in range(EPOCHS):
        orders = {id(one): chance.permutation(one.learned) for one in sets}
        for turn in chance.permutation(len(steps)).tolist():
            one, at = steps[turn]
            rows = orders[id(one)][at * BATCH : (at + 1) * BATCH]
            for group in optimiser.param_groups:
                group["lr"] = RATE * (1 - done / (EPOCHS * len(steps))) + 1e-5
            scores = one.scores(weights, rows) * SCALE * weights.scale.exp()
            loss = functional.cross_entropy(scores, torch.zeros(len(rows), dtype=torch.int64))
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            done += 1
    for one, start in zip(sets, before, strict=True):
        what = f"documents {documents}, queries {queries}, seed {seed}: {one.cells.kind}"
        click.echo(f"{what}: MRR among 16 {start:.4f} -> {one.mrr(weights):.4f}")
    return weights


def arrays(weights: Weights) -> dict[str, Floats]:
    """A model as plain arrays."""
    return {name: one.detach().numpy() for name, one in weights.named_parameters()}


def sample(files: Sequence[Path], count: int, until: str) -> list[tuple[str, str]]:
    """Clean titles and abstracts of papers drawn at random, in the order of the files.

    ``until``: only of those that came before that day. Raises `click.ClickException` for none.
    """
    chance, seen = random.Random(0), 0  # noqa: S311 - no secret
    drawn: list[tuple[int, Paper]] = []
    for path in files:
        for item in read(path):
            if not isinstance(item, Arrived) or not item.paper.title:
                continue
            paper = item.paper
            day = paper.announced or paper.published
            if len(paper.abstract) < SHORTEST or (until and day >= until):
                continue
            seen += 1
            if len(drawn) < count:
                drawn.append((seen, paper))
            elif (at := chance.randrange(seen)) < count:
                drawn[at] = seen, paper
    if not drawn:
        raise click.ClickException(f"no paper with an abstract in {', '.join(map(str, files))}")
    clean = (clean_paper(paper) for _, paper in sorted(drawn, key=lambda one: one[0]))
    return [(plain(paper.title), plain(paper.abstract)) for paper in clean]


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--papers", default=30_000, show_default=True, help="As many, at random.")
@click.option("--pairs", default=8_000, show_default=True, help="Of each kind.")
@click.option("--seeds", default=3, show_default=True)
@click.option("--until", default="", help="Only papers before this day.")
def main(
    out: Path, files: tuple[Path, ...], papers: int, pairs: int, seeds: int, until: str
) -> None:
    """Learns document weights, query weights and both, and writes them with the terms' vectors."""
    started, home = time.perf_counter(), settings.load()
    texts = sample(files, papers, until)
    terms = Terms()
    told = analysed(texts, terms)
    encoder = load_encoder("all-MiniLM-L6-v2", home.models_path, hub=home.model_hub)
    space = term_vectors(texts, terms, encoder.encode_documents)
    click.echo(f"{len(texts)} papers, {len(terms)} terms, {int(space.known.sum())} with a vector")
    kinds: tuple[Kind, ...] = ("title", "sentence")
    made = [cells(kind, told, space.vectors, space.known, pairs, 1) for kind in kinds]
    found: dict[str, Any] = {}
    for seed in range(seeds):
        for name, documents, queries in (
            ("documents", True, False), ("queries", False, True), ("both", True, True),
        ):  # fmt: skip
            learned = fit(made, seed, documents=documents, queries=queries)
            found |= {f"{name}/{seed}/{key}": one for key, one in arrays(learned).items()}
    with_vector = np.flatnonzero(space.known)
    names = list(terms)
    np.savez_compressed(
        out,
        terms=np.array([names[row] for row in with_vector]),
        vectors=space.vectors[with_vector].astype(np.float16),
        mean=space.mean,
        axes=space.axes,
        **found,
    )
    click.echo(f"{out}: {out.stat().st_size:,} bytes, {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
