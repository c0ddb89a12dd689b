"""The room of mathematics in a text: where it stands, and how it reads in plain words."""

from broadsheet.formulas.finding import LONGEST_FORMULA, Formula, formula_at, formulas
from broadsheet.formulas.reading import plain
from broadsheet.formulas.symbols import FUNCTIONS, LETTERS, SUBSCRIPTS, SUPERSCRIPTS, SYMBOLS

__all__ = [
    "FUNCTIONS",
    "LETTERS",
    "LONGEST_FORMULA",
    "SUBSCRIPTS",
    "SUPERSCRIPTS",
    "SYMBOLS",
    "Formula",
    "formula_at",
    "formulas",
    "plain",
]
