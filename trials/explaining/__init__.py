"""Which explanation of a hit is faithful: `python -m trials.explaining CONFIG.toml DATA`."""
