"""The first sentences of an abstract, cut where a reader would stop."""

from broadsheet.text import opening

__all__ = ["opening"]
