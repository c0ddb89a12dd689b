"""Acronyms: where a paper defines them, and what one that it does not define means."""

from broadsheet.text.acronyms.defining import Mention, acronym_mentions, defined_acronyms
from broadsheet.text.acronyms.finding import Found, find_acronyms
from broadsheet.text.acronyms.forms import bare, looks_short
from broadsheet.text.acronyms.keys import long_key, short_key, words_of
from broadsheet.text.acronyms.knowledge import (
    Knowledge,
    Meaning,
    Weighed,
    acronym_knowledge,
    words_around,
)
from broadsheet.text.acronyms.marking import (
    AcronymMark,
    acronym_marks,
    expansion,
    merged_meanings,
)
from broadsheet.text.acronyms.values import Acronym

__all__ = [
    "Acronym",
    "AcronymMark",
    "Found",
    "Knowledge",
    "Meaning",
    "Mention",
    "Weighed",
    "acronym_knowledge",
    "acronym_marks",
    "acronym_mentions",
    "bare",
    "defined_acronyms",
    "expansion",
    "find_acronyms",
    "long_key",
    "looks_short",
    "merged_meanings",
    "short_key",
    "words_around",
    "words_of",
]
