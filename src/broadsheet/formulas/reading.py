"""Formulas as plain words, for what shows no mathematics: indexes, mails, encoders, citations."""

from __future__ import annotations

import re
from functools import lru_cache

from broadsheet.formulas.finding import formulas
from broadsheet.formulas.symbols import LETTERS, SUBSCRIPTS, SUPERSCRIPTS, SYMBOLS

_COMMAND = re.compile(r"\\(?:([A-Za-z]+)\*?( ?)|(.))", re.DOTALL)
_SIMPLE_SCRIPT = re.compile(r"([\^_]) ?(?:\{ ?([0-9+\-=()n]{1,8}) ?\}|([0-9n+\-]))")
_SCRIPT_BRACES = re.compile(r"([\^_]) ?\{([^{}]*)\}")
# Degrees, minutes and seconds: what TeX raises, Unicode has raised already.
_RAISED = re.compile(r"\^ ?(?:(∘|′+)|\((∘|′+)\))")
_RAISED_MARKS = {"∘": "°", "′": "′", "′′": "″", "′′′": "‴"}
_FRACTION = re.compile(r"\\[dt]?frac ?\{([^{}]*)\} ?\{([^{}]*)\}")
_WORD_AFTER = re.compile(r"[\^_({\[,.;:)\]}⁰-₎²³¹]|\\[,;:! ]|$")
_ESCAPED_BRACES = {"{": "\ue000", "}": "\ue001"}
_SPACING = {",": " ", ";": " ", ":": " ", " ": " ", "!": "", "\\": " ", ">": " "}
_QUIET_NAMES = (
    "mathrm mathbf mathit mathcal mathbb mathfrak mathscr mathsf mathtt boldsymbol bm bf it rm cal"
    " text textrm textbf textit textsc textsf texttt mbox operatorname left right big Big bigl"
    " bigr Bigl Bigr bigg Bigg displaystyle textstyle tilde hat bar vec dot ddot overline"
    " underline widetilde widehat boldmath limits nolimits ensuremath mathop mathrel em sc"
)
_QUIET = frozenset(_QUIET_NAMES.split())


def plain(text: str) -> str:
    """Clean text as one line of words: each formula as Unicode (``$\\alpha^2$`` -> ``α²``).

    Text without formulas comes back as it is. Linear, never raises.
    """
    if "$" not in text and "\\" not in text:
        return text
    parts: list[str] = []
    position = 0
    for formula in formulas(text):
        parts += (text[position : formula.start], _readable(formula.source))
        position = formula.end
    parts.append(text[position:])
    return " ".join("".join(parts).replace("\\$", "$").split())


@lru_cache(maxsize=16_384)
def _readable(source: str) -> str:
    text = _FRACTION.sub(r"\1/\2", source)
    text = _SIMPLE_SCRIPT.sub(_script, text)
    text = _COMMAND.sub(_command, text)
    text = _SCRIPT_BRACES.sub(_braced_script, text)
    if "^" in text:
        text = _RAISED.sub(_raised, text)
    text = text.replace("{", "").replace("}", "").replace("~", " ").replace("&", " ")
    return " ".join(text.replace("\ue000", "{").replace("\ue001", "}").split())


def _script(match: re.Match[str]) -> str:
    content = match[2] or match[3]
    if match[1] == "^":
        return content.translate(SUPERSCRIPTS)
    return f"_{content}" if "n" in content else content.translate(SUBSCRIPTS)


def _braced_script(match: re.Match[str]) -> str:
    content = match[2].strip()
    alone = content.isalnum() or len(content) == 1
    return f"{match[1]}{content}" if alone else f"{match[1]}({content})"


def _raised(match: re.Match[str]) -> str:
    mark = match[1] or match[2]
    return _RAISED_MARKS.get(mark, mark)


def _command(match: re.Match[str]) -> str:
    name, space = match[1], match[2] or ""
    if not name:
        return _ESCAPED_BRACES.get(match[3]) or _SPACING.get(match[3], match[3])
    if name in _QUIET:
        return ""
    symbol = SYMBOLS.get(name) or LETTERS.get(name)
    if symbol:
        return symbol + space
    # "n\log n" -> "n log n", "\log_2 n" -> "log₂ n"; what is not known is a word as well.
    before = match.string[match.start() - 1 : match.start()] if match.start() else ""
    lead = " " if before.isalnum() else ""
    return lead + (name if _WORD_AFTER.match(match.string, match.end()) else f"{name} ")
