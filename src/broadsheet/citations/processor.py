"""What citeproc-py does amiss, put right in its own classes.

They are changed where they are, because citeproc-py makes names by itself where a style has none.

https://docs.citationstyles.org/en/stable/specification.html
"""

from __future__ import annotations

import re
from typing import Any

from citeproc import model  # type: ignore[import-untyped]
from citeproc.string import String  # type: ignore[import-untyped]

_TEXT = "{http://purl.org/net/xbiblio/csl}text"
_PRINTED = "printed"  # among what a layout represses by tag, where no element has this tag
_WORD = re.compile(r"([-\s.]*)([^-\s.]+)")
_BEGINS = re.compile(r"[:?!—–][”’\"')\]]*$")
_OPENED = re.compile(r"\w[(\[]")  # "O(n": what follows up to the bracket is of a formula
_OPENS, _CLOSES = re.compile(r"[(\[]"), re.compile(r"[)\]]")


def put_right() -> None:
    """Changes citeproc-py's classes for this process; a second call does nothing more."""
    model.Name.initialize = _initialize
    model.Name_Part.format_part = _format_part
    model.Text._variable = _variable
    model.Substitute.render = _render
    model.FormatNumber._format_last_page = _last_page
    model.TextCased.case = _case


def initials(given: str, mark: str, hyphens: bool) -> str:
    """A given name as initials, with ``mark`` after each: ``Jean-Luc de`` is ``J.-L. de``.

    As citeproc-js (and so Zotero) has it: a small letter after a hyphen begins no name of its own
    (``Yu-gang`` is ``Y.``), a later word in small letters is a particle, and letters that are
    neither small nor large are no initials. citeproc-py makes ``Y.-. gang .`` and ``. 李 .`` of
    these.
    """
    line = ""
    for place, (joint, word) in enumerate(_WORD.findall(given)):
        letter = next(filter(str.isalpha, word), "")
        if letter.isupper() or (letter.islower() and not place):
            joined = hyphens and "-" in joint
            line = (f"{line.rstrip()}-" if joined else line) + letter.upper() + mark
        elif not (letter.islower() and "-" in joint):
            line = f"{line.rstrip()} {word} "
    return " ".join(line.split())


def _initialize(self: Any, given: str, mark: str, context: Any) -> str:
    return initials(given, mark, self.get_option("initialize-with-hyphen", context))


_format_part_of = model.Name_Part.format_part
_variable_of = model.Text._variable
_render_of = model.Substitute.render
_case_of = model.TextCased.case
_last_page_of = model.FormatNumber._format_last_page


def _format_part(self: Any, given: Any, family: Any) -> Any:
    """A part of a name in the case that a style wants, which plain text cannot be put in."""
    if not (given if self.get("name") == "given" else family):
        return given, family
    given, family = _format_part_of(self, String(given or ""), String(family or ""))
    return str(given), str(family)  # in a font of its own, a part is a list of texts


def _variable(self: Any, item: Any, context: Any) -> Any:
    """The text of a variable, and a note that it was printed."""
    text = _variable_of(self, item, context)
    if text:
        context.get_layout().repressed.setdefault(_PRINTED, []).append(self.get("variable"))
    return text


def _render(self: Any, item: Any, context: Any = None, **kwargs: Any) -> Any:
    """What stands for the names that are missing, and is not printed a second time.

    citeproc-py holds back only what stands there by itself; nearly every style calls a macro,
    so that a paper without authors had its title twice.
    """
    repressed = context.get_layout().repressed
    before = len(repressed.get(_PRINTED, ()))
    text = _render_of(self, item, context=context, **kwargs)
    if text:
        repressed.setdefault(_TEXT, []).extend(repressed.get(_PRINTED, [])[before:])
    return text


def _last_page(self: Any, first: str, last: str) -> str:
    """The last page as a style shortens it, which is never done to one with more figures.

    citeproc-py compares letter by letter from the left: ``1-11`` became ``1–1``.
    """
    return last if len(first) != len(last) else str(_last_page_of(self, first, last))


def _case(self: Any, text: Any, language: str | None = None) -> Any:
    """A text in the case that a style wants; titles in ours, in which `titled` has them.

    citeproc-py changes the case of texts of its own class, and fails over terms and numbers, which
    are plain ones: one style in fifty could format no chapter, or nothing at all.
    """
    text = String(str(text)) if text else text
    if self.get("text-case") != "title" or language != "en":
        return _case_of(self, text, language)
    return titled(list(text.words()), frozenset(self._stop_words))


def titled(words: list[Any], small: frozenset[str]) -> str:
    """An English title with capitals, but for ``small`` words within a part of it.

    citeproc-py begins a part behind every full stop, so that a venue was "Proc. Of the ACM", and
    knows no formulas: "O(n log n)" was "O(n Log N)". A lone letter names something too.
    """
    written: list[str] = []
    begins, depth = True, 0
    for word in words:
        bare = str(word)
        if not depth and word.islower() and (begins or bare not in small):
            lone = sum(map(str.isalnum, bare)) == 1 and bare not in small
            bare = bare if lone else str(word.capitalize_first())
        if depth or _OPENED.search(bare):
            depth = max(0, depth + len(_OPENS.findall(bare)) - len(_CLOSES.findall(bare)))
        begins = bool(_BEGINS.search(bare))
        written.append(bare)
    return " ".join(written)
