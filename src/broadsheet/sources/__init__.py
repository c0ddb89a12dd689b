"""The room where papers arrive: files of records and saved pages become `Paper` records.

Nothing is cleaned here (that is `text`) and nothing is kept (that is `catalog`).
"""

from broadsheet.sources.arrival import Arrived, Rejected, SourceError
from broadsheet.sources.reading import FORMATS, default_source, read, starter

__all__ = [
    "FORMATS",
    "Arrived",
    "Rejected",
    "SourceError",
    "default_source",
    "read",
    "starter",
]
