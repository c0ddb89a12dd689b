"""Maps of frozen vectors that a head can be, at equal sizes: what adapters look like here.

Each takes unit vectors (n, d) of a side to unit vectors (n, d) and starts as the identity.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, normalize

SIDES = ("query", "document")


class Heads(nn.Module):
    """A map for queries and one for documents (the identity where ``sides`` is 'query')."""

    def __init__(self, make: Callable[[], nn.Module], sides: str) -> None:
        super().__init__()
        self.query = make()
        self.document = make() if sides == "both" else nn.Identity()

    def side(self, vectors: Tensor, side: str) -> Tensor:
        """Unit vectors of one side."""
        part = self.query if side == "query" else self.document
        moved: Tensor = normalize(part(vectors), dim=1)
        return moved

    def after(self, share: float) -> None:
        """Called after each backward pass, ``share`` of the training being done."""

    def extra(self) -> Tensor:
        """What is added to the loss."""
        return torch.zeros(())

    @property
    def size(self) -> int:
        """How many numbers are learned."""
        return sum(value.numel() for value in self.parameters())


class LowRank(nn.Module):
    """x + x A B (LoRA)."""

    def __init__(self, d: int, rank: int) -> None:
        super().__init__()
        self.into = nn.Parameter(torch.randn(d, rank) / d**0.5)
        self.out = nn.Parameter(torch.zeros(rank, d))

    def forward(self, x: Tensor) -> Tensor:
        """(n, d) to (n, d)."""
        return x + x @ self.into @ self.out


class Full(nn.Module):
    """x + x W: everything is tuned."""

    def __init__(self, d: int) -> None:
        super().__init__()
        self.delta = nn.Parameter(torch.zeros(d, d))

    def forward(self, x: Tensor) -> Tensor:
        """(n, d) to (n, d)."""
        return x + x @ self.delta


class Stacked(nn.Module):
    """Two bottleneck adapters, one after the other (Houlsby et al. 2019).

    ``connected`` adds a side path from the first one's bottleneck to the second's (row 93).
    """

    def __init__(self, d: int, rank: int, *, connected: bool) -> None:
        super().__init__()
        half = max(1, rank // 2)
        self.into = nn.ParameterList([nn.Parameter(torch.randn(d, half) / d**0.5) for _ in "ab"])
        self.out = nn.ParameterList([nn.Parameter(torch.zeros(half, d)) for _ in "ab"])
        self.path = nn.Parameter(torch.eye(half)) if connected else None

    def forward(self, x: Tensor) -> Tensor:
        """(n, d) to (n, d)."""
        first = gelu(x @ self.into[0])
        x = x + first @ self.out[0]
        inner = x @ self.into[1]
        if self.path is not None:
            inner = inner + first @ self.path
        return x + gelu(inner) @ self.out[1]


class Ranked(nn.Module):
    """x + (x P * s) Q: each rank has a strength of its own, which can be set to 0."""

    kept: Tensor

    def __init__(self, d: int, rank: int) -> None:
        super().__init__()
        self.into = nn.Parameter(torch.randn(d, rank) / d**0.5)
        self.out = nn.Parameter(torch.randn(rank, d) / d**0.5)
        self.strength = nn.Parameter(torch.zeros(rank))
        self.register_buffer("kept", torch.ones(rank))

    def forward(self, x: Tensor) -> Tensor:
        """(n, d) to (n, d)."""
        return x + (x @ self.into * (self.strength * self.kept)) @ self.out

    def importance(self) -> Tensor:
        """Of each rank: strength times gradient."""
        gradient = self.strength.grad
        return torch.zeros_like(self.strength) if gradient is None else self.strength * gradient

    def apart(self) -> Tensor:
        """How far the axes are from being orthogonal."""
        eye = torch.eye(len(self.strength))
        return (self.into.T @ self.into - eye).square().sum() + (
            self.out @ self.out.T - eye
        ).square().sum()


class Allocated(Heads):
    """Ranks are shared out between both sides by importance while training.

    ``grown`` False: many at the start, the least important taken out (AdaLoRA, row 100);
    True: one a side at the start, more where it matters (IncreLoRA, row 101). ``rank`` is what
    each side has on average at the end, as the uniform heads have from the start.
    """

    def __init__(self, d: int, rank: int, *, grown: bool) -> None:
        super().__init__(lambda: Ranked(d, 2 * rank), "both")
        self._wanted, self._most, self._grown = 2 * rank, 4 * rank, grown
        self._seen = torch.zeros(self._most)
        if grown:
            for part in self._parts():
                part.kept[1:] = 0

    def _parts(self) -> tuple[Ranked, Ranked]:
        assert isinstance(self.query, Ranked)
        assert isinstance(self.document, Ranked)
        return self.query, self.document

    def after(self, share: float) -> None:
        """Takes the least important out, or lets one more in on the more important side."""
        parts = self._parts()
        now = torch.cat([part.importance().detach().abs() for part in parts])
        self._seen = 0.85 * self._seen + 0.15 * now
        move = min(1.0, share / 0.6)
        if self._grown:
            counts = [int(part.kept.sum()) for part in parts]
            if sum(counts) < 2 + move * (self._wanted - 2):
                width = self._most // 2
                means = [
                    float(self._seen[at * width : (at + 1) * width].sum()) / counts[at]
                    for at in (0, 1)
                ]
                best = max((0, 1), key=lambda at: (counts[at] < width, means[at]))
                parts[best].kept[counts[best]] = 1
            return
        keep = round(self._most - move * (self._most - self._wanted))
        chosen = torch.zeros(self._most)
        chosen[self._seen.topk(keep).indices] = 1
        for part, kept in zip(parts, chosen.chunk(2), strict=True):
            part.kept.copy_(kept)

    def extra(self) -> Tensor:
        """Axes of one side are kept apart, so that importance is each one's own."""
        return 1e-3 * sum((part.apart() for part in self._parts()), torch.zeros(()))

    @property
    def size(self) -> int:
        """Of the ranks that are left."""
        return sum(
            int(part.kept.sum()) * (part.into.shape[0] + part.out.shape[1] + 1)
            for part in self._parts()
        )


