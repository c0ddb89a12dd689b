"""The room where text is made readable: cleaning on arrival, mathematics, encoder input.

Pure functions of strings and papers; nothing here reads or writes.
"""

from broadsheet.text.cleaning import clean, clean_abstract, clean_paper, clean_title
from broadsheet.text.embedding import HASH_BYTES, embedded_text, text_hash
from broadsheet.text.mathematics import plain, to_html

__all__ = [
    "HASH_BYTES",
    "clean",
    "clean_abstract",
    "clean_paper",
    "clean_title",
    "embedded_text",
    "plain",
    "text_hash",
    "to_html",
]
