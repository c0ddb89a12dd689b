"""Trials of probabilities of relevance: fitting them, and what else could be done."""
