"""HTML in text: entities are spelt out, formatting tags go; anything else is text."""

from __future__ import annotations

import re
from html import unescape

from broadsheet.formulas import SUPERSCRIPTS

_ENTITY = re.compile(r"&(?:amp;){0,8}(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,31}\d{0,2});")
_AMPERSANDS = re.compile(r"&(?:amp;)+")
_NAMES = (
    "p|br|hr|b|i|u|em|strong|small|tt|code|sub|sup|span|div|font|ul|ol|li|h[1-6]|a|sc|title|sec"
)
_TAG = re.compile(
    rf"<(/?)((?:jats:)?(?:{_NAMES})|jats:[a-z-]{{1,20}}|inline-formula|fixed-case|tex-math)"
    r"(?:\s[^<>]{0,300})?\s?/?>",
    re.IGNORECASE,
)
_RAISED = re.compile(r"<sup>([0-9+n-]{1,6})</sup>", re.IGNORECASE)
_BREAKS = frozenset(("p", "br", "hr", "div", "ul", "ol", "li", "title", "sec"))
_ALONE = frozenset(("br", "hr"))


def without_markup(text: str) -> str:
    """The text without entities and without paired formatting tags; linear.

    A tag that is not known formatting (``<script>``, ``<search>``) or has no partner is what
    the text says and stays: whoever shows the text escapes it.
    """
    if "&" in text and ";" in text:
        text = _ENTITY.sub(_character, text)
    if "<" in text and ">" in text:
        text = _RAISED.sub(lambda match: match[1].translate(SUPERSCRIPTS), text)
        names = {(match[2].lower(), bool(match[1])) for match in _TAG.finditer(text)}
        if names:
            paired = {name for name, closing in names if (name, not closing) in names}
            text = _TAG.sub(lambda match: _replacement(match, paired), text)
    return text


def _character(match: re.Match[str]) -> str:
    entity = _AMPERSANDS.sub("&", match[0])
    char = unescape(entity)
    return "'" if char == "\u2019" and entity.startswith("&apos") else char


def _replacement(match: re.Match[str], paired: set[str]) -> str:
    name = match[2].lower()
    if name not in paired and name not in _ALONE:
        return match[0]
    plain = name.removeprefix("jats:")
    return " " if plain in _BREAKS or re.fullmatch(r"h[1-6]", plain) else ""
