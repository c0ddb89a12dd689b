"""Terms: what a paper is about, in its own words, and what is known of a term."""

from broadsheet.text.terms.extracting import keywords, ranked_terms
from broadsheet.text.terms.grouping import subjects, telling_words, tells_a_subject
from broadsheet.text.terms.keys import key_of, singular
from broadsheet.text.terms.senses import Sense, senses
from broadsheet.text.terms.trends import (
    Direction,
    Month,
    Neighbour,
    direction,
    log_likelihood,
    neighbours,
    trend,
)

__all__ = [
    "Direction",
    "Month",
    "Neighbour",
    "Sense",
    "direction",
    "key_of",
    "keywords",
    "log_likelihood",
    "neighbours",
    "ranked_terms",
    "senses",
    "singular",
    "subjects",
    "telling_words",
    "tells_a_subject",
    "trend",
]
