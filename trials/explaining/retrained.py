"""A small ranker that can be trained again in seconds, and what explainers say of it.

An abstract's tokens, static embeddings of the encoder cut to 64 dimensions, are pooled by
attention that looks at the query; the score is the inner product of query and pool. It is trained
on judged claims against the best other candidates of either leg, and tested on a third of them.

``masking``: trained with tokens masked at random, so that deletion asks nothing it has not seen
(Madsen et al. 2024); ``adversarial``: trained against the worst small change of its attention
(Kitada and Iyatomi 2021); ``recursive``: what an explainer names first is masked, the ranker is
trained anew and explained again (Madsen et al. 2022, RACU: 0 as good as chance, 1 the best that
could be).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from broadsheet.evaluate import Field
from trials.explaining.querying import ranks_agree
from trials.explaining.white_box import Transformer

DIMENSIONS, TOKENS, CANDIDATES, EPOCHS, BATCH, RATE = 64, 128, 8, 12, 32, 3e-3
STEPS = (0.2, 0.4, 0.6, 0.8)
PERTURBED = 1.0  # length of the worst change of the attention's logits


class Data:
    """Queries (n, 384), tokens (n, candidates, tokens) with the relevant one first, 0 padding."""

    def __init__(self, place: Field, model: Transformer, count: int) -> None:
        torch = model.torch
        ids = {work.paper.id: number for number, work in place.documents.works.items()}
        queries, tokens = [], []
        for query, text in place.collection.queries.items():
            right = {ids[d] for d, g in place.collection.qrels[query].items() if g > 0 and d in ids}
            found = place.candidates(text)
            order = np.argsort(
                -(
                    np.nan_to_num(found.lexical) / max(np.nanmax(found.lexical), 1e-9)
                    + np.nan_to_num(found.dense)
                )
            )
            others = [w for w in found.ids[order].tolist() if w not in right][: CANDIDATES - 1]
            if not right or len(others) < CANDIDATES - 1 or place.encoder is None:
                continue
            queries.append(place.encoder.encode_queries([text])[0])
            tokens.append([self._tokens(model, place, w) for w in [min(right), *others]])
            if len(queries) == count:
                break
        table = model.state["embeddings.word_embeddings.weight"]
        centred = table - table.mean(0)
        basis = torch.linalg.svd(centred[::16], full_matrices=False)[2][:DIMENSIONS]
        self.table = centred @ basis.T
        self.table = self.table / self.table.norm(dim=-1, keepdim=True).clamp_min(1e-6)
        self.queries = torch.tensor(np.stack(queries))
        self.tokens = torch.tensor(tokens)
        order = np.random.default_rng(1).permutation(len(queries))
        self.test, self.train = order[: len(order) // 3], order[len(order) // 3 :]

    @staticmethod
    def _tokens(model: Transformer, place: Field, work_id: int) -> list[int]:
        paper = place.documents.works[work_id].paper
        ids = model.tokenizer.encode(f"{paper.title}\n{paper.abstract}").ids[1:-1][:TOKENS]
        return ids + [0] * (TOKENS - len(ids))


class Ranker:
    """Attention pooling; ``keep`` masks (n, candidates, tokens) say which tokens are seen."""

    def __init__(self, data: Data, torch: Any, seed: int) -> None:
        self.data, self.torch = data, torch
        torch.manual_seed(seed)
        make = lambda *shape: (torch.randn(*shape) / shape[0] ** 0.5).requires_grad_(True)  # noqa: E731
        self.weights = {
            "ask": make(384, DIMENSIONS),
            "key": make(DIMENSIONS, DIMENSIONS),
            "value": make(DIMENSIONS, DIMENSIONS),
            "out": make(384, DIMENSIONS),
        }

    def logits(self, rows: Any, embedded: Any) -> Any:
        """How much each token is looked at."""
        ask = self.data.queries[rows] @ self.weights["ask"]
        return ((embedded @ self.weights["key"]) * ask[:, None, None]).sum(-1) / DIMENSIONS**0.5

    def parts(self, rows: Any, embedded: Any) -> Any:
        """What each token would give to the score if it had all the attention."""
        out = self.data.queries[rows] @ self.weights["out"]
        return ((embedded @ self.weights["value"]) * out[:, None, None]).sum(-1)

    def scores(self, rows: Any, keep: Any, *, embedded: Any = None, change: Any = 0.0) -> Any:
        """Scores (n, candidates)."""
        if embedded is None:
            embedded = self.data.table[self.data.tokens[rows]]
        attention = self.attention(rows, keep, embedded, change)
        return (attention * self.parts(rows, embedded)).sum(-1)

    def attention(self, rows: Any, keep: Any, embedded: Any, change: Any = 0.0) -> Any:
        """Attention (n, candidates, tokens); nothing where no token is kept."""
        looked = (self.logits(rows, embedded) + change).masked_fill(~keep, -1e9)
        return self.torch.softmax(looked, -1) * keep

    def train(self, keep: Any, random: np.random.Generator, how: str = "") -> Ranker:
        """Learns to put the relevant candidate first."""
        torch = self.torch
        optimiser = torch.optim.Adam(self.weights.values(), lr=RATE, weight_decay=1e-4)
        for _ in range(EPOCHS):
            order = random.permutation(self.data.train)
            for start in range(0, len(order), BATCH):
                rows = torch.tensor(order[start : start + BATCH])
                seen = keep[rows]
                if how == "masking":
                    part = torch.tensor(random.random((len(rows), 1, 1)))
                    seen = seen & (torch.tensor(random.random(seen.shape)) >= part)
                loss = self._loss(rows, seen)
                if how == "adversarial":
                    loss = loss + self._worst(rows, seen)
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
        return self

    def _loss(self, rows: Any, seen: Any, change: Any = 0.0) -> Any:
        target = self.torch.zeros(len(rows), dtype=self.torch.long)
        return self.torch.nn.functional.cross_entropy(
            5 * self.scores(rows, seen, change=change), target
        )

    def _worst(self, rows: Any, seen: Any) -> Any:
        """The loss under the change of the attention's logits that raises it fastest."""
        change = self.torch.zeros(seen.shape, requires_grad=True)
        (slope,) = self.torch.autograd.grad(self._loss(rows, seen, change), change)
        worst = PERTURBED * slope / slope.norm(dim=-1, keepdim=True).clamp_min(1e-12)
        return self._loss(rows, seen, worst.detach())

    def quality(self, keep: Any) -> float:
        """Mean reciprocal rank of the relevant candidate on the test third."""
        rows = self.torch.tensor(self.data.test)
        with self.torch.no_grad():
            scores = self.scores(rows, keep[rows])
        ranks = 1 + (scores[:, 1:] >= scores[:, :1]).sum(1)
        return float((1.0 / ranks).mean())

    def explained(self, name: str, rows: Any, keep: Any, random: np.random.Generator) -> Any:
        """Importance of each token for its candidate's score; -inf where it is masked."""
        torch = self.torch
        embedded = self.data.table[self.data.tokens[rows]]
        if name == "gradient":
            embedded = embedded.clone().requires_grad_(True)
            (slope,) = torch.autograd.grad(
                self.scores(rows, keep, embedded=embedded).sum(), embedded
            )
            found = (slope * embedded).sum(-1).detach()
        else:
            with torch.no_grad():
                attention = self.attention(rows, keep, embedded)
                parts = self.parts(rows, embedded)
                if name == "attention":
                    found = attention
                elif name == "leave-one-out":
                    # Without a token the others' attention grows by what it had.
                    whole = (attention * parts).sum(-1, keepdim=True)
                    found = whole - (whole - attention * parts) / (1 - attention).clamp_min(1e-6)
                elif name == "random":
                    found = torch.tensor(random.random(keep.shape))
                else:
                    raise SystemExit(f"no such explainer of a ranker: {name}")
        return found.masked_fill(~keep, float("-inf"))


