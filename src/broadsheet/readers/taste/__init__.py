"""The taste of readers: several interests each, found from acts, readable and editable."""

from broadsheet.readers.taste.building import USUAL_RATE, Built
from broadsheet.readers.taste.interleaving import Interleaving, Outcome, team_draft
from broadsheet.readers.taste.judged import Judged, weigh
from broadsheet.readers.taste.lens import Field, Lens, chance_of_like
from broadsheet.readers.taste.model import Tuning
from broadsheet.readers.taste.scoring import Scorer
from broadsheet.readers.taste.taste import Ranked, Taste
from broadsheet.readers.taste.values import (
    Interest,
    Near,
    Profile,
    Recommendation,
    Seed,
    WhatIf,
    Why,
    ordinal,
)

__all__ = [
    "USUAL_RATE",
    "Built",
    "Field",
    "Interest",
    "Interleaving",
    "Judged",
    "Lens",
    "Near",
    "Outcome",
    "Profile",
    "Ranked",
    "Recommendation",
    "Scorer",
    "Seed",
    "Taste",
    "Tuning",
    "WhatIf",
    "Why",
    "chance_of_like",
    "ordinal",
    "team_draft",
    "weigh",
]
