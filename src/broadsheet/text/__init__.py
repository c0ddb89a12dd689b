"""The room where text is made readable: cleaning on arrival, mathematics, encoder input.

Pure functions of strings and papers; nothing here reads or writes.
"""

from broadsheet.text.alike import (
    Likeness,
    Titles,
    compare_titles,
    containment,
    likeness,
    title_key,
    triples,
)
from broadsheet.text.cleaning import clean, clean_abstract, clean_paper, clean_title
from broadsheet.text.containing import NearDuplicate, near_duplicates
from broadsheet.text.embedding import HASH_BYTES, embedded_text, text_hash
from broadsheet.text.mathematics import plain, to_html
from broadsheet.text.openings import opening

__all__ = [
    "HASH_BYTES",
    "Likeness",
    "NearDuplicate",
    "Titles",
    "clean",
    "clean_abstract",
    "clean_paper",
    "clean_title",
    "compare_titles",
    "containment",
    "embedded_text",
    "likeness",
    "near_duplicates",
    "opening",
    "plain",
    "text_hash",
    "title_key",
    "to_html",
    "triples",
]
