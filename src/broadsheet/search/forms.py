"""All other forms of what a query asks for, outside a line of stages."""

from __future__ import annotations

from broadsheet.index import Index
from broadsheet.search.acronyms import Glossary, read_acronyms
from broadsheet.search.compounds import read_compounds
from broadsheet.search.greek import read_greek
from broadsheet.search.pipeline import Library
from broadsheet.search.reading import Reading
from broadsheet.search.spellings import read_spellings
from broadsheet.search.umlauts import read_umlauts


def read_forms(
    reading: Reading, glossary: Glossary | None, index: Index, library: Library
) -> Reading:
    """A query's reading with the forms that the stages of a search add to it, in their order."""
    reading = read_compounds(read_acronyms(reading, glossary, index), index)
    reading = read_greek(read_umlauts(reading, index, library), index)
    return read_spellings(reading, index)
