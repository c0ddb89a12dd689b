"""Trials: each a configuration of the shared runner for its kind."""
