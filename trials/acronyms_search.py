"""Lines of stages that `ranking-configs/acronyms.toml` compares: with acronyms read or not."""

from __future__ import annotations

from broadsheet.search import HYBRID, LEXICAL, Pipeline
from broadsheet.search.acronyms import acronyms


def line(long: float = 0.0, short: float = 0.0, *, meaning: bool = True) -> Pipeline:
    """The product's line with these weights of added forms; 0 and 0 is without the stage."""
    base = (HYBRID if meaning else LEXICAL).without("acronyms")
    return base.before("ahead" if meaning else "words", acronyms(long, short)) if long else base
