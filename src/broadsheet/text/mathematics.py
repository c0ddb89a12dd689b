"""Formulas for people: MathML for pages, plain text for indexes, mails and encoders."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape, unescape
from xml.etree.ElementTree import Element, tostring

from latex2mathml.converter import convert_to_element

from broadsheet.formulas import formulas
from broadsheet.text.symbols import FUNCTIONS, LETTERS, SUBSCRIPTS, SUPERSCRIPTS, SYMBOLS

_LONGEST_MATHML = 1_000
_MOST_MATHML = 8_000
_ELEMENT_NAMES = (
    "math mrow mi mn mo mtext mspace msub msup msubsup munder mover munderover mfrac msqrt mroot"
    " mtable mtr mtd mstyle mpadded mphantom menclose mmultiscripts none mprescripts"
)
_ELEMENTS = frozenset(_ELEMENT_NAMES.split())
# Neither addresses nor colours and sizes of the author's: the page has its own.
_ATTRIBUTE_NAMES = (
    "display displaystyle scriptlevel mathvariant stretchy fence form separator largeop"
    " movablelimits accent accentunder lspace rspace width height depth voffset linethickness"
    " columnalign rowalign columnspacing rowspacing columnlines rowlines minsize maxsize symmetric"
    " notation"
)
_ATTRIBUTES = frozenset(_ATTRIBUTE_NAMES.split())
_VALUE = re.compile(r"[\w .%#+-]{0,80}")
_QUIET_TEXT = re.compile(r"\\(?:textsc|textsf|textsl|textmd|mbox|hbox|textup)(?=\s*\{)")
_UNSPACED = {"\\AA": "Å", "\\textdegree": "°", "\\degree": "°", "\\deg": "°", "\\micron": "μm"}


def to_html(text: str) -> str:
    """Clean text as safe HTML: everything escaped, formulas as MathML.

    A formula that cannot be converted is shown as its source in ``<code class="tex">``: bad
    LaTeX, more than 1,000 characters, or beyond the first 8,000 characters of formulas in one
    text (hostile LaTeX takes 35 ms for 1,000 characters). Never raises.
    """
    found = formulas(text)
    if not found:
        return _escape(text)
    parts: list[str] = []
    position = 0
    allowed = _MOST_MATHML
    for formula in found:
        parts.append(_escape(text[position : formula.start]))
        markup = ""
        allowed -= len(formula.source)
        if allowed >= 0 and len(formula.source) <= _LONGEST_MATHML:
            markup = _mathml(formula.source.strip(), formula.display)
        source = escape(text[formula.start : formula.end])
        parts.append(markup or f'<code class="tex">{source}</code>')
        position = formula.end
    parts.append(_escape(text[position:]))
    return "".join(parts)


def _escape(text: str) -> str:
    return escape(text.replace("\\$", "$"))


@lru_cache(maxsize=16_384)
def _mathml(source: str, display: bool) -> str:
    """MathML of one formula, '' when latex2mathml cannot convert it."""
    try:
        root = convert_to_element(_QUIET_TEXT.sub(r"\\text", source))
        for element in root.iter():
            if element.tag not in _ELEMENTS:
                return ""
            _make_plain(element)
        for element in list(root.iter()):
            _part_names(element)
        if display:
            root.set("display", "block")
        return tostring(root, encoding="unicode")
    except Exception:  # whatever the converter raises on hostile LaTeX, the source is shown
        return ""


def _make_plain(element: Element) -> None:
    """Leaves of an element what a page may hold.

    latex2mathml writes character references into the text and trusts the author for the
    rest (``\\text{<b>}``, ``\\href``); here references become characters, so that writing the
    tree escapes whatever is left, and attributes that are not layout go.
    """
    for name in [name for name in element.attrib if name not in _ATTRIBUTES]:
        del element.attrib[name]
    for name, value in element.attrib.items():
        if not _VALUE.fullmatch(value):
            element.set(name, "")
    element.attrib.pop("display", None)
    element.tail = None
    content = unescape(element.text) if element.text else ""
    if content == "~":  # what the converter makes of \sim
        element.tag, content = "mo", "∼"
    elif content.startswith("\\"):
        name = content[1:]
        content = _UNSPACED.get(content) or SYMBOLS.get(name, content)
        content = name if name in FUNCTIONS else content
    element.text = "".join(char for char in content if char.isprintable() or char.isspace()) or None


def _part_names(parent: Element) -> None:
    """A thin space on either side of ``log`` and its like, as TeX sets it and browsers do not:
    ``n\\log n`` was shown as "nlogn". None before a bracket and beside an operator, which has its
    own."""
    if parent.tag not in ("mrow", "math"):
        return
    parts = list(parent)
    for place in range(len(parts) - 1, 0, -1):
        before, after = parts[place - 1], parts[place]
        names = _names_a_function(before), _names_a_function(after)
        if any(names) and "mo" not in (_base(before).tag, _base(after).tag):
            parent.insert(place, Element("mspace", {"width": "0.167em"}))


def _names_a_function(element: Element) -> bool:
    base = _base(element)
    return base.tag == "mi" and base.text in FUNCTIONS


def _base(element: Element) -> Element:
    """What scripts stand at, or the element itself."""
    while element.tag in ("msub", "msup", "msubsup") and len(element):
        element = element[0]
    return element


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
    # "n\log n" -> "n log n", "\log_2 n" -> "log₂ n"
    before = match.string[match.start() - 1 : match.start()] if match.start() else ""
    lead = " " if name in FUNCTIONS and before.isalnum() else ""
    return lead + (name if _WORD_AFTER.match(match.string, match.end()) else f"{name} ")
