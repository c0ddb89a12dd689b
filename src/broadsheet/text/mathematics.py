"""Formulas for people: MathML for pages."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape, unescape
from xml.etree.ElementTree import Element, tostring

from latex2mathml.converter import convert_to_element

from broadsheet.formulas import FUNCTIONS, SYMBOLS, Formula, formulas

_LONGEST_MATHML = 1_000
_MOST_MATHML = 8_000
_ELEMENT_NAMES = (
    "math mrow mi mn mo mtext mspace msub msup msubsup munder mover munderover mfrac msqrt mroot"
    " mtable mtr mtd mstyle mpadded mphantom menclose mmultiscripts none mprescripts"
)
_ELEMENTS = frozenset(_ELEMENT_NAMES.split())
_SCRIPTED = ("msub", "msup", "msubsup")
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
# Formulas of several lines, which the converter knows by one name alone; and what only a numbered
# equation has a use for.
_LINES = re.compile(r"\\(begin|end)\{(?:aligned|gathered|align\*?|gather\*?|eqnarray\*?)\}")
_WITHIN = re.compile(r"\\begin\{([a-z]+\*?)\}.*?\\end\{\1\}", re.DOTALL)
_BRACED = re.compile(r"\{[^{}]*\}")
_SPACED_LINE = re.compile(r"(\\\\)\s*\[\s*-?[\d.]+\s*[a-z]{2}\s*\]")
_LINE_OR_COLUMN = re.compile(r"\\\\|(?<!\\)&")
_NUMBERING = re.compile(r"\\(?:label\s*\{[^{}]*\}|(?:nonumber|notag)(?![A-Za-z]))")
_UNSPACED = {"\\AA": "Å", "\\textdegree": "°", "\\degree": "°", "\\deg": "°", "\\micron": "μm"}


class FormulaSetter:
    """Sets the formulas of one text, and counts what they may cost.

    A formula that cannot be converted is shown as its source in ``<code class="tex">``: bad
    LaTeX, more than 1,000 characters, or beyond the first 8,000 characters of formulas in one
    text (hostile LaTeX takes 35 ms for 1,000 characters). Never raises.
    """

    def __init__(self) -> None:
        self._allowed = _MOST_MATHML

    def html(self, formula: Formula, written: str) -> str:
        """Safe HTML of a formula; ``written`` is all of it, delimiters included."""
        markup = ""
        self._allowed -= len(formula.source)
        if self._allowed >= 0 and len(formula.source) <= _LONGEST_MATHML:
            markup = _mathml(formula.source.strip(), formula.display)
        return markup or f'<code class="tex">{escape(written)}</code>'


def to_html(text: str) -> str:
    """Clean text as safe HTML: everything escaped, formulas as MathML (`FormulaSetter`)."""
    found = formulas(text)
    if not found:
        return _escape(text)
    parts: list[str] = []
    position = 0
    setter = FormulaSetter()
    for formula in found:
        parts.append(_escape(text[position : formula.start]))
        parts.append(setter.html(formula, text[formula.start : formula.end]))
        position = formula.end
    parts.append(_escape(text[position:]))
    return "".join(parts)


def _escape(text: str) -> str:
    return escape(text.replace("\\$", "$"))


@lru_cache(maxsize=16_384)
def _mathml(source: str, display: bool) -> str:
    """MathML of one formula, '' when latex2mathml cannot convert it."""
    try:
        root = convert_to_element(_in_lines(_QUIET_TEXT.sub(r"\\text", source)))
        for element in root.iter():
            if element.tag not in _ELEMENTS:
                return ""
            _make_plain(element)
        for element in list(root.iter()):
            _part_names(element)
            _stand_up(element)
        if display:
            root.set("display", "block")
        return tostring(root, encoding="unicode")
    except Exception:  # whatever the converter raises on hostile LaTeX, the source is shown
        return ""


def _in_lines(source: str) -> str:
    """The source with its lines under one another: ``a &= b \\\\ c &= d`` was one line, its ``&``
    among the letters."""
    source = _NUMBERING.sub("", _LINES.sub(r"\\\1{split}", source)).strip()
    source = _SPACED_LINE.sub(r"\1", source).removesuffix("\\\\")
    outside, before = _WITHIN.sub("", source), ""
    while outside != before:
        outside, before = _BRACED.sub("", outside), outside
    if not _LINE_OR_COLUMN.search(outside) or not _LINE_OR_COLUMN.sub("", outside).strip():
        return source
    return f"\\begin{{split}}{source}\\end{{split}}"


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


def _stand_up(element: Element) -> None:
    """Scripts at nothing (``H$_2$O``, ``cm$^{-3}$``) stand at the height of a letter: a formula is
    as high as what stands on its line, and a page cuts off what lies outside of it."""
    if element.tag in _SCRIPTED and len(element):
        base = element[0]
        if base.tag in ("mi", "mrow") and not (len(base) or base.text):
            base.tag = "mspace"
            base.set("height", "0.7em")


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
    while element.tag in _SCRIPTED and len(element):
        element = element[0]
    return element
