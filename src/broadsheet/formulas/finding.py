"""Where the mathematics of a text stands: ``$x$``, ``$$x$$``, ``\\(x\\)``, ``\\[x\\]``."""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST_FORMULA = 2_000

_OPENING = re.compile(r"\\[\\$(\[]|\$|\\begin\{([a-z]{4,9}\*?)\}")
_DOLLAR = re.compile(r"\\.|\$", re.DOTALL)
_DISPLAYED = ("equation", "align", "eqnarray", "gather", "multline", "displaymath", "math")
_ENVIRONMENTS = frozenset(f"{name}{star}" for name in _DISPLAYED for star in ("", "*"))
_MATHEMATICAL = re.compile(r"[\\^_=<>{}|+]")
_RELATION = re.compile(r"[\\^_=<>]")
_DIGIT_OR_SPACE = re.compile(r"[\d\s]")
_LETTER, _OTHER = "[A-Za-zΑ-ω]", "[^A-Za-zΑ-ω]"
_VARIABLES = re.compile(
    rf"(?={_OTHER}*{_LETTER})(?:{_OTHER}|(?<!{_LETTER}){_LETTER}(?!{_LETTER}))*"
)
_COMMAND = re.compile(r"\\[A-Za-z]+ ?(?:\{[^{}]*\})?")
_PROSE = re.compile(r"[A-Za-z]{2,}[,;.]? [A-Za-z]{2,}[,;.]? [A-Za-z]{2,}")


@dataclass(frozen=True, slots=True)
class Formula:
    """One formula: ``text[start:end]`` with its delimiters; ``source`` is what they enclose."""

    start: int
    end: int
    source: str
    display: bool


def formulas(text: str) -> list[Formula]:
    """The formulas of a text in order; linear. Prices (``$5 and $6``) are not formulas."""
    if "$" not in text and "\\(" not in text and "\\[" not in text and "\\begin" not in text:
        return []
    found: list[Formula] = []
    closing = _Closing(text)
    position = 0
    while match := _OPENING.search(text, position):
        formula = _formula_at(text, match, closing)
        if formula:
            found.append(formula)
        position = formula.end if formula else match.end()
    return found


def formula_at(text: str, start: int) -> Formula | None:
    """The formula that begins at a place of a text, for who reads on from there; None for none."""
    match = _OPENING.match(text, start)
    return _formula_at(text, match, _Closing(text)) if match else None


class _Closing:
    """Where the next closing mark stands, remembered, so that hostile text stays linear."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.known: dict[str, int] = {}

    def after(self, mark: str, position: int) -> int:
        known = self.known.get(mark, -2)
        if known != -1 and known < position:
            known = self.known[mark] = self.text.find(mark, position)
        return known


def _formula_at(text: str, match: re.Match[str], closing: _Closing) -> Formula | None:
    opening = match[0]
    if opening == "$":
        return _dollars(text, match.start(), closing)
    mark = {"\\(": "\\)", "\\[": "\\]"}.get(opening, "")
    if match[1] and match[1] in _ENVIRONMENTS:
        mark = f"\\end{{{match[1]}}}"
    if not mark:
        return None
    end = closing.after(mark, match.end())
    if end < 0 or not 0 < end - match.end() <= LONGEST_FORMULA:
        return None
    source = text[match.end() : end]
    if source.isspace():
        return None
    return Formula(match.start(), end + len(mark), source, opening != "\\(")


def _dollars(text: str, start: int, closing: _Closing) -> Formula | None:
    if text.startswith("$$", start):
        end = closing.after("$$", start + 2)
        source = text[start + 2 : end] if 0 <= end - start <= LONGEST_FORMULA else ""
        if source and not source.isspace() and "$" not in source:
            return Formula(start, end + 2, source, True)
    position = start + 1
    limit = start + LONGEST_FORMULA
    while match := _DOLLAR.search(text, position, limit):
        if match[0] == "$":
            source = text[start + 1 : match.start()]
            if _is_mathematics(source, text[match.end() : match.end() + 1]):
                return Formula(start, match.end(), source, False)
            return None
        position = match.end()
    return None


def _is_mathematics(source: str, following: str) -> bool:
    stripped = source.strip()
    if not stripped:
        return False
    related = _RELATION.search(source)
    if following.isdigit() and not related and _DIGIT_OR_SPACE.search(source):
        return False  # "$5-$6"; but "J2211$-$6320" and "$\\sim$10" are
    # "$5 and $6" against "$ x + y $" and "$ 2k $"
    spaced = len(stripped) != len(source)
    if spaced and not _MATHEMATICAL.search(source) and not _VARIABLES.fullmatch(source):
        return False
    return " " not in stripped or not _PROSE.search(_COMMAND.sub(" ", source))