class Experts(Heads):
    """A low-rank map of queries for each area, the nearest area's by stock vectors (row 51)."""

    centres: Tensor

    def __init__(self, d: int, rank: int, centres: Tensor) -> None:
        super().__init__(nn.Identity, "query")
        self.experts = nn.ModuleList([LowRank(d, rank) for _ in centres])
        self.register_buffer("centres", centres)

    def side(self, vectors: Tensor, side: str) -> Tensor:
        """Queries by the expert of their area; documents as they are."""
        if side == "document":
            return vectors
        nearest = (vectors @ self.centres.T).argmax(1)
        moved = torch.zeros_like(vectors)
        for number, expert in enumerate(self.experts):
            rows = (nearest == number).nonzero().squeeze(1)
            if len(rows):
                moved = moved.index_copy(0, rows, expert(vectors[rows]))
        return normalize(moved, dim=1)


def heads_of(kind: str, d: int, rank: int, sides: str, centres: Tensor) -> Heads:
    """A head by its kind; raises ValueError for one that there is not."""
    match kind:
        case "low-rank":
            return Heads(lambda: LowRank(d, rank), sides)
        case "full":
            return Heads(lambda: Full(d), sides)
        case "stacked":
            return Heads(lambda: Stacked(d, rank, connected=False), sides)
        case "connected":
            return Heads(lambda: Stacked(d, rank, connected=True), sides)
        case "allocated":
            return Allocated(d, rank, grown=False)
        case "grown":
            return Allocated(d, rank, grown=True)
        case "experts":
            return Experts(d, rank, centres)
    raise ValueError(f"no head is {kind!r}")
