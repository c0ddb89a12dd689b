"""The default line with and without `search.denying`, for `ranking-configs/denied.toml`."""

from __future__ import annotations

from broadsheet.search import Pipeline
from broadsheet.search.denying import deny
from broadsheet.search.pipelines import HYBRID


def line(weight: float) -> Pipeline:
    """The default line with another weight of what is denied; 0 leaves it out."""
    bare = HYBRID.without("deny")
    return bare.before("push", deny(weight)) if weight else bare
