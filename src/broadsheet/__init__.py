"""Broadsheet: the daily paper for research, self-hosted."""

from importlib.metadata import version

__version__ = version("broadsheet")
