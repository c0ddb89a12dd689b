"""Masked language modelling of a smaller transformer, before it imitates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import nn

from broadsheet.encoders import stock_state
from broadsheet.learn.students.bert import Bert, padded, seen_of
from broadsheet.text import keywords, prepare

if TYPE_CHECKING:
    from trials.small import Arm, Texts

SHARE = 0.15  # of a text's tokens
RATE, HEAD_RATE = 1e-4, 1e-3
ALONE = 0.25  # of the steps the map to words learns alone, so as not to pull the layers about
MASK = 103  # [MASK] of BERT's vocabulary
Chances = list[NDArray[np.float64]]


def pretrain(arm: Arm, network: Bert, learn: Texts, chance: np.random.Generator) -> None:
    """Guesses masked tokens of abstracts from their neighbours, against the table of words.

    The map from states to words is new (the stock encoder's is not published), learns alone at
    first, and is thrown away.
    """
    chances = MASKS[arm.mask](learn)
    bodies = np.arange(learn.papers) + learn.papers
    dense = nn.Linear(network.words.embedding_dim, network.words.embedding_dim)
    norm, bias = nn.LayerNorm(dense.out_features), torch.zeros(network.words.num_embeddings)
    bias.requires_grad_(True)
    own = [one for one in network.parameters() if one.requires_grad]
    head = [*dense.parameters(), *norm.parameters(), bias]
    groups: list[dict[str, Any]] = [{"params": own}, {"params": head}]
    optimiser = torch.optim.Adam(groups, lr=RATE)
    alone = int(ALONE * arm.pretrain)
    for step in range(arm.pretrain):
        papers = chance.choice(learn.papers, arm.size, replace=False)
        ids, mask = padded([learn.rows[row] for row in bodies[papers]], network.tokens)
        hidden_words = torch.zeros_like(mask)
        for at, paper in enumerate(papers.tolist()):
            odds = chances[paper]
            count = min(int(np.ceil(SHARE * len(odds))), int((odds > 0).sum()))
            if count:
                hidden_words[at, chance.choice(len(odds), count, replace=False, p=odds)] = True
        given = ids.masked_fill(hidden_words, MASK)
        rates = (RATE if step >= alone else 0.0, HEAD_RATE)
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * (1 - step / arm.pretrain)
        with torch.autocast("cpu", torch.bfloat16):
            with torch.set_grad_enabled(step >= alone):
                states = network.embed(given)
                for layer in network.stack:
                    states = layer(states, seen_of(mask))
            guessed = norm(nn.functional.gelu(dense(states[hidden_words])))
            scores = guessed @ network.words.weight.T + bias
        loss = nn.functional.cross_entropy(scores.float(), ids[hidden_words])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()


def uniform(learn: Texts) -> Chances:
    """All tokens alike, but for the marks at both ends."""
    return [_odds(np.ones(len(row)), row) for row in learn.rows[learn.papers :]]


def rare(learn: Texts) -> Chances:
    """By inverse document frequency (Long et al. 2022, "Retrieval oriented masking")."""
    counts = Counter(token for row in learn.rows[learn.papers :] for token in set(row))
    return [
        _odds(np.log(learn.papers / np.array([counts[token] for token in row]) + 1e-9), row)
        for row in learn.rows[learn.papers :]
    ]


def keyphrases(learn: Texts) -> Chances:
    """Tokens of key terms four times as often as others (Zhai et al. 2024, "Chinese MentalBERT":
    words of a lexicon first)."""
    tokenizer = Tokenizer.from_file(str(stock_state()[1]))
    tokenizer.no_padding()
    found = []
    for title, body, row in zip(
        learn.words[: learn.papers],
        learn.words[learn.papers :],
        learn.rows[learn.papers :],
        strict=True,
    ):
        terms = " ".join(term.text for term in keywords(prepare(title, body)))
        inside = set(tokenizer.encode(terms, add_special_tokens=False).ids)
        found.append(_odds(np.array([4.0 if token in inside else 1.0 for token in row]), row))
    return found


MASKS: dict[str, Callable[[Texts], Chances]] = {
    "uniform": uniform,
    "rare": rare,
    "keyphrases": keyphrases,
}


def _odds(values: NDArray[np.float64], row: list[int]) -> NDArray[np.float64]:
    odds = np.maximum(values, 0)
    odds[0] = odds[-1] = 0
    del row
    return odds / odds.sum() if odds.sum() else odds