EXPLAINERS = ("leave-one-out", "gradient", "attention", "random")


def run(
    place: Field, config: Mapping[str, Any], model: Transformer | None
) -> tuple[list[str], list[list[str]]]:
    """The three experiments, one after the other."""
    if model is None:
        raise SystemExit("this trial trains in torch: pip install 'broadsheet[train]'")
    data = Data(place, model, config.get("queries", 600))
    seeds = range(config.get("seeds", 3))
    keep = data.tokens != 0
    print(
        f"{place.collection.name}: {len(data.train)} queries to train on, "
        f"{len(data.test)} to test, "
        f"{CANDIDATES} candidates; {len(seeds)} seeds"
    )
    rows = _masking(data, model.torch, keep, seeds)
    rows += _adversarial(data, model.torch, keep, seeds)
    rows += _recursive(data, model.torch, keep, seeds)
    return ["experiment", "explainer", "figure", "of seeds"], rows


def _row(what: str, who: str, found: list[float]) -> list[str]:
    spread = np.std(found, ddof=1) if len(found) > 1 else 0.0
    return [what, who, f"{np.mean(found):.3f} ± {spread:.3f}", " ".join(f"{x:.3f}" for x in found)]


def _masking(data: Data, torch: Any, keep: Any, seeds: range) -> list[list[str]]:
    rows = []
    for how in ("", "masking"):
        name = "masked in training" if how else "trained plainly"
        rankers = [Ranker(data, torch, s).train(keep, np.random.default_rng(s), how) for s in seeds]
        rows.append(_row(f"{name}: MRR", "", [ranker.quality(keep) for ranker in rankers]))
        for who in EXPLAINERS:
            found = [_dropped(ranker, who, keep, s) for s, ranker in enumerate(rankers)]
            rows.append(_row(f"{name}: MRR lost, first fifth masked", who, found))
    return rows


