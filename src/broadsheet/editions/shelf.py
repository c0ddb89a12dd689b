"""The starter shelf: papers without an announced day, shown by topic.

A home that has met no listing yet has no edition. What it has are papers with a topic each,
360 topics for 482 papers; the shelves gather them by the words of the topic.
"""

from __future__ import annotations

import re

OTHER = "Elsewhere"

# The first shelf one of whose stems begins a word of the topic takes the paper, so the order
# matters: what a paper explains or protects says more about it than the model it is about.
SHELVES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Explaining models", ("attribution", "expla", "interpret", "concept", "importance")),
    (
        "Robustness, safety and forgetting",
        (
            "adversarial", "jailbreak", "safety", "unlearning", "toxic", "poison", "backdoor",
            "certified", "security", "refusal", "privacy", "ood", "distribution", "robust",
            "contamination", "hate", "bias",
        ),
    ),
    (
        "Search, ranking and recommendation",
        (
            "retriev", "rank", "rerank", "search", "recommend", "query", "queries", "relevance",
            "embedding", "negatives", "clarification", "discovery",
        ),
    ),
    (
        "Smaller and faster",
        (
            "prun", "quanti", "distill", "kv", "spars", "efficient", "compress", "token", "peft",
            "moe", "merging", "memory", "tuning", "systems", "system",
        ),
    ),
    (
        "Data and labels",
        (
            "data", "dataset", "pretraining-data", "curriculum", "labels", "noisy", "synthetic",
            "active", "annotation", "selection", "weak",
        ),
    ),
    (
        "Pictures, video and space",
        (
            "diffusion", "image", "vision", "video", "3d", "object", "scene", "face", "gan",
            "segmentation", "resolution", "super", "visual", "vlm", "multimodal", "geo", "event",
        ),
    ),
    (
        "Language models",
        (
            "llm", "lm", "language", "prompt", "context", "preference", "reasoning", "attention",
            "transformer", "scaling", "pretraining", "commonsense", "agentic", "decoding",
        ),
    ),
    (
        "Text and speech",
        (
            "text", "summar", "sentiment", "keyword", "linguistic", "speech", "dialog", "nli",
            "conversational", "grammatical", "argument", "authorship", "plagiarism", "acronym",
            "term", "audio", "speaker", "lip", "sentence", "negation", "emphasis", "skill",
            "essay", "entity", "code", "qa", "scientific",
        ),
    ),
    (
        "Learning, theory and optimisation",
        (
            "optimis", "theory", "regulari", "rl", "gradient", "federated", "contrastive", "domain",
            "continual", "meta", "training", "learning", "loss", "bayesian", "variational",
            "generalis", "grokking", "calibration", "uncertainty", "tangent", "bilevel", "bi",
            "order", "rates", "architecture", "inference", "probing", "conformal", "descent",
            "sharpness", "importance", "bounds", "neural", "metric", "shift",
        ),
    ),
    (
        "Out in the world",
        (
            "medic", "clinical", "ecg", "eeg", "protein", "molecular", "finance", "legal",
            "traffic", "driving", "robot", "education", "sports", "crisis", "cosmology",
            "materials", "mobile", "social", "signal", "human", "software", "forecast", "anomaly",
        ),
    ),
)  # fmt: skip

_WORD = re.compile(r"[a-z0-9]+")


def shelf_of(topic: str) -> str:
    """The shelf a topic stands on."""
    words = _WORD.findall(topic.lower())
    for name, stems in SHELVES:
        if any(word.startswith(stem) for word in words for stem in stems):
            return name
    return OTHER