def _dropped(ranker: Ranker, who: str, keep: Any, seed: int) -> float:
    left = _mask(ranker, who, keep, keep, 0.2, np.random.default_rng(seed))
    return ranker.quality(keep) - ranker.quality(left)


def _mask(
    ranker: Ranker, who: str, keep: Any, whole: Any, part: float, random: np.random.Generator
) -> Any:
    """The masks in which the first ``part`` of each text's tokens are gone."""
    torch = ranker.torch
    told = torch.cat(
        [
            ranker.explained(who, rows, keep[rows], random)
            for rows in torch.arange(len(keep)).split(64)
        ]
    )
    gone = (whole.sum(-1, keepdim=True) * part).long() - (whole & ~keep).sum(-1, keepdim=True)
    place = told.argsort(-1, descending=True).argsort(-1)
    return keep & (place >= gone)


def _adversarial(data: Data, torch: Any, keep: Any, seeds: range) -> list[list[str]]:
    rows = []
    test = torch.tensor(data.test)
    for how in ("", "adversarial"):
        name = "adversarial attention" if how else "plain attention"
        quality, gradient, alone = [], [], []
        for seed in seeds:
            ranker = Ranker(data, torch, seed).train(keep, np.random.default_rng(seed), how)
            quality.append(ranker.quality(keep))
            told = {
                w: ranker.explained(w, test, keep[test], np.random.default_rng(0))[:, 0].T
                for w in ("attention", "gradient", "leave-one-out")
            }
            seen = keep[test][:, 0].all(-1)  # whole texts: ranks without padding
            attention, slope, lost = (told[w][:, seen].double().numpy() for w in told)
            gradient.append(float(ranks_agree(attention, slope).mean()))
            alone.append(float(ranks_agree(attention, lost).mean()))
        rows.append(_row(f"{name}: MRR", "", quality))
        rows.append(_row(f"{name}: rho of attention with", "gradient", gradient))
        rows.append(_row(f"{name}: rho of attention with", "leave-one-out", alone))
    return rows


def _recursive(data: Data, torch: Any, keep: Any, seeds: range) -> list[list[str]]:
    curves: dict[str, list[list[float]]] = {}
    for who in EXPLAINERS:
        for seed in seeds:
            random = np.random.default_rng(seed)
            ranker = Ranker(data, torch, seed).train(keep, random)
            left, curve = keep, []
            for part in STEPS:
                left = _mask(ranker, who, left, keep, part, random)
                ranker = Ranker(data, torch, seed).train(left, random)
                curve.append(ranker.quality(left))
            curves.setdefault(who, []).append(curve)
    nothing = float(np.mean(1.0 / np.arange(1, CANDIDATES + 1)))  # a candidate drawn at random
    chance = np.mean(curves["random"], axis=0)
    rows = []
    for who, found in curves.items():
        racu = [
            float((chance - np.array(c)).sum() / max((chance - nothing).sum(), 1e-9)) for c in found
        ]
        rows.append(_row("recursively masked and trained anew: RACU", who, racu))
        mean = " ".join(f"{x:.3f}" for x in np.mean(found, axis=0))
        rows.append([f"  MRR with {', '.join(f'{s:.0%}' for s in STEPS)} masked", who, mean, ""])
    return rows
